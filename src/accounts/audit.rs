//! The audit log: who did what to which row, as ids only (privacy.md: 24 months, no free text).

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use crate::id::AccountId;

/// Notes an action. `action` is a fixed word such as `plan.publish`, `subject` ids and nothing else.
pub async fn note(
    db: impl PgExecutor<'_>,
    actor: Option<AccountId>,
    action: &'static str,
    subject: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit (at, actor_id, action, subject) values ($1, $2, $3, $4)",
        now,
        actor.map(|a| a.0),
        action,
        subject,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes entries older than 24 months (730 days).
pub async fn sweep(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from audit where at < $1", now - Duration::days(730))
        .execute(db)
        .await
        .map(|d| d.rows_affected())
}
