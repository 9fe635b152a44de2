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
