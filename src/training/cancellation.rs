//! Cancelling a date: everybody is told the reason and offered the next date, and their time is free again.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::enrolment::{self, State};
use super::{date, mails, participant, upcoming};
use crate::accounts::audit;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, TrainingDateId};
use crate::mail;
use crate::shifts::training_day;

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// Why a date cannot be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    Already,
    /// A result was written, or the date is over.
    Over,
}

impl Refusal {
    /// The reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "Diesen Termin gibt es nicht mehr.",
            Self::Already => "Dieser Termin ist schon abgesagt.",
            Self::Over => "Dieser Termin ist vorbei oder hat schon Ergebnisse; absagen lässt er sich nicht mehr.",
        }
    }
}

/// Cancels a date; returns how many people are told.
pub async fn cancel(
    db: &PgPool,
    config: &Config,
    id: TrainingDateId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<usize, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(date) = date::lock(&mut tx, id).await? else { return Ok(Err(Refusal::Unknown)) };
    let mut people = participant::list(&mut *tx, id).await?;
    let has_results = people.iter().any(|person| person.result_at.is_some());
    if date.cancelled_at.is_some() {
        return Ok(Err(Refusal::Already));
    }
    if date.ends_at() <= now || has_results {
        return Ok(Err(Refusal::Over));
    }
    people.retain(|person| person.state.is_open());
    training_day::free_all(&mut tx, &date.day_ids, reason, by, now).await?;
    sqlx::query!(
        "update training_date set taken = 0, cancelled_at = $2, cancellation = $3 where id = $1",
        id.0,
        now,
        reason,
    )
    .execute(&mut *tx)
    .await?;
    let next = upcoming::of_course(&mut tx, date.course, now, Some(id)).await?;
    for person in &people {
        enrolment::end(&mut tx, person.id, State::Cancelled, now).await?;
        let step = Note {
            freelancer: person.freelancer,
            campaign: Some(date.campaign),
            event: Event::TrainingCancelled,
            by: Some(by),
            note: Some(reason),
        };
        history::note(&mut *tx, step, now).await?;
        let mail = mails::cancelled(config, &date, person, reason, next.as_ref());
        mail::enqueue(&mut *tx, &mail, now).await?;
    }
    audit::note(&mut *tx, Some(by), "training_date.cancel", &id.to_string(), now).await?;
    tx.commit().await.map(|()| Ok(people.len()))
}
