//! The ISO week: a plan is a campaign's shifts of one. A shift belongs to the week in which it begins, in wall time.

use std::fmt;
use std::str::FromStr;

use time::{Date, Duration, OffsetDateTime, Weekday};

use super::{YEARS, Zone, german};

/// An ISO 8601 week, kept as its Monday. Written `2026-W49`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week(Date);

/// The text is no ISO week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO week")]
pub struct NoWeek;

impl Week {
    /// The week of a date.
    pub fn of(day: Date) -> Self {
        Self(day - Duration::days(i64::from(day.weekday().number_days_from_monday())))
    }

    /// The week at an instant, on the wall of this zone.
    pub fn at(at: OffsetDateTime, zone: &Zone) -> Self {
        Self::of(zone.date(at))
    }

    /// Its Monday.
    pub fn monday(self) -> Date {
        self.0
    }

    /// Its Sunday.
    pub fn sunday(self) -> Date {
        self.0 + Duration::days(6)
    }

    /// Its seven dates.
    pub fn days(self) -> [Date; 7] {
        std::array::from_fn(|i| self.0 + Duration::days(i as i64))
    }

    /// The week `n` weeks later (earlier, if negative).
    pub fn plus(self, n: i16) -> Self {
        Self(self.0 + Duration::weeks(i64::from(n)))
    }

    /// The week after.
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The week before.
    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// The instants at which it begins and ends.
    pub fn bounds(self, zone: &Zone) -> (OffsetDateTime, OffsetDateTime) {
        (zone.midnight(self.0), zone.midnight(self.next().0))
    }

    /// Its hours: 168, or 167 and 169 in the weeks of a clock change.
    pub fn hours(self, zone: &Zone) -> i64 {
        let (from, to) = self.bounds(zone);
        (to - from).whole_hours()
    }

    /// `KW 49`
    pub fn label(self) -> String {
        format!("KW {}", self.0.iso_week())
    }

    /// `30.11. – 6.12.2026`
    pub fn range(self) -> String {
        format!("{} – {}", german::day_month(self.0), german::date(self.sunday()))
    }

    /// What is special about the hours of this week, if anything: `Am Sonntag, 28. März …`.
    pub fn clock_change(self, zone: &Zone) -> Option<String> {
        let hours = self.hours(zone);
        if hours == 168 {
            return None;
        }
        let day = self.days().into_iter().find(|day| {
            let next = day.next_day().unwrap_or(*day);
            zone.midnight(next) - zone.midnight(*day) != Duration::DAY
        })?;
        let turn = if hours < 168 { "vor" } else { "zurück" };
        Some(format!("Am {} wird die Uhr {turn}gestellt. Die Woche hat {hours} Stunden.", german::long_day(day)))
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, week, _) = self.0.to_iso_week_date();
        write!(f, "{year}-W{week:02}")
    }
}

impl FromStr for Week {
    type Err = NoWeek;

    fn from_str(text: &str) -> Result<Self, NoWeek> {
        let (year, week) = text.split_once("-W").ok_or(NoWeek)?;
        if year.len() != 4 || week.len() != 2 {
            return Err(NoWeek);
        }
        let (year, week) = (year.parse().map_err(|_| NoWeek)?, week.parse().map_err(|_| NoWeek)?);
        if !YEARS.contains(&year) {
            return Err(NoWeek);
        }
        Date::from_iso_week_date(year, week, Weekday::Monday).map(Self).map_err(|_| NoWeek)
    }
}

impl<'de> serde::Deserialize<'de> for Week {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn weeks_are_written_and_read() {
        let week: Week = "2026-W49".parse().expect("a week");
        assert_eq!((week.monday(), week.sunday()), (date!(2026 - 11 - 30), date!(2026 - 12 - 06)));
        assert_eq!(week.to_string(), "2026-W49");
        assert_eq!(week.label(), "KW 49");
        assert_eq!(week.range(), "30.11. – 6.12.2026");
        for wrong in ["2026-W54", "2026-W00", "2026-49", "W49", "", "26-W49", "2026-W4", "9999-W10", "2025-W53"] {
            assert_eq!(wrong.parse::<Week>(), Err(NoWeek), "{wrong}");
        }
    }

    #[test]
    fn the_year_of_a_week_is_its_thursdays() {
        assert_eq!(Week::of(date!(2027 - 01 - 01)).to_string(), "2026-W53");
        assert_eq!("2026-W53".parse::<Week>().expect("a week").next().to_string(), "2027-W01");
    }

    #[test]
    fn weeks_with_a_clock_change_have_167_or_169_hours() {
        let berlin = Zone::berlin();
        let hours = |day| Week::of(day).hours(&berlin);
        assert_eq!(
            (hours(date!(2027 - 03 - 28)), hours(date!(2027 - 10 - 31)), hours(date!(2026 - 12 - 01))),
            (167, 169, 168)
        );
        let spring = Week::of(date!(2027 - 03 - 28)).clock_change(&berlin);
        assert_eq!(
            spring.as_deref(),
            Some("Am Sonntag, 28. März wird die Uhr vorgestellt. Die Woche hat 167 Stunden.")
        );
        assert_eq!(Week::of(date!(2026 - 12 - 01)).clock_change(&berlin), None);
    }

    #[test]
    fn the_week_at_an_instant_is_the_walls() {
        // Sunday 23:30 UTC is Monday 00:30 in Berlin.
        assert_eq!(Week::at(datetime!(2026-11-29 23:30 UTC), &Zone::berlin()).to_string(), "2026-W49");
    }
}
