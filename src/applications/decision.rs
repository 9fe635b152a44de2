//! The decision, by both sides: staff offer or refuse, the applicant says yes or no. A yes makes a freelancer.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::application::State;
use super::closing::{self, Fate};
use super::interview;
use super::mail_text::Key;
use super::mails::{self, Said};
use super::pipeline::{self, Step};
use super::review::{closed, state, written};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::{self, freelancer, preparation};
use crate::id::{AccountId, ApplicantId, ApplicationId};
use crate::retention::gone;

/// Longest reason of a refusal, in characters.
pub const LONGEST_REASON: usize = 2000;

/// Why nothing was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferRefusal {
    Already,
    NotTalked,
    Closed(State),
}

impl OfferRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        match self {
            Self::Already => "Das Angebot ist schon raus. Jetzt ist die andere Seite dran.".into(),
            Self::NotTalked => "Vor dem Angebot kommt das Gespräch. Lade zuerst dazu ein.".into(),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Staff's yes: after the interview, or at any time to somebody who is a freelancer already.
pub async fn offer(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), OfferRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query!(
        "update application a set offered_at = $2, decided_by = $3, due_on = $4
         where a.id = $1 and a.offered_at is null
           and (a.state = 'talked' or (a.state in ('new', 'introduced', 'invited')
                and exists (select from account_role r where r.account_id = a.applicant_id and r.role = 'freelancer')))",
        id.0,
        now,
        by.0,
        pipeline::due_on(State::Invited, Zone::berlin().date(now)),
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        let application = written(&mut *tx, id).await?;
        return Ok(Err(match application.state {
            closed if !closed.is_open() => OfferRefusal::Closed(closed),
            _ if application.offered_at.is_some() => OfferRefusal::Already,
            _ => OfferRefusal::NotTalked,
        }));
    }
    pipeline::note_step(&mut tx, id, Step::Offered, Some(by), now).await?;
    let application = written(&mut *tx, id).await?;
    let said = Said::default();
    mails::send(&mut tx, config, Key::Offer, &application, &said, now).await?;
    tx.commit().await.map(Ok)
}

/// Why nobody was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefuseRefusal {
    Already,
    Closed(State),
}

impl RefuseRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        match self {
            Self::Already => "Hier ist schon abgesagt. Es ging keine zweite Mail weg.".into(),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Staff's no, with the reason that the mail gives. The introduction is erased at once unless a legal hold keeps it.
pub async fn refuse(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Fate, RefuseRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query!(
        "update application set state = 'refused', refusal = $2, decided_at = $3, decided_by = $4, due_on = null
         where id = $1 and state in ('new', 'introduced', 'invited', 'talked')",
        id.0,
        reason,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(match state(&mut *tx, id).await? {
            State::Refused => RefuseRefusal::Already,
            other => RefuseRefusal::Closed(other),
        }));
    }
    let introduction = closing::clear(&mut tx, id, now).await?;
    pipeline::note_step(&mut tx, id, Step::Refused, Some(by), now).await?;
    audit::note(&mut *tx, Some(by), "application.refuse", &id.to_string(), now).await?;
    let application = written(&mut *tx, id).await?;
    let said = Said { reason, introduction, ..Said::default() };
    mails::send(&mut tx, config, Key::Refusal, &application, &said, now).await?;
    tx.commit().await.map(|()| Ok(introduction))
}

/// Why an applicant's answer to an offer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerRefusal {
    NotOffered,
    Already,
    Closed(State),
}

impl AnswerRefusal {
    /// The sentence shown to the applicant.
    pub fn sentence(self) -> String {
        match self {
            Self::NotOffered => "Ein Angebot gibt es noch nicht. Sobald es da ist, schreiben wir dir.".into(),
            Self::Already => "Du hast schon zugesagt. Die Mail mit dem nächsten Schritt ist unterwegs.".into(),
            Self::Closed(state) => {
                format!("Diese Bewerbung ist inzwischen {}, deshalb wurde nichts geändert.", pipeline::label(state))
            }
        }
    }
}

/// What an applicant's yes led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// A mail with the invitation to the portal is on its way; sessions of the mail's link are over.
    Invited,
    /// The person had access already.
    HasAccess,
}

/// The applicant's yes: the account becomes a freelancer's. Somebody without a password gets the single-use invitation to
/// the portal; their sessions, which only a mail's link opened, end, so that none of them reaches a freelancer's pages.
pub async fn accept(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<Result<Accepted, AnswerRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query_scalar!(
        r#"update application set state = 'accepted', decided_at = $3, due_on = null
           where id = $1 and applicant_id = $2 and offered_at is not null
             and state in ('new', 'introduced', 'invited', 'talked')
           returning decided_by as "by: AccountId""#,
        id.0,
        applicant.0,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(by) = done else { return Ok(Err(unanswered(state(&mut *tx, id).await?))) };
    // A slot that was chosen before the offer came is free again.
    interview::end_for(&mut tx, id, now).await?;
    pipeline::note_step(&mut tx, id, Step::Accepted, None, now).await?;
    audit::note(&mut *tx, Some(applicant.into()), "application.accept", &id.to_string(), now).await?;
    let application = written(&mut *tx, id).await?;
    let account = AccountId::from(applicant);
    let has_access = freelancer::from_applicant(&mut tx, account, by, now).await?;
    preparation::begin(&mut tx, account.into(), application.campaign, by, now).await?;
    let outcome = if has_access {
        let said = Said::default();
        mails::send(&mut tx, config, Key::Accepted, &application, &said, now).await?;
        Accepted::HasAccess
    } else {
        freelancers::mails::invite(&mut tx, config, (account, &application.name, &application.email), now).await?;
        Accepted::Invited
    };
    tx.commit().await.map(|()| Ok(outcome))
}

/// The applicant's no to an offer: the application is withdrawn, the introduction erased at once unless a legal hold keeps it.
pub async fn decline(
    db: &PgPool,
    id: ApplicationId,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<Result<Fate, AnswerRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query!(
        "update application set state = 'withdrawn', withdrawn_at = $3, due_on = null
         where id = $1 and applicant_id = $2 and offered_at is not null
           and state in ('new', 'introduced', 'invited', 'talked')",
        id.0,
        applicant.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(unanswered(state(&mut *tx, id).await?)));
    }
    let introduction = closing::clear(&mut tx, id, now).await?;
    pipeline::note_step(&mut tx, id, Step::Declined, None, now).await?;
    tx.commit().await.map(|()| Ok(introduction))
}

fn unanswered(state: State) -> AnswerRefusal {
    match state {
        State::Accepted => AnswerRefusal::Already,
        open if open.is_open() => AnswerRefusal::NotOffered,
        closed => AnswerRefusal::Closed(closed),
    }
}
