//! Limits on failed sign-ins, counted in the database: they survive restarts and hold across servers.
//!
//! privacy.md: 10 per account and 100 per address in 15 minutes; only failures count.

use std::net::IpAddr;

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use super::token;

/// Failures per account within [`WINDOW`].
pub const PER_ACCOUNT: i32 = 10;
/// Failures per network address within [`WINDOW`].
pub const PER_ADDRESS: i32 = 100;
/// The window in which failures count.
pub const WINDOW: Duration = Duration::minutes(15);

/// Whether a further attempt is allowed, and if not, for how long.
pub async fn wait(
    db: impl PgExecutor<'_>,
    email: &str,
    address: IpAddr,
    now: OffsetDateTime,
) -> Result<Option<Duration>, sqlx::Error> {
    wait_after(db, email, PER_ACCOUNT, address, now).await
}

/// As [`wait`], for a counter that allows another number of attempts.
pub async fn wait_after(
    db: impl PgExecutor<'_>,
    counter: &str,
    allowed: i32,
    address: IpAddr,
    now: OffsetDateTime,
) -> Result<Option<Duration>, sqlx::Error> {
    let since = now - WINDOW;
    let found = sqlx::query!(
        r#"select
               (select at from sign_in_failure where email_hash = $1 and at > $3 order by at desc offset $4 - 1 limit 1) as account,
               (select at from sign_in_failure where address = $2::text::inet and at > $3 order by at desc offset $5 - 1 limit 1) as address"#,
        &token::hash(counter)[..],
        address.to_string(),
        since,
        allowed,
        PER_ADDRESS,
    )
    .fetch_one(db)
    .await?;
    Ok(found.account.max(found.address).map(|at| at + WINDOW - now))
}

/// Lets one transaction at a time look at a counter and add to it, so that a burst cannot slip past the limit.
pub async fn alone(db: impl PgExecutor<'_>, counter: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", counter).execute(db).await.map(drop)
}

/// The sentence for somebody who has to wait; `instead` is what else they can do, or empty.
pub fn sentence(wait: Duration, instead: &str) -> String {
    let minutes = (wait.whole_seconds() + 59) / 60;
    let unit = if minutes == 1 { "Minute" } else { "Minuten" };
    format!("Das waren zu viele Versuche. Bitte warte {minutes} {unit}{instead}.")
}

/// Counts a failed attempt.
pub async fn count(
    db: impl PgExecutor<'_>,
    email: &str,
    address: IpAddr,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sign_in_failure (email_hash, address, at) values ($1, $2::text::inet, $3)",
        &token::hash(email)[..],
        address.to_string(),
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes counters older than 24 hours (privacy.md).
pub async fn sweep(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from sign_in_failure where at < $1", now - Duration::hours(24))
        .execute(db)
        .await
        .map(|d| d.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_full_minutes() {
        let said = |seconds| sentence(Duration::seconds(seconds), "");
        assert_eq!(said(60), "Das waren zu viele Versuche. Bitte warte 1 Minute.");
        assert_eq!(said(61), "Das waren zu viele Versuche. Bitte warte 2 Minuten.");
    }
}
