//! The trainings of a campaign that ends: enrolments are ended all at once, and given back where that is still possible; those
//! who would have held them are known by name.

use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::date::{self, TrainingDate, Wanted};
use super::enrolment::{self, State};
use super::offer;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, CampaignId, EnrolmentId, FreelancerId, TrainingDateId, TrainingDayId};
use crate::shifts::training_day;

/// A seat in a coming training of the campaign, an offer of one, or a place on its waiting list.
#[derive(Debug, Clone)]
pub struct Coming {
    pub enrolment: EnrolmentId,
    pub freelancer: FreelancerId,
    pub state: State,
    date: TrainingDate,
}

impl Coming {
    /// `Schulung „Bestellungen annehmen“, Mo, 7.12., 09:00–13:00 Uhr`
    pub fn said(&self) -> String {
        said(&self.date)
    }
}

fn said(date: &TrainingDate) -> String {
    format!("Schulung „{}“, {}", date.title, date.said())
}

/// The days that have not begun: only those take time that can be given back.
fn days_ahead(date: &TrainingDate, now: OffsetDateTime) -> Vec<TrainingDayId> {
    date.days().into_iter().filter(|day| day.starts_at > now).map(|day| day.id).collect()
}

/// Holds the campaign's dates until the caller's transaction ends. Comes before the lock of the bookings, as with enrolling;
/// the courses first, so that no date comes into being meanwhile.
pub async fn lock(db: &mut PgConnection, campaign: CampaignId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from course where campaign_id = $1 order by id for update", campaign.0)
        .fetch_all(&mut *db)
        .await?;
    sqlx::query!(
        "select id from training_date
         where course_id in (select id from course where campaign_id = $1) order by id for update",
        campaign.0,
    )
    .fetch_all(db)
    .await
    .map(drop)
}

/// Dates that are to take place, of which a day is still to begin, by time.
async fn dates(
    db: &mut PgConnection,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<TrainingDate>, sqlx::Error> {
    let campaigns = [campaign];
    let wanted = Wanted { campaigns: Some(&campaigns), ending_after: Some(now), ..Wanted::default() };
    let mut dates = date::list(db, &wanted).await?;
    dates.retain(|date| date.last_starts_at() > now && date.cancelled_at.is_none());
    Ok(dates)
}

/// Open enrolments in dates of which a day is still to begin, by time.
pub async fn coming(
    db: &mut PgConnection,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<Coming>, sqlx::Error> {
    let mut coming = Vec::new();
    for date in dates(&mut *db, campaign, now).await? {
        let open = sqlx::query!(
            r#"select id as "id: EnrolmentId", freelancer_id as "freelancer: FreelancerId", state as "state: State"
               from enrolment where date_id = $1 and state in ('waiting', 'offered', 'enrolled') order by joined_at, id"#,
            date.id.0,
        )
        .fetch_all(&mut *db)
        .await?;
        coming.extend(open.into_iter().map(|row| Coming {
            enrolment: row.id,
            freelancer: row.freelancer,
            state: row.state,
            date: date.clone(),
        }));
    }
    Ok(coming)
}

/// Somebody who leads coming dates of the campaign, with or without anybody on them.
#[derive(Debug, Clone)]
pub struct Trainer {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    dates: Vec<TrainingDate>,
}

impl Trainer {
    /// Their dates, in words.
    pub fn dates(&self) -> Vec<String> {
        self.dates.iter().map(said).collect()
    }

    /// Which these are.
    pub fn ids(&self) -> impl Iterator<Item = TrainingDateId> {
        self.dates.iter().map(|date| date.id)
    }
}

/// Who leads the coming dates of the campaign.
pub async fn trainers(
    db: &mut PgConnection,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<Trainer>, sqlx::Error> {
    let mut trainers: BTreeMap<AccountId, Trainer> = BTreeMap::new();
    for date in dates(db, campaign, now).await? {
        let trainer = || Trainer {
            account: date.trainer,
            name: date.trainer_name.clone(),
            email: date.trainer_email.clone(),
            dates: Vec::new(),
        };
        trainers.entry(date.trainer).or_insert_with(trainer).dates.push(date);
    }
    Ok(trainers.into_values().collect())
}

/// Ends these enrolments; seats and time are free again.
pub async fn take_off(
    db: &mut PgConnection,
    coming: &[Coming],
    (reason, by): (&str, AccountId),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    for one in coming {
        let days = days_ahead(&one.date, now);
        training_day::take_off(&mut *db, one.freelancer, &days, (reason, by), now).await?;
        if one.state.has_seat() {
            date::count(&mut *db, one.date.id, -1).await?;
        }
        enrolment::end(&mut *db, one.enrolment, State::Cancelled, now).await?;
        note(&mut *db, (one.freelancer, one.date.campaign), Event::TrainingCancelled, (by, reason), now).await?;
    }
    Ok(())
}

/// What became of an enrolment that should come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    Seat,
    /// On the waiting list; who held an offer gets the next one from there.
    List,
    /// Why it stays ended.
    Lost(&'static str),
}

/// An enrolment that should come back, in words, with what became of it.
#[derive(Debug, Clone)]
pub struct Returned {
    pub enrolment: EnrolmentId,
    pub said: String,
    pub back: Back,
}

/// An enrolment that a plan ended.
struct Ended {
    id: EnrolmentId,
    freelancer: FreelancerId,
    date: TrainingDateId,
    has_access: bool,
    /// Still as the plan left it, with no other enrolment in the same course.
    is_untouched: bool,
}

/// Gives these enrolments back, each with the state it had: seats first, then places on the list. The dates are locked.
pub async fn give_back(
    db: &mut PgConnection,
    config: &Config,
    ended: &[(EnrolmentId, State)],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<Returned>, sqlx::Error> {
    let ids: Vec<Uuid> = ended.iter().map(|(id, _)| id.0).collect();
    let rows = sqlx::query_as!(
        Ended,
        r#"select e.id as "id: EnrolmentId", e.freelancer_id as "freelancer: FreelancerId", e.date_id as "date: TrainingDateId",
                  a.access_ended_at is null as "has_access!",
                  e.state = 'cancelled' and not exists (
                      select from enrolment o where o.course_id = e.course_id and o.freelancer_id = e.freelancer_id
                          and o.state in ('waiting', 'offered', 'enrolled', 'passed')) as "is_untouched!"
           from enrolment e join account a on a.id = e.freelancer_id
           where e.id = any ($1) order by e.joined_at, e.id"#,
        &ids,
    )
    .fetch_all(&mut *db)
    .await?;
    let had_seat = |row: &Ended| ended.contains(&(row.id, State::Enrolled));
    let (seats, list): (Vec<_>, Vec<_>) = rows.iter().partition(|row| had_seat(row));
    let mut returned = Vec::with_capacity(rows.len());
    for row in seats.into_iter().chain(list) {
        let Some(date) = date::find(&mut *db, row.date).await? else { continue };
        let back = match refusal(row, &date, had_seat(row), now) {
            Some(why) => Back::Lost(why),
            None if had_seat(row) => seat(&mut *db, row, &date, now).await?,
            None => {
                reopen(&mut *db, row.id, State::Waiting).await?;
                Back::List
            }
        };
        let event = match back {
            Back::Seat => Some(Event::TrainingEnrolled),
            Back::List => Some(Event::TrainingWaiting),
            Back::Lost(_) => None,
        };
        let said = said(&date);
        if let Some(event) = event {
            note(&mut *db, (row.freelancer, date.campaign), event, (by, said.as_str()), now).await?;
        }
        returned.push(Returned { enrolment: row.id, said, back });
    }
    let mut dates: Vec<TrainingDateId> = rows.iter().map(|row| row.date).collect();
    dates.sort_by_key(|date| date.0);
    dates.dedup();
    for date in dates {
        offer::advance(&mut *db, config, date, now).await?;
    }
    Ok(returned)
}

/// Why an enrolment cannot come back, overlaps apart.
fn refusal(row: &Ended, date: &TrainingDate, had_seat: bool, now: OffsetDateTime) -> Option<&'static str> {
    match () {
        () if !row.is_untouched || !row.has_access => Some("bleibt aufgehoben"),
        () if date.cancelled_at.is_some() => Some("bleibt aufgehoben, weil der Termin abgesagt ist"),
        () if had_seat && date.last_starts_at() <= now || !had_seat && date.starts_at() <= now => {
            Some("bleibt aufgehoben, weil die Schulung schon begonnen hat")
        }
        () if had_seat && date.free() <= 0 => Some("bleibt aufgehoben, weil es den Platz nicht mehr gibt"),
        () => None,
    }
}

/// The seat again, if the person still has the time. What was held of it before an overlap showed goes with the savepoint.
async fn seat(
    db: &mut PgConnection,
    row: &Ended,
    date: &TrainingDate,
    now: OffsetDateTime,
) -> Result<Back, sqlx::Error> {
    let mut step = db.begin().await?;
    if training_day::hold(&mut step, row.freelancer, &days_ahead(date, now), now).await?.is_err() {
        step.rollback().await?;
        return Ok(Back::Lost("bleibt aufgehoben, weil du zu dieser Zeit inzwischen etwas anderes hast"));
    }
    date::count(&mut step, date.id, 1).await?;
    reopen(&mut step, row.id, State::Enrolled).await?;
    step.commit().await.map(|()| Back::Seat)
}

async fn reopen(db: &mut PgConnection, id: EnrolmentId, state: State) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update enrolment set state = $2, ended_at = null, sequence = sequence + 1 where id = $1",
        id.0,
        state as State,
    )
    .execute(db)
    .await
    .map(drop)
}

async fn note(
    db: &mut PgConnection,
    (freelancer, campaign): (FreelancerId, CampaignId),
    event: Event,
    (by, words): (AccountId, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let step = Note { freelancer, campaign: Some(campaign), event, by: Some(by), note: Some(words) };
    history::note(db, step, now).await
}
