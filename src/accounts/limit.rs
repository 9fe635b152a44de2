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
    let since = now - WINDOW;
    let found = sqlx::query!(
        r#"select
               (select at from sign_in_failure where email_hash = $1 and at > $3 order by at desc offset $4 - 1 limit 1) as account,
               (select at from sign_in_failure where address = $2::text::inet and at > $3 order by at desc offset $5 - 1 limit 1) as address"#,
        &token::hash(email)[..],
        address.to_string(),
        since,
        PER_ACCOUNT,
        PER_ADDRESS,
    )
    .fetch_one(db)
    .await?;
    Ok(found.account.max(found.address).map(|at| at + WINDOW - now))
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
