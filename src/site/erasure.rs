//! Erases what visitors wrote: once it is old enough, or because the person who wrote it wishes to be forgotten.

use sqlx::PgExecutor;
use time::Date;

use crate::id::AccountId;

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
pub async fn erase_of(db: impl PgExecutor<'_>, account: AccountId) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "delete from contact_message where lower(email) = (select email from account where id = $1 and erased_at is null)",
        account.0,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
