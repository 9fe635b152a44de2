//! The audit log: who did what to which row, as ids only (no free text; kept for `policy::Figure::AuditMonths`).

use sqlx::PgExecutor;
use time::OffsetDateTime;

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

/// Removes entries of before this instant.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from audit where at < $1", before).execute(db).await.map(|d| d.rows_affected())
}
