//! The end of a person's copies (`privacy::export` makes them): they hold what is erased, so they go in the same step.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::files::blob;
use crate::id::{AccountId, BlobId};

/// Removes a person's copies with their files; one that is being made is given up by its maker.
pub async fn erase(db: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let gone = sqlx::query_scalar!(
        r#"delete from data_copy where account_id = $1 returning blob_id as "blob: BlobId""#,
        account.0,
    )
    .fetch_all(&mut *db)
    .await?;
    blob::doom(db, &gone.into_iter().flatten().collect::<Vec<_>>(), now).await
}

/// The same of somebody who stays: one that they still wait for is made anew, without what was erased.
pub async fn renew(db: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    // A higher number of attempts takes the claim away from whoever makes it.
    let stale = sqlx::query_scalar!(
        r#"with stale as (
               select id, blob_id from data_copy
               where account_id = $1 and finished_at is null and failed_at is null for update
           ), anew as (
               update data_copy c set blob_id = null, held_until = null, done_bytes = 0, total_bytes = 0,
                                      attempts = attempts + 1
               from stale where c.id = stale.id
           ), gone as (
               delete from data_copy where account_id = $1 and (finished_at is not null or failed_at is not null)
               returning blob_id
           )
           select blob_id as "blob: BlobId" from stale union all select blob_id from gone"#,
        account.0,
    )
    .fetch_all(&mut *db)
    .await?;
    blob::doom(db, &stale.into_iter().flatten().collect::<Vec<_>>(), now).await
}
