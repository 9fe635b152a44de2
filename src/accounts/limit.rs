//! Limits on failed sign-ins, counted in the database: they survive restarts and hold across servers.
//!
//! privacy.md: 10 per account and 100 per address in 15 minutes; only failures count.

use std::net::{IpAddr, Ipv6Addr};

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use super::token;

/// Failures per account within [`WINDOW`].
pub const PER_ACCOUNT: i32 = 10;
/// Failures per network address within [`WINDOW`].
pub const PER_ADDRESS: i32 = 100;
/// The window in which failures count.
pub const WINDOW: Duration = Duration::minutes(15);

/// A password that is being checked. It counts against its account from the start, so that a burst of guesses cannot
/// slip past the limit while they are hashed; one that is dropped without a word stays counted.
#[must_use]
pub struct Attempt(i64);

impl Attempt {
    /// Begins an attempt, or says how long to wait.
    pub async fn begin(
        db: &PgPool,
        email: &str,
        address: IpAddr,
        now: OffsetDateTime,
    ) -> Result<Result<Self, Duration>, sqlx::Error> {
        let mut tx = db.begin().await?;
        alone(&mut *tx, email).await?;
        if let Some(wait) = wait_after(&mut *tx, email, PER_ACCOUNT, address, now).await? {
            return Ok(Err(wait));
        }
        // Against the network address only failures count: many people may sign in from one at the same moment.
        let id = note(&mut *tx, email, IpAddr::V6(Ipv6Addr::UNSPECIFIED), now).await?;
        tx.commit().await?;
        Ok(Ok(Self(id)))
    }

    /// The password was right: nothing to count.
    pub async fn succeeded(self, db: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from sign_in_failure where id = $1", self.0).execute(db).await.map(drop)
    }

    /// The password was wrong: it counts against the address, too.
    pub async fn failed(self, db: impl PgExecutor<'_>, address: IpAddr) -> Result<(), sqlx::Error> {
        sqlx::query!("update sign_in_failure set address = $2::text::inet where id = $1", self.0, address.to_string())
            .execute(db)
            .await
            .map(drop)
    }
}

/// How long to wait before a further attempt, if it is not `allowed` yet by this counter or by the address.
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

/// Uses up one of the `allowed` turns of a counter within [`WINDOW`], or says how long to wait: for what is limited
/// though nothing failed. Counts for this counter only, never against a network address.
pub async fn turn(
    db: &mut PgConnection,
    counter: &str,
    allowed: i32,
    now: OffsetDateTime,
) -> Result<Result<(), Duration>, sqlx::Error> {
    alone(&mut *db, counter).await?;
    let full_since = sqlx::query_scalar!(
        "select at from sign_in_failure where email_hash = $1 and at > $2 order by at desc offset $3 - 1 limit 1",
        &token::hash(counter)[..],
        now - WINDOW,
        allowed,
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(at) = full_since {
        return Ok(Err(at + WINDOW - now));
    }
    note(&mut *db, counter, IpAddr::V6(Ipv6Addr::UNSPECIFIED), now).await?;
    Ok(Ok(()))
}

/// What limits count by: an IPv4 address, or the /64 that an IPv6 address lies in, since a home has a whole one.
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
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
    note(db, email, address, now).await.map(drop)
}

async fn note(db: impl PgExecutor<'_>, email: &str, address: IpAddr, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into sign_in_failure (email_hash, address, at) values ($1, $2::text::inet, $3) returning id",
        &token::hash(email)[..],
        address.to_string(),
        now,
    )
    .fetch_one(db)
    .await
}

/// Removes counters of before this instant.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from sign_in_failure where at < $1", before).execute(db).await.map(|d| d.rows_affected())
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
