//! Coverage at a glance: hours × days of a local week. Pure.
//!
//! Rows are the hours of the dial, columns the days. A cell counts the most seats at any moment of its hour. An hour that
//! the clock jumps over is shut; one that exists twice is one cell, and the larger of both counts. Sums are real time:
//! the hour that exists twice is two hours there.

use time::{Date, Duration, OffsetDateTime};

use super::shift::Shift;
use super::week::Week;
use crate::campaigns::opening::Hours;
use crate::clock::Zone;

/// What the heat map counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Seats,
    Booked,
    Open,
}

impl View {
    /// In the order of the switch.
    pub const ALL: [Self; 3] = [Self::Seats, Self::Booked, Self::Open];

    /// The word in the address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Seats => "plaetze",
            Self::Booked => "gebucht",
            Self::Open => "offen",
        }
    }

    /// The view of this word; the seats for any other.
    pub fn of(key: &str) -> Self {
        Self::ALL.into_iter().find(|view| view.key() == key).unwrap_or_default()
    }

    /// The word on the switch.
    pub fn label(self) -> &'static str {
        match self {
            Self::Seats => "Plätze",
            Self::Booked => "gebucht",
            Self::Open => "offen",
        }
    }

    /// What a shift counts.
    pub fn count(self, shift: &Shift) -> i64 {
        i64::from(match self {
            Self::Seats => shift.seats,
            Self::Booked => shift.booked,
            Self::Open => shift.open(),
        })
    }
}

/// An hour of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Closed, or the clock jumps over it.
    Shut,
    /// Open, and no shift at all.
    Gap,
    /// So much, and its step from 1 to 5 (0: nothing to colour).
    Count(i64, i64),
}

/// An hour of the dial across the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub hour: i16,
    pub cells: [Cell; 7],
}

/// The heat map of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heat {
    pub rows: Vec<Row>,
    /// Real time × count per day; none on a day that is closed and empty.
    pub sums: [Option<Duration>; 7],
}

type Stretch = (OffsetDateTime, OffsetDateTime);

/// The heat map of a week; `shifts` may include those of the week before that reach into it.
pub fn heat(week: Week, zone: &Zone, hours: &Hours, shifts: &[Shift], view: View) -> Heat {
    let open = stretches(week, zone, hours);
    let cell = |day: Date, hour: i16| {
        let (from, to) = (zone.wall_or_next(day, hour * 60), zone.wall_or_next(day, hour * 60 + 60));
        let planned = from < to && shifts.iter().any(|s| overlap((s.starts_at, s.ends_at), (from, to)).is_some());
        let is_open = from < to && open.iter().any(|stretch| overlap(*stretch, (from, to)).is_some());
        match (planned, is_open) {
            (true, _) => Cell::Count(most(shifts, (from, to), view), 0),
            (false, true) => Cell::Gap,
            (false, false) => Cell::Shut,
        }
    };
    let days = week.days();
    let mut rows: Vec<Row> = (0..24).map(|hour| Row { hour, cells: days.map(|day| cell(day, hour)) }).collect();
    let blank = |row: &Row| row.cells.iter().all(|c| *c == Cell::Shut);
    while rows.last().is_some_and(blank) {
        rows.pop();
    }
    let first = rows.iter().position(|row| !blank(row)).unwrap_or(0);
    rows.drain(..first);
    colour(&mut rows);
    Heat { rows, sums: days.map(|day| sum(day, zone, &open, shifts, view)) }
}

/// Sets each cell's step relative to the largest count.
fn colour(rows: &mut [Row]) {
    let count = |cell: &Cell| if let Cell::Count(n, _) = cell { *n } else { 0 };
    let largest = rows.iter().flat_map(|row| row.cells.iter().map(count)).max().unwrap_or(0).max(1);
    for cell in rows.iter_mut().flat_map(|row| row.cells.iter_mut()) {
        if let Cell::Count(n, step) = cell {
            *step = (*n * 5 + largest - 1) / largest;
        }
    }
}

/// The largest count at any moment of a stretch: it can only rise where a shift begins.
fn most(shifts: &[Shift], (from, to): Stretch, view: View) -> i64 {
    let at = |moment| {
        let running = shifts.iter().filter(|s| s.starts_at <= moment && moment < s.ends_at);
        running.map(|s| view.count(s)).sum::<i64>()
    };
    let begins = shifts.iter().map(|s| s.starts_at).filter(|begin| from < *begin && *begin < to);
    begins.chain([from]).map(at).max().unwrap_or(0)
}

fn sum(day: Date, zone: &Zone, open: &[Stretch], shifts: &[Shift], view: View) -> Option<Duration> {
    let bounds = (zone.midnight(day), zone.midnight(day.next_day().unwrap_or(day)));
    let part = |s: &Shift| overlap((s.starts_at, s.ends_at), bounds).map(|(from, to)| times(to - from, view.count(s)));
    let parts: Vec<Duration> = shifts.iter().filter_map(part).collect();
    let closed = open.iter().all(|stretch| overlap(*stretch, bounds).is_none());
    (!parts.is_empty() || !closed).then(|| parts.into_iter().sum())
}

/// A length times a number of seats.
fn times(length: Duration, n: i64) -> Duration {
    Duration::seconds(length.whole_seconds() * n)
}

/// Length × seats of all these shifts, in real time.
pub fn seat_time(shifts: &[Shift], view: View) -> Duration {
    shifts.iter().map(|s| times(s.length(), view.count(s))).sum()
}

/// The open stretches of a week without any seat, one per day at least.
pub fn gaps(week: Week, zone: &Zone, hours: &Hours, shifts: &[Shift]) -> Vec<Stretch> {
    let mut gaps = Vec::new();
    let open = stretches(week, zone, hours);
    for day in week.days() {
        let bounds = (zone.midnight(day), zone.midnight(day.next_day().unwrap_or(day)));
        for (mut from, to) in open.iter().filter_map(|stretch| overlap(*stretch, bounds)) {
            let mut spans: Vec<Stretch> =
                shifts.iter().filter_map(|s| overlap((s.starts_at, s.ends_at), (from, to))).collect();
            spans.sort();
            for (begin, end) in spans {
                if from < begin {
                    gaps.push((from, begin));
                }
                from = from.max(end);
            }
            if from < to {
                gaps.push((from, to));
            }
        }
    }
    gaps
}

fn stretches(week: Week, zone: &Zone, hours: &Hours) -> Vec<Stretch> {
    let bounds = week.bounds(zone);
    let all = hours.stretches(zone, week.monday(), week.sunday());
    all.into_iter().filter_map(|stretch| overlap(stretch, bounds)).collect()
}

fn overlap(one: Stretch, other: Stretch) -> Option<Stretch> {
    let (from, to) = (one.0.max(other.0), one.1.min(other.1));
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::campaign::Channel;
    use crate::campaigns::opening::Span;
    use crate::id::ShiftId;
    use time::macros::datetime;

    fn daily(opens: i16, closes: i16) -> Hours {
        Hours { weekly: std::array::from_fn(|_| vec![Span { opens, closes }]), ..Hours::default() }
    }

    fn shift(starts_at: OffsetDateTime, hours: i64, seats: i16, booked: i16) -> Shift {
        let ends_at = starts_at + Duration::hours(hours);
        Shift { id: ShiftId(1), channel: Channel::Phone, starts_at, ends_at, seats, booked, published_at: None }
    }

    fn row(heat: &Heat, hour: i16) -> [Cell; 7] {
        heat.rows.iter().find(|row| row.hour == hour).expect("an hour").cells
    }

    fn week(text: &str) -> Week {
        text.parse().expect("a week")
    }

    #[test]
    fn cells_count_the_most_seats_of_their_hour() {
        let zone = Zone::berlin();
        let shifts = [shift(datetime!(2026-12-21 6:00 UTC), 4, 4, 1), shift(datetime!(2026-12-21 7:30 UTC), 1, 6, 0)];
        let heat = heat(week("2026-W52"), &zone, &daily(420, 720), &shifts, View::Seats);
        assert_eq!(heat.rows.iter().map(|r| r.hour).collect::<Vec<_>>(), [7, 8, 9, 10, 11]);
        assert_eq!(row(&heat, 7)[0], Cell::Count(4, 2));
        assert_eq!(row(&heat, 8)[0], Cell::Count(10, 5));
        assert_eq!((row(&heat, 11)[0], row(&heat, 7)[1]), (Cell::Gap, Cell::Gap));
        assert_eq!(heat.sums[0], Some(Duration::hours(22)));
        let gaps = gaps(week("2026-W52"), &zone, &daily(420, 720), &shifts);
        assert_eq!(gaps[0], (datetime!(2026-12-21 10:00 UTC), datetime!(2026-12-21 11:00 UTC)));
        assert_eq!(gaps.len(), 7);
    }

    #[test]
    fn the_spring_week_has_no_two_oclock_and_167_hours() {
        let (zone, week) = (Zone::berlin(), week("2027-W12"));
        let days = week.days();
        let shifts: Vec<Shift> = days
            .iter()
            .map(|day| Shift {
                ends_at: zone.midnight(day.next_day().expect("a day")),
                ..shift(zone.midnight(*day), 1, 1, 0)
            })
            .collect();
        let heat = heat(week, &zone, &daily(0, 1440), &shifts, View::Seats);
        assert_eq!((row(&heat, 2)[6], row(&heat, 2)[5]), (Cell::Shut, Cell::Count(1, 5)));
        assert_eq!((heat.sums[6], heat.sums[5]), (Some(Duration::hours(23)), Some(Duration::hours(24))));
        assert_eq!(seat_time(&shifts, View::Seats), Duration::hours(167));
        assert!(gaps(week, &zone, &daily(0, 1440), &shifts).is_empty());
    }

    #[test]
    fn the_autumn_week_counts_the_larger_of_both_hours_and_169_in_all() {
        let (zone, week) = (Zone::berlin(), week("2027-W43"));
        // The first 02:00 has two seats, the second five.
        let shifts = [shift(datetime!(2027-10-31 0:00 UTC), 1, 2, 0), shift(datetime!(2027-10-31 1:00 UTC), 1, 5, 0)];
        let heat = heat(week, &zone, &daily(0, 1440), &shifts, View::Seats);
        assert_eq!(row(&heat, 2)[6], Cell::Count(5, 5));
        assert_eq!(heat.sums[6], Some(Duration::hours(7)));
        let open: Duration = gaps(week, &zone, &daily(0, 1440), &shifts).iter().map(|(from, to)| *to - *from).sum();
        assert_eq!(open, Duration::hours(167));
    }

    #[test]
    fn hours_after_midnight_stand_on_the_next_day() {
        let (zone, week) = (Zone::berlin(), week("2026-W52"));
        // Sunday before, 22:00 to Monday 02:00.
        let shifts = [shift(datetime!(2026-12-20 21:00 UTC), 4, 3, 3)];
        let heat = heat(week, &zone, &daily(22 * 60, 26 * 60), &shifts, View::Booked);
        assert_eq!((row(&heat, 1)[0], row(&heat, 1)[1], row(&heat, 12)[0]), (Cell::Count(3, 5), Cell::Gap, Cell::Shut));
        assert_eq!(heat.sums[0], Some(Duration::hours(6)));
    }
}
