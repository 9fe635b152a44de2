//! Who takes part in a date, waits for it, or did: as staff and the people themselves see it.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::enrolment::State;
use super::{date, mails};
use crate::config::Config;
use crate::id::{CourseId, EnrolmentId, FreelancerId, TrainingDateId, TrainingDayId};
use crate::mail;

/// An enrolment with its person.
#[derive(Debug, Clone)]
pub struct Participant {
    pub id: EnrolmentId,
    pub date: TrainingDateId,
    pub course: CourseId,
    pub freelancer: FreelancerId,
    pub name: String,
    pub email: String,
    pub state: State,
    pub joined_at: OffsetDateTime,
    pub offered_until: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub result_at: Option<OffsetDateTime>,
    /// The trainer's word.
    pub word: Option<String>,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// When its state last changed.
    pub changed_at: OffsetDateTime,
    /// From 1, for those on the waiting list.
    pub place: Option<i64>,
    /// Days on which they took part.
    pub attended: Vec<TrainingDayId>,
}

/// One enrolment.
pub async fn find(db: impl PgExecutor<'_>, id: EnrolmentId) -> Result<Option<Participant>, sqlx::Error> {
    Ok(select(db, &[id], None, None).await?.pop())
}

/// These enrolments.
pub async fn all(db: impl PgExecutor<'_>, ids: &[EnrolmentId]) -> Result<Vec<Participant>, sqlx::Error> {
    select(db, ids, None, None).await
}

/// Everybody of a date: those with a seat by name, then offers and the waiting list in order, then who is no longer on it.
pub async fn list(db: impl PgExecutor<'_>, date: TrainingDateId) -> Result<Vec<Participant>, sqlx::Error> {
    select(db, &[], Some(date), None).await
}

/// All enrolments of a person, latest first within each date.
pub async fn of(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Participant>, sqlx::Error> {
    select(db, &[], None, Some(freelancer)).await
}

async fn select(
    db: impl PgExecutor<'_>,
    ids: &[EnrolmentId],
    date: Option<TrainingDateId>,
    freelancer: Option<FreelancerId>,
) -> Result<Vec<Participant>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Participant,
        r#"select e.id as "id: EnrolmentId", e.date_id as "date: TrainingDateId", e.course_id as "course: CourseId", e.freelancer_id as "freelancer: FreelancerId",
                  a.name, a.email, e.state as "state: State", e.joined_at, e.offered_until, e.ended_at, e.result_at, e.word, e.sequence,
                  coalesce(e.ended_at, e.enrolled_at, e.joined_at) as "changed_at!",
                  case when e.state = 'waiting' then (
                      select count(*) from enrolment b
                      where b.date_id = e.date_id and b.state = 'waiting' and (b.joined_at, b.id) <= (e.joined_at, e.id)
                  ) end as place,
                  array(select t.day_id from attended_day t where t.enrolment_id = e.id) as "attended!: Vec<TrainingDayId>"
           from enrolment e join account a on a.id = e.freelancer_id
           where e.id = any ($1) or e.date_id = $2 or e.freelancer_id = $3
           order by case when e.state in ('enrolled', 'passed', 'repeat') then 0 when e.state = 'offered' then 1
                         when e.state = 'waiting' then 2 else 3 end,
                    case when e.state in ('enrolled', 'passed', 'repeat') then a.name end collate "de-x-icu",
                    case when e.state in ('offered', 'waiting') then e.joined_at end, e.joined_at desc, e.id"#,
        &ids,
        date.map(|id| id.0),
        freelancer.map(|id| id.0),
    )
    .fetch_all(db)
    .await
}

/// Tells everybody with a seat where the date is held now. The caller has changed the place.
pub(super) async fn tell_place(
    db: &mut PgConnection,
    config: &Config,
    id: TrainingDateId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Some(date) = date::find(&mut *db, id).await? else { return Ok(()) };
    let people = list(&mut *db, id).await?;
    let enrolled = people.iter().filter(|person| person.state == State::Enrolled);
    let mails: Vec<_> = enrolled.map(|person| mails::moved(config, &date, person)).collect();
    sqlx::query!("update enrolment set sequence = sequence + 1 where date_id = $1 and state = 'enrolled'", id.0)
        .execute(&mut *db)
        .await?;
    mail::enqueue_all(db, &mails, now).await
}
