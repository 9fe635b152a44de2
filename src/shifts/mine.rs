//! What is a freelancer's own: bookings, qualifications, and what each shift is to them. Hours are information only.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::kind::Kind;
use super::plan::Shift;
use super::week::Week;
use crate::campaigns::campaign::Channel;
use crate::clock::Zone;
use crate::database::gather::Gather;
use crate::id::{CampaignId, FreelancerId, ShiftId};

/// Weeks that the average looks back over (product.md part 5).
pub const AVERAGE_WEEKS: i16 = 4;

/// A live booking.
#[derive(Debug, Clone)]
pub struct Own {
    pub shift: ShiftId,
    pub campaign: CampaignId,
    pub channel: Channel,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub booked_at: OffsetDateTime,
    /// A seat, or a trainee's place: both are hours.
    pub kind: Kind,
}

impl Own {
    /// Its real length.
    pub fn length(&self) -> Duration {
        self.ends_at - self.starts_at
    }
}

/// A day of a training: it takes the person's time, and is no booked hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingDay {
    pub campaign: CampaignId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// A person's live bookings of a stretch of time, and their qualifications.
#[derive(Debug, Clone, Default)]
pub struct Mine {
    /// In order of their start; they never overlap.
    pub bookings: Vec<Own>,
    /// In order of their start; they overlap neither each other nor a booking.
    pub trainings: Vec<TrainingDay>,
    pub qualified: Vec<CampaignId>,
    /// Until when they may book, for the qualified campaigns that have such an instant.
    pub until: Vec<(CampaignId, OffsetDateTime)>,
}

/// What a shift is to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    Free,
    Own(&'a Own),
    Started,
    NotQualified,
    /// Qualified, and no longer or at present not allowed to book.
    Barred,
    /// Overlaps this other booking of theirs.
    Overlaps(&'a Own),
    InTraining(&'a TrainingDay),
    Full,
}

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        self.shift == other.shift
    }
}

impl Eq for Own {}

impl Mine {
    /// What a campaign's shift is to this person. The same order of reasons as when booking.
    pub fn standing(&self, campaign: CampaignId, shift: &Shift, now: OffsetDateTime) -> Standing<'_> {
        let first = self.bookings.partition_point(|own| own.ends_at <= shift.starts_at);
        self.standing_from(first, self.bar(campaign, now), shift, now)
    }

    /// What each of a campaign's shifts, in order of their start, is to this person.
    pub fn standings(&self, campaign: CampaignId, shifts: &[Shift], now: OffsetDateTime) -> Vec<Standing<'_>> {
        let bar = self.bar(campaign, now);
        let mut first = 0;
        let standing = |shift: &Shift| {
            first += self.bookings[first..].iter().take_while(|own| own.ends_at <= shift.starts_at).count();
            self.standing_from(first, bar, shift, now)
        };
        shifts.iter().map(standing).collect()
    }

    /// Why nothing of this campaign can be booked now, if so.
    fn bar(&self, campaign: CampaignId, now: OffsetDateTime) -> Option<Standing<'static>> {
        match () {
            () if !self.qualified.contains(&campaign) => Some(Standing::NotQualified),
            () if self.until.iter().any(|(id, until)| *id == campaign && *until <= now) => Some(Standing::Barred),
            () => None,
        }
    }

    /// `first` is the first booking that ends after the shift's start; `bar` is that of the campaign.
    fn standing_from<'a>(
        &'a self,
        first: usize,
        bar: Option<Standing<'a>>,
        shift: &Shift,
        now: OffsetDateTime,
    ) -> Standing<'a> {
        // Bookings never overlap each other, so those that touch the shift lie side by side.
        let touching = self.bookings[first..].iter().take_while(|own| own.starts_at < shift.ends_at);
        let day = self.trainings.iter().find(|d| d.starts_at < shift.ends_at && shift.starts_at < d.ends_at);
        let mut other = None;
        for own in touching {
            if own.shift == shift.id {
                return Standing::Own(own);
            }
            other = other.or(Some(own));
        }
        match other {
            _ if shift.starts_at <= now => Standing::Started,
            _ if let Some(bar) = bar => bar,
            Some(own) => Standing::Overlaps(own),
            None if let Some(day) = day => Standing::InTraining(day),
            None if shift.free() <= 0 => Standing::Full,
            None => Standing::Free,
        }
    }

    /// Hours booked in a week, by campaign or in all.
    pub fn booked(&self, week: Week, zone: &Zone, campaign: Option<CampaignId>) -> Duration {
        let (from, to) = week.bounds(zone);
        self.of(campaign).filter(|own| from <= own.starts_at && own.starts_at < to).map(Own::length).sum()
    }

    /// The average of the four full weeks before `this`.
    pub fn average(&self, this: Week, zone: &Zone, campaign: Option<CampaignId>) -> Duration {
        let total: Duration = (1..=AVERAGE_WEEKS).map(|n| self.booked(this.plus(-n), zone, campaign)).sum();
        total / i32::from(AVERAGE_WEEKS)
    }

    /// Hours per week, earliest first; weeks without hours are left out.
    pub fn by_week(&self, zone: &Zone) -> BTreeMap<Week, Vec<&Own>> {
        let mut weeks: BTreeMap<Week, Vec<&Own>> = BTreeMap::new();
        for own in &self.bookings {
            weeks.entry(Week::at(own.starts_at, zone)).or_default().push(own);
        }
        weeks
    }

    fn of(&self, campaign: Option<CampaignId>) -> impl Iterator<Item = &Own> {
        self.bookings.iter().filter(move |own| campaign.is_none_or(|id| own.campaign == id))
    }
}

/// Whose bookings, and of which time.
type Wanted = (FreelancerId, OffsetDateTime, OffsetDateTime);

/// Reads what is a freelancer's own. On Wednesdays all ask at once, so reads that come together share a statement.
#[derive(Clone)]
pub struct Owns(Arc<Gather<Wanted, Mine>>);

impl Owns {
    /// Reads from this database.
    pub fn new(db: PgPool) -> Self {
        Self(Arc::new(Gather::new(move |wanted| load_all(db.clone(), wanted))))
    }

    /// A person's bookings that touch the span, and their qualifications.
    pub async fn of(
        &self,
        person: FreelancerId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Mine, Arc<sqlx::Error>> {
        self.0.get((person, from, to)).await
    }
}

async fn load_all(db: PgPool, wanted: Vec<Wanted>) -> Result<Vec<Mine>, sqlx::Error> {
    let people: Vec<Uuid> = wanted.iter().map(|(person, ..)| person.0).collect();
    let from: Vec<OffsetDateTime> = wanted.iter().map(|(_, from, _)| *from).collect();
    let to: Vec<OffsetDateTime> = wanted.iter().map(|(.., to)| *to).collect();
    // `(select $1)` as in `session`: planned once. Nothing that is booked is longer than 24 hours (`shift_length`,
    // `training_day_order`), so the index bounds the search on both sides.
    let rows = sqlx::query!(
        r#"select w.place as "place!", null::bigint as "shift: ShiftId", q.campaign_id as "campaign!: CampaignId",
                  null::channel as "channel: Channel", null::timestamptz as starts_at, least(q.valid_until, q.barred_from) as ends_at,
                  null::timestamptz as booked_at, null::booking_kind as "kind: Kind"
           from unnest((select $1::uuid[])) with ordinality as w (person, place)
           join qualification q on q.freelancer_id = w.person and q.ended_at is null and q.suspended_at is null
           union all
           select w.place, b.shift_id, coalesce(s.campaign_id, k.campaign_id), s.channel, lower(b.during), upper(b.during), b.booked_at, b.kind
           from unnest((select $1::uuid[]), (select $2::timestamptz[]), (select $3::timestamptz[])) with ordinality as w (person, since, until, place)
           join booking b on b.freelancer_id = w.person and b.released_at is null
                         and upper(b.during) > w.since and upper(b.during) < w.until + interval '24 hours' and lower(b.during) < w.until
           left join shift s on s.id = b.shift_id
           left join training_day d on d.id = b.training_day_id
           left join training_date t on t.id = d.date_id
           left join course k on k.id = t.course_id"#,
        &people,
        &from,
        &to,
    )
    .fetch_all(&db)
    .await?;
    let mut all = vec![Mine::default(); wanted.len()];
    for row in rows {
        let Some(mine) = usize::try_from(row.place - 1).ok().and_then(|place| all.get_mut(place)) else { continue };
        let campaign = row.campaign;
        match (row.shift, row.channel, row.starts_at, row.ends_at, row.booked_at, row.kind) {
            (Some(shift), Some(channel), Some(starts_at), Some(ends_at), Some(booked_at), Some(kind)) => {
                mine.bookings.push(Own { shift, campaign, channel, starts_at, ends_at, booked_at, kind });
            }
            (None, _, Some(starts_at), Some(ends_at), ..) => {
                mine.trainings.push(TrainingDay { campaign, starts_at, ends_at })
            }
            (.., until, _, _) => {
                mine.qualified.push(campaign);
                mine.until.extend(until.map(|until| (campaign, until)));
            }
        }
    }
    for mine in &mut all {
        mine.bookings.sort_by_key(|own| own.starts_at);
        mine.trainings.sort_by_key(|day| day.starts_at);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn own(id: i64, campaign: CampaignId, starts_at: OffsetDateTime, hours: i64) -> Own {
        let ends_at = starts_at + Duration::hours(hours);
        Own {
            shift: ShiftId(id),
            campaign,
            channel: Channel::Phone,
            starts_at,
            ends_at,
            booked_at: starts_at - Duration::WEEK,
            kind: Kind::Seat,
        }
    }

    fn shift(id: i64, starts_at: OffsetDateTime, hours: i64, booked: i16) -> Shift {
        let (from, to) = (Zone::berlin().local(starts_at), Zone::berlin().local(starts_at + Duration::hours(hours)));
        Shift {
            id: ShiftId(id),
            channel: Channel::Phone,
            starts_at,
            ends_at: starts_at + Duration::hours(hours),
            seats: 2,
            booked,
            from,
            to,
            number: id.to_string(),
            said: Shift::say(from, to),
            free_said: format!("{} frei", 2 - booked),
        }
    }

    #[test]
    fn twelve_after_twelve_is_fine() {
        let (campaign, now) = (CampaignId::new(), datetime!(2026-11-23 12:00 UTC));
        let nine = datetime!(2026-12-02 9:00 UTC);
        let day = TrainingDay { campaign, starts_at: nine + Duration::DAY, ends_at: nine + Duration::hours(30) };
        let mine = Mine {
            bookings: vec![own(1, campaign, nine, 3)],
            trainings: vec![day.clone()],
            qualified: vec![campaign],
            until: vec![(campaign, now + Duration::DAY)],
        };
        assert_eq!(mine.standing(campaign, &shift(2, nine + Duration::hours(3), 2, 0), now), Standing::Free);
        assert_eq!(mine.standing(campaign, &shift(2, nine - Duration::hours(2), 2, 0), now), Standing::Free);
        assert_eq!(
            mine.standing(campaign, &shift(2, nine + Duration::hours(2), 2, 0), now),
            Standing::Overlaps(&mine.bookings[0])
        );
        assert_eq!(mine.standing(campaign, &shift(1, nine, 3, 1), now), Standing::Own(&mine.bookings[0]));
        assert_eq!(mine.standing(campaign, &shift(2, nine + Duration::hours(5), 2, 2), now), Standing::Full);
        assert_eq!(mine.standing(CampaignId::new(), &shift(2, nine, 1, 0), now), Standing::NotQualified);
        assert_eq!(mine.standing(campaign, &shift(2, now, 1, 0), now), Standing::Started);
        let while_training = shift(2, day.starts_at + Duration::HOUR, 1, 0);
        assert_eq!(mine.standing(campaign, &while_training, now), Standing::InTraining(&day));
        assert_eq!(mine.standing(campaign, &shift(2, day.ends_at, 1, 0), now), Standing::Free);
        // What counts is the moment of booking, not that of the shift.
        let free = shift(2, nine + Duration::hours(5), 2, 0);
        assert_eq!(mine.standing(campaign, &free, now + Duration::DAY), Standing::Barred);
        assert_eq!(mine.standing(campaign, &free, now + Duration::DAY - Duration::SECOND), Standing::Free);
    }

    #[test]
    fn all_shifts_at_once_stand_as_each_alone() {
        let (campaign, now) = (CampaignId::new(), datetime!(2026-12-01 12:00 UTC));
        let monday = datetime!(2026-11-30 6:00 UTC);
        let bookings = [3, 9, 27, 28, 40, 52]
            .map(|at| own(at, campaign, monday + Duration::hours(at), if at == 27 { 1 } else { 5 }));
        let mine = Mine { bookings: bookings.into(), qualified: vec![campaign], ..Mine::default() };
        // In order of their start, of several lengths, some full, and some of the person's own.
        let shifts: Vec<Shift> = (0..140)
            .map(|n| shift(n / 2, monday + Duration::hours(n / 2), [4, 1][n as usize % 2], (n % 3) as i16))
            .collect();
        let alone: Vec<Standing> = shifts.iter().map(|shift| mine.standing(campaign, shift, now)).collect();
        assert_eq!(mine.standings(campaign, &shifts, now), alone);
        for standing in [Standing::Free, Standing::Full, Standing::Started] {
            assert!(alone.contains(&standing), "{standing:?} does not occur");
        }
        assert!(
            alone.iter().any(|s| matches!(s, Standing::Own(_)))
                && alone.iter().any(|s| matches!(s, Standing::Overlaps(_)))
        );
    }

    #[test]
    fn the_average_is_over_four_full_weeks() {
        let (campaign, zone) = (CampaignId::new(), Zone::berlin());
        let this: Week = "2026-W48".parse().expect("a week");
        let starts = |week: &str| zone.midnight(week.parse::<Week>().expect("a week").monday()) + Duration::hours(9);
        let bookings = vec![
            own(1, campaign, starts("2026-W43"), 8),
            own(2, campaign, starts("2026-W44"), 6),
            own(3, campaign, starts("2026-W47"), 8),
            own(4, campaign, starts("2026-W48"), 8),
        ];
        let mine = Mine { bookings, ..Mine::default() };
        assert_eq!(mine.average(this, &zone, Some(campaign)), Duration::minutes(210));
        assert_eq!(mine.booked(this, &zone, None), Duration::hours(8));
        assert_eq!(mine.average(this, &zone, Some(CampaignId::new())), Duration::ZERO);
    }

    #[test]
    fn the_night_of_the_clock_change_counts_its_real_hours() {
        let zone = Zone::berlin();
        // 31 October 2027, 00:00–04:00 on the wall: five hours.
        let (from, to) =
            (zone.wall(time::macros::date!(2027 - 10 - 31), 0), zone.wall(time::macros::date!(2027 - 10 - 31), 240));
        assert_eq!(to.expect("exists") - from.expect("exists"), Duration::hours(5));
    }
}
