//! Signing off from a topic of mails without signing in: by the link in a mail, or the mail program's own button
//! (RFC 8058). Looking never signs off, since mail programs look, too; signing off twice is the same as once.

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use super::Topic;
use crate::id::{AccountId, token};

/// How long the link of a mail works.
pub const LIFETIME: Duration = Duration::days(60);

/// Whose mails end, and which.
#[derive(Debug, Clone)]
pub struct SignOff {
    pub account: AccountId,
    pub topic: Topic,
    /// Whether the topic is switched off already.
    pub done: bool,
}

/// The path behind a token.
pub fn path(token: &str) -> String {
    format!("/abmelden/{token}")
}

/// Makes the token of one mail. Only its SHA-256 is kept.
pub async fn create(
    db: impl PgExecutor<'_>,
    account: AccountId,
    topic: Topic,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let token = token::new();
    sqlx::query!(
        "insert into mail_sign_off (token_hash, account_id, topic, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        &token.hash[..],
        account.0,
        topic as Topic,
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await?;
    Ok(token.plain)
}

/// What a token is for, if it still works.
pub async fn find(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<Option<SignOff>, sqlx::Error> {
    sqlx::query_as!(
        SignOff,
        r#"select account_id as "account: AccountId", topic as "topic: Topic",
                  exists (select from mail_opt_out o where o.account_id = s.account_id and o.topic = s.topic) as "done!"
           from mail_sign_off s where token_hash = $1 and expires_at > $2"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// Switches the topic off for the person.
pub async fn redeem(db: impl PgExecutor<'_>, sign_off: &SignOff, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into mail_opt_out (account_id, topic, at) values ($1, $2, $3) on conflict on constraint mail_opt_out_once do nothing",
        sign_off.account.0,
        sign_off.topic as Topic,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes tokens that expired more than 24 hours ago (privacy.md).
pub async fn sweep(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from mail_sign_off where expires_at < $1", now - Duration::hours(24))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
