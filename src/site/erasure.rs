//! Erases what visitors wrote: once it is old enough, or because the person who wrote it wishes to be forgotten.

use sqlx::PgExecutor;
use time::Date;

/// Removes messages, with their answers, `months` calendar months after the answer, or after their receipt if there is none.
pub async fn sweep_messages(db: impl PgExecutor<'_>, months: i32, today: Date) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "delete from contact_message
         where ((coalesce(answered_at, received_at) at time zone 'Europe/Berlin')::date + make_interval(months => $1))::date < $2",
        months,
        today,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Removes messages from the address of somebody who wished for erasure, with their answers.
pub async fn erase_from(db: impl PgExecutor<'_>, email: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from contact_message where lower(email) = $1", email).execute(db).await.map(drop)
}
