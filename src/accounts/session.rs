//! Sessions: rows of our own, so that they can be listed, ended, and limited in idle and total time (privacy.md).

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{PgExecutor, PgPool, types::Json};
use time::{Duration, OffsetDateTime};

use super::role::{Role, any_staff};
use super::token::{self, Hash};
use crate::database::gather::Gather;
use crate::id::{AccountId, SessionId};

/// `last_seen` is written at most this often.
const SEEN_EVERY: Duration = Duration::minutes(1);
/// Papers, tax data and the like want the password again after so long (privacy.md).
pub const CONFIRMED: Duration = Duration::minutes(15);
/// Whoever opened such a page in time may take so long to fill it in.
pub const FINISHING: Duration = Duration::minutes(45);

/// A signed-in person, as every page knows them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: SessionId,
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    /// The message to show on the next page, as JSON.
    pub flash: Option<Json<serde_json::Value>>,
    pub created_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    /// When the password was last typed in this session, if ever.
    pub confirmed_at: Option<OffsetDateTime>,
}

impl SignedIn {
    /// Whether the password was typed lately enough to open what wants it again.
    pub fn is_confirmed(&self, now: OffsetDateTime) -> bool {
        self.confirmed_at.is_some_and(|at| now - at < CONFIRMED)
    }

    /// Whether what such a page sends is still taken: what was typed meanwhile is not lost.
    pub fn was_confirmed(&self, now: OffsetDateTime) -> bool {
        self.confirmed_at.is_some_and(|at| now - at < CONFIRMED + FINISHING)
    }

    /// Whether the person holds any of these roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Whether `last_seen` should be written again.
    pub fn is_seen_long_ago(&self, now: OffsetDateTime) -> bool {
        now - self.last_seen_at >= SEEN_EVERY
    }
}

/// Idle and total limit of a session: freelancers 14 and 30 days, staff 30 minutes and 12 hours (privacy.md).
pub fn limits(roles: &[Role]) -> (Duration, Duration) {
    if any_staff(roles) {
        (Duration::minutes(30), Duration::hours(12))
    } else {
        (Duration::days(14), Duration::days(30))
    }
}

/// Starts a session for somebody who has just typed the password, and returns its token for the cookie.
pub async fn create(
    db: impl PgExecutor<'_>,
    account: AccountId,
    roles: &[Role],
    device: &str,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    start(db, account, roles, device, Some(now), now).await
}

/// The same for somebody whom a link from a mail let in: without a password.
pub async fn create_by_link(
    db: impl PgExecutor<'_>,
    account: AccountId,
    roles: &[Role],
    device: &str,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    start(db, account, roles, device, None, now).await
}

async fn start(
    db: impl PgExecutor<'_>,
    account: AccountId,
    roles: &[Role],
    device: &str,
    confirmed_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let token = token::new();
    let (_, total) = limits(roles);
    sqlx::query!(
        "insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, device, confirmed_at)
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
        SessionId::new().0,
        &token.hash[..],
        account.0,
        now,
        now + total,
        device,
        confirmed_at,
    )
    .execute(db)
    .await?;
    Ok(token.plain)
}

/// Notes that the session's holder typed the password again.
pub async fn confirm(db: impl PgExecutor<'_>, id: SessionId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set confirmed_at = $2 where id = $1", id.0, now).execute(db).await.map(drop)
}

/// Finds the person behind a cookie's token. Every request asks, so those that come together share a statement.
#[derive(Clone)]
pub struct Sessions(Arc<Gather<Hash, Option<Found>>>);

/// A session's row, and until when it may last at most.
#[derive(Clone)]
struct Found {
    signed_in: SignedIn,
    expires_at: OffsetDateTime,
}

impl Sessions {
    /// Reads from this database.
    pub fn new(db: PgPool) -> Self {
        Self(Arc::new(Gather::new(move |hashes| find_all(db.clone(), hashes))))
    }

    /// The person behind a cookie's token, if the session lives. Without a password it came from a mail to an applicant:
    /// then it opens nothing but the own application, whatever roles were granted meanwhile.
    pub async fn find(&self, plain: &str, now: OffsetDateTime) -> Result<Option<SignedIn>, Arc<sqlx::Error>> {
        let found = self.0.get(token::hash(plain)).await?;
        // The limits are those of today's roles: a freelancer who joined the staff meanwhile signs in anew.
        let lives = |found: &Found| {
            let (idle, total) = limits(&found.signed_in.roles);
            let (seen, since) = (found.signed_in.last_seen_at, found.signed_in.created_at);
            now < found.expires_at && now - seen < idle && now - since < total
        };
        Ok(found.filter(lives).map(|found| found.signed_in))
    }
}

async fn find_all(db: PgPool, hashes: Vec<Hash>) -> Result<Vec<Option<Found>>, sqlx::Error> {
    // `(select $1)` hides how many are asked for: PostgreSQL then plans once and not for every number anew.
    let wanted: Vec<&[u8]> = hashes.iter().map(|hash| &hash[..]).collect();
    let rows = sqlx::query!(
        r#"select s.id as "session: SessionId", s.account_id as "account: AccountId", a.name, a.email,
                  array(select role from account_role
                        where account_id = a.id and (a.password_hash is not null or role = 'applicant')) as "roles!: Vec<Role>",
                  s.flash as "flash: Json<serde_json::Value>", s.created_at, s.last_seen_at, s.confirmed_at, s.expires_at,
                  s.token_hash
           from unnest((select $1::bytea[])) as wanted (hash)
           join session s on s.token_hash = wanted.hash and s.ended_at is null
           join account a on a.id = s.account_id and a.access_ended_at is null"#,
        &wanted as &[&[u8]],
    )
    .fetch_all(&db)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let signed_in = SignedIn {
            session: row.session,
            account: row.account,
            name: row.name,
            email: row.email,
            roles: row.roles,
            flash: row.flash,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            confirmed_at: row.confirmed_at,
        };
        found.insert(row.token_hash, Found { signed_in, expires_at: row.expires_at });
    }
    // The same cookie may have asked twice.
    Ok(wanted.iter().map(|hash| found.get(*hash).cloned()).collect())
}

/// Notes that the session was used just now, without waiting for the disk, like [`set_flash`].
pub async fn seen(db: &PgPool, id: SessionId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set last_seen_at = $2 where id = $1 and set_config('synchronous_commit', 'off', true) = 'off'",
        id.0,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Keeps a message for the session's next page, or clears it. Nobody waits for the disk on its account: what it tells
/// of is committed already. Takes the pool, since it would take the wait from a whole transaction.
pub async fn set_flash(db: &PgPool, id: SessionId, flash: Option<serde_json::Value>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update session set flash = $2 where id = $1 and set_config('synchronous_commit', 'off', true) = 'off'",
        id.0,
        flash
    )
    .execute(db)
    .await
    .map(drop)
}

/// A row of the list of one's sessions.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: SessionId,
    pub device: String,
    pub created_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
}

/// The living sessions of an account, the latest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    account: AccountId,
    roles: &[Role],
    now: OffsetDateTime,
) -> Result<Vec<Listed>, sqlx::Error> {
    let (idle, total) = limits(roles);
    sqlx::query_as!(
        Listed,
        r#"select id as "id: SessionId", device, created_at, last_seen_at from session
           where account_id = $1 and ended_at is null and expires_at > $2 and last_seen_at > $3 and created_at > $4 order by last_seen_at desc"#,
        account.0,
        now,
        now - idle,
        now - total,
    )
    .fetch_all(db)
    .await
}

/// Ends one of the account's own sessions; false if there is no such session.
pub async fn end(
    db: impl PgExecutor<'_>,
    account: AccountId,
    id: SessionId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "update session set ended_at = $3 where id = $1 and account_id = $2 and ended_at is null",
        id.0,
        account.0,
        now
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Ends all of the account's sessions but this one.
pub async fn end_others(
    db: impl PgExecutor<'_>,
    account: AccountId,
    keep: SessionId,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "update session set ended_at = $3 where account_id = $1 and id <> $2 and ended_at is null",
        account.0,
        keep.0,
        now
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Removes sessions that ended or expired before this instant.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from session where least(ended_at, expires_at) < $1", before)
        .execute(db)
        .await
        .map(|d| d.rows_affected())
}
