//! Enrolments as rows: where somebody stands in a training date. [`rule`] decides what they may do, [`step`] does it.
//!
//! The constraints named in [`crate::training`] hold whatever the code does.

mod rule;
mod step;

pub use rule::{Facts, Live, Refusal};
pub(super) use step::refused;
pub use step::{Outcome, Step, take};

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::date::TrainingDate;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::missing::{self, Stage};
use crate::id::{CourseId, EnrolmentId, FreelancerId, TrainingDateId};

/// Where somebody stands in a training date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "enrolment_state", rename_all = "snake_case")]
pub enum State {
    /// On the waiting list.
    Waiting,
    /// A freed seat is held for them for a limited time.
    Offered,
    /// Has a seat.
    Enrolled,
    Passed,
    /// To be repeated.
    Repeat,
    /// Left, or declined an offer.
    Left,
    /// An offer ran out, or the date began without a free seat.
    Lapsed,
    /// The date was cancelled.
    Cancelled,
}

impl State {
    /// Whether a seat of the date is theirs or held for them: what `training_date.taken` counts.
    pub fn has_seat(self) -> bool {
        matches!(self, Self::Offered | Self::Enrolled | Self::Passed | Self::Repeat)
    }

    /// Whether they are on the date's list, with or without a seat, and no result is there yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered | Self::Enrolled)
    }

    /// Whether they take part, or took part.
    pub fn takes_part(self) -> bool {
        matches!(self, Self::Enrolled | Self::Passed | Self::Repeat)
    }

    /// Short, as lists name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Warteliste",
            Self::Offered => "Platz angeboten",
            Self::Enrolled => "angemeldet",
            Self::Passed => "bestanden",
            Self::Repeat => "wiederholen",
            Self::Left => "abgemeldet",
            Self::Lapsed => "nicht zustande gekommen",
            Self::Cancelled => "abgesagt",
        }
    }
}

async fn insert(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    state: State,
    now: OffsetDateTime,
) -> Result<EnrolmentId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into enrolment (id, date_id, course_id, freelancer_id, state, joined_at, enrolled_at, sequence)
           select $1, $2, $3, $4, $5, $6, case when $7 then $6::timestamptz end, coalesce(max(sequence) + 1, 0)
           from enrolment where date_id = $2 and freelancer_id = $4
           returning id as "id: EnrolmentId""#,
        EnrolmentId::new().0,
        facts.date.id.0,
        facts.date.course.0,
        freelancer.0,
        state as State,
        now,
        state == State::Enrolled,
    )
    .fetch_one(db)
    .await
}

/// Ends an enrolment without a result; its entry in a calendar grows by its SEQUENCE.
pub(super) async fn end(
    db: &mut PgConnection,
    id: EnrolmentId,
    state: State,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update enrolment set state = $2, ended_at = $3, offered_until = null, sequence = sequence + 1 where id = $1",
        id.0,
        state as State,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes a step in the person's history; by themselves, or by the portal when time did it.
pub(super) async fn note(
    db: &mut PgConnection,
    date: &TrainingDate,
    freelancer: FreelancerId,
    event: Event,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let by = match event {
        Event::TrainingOffered | Event::TrainingLapsed => None,
        _ => Some(freelancer.into()),
    };
    let said = format!("{}: {}", date.title, date.said());
    let step = Note { freelancer, campaign: Some(date.campaign), event, by, note: Some(&said) };
    history::note(db, step, now).await
}

/// Reads what decides; the date is locked by the caller, or this is only for looking.
pub async fn facts(
    db: &mut PgConnection,
    date: TrainingDate,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Facts, sqlx::Error> {
    let is_preparing = sqlx::query_scalar!(
        r#"select exists (select from preparation where freelancer_id = $1 and campaign_id = $2 and ended_at is null) as "preparing!""#,
        freelancer.0,
        date.campaign.0,
    )
    .fetch_one(&mut *db)
    .await?;
    let live = live(&mut *db, freelancer, date.course).await?;
    let missing = missing::load(&mut *db, freelancer, date.campaign, now).await?;
    let has_profile = missing.profile == Stage::Done;
    Ok(Facts { date, is_preparing, has_profile, live })
}

/// The person's live enrolment in a course.
pub async fn live(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    course: CourseId,
) -> Result<Option<Live>, sqlx::Error> {
    sqlx::query_as!(
        Live,
        r#"select id as "id: EnrolmentId", date_id as "date: TrainingDateId", state as "state: State", offered_until
           from enrolment
           where course_id = $1 and freelancer_id = $2 and state in ('waiting', 'offered', 'enrolled', 'passed')"#,
        course.0,
        freelancer.0,
    )
    .fetch_optional(db)
    .await
}
