//! The weekly pattern, and what it or another week proposes for a week. Wall time decides.

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::shift::{Shift, Slot};
use super::week::Week;
use crate::accounts::audit;
use crate::campaigns::campaign::Channel;
use crate::campaigns::opening::Hours;
use crate::clock::Zone;
use crate::id::{AccountId, CampaignId};

/// Longest shift (constraint `shift_length`).
pub const LONGEST: Duration = Duration::hours(24);

/// A line of a campaign's weekly pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternRow {
    pub id: Uuid,
    /// 1 = Monday … 7 = Sunday.
    pub weekday: i16,
    pub starts_minute: i16,
    /// Past 1440: ends on the next day.
    pub ends_minute: i16,
    pub channel: Channel,
    pub seats: i16,
}

/// What a slot comes to in its week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// Not wholly inside the opening hours.
    Closed,
    /// Begins or ends at a time over which the clock is put forward.
    Missing,
    /// The week has a shift of this span and channel.
    Exists,
    /// Begins in the past.
    Past,
    /// More than 24 real hours: only over a clock change.
    TooLong,
    /// The campaign does not use this channel, or the day lies in another week.
    Foreign,
}

impl Verdict {
    /// Why there will be no shift.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Fine => "passt",
            Self::Closed => "außerhalb der Öffnungszeiten",
            Self::Missing => "diese Uhrzeit gibt es nicht (Zeitumstellung)",
            Self::Exists => "gibt es schon",
            Self::Past => "hat schon begonnen",
            Self::TooLong => "länger als 24 Stunden (Zeitumstellung)",
            Self::Foreign => "gehört nicht zu dieser Woche und Kampagne",
        }
    }
}

/// A slot in its week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    pub slot: Slot,
    /// The instants; none if the slot's wall time does not exist.
    pub span: Option<(OffsetDateTime, OffsetDateTime)>,
    pub verdict: Verdict,
}

impl Proposal {
    /// Its real length; nothing where the time does not exist.
    pub fn length(&self) -> Duration {
        self.span.map_or(Duration::ZERO, |(from, to)| to - from)
    }

    /// Length times seats.
    pub fn seat_time(&self) -> Duration {
        self.length() * i32::from(self.slot.seats)
    }

    /// Whether a shift can be made of it.
    pub fn is_fine(&self) -> bool {
        self.verdict == Verdict::Fine
    }
}

/// All that decides about slots of a week.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub week: Week,
    pub zone: &'a Zone,
    pub hours: &'a Hours,
    pub channels: &'a [Channel],
    pub now: OffsetDateTime,
}

impl Rules<'_> {
    /// What becomes of these slots beside the shifts that are there already.
    pub fn judge(&self, slots: &[Slot], existing: &[Shift]) -> Vec<Proposal> {
        let mut taken: Vec<_> = existing.iter().map(|s| (s.starts_at, s.ends_at, s.channel)).collect();
        let mut proposals = Vec::with_capacity(slots.len());
        for slot in slots {
            let proposal = self.judge_one(*slot, &taken);
            if let (Some((from, to)), Verdict::Fine) = (proposal.span, proposal.verdict) {
                taken.push((from, to, slot.channel));
            }
            proposals.push(proposal);
        }
        proposals
    }

    fn judge_one(&self, slot: Slot, taken: &[(OffsetDateTime, OffsetDateTime, Channel)]) -> Proposal {
        let foreign = !self.week.days().contains(&slot.day) || !self.channels.contains(&slot.channel);
        let (Ok(from), Ok(to)) = (self.zone.wall(slot.day, slot.starts), self.zone.wall(slot.day, slot.ends)) else {
            return Proposal { slot, span: None, verdict: Verdict::Missing };
        };
        let verdict = match () {
            () if foreign => Verdict::Foreign,
            () if to - from > LONGEST => Verdict::TooLong,
            () if !self.hours.cover(self.zone, from, to) => Verdict::Closed,
            () if taken.contains(&(from, to, slot.channel)) => Verdict::Exists,
            () if from <= self.now => Verdict::Past,
            () => Verdict::Fine,
        };
        Proposal { slot, span: Some((from, to)), verdict }
    }
}

/// The pattern's slots in a week, in order of time.
pub fn expand(rows: &[PatternRow], week: Week) -> Vec<Slot> {
    let mut slots: Vec<Slot> = rows
        .iter()
        .map(|row| Slot {
            day: week.monday() + Duration::days(i64::from(row.weekday - 1)),
            starts: row.starts_minute,
            ends: row.ends_minute,
            channel: row.channel,
            seats: row.seats,
        })
        .collect();
    slots.sort();
    slots
}

/// The slots of another week's shifts, moved into this one; equal spans of one channel become one slot.
pub fn copied(shifts: &[Shift], zone: &Zone, from: Week, to: Week) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for shift in shifts {
        let slot = shift.slot(zone);
        let slot =
            Slot { day: slot.day + (to.monday() - from.monday()), ends: slot.ends.min(slot.starts + 1440), ..slot };
        let same =
            |s: &&mut Slot| (s.day, s.starts, s.ends, s.channel) == (slot.day, slot.starts, slot.ends, slot.channel);
        match slots.iter_mut().find(same) {
            Some(there) => there.seats = (there.seats + slot.seats).min(super::shift::MOST_SEATS),
            None => slots.push(slot),
        }
    }
    slots.sort();
    slots
}

/// A campaign's pattern, in order of time.
pub async fn load(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<PatternRow>, sqlx::Error> {
    sqlx::query_as!(
        PatternRow,
        r#"select id, weekday, starts_minute, ends_minute, channel as "channel: Channel", seats
           from pattern_row where campaign_id = $1 order by weekday, starts_minute, ends_minute, channel"#,
        campaign.0
    )
    .fetch_all(db)
    .await
}

/// Adds a line on each of these weekdays; a line that is there gets the new number of seats.
pub async fn add(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    weekdays: &[i16],
    line: (i16, i16, Channel, i16),
) -> Result<u64, sqlx::Error> {
    let (starts, ends, channel, seats) = line;
    let ids: Vec<Uuid> = weekdays.iter().map(|_| Uuid::new_v4()).collect();
    sqlx::query!(
        "insert into pattern_row (id, campaign_id, weekday, starts_minute, ends_minute, channel, seats)
         select id, $1, weekday, $4, $5, $6, $7 from unnest($2::uuid[], $3::smallint[]) as row (id, weekday)
         on conflict on constraint pattern_row_once do update set seats = excluded.seats",
        campaign.0,
        &ids,
        weekdays,
        starts,
        ends,
        channel as Channel,
        seats,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Removes a line; `false`: the campaign has no such line (any more).
pub async fn remove(db: impl PgExecutor<'_>, campaign: CampaignId, row: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query!("delete from pattern_row where campaign_id = $1 and id = $2", campaign.0, row)
        .execute(db)
        .await
        .map(|done| done.rows_affected() == 1)
}

/// Replaces the whole pattern, for instance by what a week looks like.
pub async fn replace(
    db: &PgPool,
    campaign: CampaignId,
    slots: &[Slot],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!("delete from pattern_row where campaign_id = $1", campaign.0).execute(&mut *tx).await?;
    for slot in slots {
        let weekday = i16::from(slot.day.weekday().number_from_monday());
        add(&mut *tx, campaign, &[weekday], (slot.starts, slot.ends, slot.channel, slot.seats)).await?;
    }
    audit::note(&mut *tx, Some(by), "plan.pattern", &campaign.to_string(), now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::opening::Span;
    use time::macros::{date, datetime};

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    fn daily(opens: i16, closes: i16) -> Hours {
        Hours { weekly: std::array::from_fn(|_| vec![Span { opens, closes }]), ..Hours::default() }
    }

    fn row(weekday: i16, starts_minute: i16, ends_minute: i16) -> PatternRow {
        PatternRow { id: Uuid::nil(), weekday, starts_minute, ends_minute, channel: Channel::Phone, seats: 3 }
    }

    fn judged(week: &str, hours: &Hours, rows: &[PatternRow]) -> Vec<Proposal> {
        let (zone, week) = (Zone::berlin(), week.parse().expect("a week"));
        let rules = Rules { week, zone: &zone, hours, channels: &Channel::ALL, now: NOW };
        rules.judge(&expand(rows, week), &[])
    }

    #[test]
    fn a_pattern_becomes_the_shifts_of_a_week() {
        let proposals = judged("2026-W52", &daily(420, 1320), &[row(2, 540, 780), row(1, 360, 600)]);
        assert_eq!(proposals[0].verdict, Verdict::Closed);
        assert_eq!(proposals[1].slot.day, date!(2026 - 12 - 22));
        assert_eq!(proposals[1].span, Some((datetime!(2026-12-22 8:00 UTC), datetime!(2026-12-22 12:00 UTC))));
        assert_eq!((proposals[1].verdict, proposals[1].seat_time()), (Verdict::Fine, Duration::hours(12)));
    }

    #[test]
    fn the_week_of_the_spring_change_has_no_half_past_two() {
        let proposals = judged("2027-W12", &daily(0, 1440), &[row(7, 60, 150), row(7, 60, 180), row(7, 150, 300)]);
        assert_eq!(
            proposals.iter().map(|p| p.verdict).collect::<Vec<_>>(),
            [Verdict::Missing, Verdict::Fine, Verdict::Missing]
        );
        // 01:00 to 03:00 is one hour long that night.
        assert_eq!(proposals[1].length(), Duration::HOUR);
    }

    #[test]
    fn in_autumn_a_time_that_exists_twice_means_the_first() {
        let proposals = judged("2027-W43", &daily(0, 1440), &[row(7, 60, 150), row(7, 150, 240), row(7, 0, 1440)]);
        let [night, early, later] = proposals[..] else { panic!("three proposals") };
        assert_eq!(night.verdict, Verdict::TooLong);
        assert_eq!(early.length(), Duration::minutes(90));
        // 02:30 (the first) to 04:00 is two and a half hours long.
        assert_eq!((later.length(), later.verdict), (Duration::minutes(150), Verdict::Fine));
    }

    #[test]
    fn opening_past_midnight_holds_a_shift_past_midnight() {
        let proposals = judged("2026-W52", &daily(18 * 60, 26 * 60), &[row(7, 22 * 60, 26 * 60), row(1, 30, 120)]);
        // Monday 00:30 is still Sunday's opening; Sunday's late shift ends on the Monday after, and belongs here.
        assert_eq!(proposals.iter().map(|p| p.verdict).collect::<Vec<_>>(), [Verdict::Fine, Verdict::Fine]);
        assert_eq!(judged("2026-W52", &daily(18 * 60, 26 * 60), &[row(1, 90, 150)])[0].verdict, Verdict::Closed);
    }

    #[test]
    fn nothing_is_made_twice() {
        let zone = Zone::berlin();
        let week = "2026-W52".parse().expect("a week");
        let hours = daily(420, 1320);
        let rules = Rules { week, zone: &zone, hours: &hours, channels: &Channel::ALL, now: NOW };
        let slots = expand(&[row(1, 540, 780)], week);
        let twice = rules.judge(&[slots[0], slots[0]], &[]);
        assert_eq!((twice[0].verdict, twice[1].verdict), (Verdict::Fine, Verdict::Exists));
        let past = Rules { now: datetime!(2026-12-22 8:00 UTC), ..rules };
        assert_eq!(past.judge(&slots, &[])[0].verdict, Verdict::Past);
    }

    #[test]
    fn a_copied_week_keeps_its_wall_times() {
        let zone = Zone::berlin();
        let (from, to) = ("2027-W11".parse().expect("a week"), "2027-W12".parse().expect("a week"));
        let shift = Shift {
            id: crate::id::ShiftId(1),
            channel: Channel::Chat,
            starts_at: datetime!(2027-03-21 8:00 UTC),
            ends_at: datetime!(2027-03-21 12:00 UTC),
            seats: 2,
            booked: 1,
            published_at: None,
        };
        let slots = copied(&[shift.clone(), shift], &zone, from, to);
        assert_eq!(slots.len(), 1);
        assert_eq!((slots[0].day, slots[0].starts, slots[0].seats), (date!(2027 - 03 - 28), 540, 4));
        let hours = daily(0, 1440);
        let rules = Rules { week: to, zone: &zone, hours: &hours, channels: &Channel::ALL, now: NOW };
        assert_eq!(rules.judge(&slots, &[])[0].span.map(|s| s.0), Some(datetime!(2027-03-28 7:00 UTC)));
    }
}
