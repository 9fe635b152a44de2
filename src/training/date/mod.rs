//! Training dates: runs of a course, each with its days, seats, place and trainer.

mod keeping;

pub use keeping::{Change, ChangeRefusal, NewDate, change, create};

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock::{Zone, german};
use crate::id::{AccountId, CampaignId, CourseId, TrainingDateId, TrainingDayId};
use crate::shifts::said;

/// Most days of a date.
pub const MOST_DAYS: usize = 10;
/// Most seats of a date.
pub const MOST_SEATS: i16 = 100;

/// A day of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub id: TrainingDayId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// A date with its course, campaign, trainer and days.
#[derive(Debug, Clone)]
pub struct TrainingDate {
    pub id: TrainingDateId,
    pub course: CourseId,
    pub title: String,
    /// No further dates, and nobody enrols any more.
    pub retired_at: Option<OffsetDateTime>,
    pub campaign: CampaignId,
    pub client: String,
    pub campaign_name: String,
    pub zone: Zone,
    pub campaign_ended_at: Option<OffsetDateTime>,
    pub trainer: AccountId,
    pub trainer_name: String,
    pub trainer_email: String,
    /// An address, or the link of a video room.
    pub place: String,
    pub seats: i16,
    /// Seats taken, or held by an offer.
    pub taken: i16,
    /// People on the waiting list without an offer.
    pub waiting: i64,
    /// Until then one may leave; its last instant is in time.
    pub leave_until: OffsetDateTime,
    pub cancelled_at: Option<OffsetDateTime>,
    /// Why it was cancelled.
    pub cancellation: Option<String>,
    pub day_ids: Vec<TrainingDayId>,
    pub day_starts: Vec<OffsetDateTime>,
    pub day_ends: Vec<OffsetDateTime>,
}

impl TrainingDate {
    /// Its days, earliest first.
    pub fn days(&self) -> Vec<Day> {
        let spans = self.day_starts.iter().zip(&self.day_ends);
        self.day_ids.iter().zip(spans).map(|(id, (from, to))| Day { id: *id, starts_at: *from, ends_at: *to }).collect()
    }

    /// When its first day begins.
    pub fn starts_at(&self) -> OffsetDateTime {
        self.day_starts.first().copied().unwrap_or(self.leave_until)
    }

    /// When its last day begins: from then on there are results.
    pub fn last_starts_at(&self) -> OffsetDateTime {
        self.day_starts.last().copied().unwrap_or(self.leave_until)
    }

    /// When its last day ends.
    pub fn ends_at(&self) -> OffsetDateTime {
        self.day_ends.last().copied().unwrap_or(self.leave_until)
    }

    /// Seats that nobody has.
    pub fn free(&self) -> i16 {
        self.seats - self.taken
    }

    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn campaign_title(&self) -> String {
        format!("{} · {}", self.client, self.campaign_name)
    }

    /// Whether one meets in a video room; its address is for those who take part.
    pub fn is_online(&self) -> bool {
        self.place.starts_with("https://")
    }

    /// `Mo, 7.12. bis Do, 10.12., jeweils 09:00–13:00 Uhr`; days at different hours are listed.
    pub fn said(&self) -> String {
        let local = |at| self.zone.local(at);
        let days = self.days();
        let hours = |day: &Day| (local(day.starts_at).time(), local(day.ends_at).time());
        match days.as_slice() {
            [] => String::new(),
            [one] => said(&self.zone, one.starts_at, one.ends_at),
            [first, .., last] if days.iter().all(|day| hours(day) == hours(first)) && self.is_unbroken() => format!(
                "{} bis {}, jeweils {} Uhr",
                german::short_day(local(first.starts_at).date()),
                german::short_day(local(last.starts_at).date()),
                german::span(hours(first).0, hours(first).1),
            ),
            days => {
                let each: Vec<_> = days.iter().map(|day| said(&self.zone, day.starts_at, day.ends_at)).collect();
                each.join("; ")
            }
        }
    }

    /// Whether its days follow each other without a day between.
    fn is_unbroken(&self) -> bool {
        let days: Vec<_> = self.day_starts.iter().map(|at| self.zone.date(*at)).collect();
        days.windows(2).all(|pair| pair[1] - pair[0] == time::Duration::DAY)
    }

    /// `Mo, 7.12.2026, 09:00 Uhr`
    pub fn start_said(&self) -> String {
        german::moment(self.zone.local(self.starts_at()))
    }

    /// Until when one may leave: `So, 6.12.2026, 09:00 Uhr`.
    pub fn leave_until_said(&self) -> String {
        german::moment(self.zone.local(self.leave_until))
    }

    /// Whom to ask: `Thea Brodersen (schulung@beispiel.example)`.
    pub fn contact(&self) -> String {
        format!("{} ({})", self.trainer_name, self.trainer_email)
    }
}

/// Which dates are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    pub ids: Option<&'a [TrainingDateId]>,
    pub campaigns: Option<&'a [CampaignId]>,
    pub course: Option<CourseId>,
    /// Those whose last day ends after it.
    pub ending_after: Option<OffsetDateTime>,
    /// Those whose last day has ended by then.
    pub ended_by: Option<OffsetDateTime>,
    /// Those with this person on them, in any state.
    pub of: Option<crate::id::FreelancerId>,
}

/// Dates by start; cancelled ones among them.
pub async fn list(db: impl PgExecutor<'_>, wanted: &Wanted<'_>) -> Result<Vec<TrainingDate>, sqlx::Error> {
    let ids: Option<Vec<Uuid>> = wanted.ids.map(|ids| ids.iter().map(|id| id.0).collect());
    let campaigns: Option<Vec<Uuid>> = wanted.campaigns.map(|ids| ids.iter().map(|id| id.0).collect());
    sqlx::query_as!(
        TrainingDate,
        r#"select d.id as "id: TrainingDateId", k.id as "course: CourseId", k.title, k.retired_at, c.id as "campaign: CampaignId", c.client,
                  c.name as campaign_name, c.zone as "zone: Zone", c.ended_at as campaign_ended_at,
                  t.id as "trainer: AccountId", t.name as trainer_name, t.email as trainer_email, d.place, d.seats, d.taken,
                  (select count(*) from enrolment e where e.date_id = d.id and e.state = 'waiting') as "waiting!",
                  d.leave_until, d.cancelled_at, d.cancellation,
                  days.ids as "day_ids!: Vec<TrainingDayId>", days.starts as "day_starts!", days.ends as "day_ends!"
           from training_date d
           join course k on k.id = d.course_id
           join campaign c on c.id = k.campaign_id
           join account t on t.id = d.trainer_id
           join lateral (
               select array_agg(y.id order by y.starts_at) as ids, array_agg(y.starts_at order by y.starts_at) as starts,
                      array_agg(y.ends_at order by y.starts_at) as ends, min(y.starts_at) as first, max(y.ends_at) as last
               from training_day y where y.date_id = d.id
           ) days on days.ids is not null
           where ($1::uuid[] is null or d.id = any ($1))
             and ($2::uuid[] is null or c.id = any ($2))
             and ($3::uuid is null or k.id = $3)
             and ($4::timestamptz is null or days.last > $4)
             and ($5::timestamptz is null or days.last <= $5)
             and ($6::uuid is null or exists (select from enrolment e where e.date_id = d.id and e.freelancer_id = $6))
           order by days.first, k.title, d.id"#,
        ids.as_deref(),
        campaigns.as_deref(),
        wanted.course.map(|id| id.0),
        wanted.ending_after,
        wanted.ended_by,
        wanted.of.map(|id| id.0),
    )
    .fetch_all(db)
    .await
}

/// One date.
pub async fn find(db: impl PgExecutor<'_>, id: TrainingDateId) -> Result<Option<TrainingDate>, sqlx::Error> {
    Ok(list(db, &Wanted { ids: Some(&[id]), ..Wanted::default() }).await?.pop())
}

/// The same, with its row held until the transaction ends: the first lock of every step that changes who takes part.
pub async fn lock(db: &mut PgConnection, id: TrainingDateId) -> Result<Option<TrainingDate>, sqlx::Error> {
    sqlx::query!("select id from training_date where id = $1 for update", id.0).fetch_optional(&mut *db).await?;
    find(db, id).await
}

/// Changes the counter of seats; `training_date_seats` refuses what would be too many.
pub(super) async fn count(db: &mut PgConnection, id: TrainingDateId, by: i16) -> Result<(), sqlx::Error> {
    sqlx::query!("update training_date set taken = taken + $2 where id = $1", id.0, by).execute(db).await.map(drop)
}

/// Somebody who may lead trainings.
#[derive(Debug, Clone)]
pub struct Trainer {
    pub id: AccountId,
    pub name: String,
}

/// Everybody with the role and access, by name.
pub async fn trainers(db: impl PgExecutor<'_>) -> Result<Vec<Trainer>, sqlx::Error> {
    sqlx::query_as!(
        Trainer,
        r#"select a.id as "id: AccountId", a.name from account a
           where a.access_ended_at is null and exists (select from account_role r where r.account_id = a.id and r.role = 'trainer')
           order by a.name, a.id"#
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use time::macros::datetime;

    /// Two days in December, 9 to 13 in Berlin.
    pub fn date() -> TrainingDate {
        let starts = vec![datetime!(2026-12-07 8:00 UTC), datetime!(2026-12-08 8:00 UTC)];
        TrainingDate {
            id: TrainingDateId::new(),
            course: CourseId::new(),
            title: "Bestellungen annehmen".into(),
            retired_at: None,
            campaign: CampaignId::new(),
            client: "Blattgrün".into(),
            campaign_name: "Bestellhotline".into(),
            zone: Zone::berlin(),
            campaign_ended_at: None,
            trainer: AccountId::new(),
            trainer_name: "Thea Brodersen".into(),
            trainer_email: "schulung@beispiel.example".into(),
            place: "https://treffen.example/schulung".into(),
            seats: 8,
            taken: 5,
            waiting: 0,
            leave_until: datetime!(2026-12-06 8:00 UTC),
            cancelled_at: None,
            cancellation: None,
            day_ids: starts.iter().map(|_| TrainingDayId::new()).collect(),
            day_ends: starts.iter().map(|at| *at + time::Duration::hours(4)).collect(),
            day_starts: starts,
        }
    }

    #[test]
    fn days_are_said_together_if_they_are_alike() {
        let mut date = date();
        assert_eq!(date.said(), "Mo, 7.12. bis Di, 8.12., jeweils 09:00–13:00 Uhr");
        date.day_ends[1] = datetime!(2026-12-08 11:00 UTC);
        assert_eq!(date.said(), "Mo, 7.12., 09:00–13:00 Uhr; Di, 8.12., 09:00–12:00 Uhr");
        date.day_starts = vec![datetime!(2026-12-07 8:00 UTC), datetime!(2026-12-09 8:00 UTC)];
        date.day_ends = vec![datetime!(2026-12-07 12:00 UTC), datetime!(2026-12-09 12:00 UTC)];
        assert_eq!(date.said(), "Mo, 7.12., 09:00–13:00 Uhr; Mi, 9.12., 09:00–13:00 Uhr", "a day between");
    }

    #[test]
    fn wall_time_is_what_is_alike() {
        // 27 and 28 March 2027: the clock is put forward in between, and 9:00 is another hour in UTC.
        let mut date = date();
        date.day_starts = vec![datetime!(2027-03-27 8:00 UTC), datetime!(2027-03-28 7:00 UTC)];
        date.day_ends = vec![datetime!(2027-03-27 12:00 UTC), datetime!(2027-03-28 11:00 UTC)];
        assert_eq!(date.said(), "Sa, 27.3. bis So, 28.3., jeweils 09:00–13:00 Uhr");
    }
}
