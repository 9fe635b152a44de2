//! Consent to longer keeping: separate, unticked, with an end; withdrawn as easily as given (GDPR article 7). Every grant
//! and every withdrawal stays on record as long as the application.

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::months;
use crate::clock::Zone;
use crate::id::{ApplicationId, token};
use crate::policy::{self, Figure};

/// The version of the text that people consent to; a new wording gets the next number.
pub const TEXT_VERSION: i32 = 1;

/// So long before a consent ends, the person is asked whether to renew it.
pub const REMINDER: Duration = Duration::days(30);

/// Why there is no consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was sent yet that could be kept longer, or the dossier is gone.
    NothingToKeep,
}

impl Refusal {
    /// The sentence shown to the applicant.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NothingToKeep => {
                "Länger behalten können wir nur eine Bewerbung, die du abgeschickt hast und die noch da ist."
            }
        }
    }
}

/// A consent that lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    pub id: Uuid,
    pub granted_at: OffsetDateTime,
    /// The first day on which it no longer keeps anything.
    pub ends_on: Option<Date>,
}

impl Consent {
    /// Whether the mail about its end is out, or should be.
    pub fn is_ending(&self, today: Date) -> bool {
        self.ends_on.is_some_and(|day| day <= today.saturating_add(REMINDER))
    }
}

/// Keeps a submitted dossier longer from now on; a step in somebody's transaction. A consent that lives already is renewed
/// by a new one; given twice on the same day it is the same. Returns the consent if it is new.
pub async fn grant(
    db: &mut PgConnection,
    id: ApplicationId,
    now: OffsetDateTime,
) -> Result<Result<Option<Consent>, Refusal>, sqlx::Error> {
    // The erasing transaction holds the dossier's row; whoever waits for it finds it gone. Two grants come one by one.
    let there = sqlx::query_scalar!(
        r#"select true as "there!" from application where id = $1 and submitted_at is not null for no key update"#,
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let months = policy::at(&mut *db, now).await?.value(Figure::ConsentMonths);
    let today = Zone::berlin().date(now);
    let (Some(_), Some(ends_on)) = (there, months::first_day_after(today, months)) else {
        return Ok(Err(Refusal::NothingToKeep));
    };
    let before = find(&mut *db, id).await?;
    if before.is_some_and(|before| before.ends_on == Some(ends_on)) {
        return Ok(Ok(None));
    }
    let consent = Consent { id: Uuid::new_v4(), granted_at: now, ends_on: Some(ends_on) };
    sqlx::query!(
        "update consent set renewed_at = $2 where application_id = $1 and withdrawn_at is null and renewed_at is null",
        id.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into consent (id, application_id, text_version, granted_at, ends_on) values ($1, $2, $3, $4, $5)",
        consent.id,
        id.0,
        TEXT_VERSION,
        now,
        ends_on,
    )
    .execute(&mut *db)
    .await?;
    if let Some(before) = before {
        sqlx::query!("update consent_link set consent_id = $2 where consent_id = $1", before.id, consent.id)
            .execute(&mut *db)
            .await?;
    }
    Ok(Ok(Some(consent)))
}

/// Takes the consent back: the date falls back to the usual one, due at once if that is past. Twice is once.
pub async fn withdraw(db: impl PgExecutor<'_>, id: ApplicationId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update consent set withdrawn_at = $2 where application_id = $1 and withdrawn_at is null and renewed_at is null",
        id.0,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The consent that lives; none: there is none.
pub async fn find(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<Consent>, sqlx::Error> {
    sqlx::query_as!(
        Consent,
        "select id, granted_at, ends_on from consent
         where application_id = $1 and withdrawn_at is null and renewed_at is null",
        id.0
    )
    .fetch_optional(db)
    .await
}

/// Something that happened to a dossier's consent: for the copy of data and the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub text_version: i32,
    pub granted_at: OffsetDateTime,
    pub ends_on: Option<Date>,
    pub withdrawn_at: Option<OffsetDateTime>,
    /// A newer grant took its place.
    pub renewed_at: Option<OffsetDateTime>,
}

/// Every grant of a dossier with its end, the oldest first.
pub async fn history(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Vec<Event>, sqlx::Error> {
    sqlx::query_as!(
        Event,
        "select text_version, granted_at, ends_on, withdrawn_at, renewed_at from consent
         where application_id = $1 order by granted_at, id",
        id.0
    )
    .fetch_all(db)
    .await
}

/// Makes the token of a mail about this consent: whoever has it can withdraw. Only its SHA-256 is kept.
pub async fn link(db: impl PgExecutor<'_>, consent: &Consent, now: OffsetDateTime) -> Result<String, sqlx::Error> {
    let token = token::new();
    // A day more than the consent lasts, wherever the day begins.
    let expires_at = consent.ends_on.unwrap_or(Date::MAX).midnight().assume_utc().saturating_add(Duration::DAY);
    sqlx::query!(
        "insert into consent_link (token_hash, consent_id, created_at, expires_at) values ($1, $2, $3, $4)",
        &token.hash[..],
        consent.id,
        now,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(token.plain)
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    pub application: ApplicationId,
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// The consent behind a token, if the token still works. Looking withdraws nothing.
pub async fn find_linked(
    db: impl PgExecutor<'_>,
    plain: &str,
    now: OffsetDateTime,
) -> Result<Option<Linked>, sqlx::Error> {
    sqlx::query_as!(
        Linked,
        r#"select c.application_id as "application: ApplicationId", c.withdrawn_at
           from consent_link l join consent c on c.id = l.consent_id
           where l.token_hash = $1 and l.expires_at > $2"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// Withdraws by a token exactly the consent that its mail was about, or the one that renewed it. False: no such token.
pub async fn withdraw_linked(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update consent c set withdrawn_at = coalesce(c.withdrawn_at, $2) from consent_link l
         where l.token_hash = $1 and l.expires_at > $2 and c.id = l.consent_id and c.renewed_at is null",
        &token::hash(plain)[..],
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A consent about whose end nobody was written to yet.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    pub consent: Consent,
    pub application: ApplicationId,
}

/// Claims a consent that ends within [`REMINDER`] and has not been written about; a step in the transaction that writes the
/// mail. Nobody is asked who wished erasure, or is just being erased.
pub async fn claim_ending(db: &mut PgConnection, now: OffsetDateTime) -> Result<Option<Ending>, sqlx::Error> {
    let today = Zone::berlin().date(now);
    let claimed = sqlx::query!(
        r#"update consent set reminded_at = $3 where id = (
               select c.id from consent c
               join application a on a.id = c.application_id join applicant p on p.id = a.applicant_id
               where c.withdrawn_at is null and c.renewed_at is null and c.reminded_at is null
                 and c.ends_on > $1 and c.ends_on <= $2
                 and not exists (select from data_request w where w.account_id = a.applicant_id
                                   and w.wish = 'erasure' and w.done_at is null)
               order by c.ends_on, c.id limit 1 for share of p skip locked for update of c skip locked)
           returning id, granted_at, ends_on, application_id as "application: ApplicationId""#,
        today,
        today.saturating_add(REMINDER),
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(claimed.map(|c| Ending {
        consent: Consent { id: c.id, granted_at: c.granted_at, ends_on: c.ends_on },
        application: c.application,
    }))
}

/// Removes links that expired more than 24 hours ago (privacy.md).
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from consent_link where expires_at < $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
