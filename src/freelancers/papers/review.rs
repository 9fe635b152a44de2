//! The review: what waits, and the decision about it. One paper is decided once, whoever is faster.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::document::{Document, State};
use super::kind::Kind;
use super::{expiry, mails};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::{freelancer, profile};
use crate::id::{AccountId, DocumentId, FreelancerId};
use crate::mail;

/// Longest reason of a return, in characters.
pub const LONGEST_REASON: usize = 500;
/// A paper may be valid for so long at most.
const LONGEST_VALIDITY: Duration = Duration::days(20 * 365);

/// Why nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else was faster.
    Decided,
    /// The person has handed in another one meanwhile.
    Replaced,
    /// It has not been looked through for malware yet.
    Quarantined,
    /// Nobody decides about their own papers.
    Own,
    /// It would have ended already.
    Past,
    /// Further ahead than any paper is valid.
    Far,
}

impl Refusal {
    /// The sentence for the reviewer.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Decided => "Über diese Unterlage hat gerade schon jemand entschieden.",
            Self::Replaced => "Die Person hat inzwischen eine neue Fassung hochgeladen.",
            Self::Quarantined => "Diese Unterlage wird noch auf Schadsoftware geprüft.",
            Self::Own => "Über eigene Unterlagen entscheidet jemand anderes.",
            Self::Past => "Dieser Tag ist schon vorbei. Eine abgelaufene Unterlage gib bitte zurück.",
            Self::Far => "Bitte prüfe das Jahr; länger als 20 Jahre gilt keine Unterlage.",
        }
    }
}

/// A paper that waits for its review.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub id: DocumentId,
    pub person: FreelancerId,
    pub kind: Kind,
    pub name: String,
    pub submitted_at: OffsetDateTime,
}

/// What waits, oldest first.
pub async fn queue(db: impl PgExecutor<'_>) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select d.id as "id: DocumentId", d.freelancer_id as "person: FreelancerId", d.kind as "kind: Kind", a.name, d.submitted_at
           from document d join account a on a.id = d.freelancer_id
           where d.state = 'submitted' and a.access_ended_at is null order by d.submitted_at, d.id"#
    )
    .fetch_all(db)
    .await
}

/// What a reviewer decides.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'a> {
    /// Fine, until this day if it ends.
    Accept { valid_until: Option<Date> },
    /// Back to the person, with the reason.
    Refuse { reason: &'a str },
}

/// Decides about a paper.
pub async fn decide(
    db: &PgPool,
    config: &Config,
    paper: &Document,
    verdict: Verdict<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    if by == AccountId::from(paper.freelancer) {
        return Ok(Err(Refusal::Own));
    }
    let today = Zone::berlin().date(now);
    if let Verdict::Accept { valid_until: Some(last) } = verdict {
        if last < today {
            return Ok(Err(Refusal::Past));
        }
        if last > today + LONGEST_VALIDITY {
            return Ok(Err(Refusal::Far));
        }
    }
    let mut tx = db.begin().await?;
    profile::lock(&mut tx, paper.freelancer).await?;
    if let Err(refusal) = still_waits(&mut *tx, paper.id).await? {
        return Ok(Err(refusal));
    }
    match verdict {
        Verdict::Accept { valid_until } => accept(&mut tx, paper, valid_until, by, now).await?,
        Verdict::Refuse { reason } => refuse(&mut tx, config, paper, reason, by, now).await?,
    }
    audit::note(&mut *tx, Some(by), "document.decide", &paper.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

async fn still_waits(db: impl PgExecutor<'_>, id: DocumentId) -> Result<Result<(), Refusal>, sqlx::Error> {
    let state = sqlx::query_scalar!(r#"select state as "state: State" from document where id = $1 for update"#, id.0)
        .fetch_one(db)
        .await?;
    Ok(match state {
        State::Submitted => Ok(()),
        State::Quarantined => Err(Refusal::Quarantined),
        State::Replaced => Err(Refusal::Replaced),
        State::Accepted | State::Refused => Err(Refusal::Decided),
    })
}

/// The one that was accepted before gives way, and the instant from which its successor bars is written at once.
async fn accept(
    db: &mut PgConnection,
    paper: &Document,
    valid_until: Option<Date>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update document set state = 'replaced', replaced_at = $3
         where freelancer_id = $1 and kind = $2 and state = 'accepted'",
        paper.freelancer.0,
        paper.kind as Kind,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update document set state = 'accepted', decided_at = $2, decided_by = $3, valid_until = $4
         where id = $1 and state = 'submitted'",
        paper.id.0,
        now,
        by.0,
        valid_until,
    )
    .execute(&mut *db)
    .await?;
    note(&mut *db, paper, Event::DocumentAccepted, paper.kind.label(), by, now).await?;
    expiry::apply(db, Some(paper.freelancer), now).await
}

async fn refuse(
    db: &mut PgConnection,
    config: &Config,
    paper: &Document,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update document set state = 'refused', decided_at = $2, decided_by = $3, refusal = $4
         where id = $1 and state = 'submitted'",
        paper.id.0,
        now,
        by.0,
        reason,
    )
    .execute(&mut *db)
    .await?;
    let said = format!("{}: {reason}", paper.kind.label());
    note(&mut *db, paper, Event::DocumentRefused, &said, by, now).await?;
    if let Some(person) = freelancer::find(&mut *db, paper.freelancer).await? {
        mail::enqueue(db, &mails::refused(config, &person, paper.kind, reason), now).await?;
    }
    Ok(())
}

async fn note(
    db: &mut PgConnection,
    paper: &Document,
    event: Event,
    said: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let freelancer: FreelancerId = paper.freelancer;
    let step = Note { freelancer, campaign: None, event, by: Some(by), note: Some(said) };
    history::note(db, step, now).await
}
