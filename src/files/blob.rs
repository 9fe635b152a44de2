//! The rows of files: each object of the store has one before it exists, and until after it is gone.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::id::{AccountId, BlobId};

/// A file that can be read.
#[derive(Debug, Clone)]
pub struct Blob {
    pub id: BlobId,
    /// Decided by its content.
    pub media_type: String,
    pub bytes: i64,
}

/// A file that is being written: its row is there.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    pub id: BlobId,
}

/// A new row, before its object is written.
pub(super) async fn begin(
    db: impl PgExecutor<'_>,
    _person: AccountId,
    now: OffsetDateTime,
) -> Result<Draft, sqlx::Error> {
    let id = BlobId::new();
    sqlx::query!("insert into blob (id, state, created_at) values ($1, 'uploading', $2)", id.0, now)
        .execute(db)
        .await?;
    Ok(Draft { id })
}

/// The object is there, whole and checked. False if the row is gone or doomed meanwhile.
pub async fn go_live(db: &mut PgConnection, id: BlobId, media_type: &str, bytes: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update blob set state = 'live', media_type = $2, bytes = $3 where id = $1 and state = 'uploading'",
        id.0,
        media_type,
        bytes,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A file that can be read.
pub async fn find(db: impl PgExecutor<'_>, id: BlobId) -> Result<Option<Blob>, sqlx::Error> {
    sqlx::query_as!(
        Blob,
        r#"select id as "id: BlobId", media_type as "media_type!", bytes from blob where id = $1 and state = 'live'"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Puts files on the queue of deletion: [`super::sweep::doomed`] deletes the objects, then the rows.
/// Whoever refers to them lets go in the same transaction.
pub async fn doom(db: &mut PgConnection, blobs: &[BlobId], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = blobs.iter().map(|blob| blob.0).collect();
    sqlx::query!(
        "update blob set state = 'doomed', doomed_at = $2 where id = any($1) and state <> 'doomed'",
        &ids,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
