//! Wishes about one's own data: a copy of all of it, or its erasure at once. Here they are recorded; the hourly drain,
//! or the nightly task, carries out an erasure.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::AccountId;

/// What somebody wants done with their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// A copy of everything (GDPR article 15).
    Copy,
    /// Erasure at once (GDPR article 17).
    Erasure,
}

impl Wish {
    /// Its German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Copy => "Kopie der Daten",
            Self::Erasure => "Löschung",
        }
    }
}

/// Records a wish; the same wish twice is one, with the first one's time. Returns since when it stands.
pub async fn record(
    db: impl PgExecutor<'_>,
    account: AccountId,
    wish: Wish,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into data_request (id, account_id, wish, requested_at) values (gen_random_uuid(), $1, $2, $3)
         on conflict (account_id, wish) where done_at is null do update set requested_at = data_request.requested_at
         returning requested_at",
        account.0,
        wish as Wish,
        now,
    )
    .fetch_one(db)
    .await
}

/// Since when an open wish stands; none: there is none.
pub async fn open(
    db: impl PgExecutor<'_>,
    account: AccountId,
    wish: Wish,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select requested_at from data_request where account_id = $1 and wish = $2 and done_at is null",
        account.0,
        wish as Wish,
    )
    .fetch_optional(db)
    .await
}

/// Takes an open wish back; false if there was none, or it is carried out already.
pub async fn take_back(db: impl PgExecutor<'_>, account: AccountId, wish: Wish) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "delete from data_request where account_id = $1 and wish = $2 and done_at is null",
        account.0,
        wish as Wish,
    )
    .execute(db)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Notes that the person's open wish is carried out.
pub async fn done(
    db: impl PgExecutor<'_>,
    account: AccountId,
    wish: Wish,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update data_request set done_at = $3 where account_id = $1 and wish = $2 and done_at is null",
        account.0,
        wish as Wish,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}
