//! What applicants do with slots: choose, move, cancel. The last slot goes to exactly one person.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::{DEADLINE, Ending, Interview, mails, slot};
use crate::accounts::limit;
use crate::applications::application::{self, Application, State};
use crate::config::Config;
use crate::id::{ApplicantId, ApplicationId, InterviewId, SlotId};
use crate::mail;
use crate::retention::mails::with_day;
use crate::retention::{dossier, gone};

/// Changes of one application's slot within [`limit::WINDOW`]: enough for somebody who cannot decide.
const CHANGES: i32 = 8;

/// What became of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    New,
    /// Instead of an earlier one, which is free again.
    Moved,
    /// A second click: this slot was the person's own already.
    Already,
}

/// Why a slot cannot be chosen or given back. A normal answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No application of this person.
    NotThere,
    /// The application is not at this step.
    NotInvited,
    /// Taken, cancelled, or too soon by now.
    Gone,
    /// The deadline for changes is over; whom to ask.
    TooLate(String),
    /// There is nothing to cancel.
    Nothing,
    /// Chosen and given back over and over: each time the interviewer gets a mail.
    TooOften,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotThere => "Diese Bewerbung gibt es nicht mehr.".into(),
            Self::NotInvited => "Für diese Bewerbung ist gerade kein Termin zu wählen.".into(),
            Self::Gone => {
                "Dieser Termin ist inzwischen vergeben. Unten stehen die nächsten, die noch frei sind.".into()
            }
            Self::TooLate(contact) => format!(
                "Bis zum Gespräch sind es weniger als {} Stunden. Wenn etwas dazwischenkommt, schreib bitte an {contact}.",
                DEADLINE.whole_hours(),
            ),
            Self::Nothing => "Du hast gerade keinen Termin, den du absagen könntest.".into(),
            Self::TooOften => "Das waren gerade viele Änderungen nacheinander. Bitte warte eine Viertelstunde.".into(),
        }
    }
}

/// Chooses a slot; one that was chosen before is free again in the same moment.
pub async fn choose(
    db: &PgPool,
    config: &Config,
    (id, applicant): (ApplicationId, ApplicantId),
    wanted: SlotId,
    now: OffsetDateTime,
) -> Result<Result<Chosen, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let application = match lock(&mut tx, id, applicant).await? {
        Ok(application) => application,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let before = super::of(&mut *tx, id).await?.filter(Interview::is_live);
    if let Some(before) = &before {
        if before.slot == wanted {
            return Ok(Ok(Chosen::Already));
        }
        if !before.may_change(now) {
            return Ok(Err(Refusal::TooLate(contact(before))));
        }
    }
    if !slot::hold(&mut *tx, wanted, &application, now).await? {
        return Ok(Err(Refusal::Gone));
    }
    if let Some(before) = &before {
        end(&mut tx, before.id, Ending::Moved, now).await?;
    }
    // Whoever was faster has it: nothing of this transaction remains, an earlier slot included.
    let Some(interview) = insert(&mut tx, wanted, id, now).await? else { return Ok(Err(Refusal::Gone)) };
    let Some(interview) = super::all(&mut *tx, &[interview]).await?.pop() else { return Ok(Err(Refusal::Gone)) };
    if !may_cause_mails(&mut tx, id, now).await? {
        return Ok(Err(Refusal::TooOften));
    }
    let to_applicant = match &before {
        None => mails::chosen(config, &interview),
        Some(before) => mails::moved(config, before, &interview),
    };
    let to_applicant = with_day(to_applicant, dossier::day_of(&mut tx, id, now).await?);
    let gone = before.as_ref().map(|before| mails::interviewer_gone(config, before));
    let mails: Vec<_> = [to_applicant, mails::interviewer_new(config, &interview)].into_iter().chain(gone).collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(Ok(if before.is_some() { Chosen::Moved } else { Chosen::New }))
}

/// Gives the chosen slot back.
pub async fn cancel(
    db: &PgPool,
    config: &Config,
    (id, applicant): (ApplicationId, ApplicantId),
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    if let Err(refusal) = lock(&mut tx, id, applicant).await? {
        return Ok(Err(refusal));
    }
    let Some(before) = super::of(&mut *tx, id).await?.filter(Interview::is_live) else {
        return Ok(Err(Refusal::Nothing));
    };
    if !before.may_change(now) {
        return Ok(Err(Refusal::TooLate(contact(&before))));
    }
    if !end(&mut tx, before.id, Ending::CancelledByApplicant, now).await? {
        return Ok(Err(Refusal::Nothing));
    }
    if !may_cause_mails(&mut tx, id, now).await? {
        return Ok(Err(Refusal::TooOften));
    }
    let to_applicant = with_day(mails::cancelled(config, &before), dossier::day_of(&mut tx, id, now).await?);
    let mails = [to_applicant, mails::interviewer_gone(config, &before)];
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Counts a change that writes to the interviewer; what is refused leaves nothing behind.
async fn may_cause_mails(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    Ok(limit::turn(db, &format!("interview {id}"), CHANGES, now).await?.is_ok())
}

/// Frees the coming slot of an application that ends (refused, withdrawn, accepted). A step of that decision's transaction, in
/// which the application's row is locked; the interviewer is told by [`super::reminder`].
pub async fn end_for(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update interview i set ended_at = $2, ending = 'application_ended', sequence = i.sequence + 1
         from interview_slot s
         where s.id = i.slot_id and i.application_id = $1 and i.ended_at is null and s.starts_at > $2",
        id.0,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Whom to ask: `Kim Recruiter (kim@beispiel.example)`.
pub fn contact(interview: &Interview) -> String {
    format!("{} ({})", interview.interviewer_name, interview.interviewer_email)
}

/// The application, held until the transaction ends: one choice at a time per application.
async fn lock(
    db: &mut PgConnection,
    id: ApplicationId,
    applicant: ApplicantId,
) -> Result<Result<Application, Refusal>, sqlx::Error> {
    gone::keep_waiting(&mut *db, id).await?;
    sqlx::query!("select id from application where id = $1 and applicant_id = $2 for update", id.0, applicant.0)
        .fetch_optional(&mut *db)
        .await?;
    Ok(match application::find_own(&mut *db, id, applicant).await? {
        None => Err(Refusal::NotThere),
        Some(application) if application.state != State::Invited => Err(Refusal::NotInvited),
        Some(application) => Ok(application),
    })
}

/// The row of the choice; `None` if somebody else has the slot.
async fn insert(
    db: &mut PgConnection,
    slot: SlotId,
    application: ApplicationId,
    now: OffsetDateTime,
) -> Result<Option<InterviewId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into interview (id, slot_id, application_id, chosen_at, sequence)
           select $1, $2, $3, $4, coalesce(max(sequence) + 1, 0) from interview where application_id = $3
           on conflict do nothing
           returning id as "id: InterviewId""#,
        InterviewId::new().0,
        slot.0,
        application.0,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Ends a live interview. The entry in a calendar grows by its SEQUENCE; of a moved one the next row carries it.
async fn end(db: &mut PgConnection, id: InterviewId, ending: Ending, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "update interview set ended_at = $2, ending = $3, sequence = sequence + case when $4 then 0 else 1 end
         where id = $1 and ended_at is null",
        id.0,
        now,
        ending as Ending,
        ending == Ending::Moved,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}
