//! A new mail address: it counts once a link sent to it was confirmed, so that nobody locks themselves out by a typing
//! error or takes over a stranger's address.

use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};

use super::account::normalise;
use super::{audit, token};
use crate::database::constraint;
use crate::id::{AccountId, SessionId};

/// How long the link lives.
pub const LIFETIME: Duration = Duration::hours(24);

/// A change that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub account: AccountId,
    pub name: String,
    /// The address that still counts.
    pub old: String,
    pub new: String,
    pub expires_at: OffsetDateTime,
}

/// Asks for a change and returns the link's token. An earlier one ends. Whether the address belongs to somebody else
/// already is not said here, and makes no difference to what is written.
pub async fn ask(
    db: &mut PgConnection,
    account: AccountId,
    email: &str,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let token = token::new();
    sqlx::query!(
        "insert into address_change (id, account_id, token_hash, email, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint address_change_one do update
         set token_hash = excluded.token_hash, email = excluded.email, created_at = excluded.created_at, expires_at = excluded.expires_at",
        uuid::Uuid::new_v4(),
        account.0,
        &token.hash[..],
        normalise(email),
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await?;
    Ok(token.plain)
}

/// The change behind a token, if it can still be confirmed. Looking does not use it.
pub async fn find(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<Option<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select c.account_id as "account: AccountId", a.name, a.email as old, c.email as new, c.expires_at
           from address_change c join account a on a.id = c.account_id
           where c.token_hash = $1 and c.expires_at > $2 and a.access_ended_at is null"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// The change that an account waits for.
pub async fn of(
    db: impl PgExecutor<'_>,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select c.account_id as "account: AccountId", a.name, a.email as old, c.email as new, c.expires_at
           from address_change c join account a on a.id = c.account_id
           where c.account_id = $1 and c.expires_at > $2"#,
        account.0,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Why a confirmed address does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Used, expired or replaced meanwhile.
    Over,
    /// Another account has it. Said only to whoever reads that address' mail.
    Taken,
}

/// Confirms a change: the new address counts, and all sessions but `keep` and all other links of the account end.
/// Returns what was changed; after a refusal there is nothing to commit.
pub async fn confirm(
    db: &mut PgConnection,
    plain: &str,
    keep: Option<SessionId>,
    now: OffsetDateTime,
) -> Result<Result<Waiting, Refusal>, sqlx::Error> {
    let Some(waiting) = find(&mut *db, plain, now).await? else { return Ok(Err(Refusal::Over)) };
    // The row is the right to do it: of two who confirm at once, one deletes it.
    let used = sqlx::query!("delete from address_change where token_hash = $1", &token::hash(plain)[..])
        .execute(&mut *db)
        .await?;
    if used.rows_affected() == 0 {
        return Ok(Err(Refusal::Over));
    }
    let written = sqlx::query!("update account set email = $2 where id = $1", waiting.account.0, waiting.new)
        .execute(&mut *db)
        .await;
    match written {
        Err(error) if constraint(&error) == Some("account_email") => return Ok(Err(Refusal::Taken)),
        other => other?,
    };
    sqlx::query!(
        "update session set ended_at = $2 where account_id = $1 and ended_at is null and id is distinct from $3",
        waiting.account.0,
        now,
        keep.map(|session| session.0),
    )
    .execute(&mut *db)
    .await?;
    // Links in the old mailbox open nothing any more.
    sqlx::query!(
        "update link set expires_at = $2 where account_id = $1 and used_at is null and expires_at > $2",
        waiting.account.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    audit::note(db, Some(waiting.account), "account.email", &waiting.account.to_string(), now).await?;
    Ok(Ok(waiting))
}

/// Removes changes that expired before this instant.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from address_change where expires_at < $1", before)
        .execute(db)
        .await
        .map(|d| d.rows_affected())
}
