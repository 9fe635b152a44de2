//! The interview (Kennenlerngespräch): a talk in a slot that the applicant chooses, and what everybody knows of it.
//!
//! Two constraints carry it: `interview_slot_taken` (a slot goes to exactly one person) and `interview_one` (a person has
//! one slot per application). Locks are taken in this order everywhere: application, slot, interview.

pub mod calendar;
pub mod choice;
pub mod mails;
pub mod reminder;
pub mod series;
pub mod slot;

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use self::choice::end_for;
use crate::clock::{Zone, german};
use crate::id::{AccountId, ApplicationId, InterviewId, SlotId};

/// A slot can be chosen until so long before it begins: interviewers see it in time.
pub const LEAD: Duration = Duration::hours(4);
/// Applicants move or cancel until so long before the interview; its last instant is still in time.
pub const DEADLINE: Duration = Duration::hours(24);
/// The reminder goes out so long before the interview.
pub const REMINDER: Duration = Duration::hours(24);

/// Why an interview takes place no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "interview_end", rename_all = "snake_case")]
pub enum Ending {
    /// The applicant chose another slot.
    Moved,
    CancelledByApplicant,
    CancelledByStaff,
    /// The application was refused or withdrawn before the interview.
    ApplicationEnded,
}

/// A chosen slot, live or ended, with the people it concerns.
#[derive(Debug, Clone)]
pub struct Interview {
    pub id: InterviewId,
    pub slot: SlotId,
    pub application: ApplicationId,
    /// The posting's title.
    pub title: String,
    pub applicant: AccountId,
    pub name: String,
    pub email: String,
    pub interviewer: AccountId,
    pub interviewer_name: String,
    pub interviewer_email: String,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    /// A telephone number, or the address of a video room.
    pub place: String,
    pub chosen_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
    pub ending: Option<Ending>,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
}

impl Interview {
    /// Whether it takes place, or took place.
    pub fn is_live(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether the applicant may still move or cancel it.
    pub fn may_change(&self, now: OffsetDateTime) -> bool {
        now <= self.starts_at - DEADLINE
    }

    /// `Di, 1.12., 09:00–09:30 Uhr`
    pub fn said(&self) -> String {
        said(self.starts_at, self.ends_at)
    }

    /// Until when it may be moved or cancelled: `Mo, 30.11.2026, 09:00 Uhr`.
    pub fn deadline_said(&self) -> String {
        german::moment(Zone::berlin().local(self.starts_at - DEADLINE))
    }
}

/// A span in the operator's wall time: `Di, 1.12., 09:00–09:30 Uhr`.
pub fn said(starts_at: OffsetDateTime, ends_at: OffsetDateTime) -> String {
    let zone = Zone::berlin();
    let (from, to) = (zone.local(starts_at), zone.local(ends_at));
    format!("{}, {} Uhr", german::short_day(from.date()), german::span(from.time(), to.time()))
}

/// Whether the place is the address of a video room; otherwise it is a telephone number.
pub fn is_room(place: &str) -> bool {
    place.starts_with("https://")
}

/// The interview of an application: the live one, or the last one that ended.
pub async fn of(db: impl PgExecutor<'_>, application: ApplicationId) -> Result<Option<Interview>, sqlx::Error> {
    Ok(select(db, &[], Some(application)).await?.pop())
}

/// These interviews, by start.
pub async fn all(db: impl PgExecutor<'_>, ids: &[InterviewId]) -> Result<Vec<Interview>, sqlx::Error> {
    select(db, ids, None).await
}

async fn select(
    db: impl PgExecutor<'_>,
    ids: &[InterviewId],
    application: Option<ApplicationId>,
) -> Result<Vec<Interview>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Interview,
        r#"select i.id as "id: InterviewId", i.slot_id as "slot: SlotId", i.application_id as "application: ApplicationId",
                  p.title, k.id as "applicant: AccountId", k.name, k.email,
                  s.interviewer_id as "interviewer: AccountId", h.name as interviewer_name, h.email as interviewer_email,
                  s.starts_at, s.ends_at, s.place, i.chosen_at, i.ended_at, i.ending as "ending: Ending", i.sequence
           from interview i
           join interview_slot s on s.id = i.slot_id
           join account h on h.id = s.interviewer_id
           join application a on a.id = i.application_id
           join account k on k.id = a.applicant_id
           join posting p on p.campaign_id = a.campaign_id
           where i.id = any ($1)
              or i.id = (select id from interview where application_id = $2 order by sequence desc limit 1)
           order by s.starts_at, i.id"#,
        &ids,
        application.map(|a| a.0),
    )
    .fetch_all(db)
    .await
}
