//! The rows of files: each object of the store has one before it exists, and until after it is gone.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::id::{AccountId, BlobId, KeyId};

/// A file that can be read.
#[derive(Debug, Clone)]
pub struct Blob {
    pub id: BlobId,
    /// Decided by its content.
    pub media_type: String,
    pub bytes: i64,
    /// Stored before files were encrypted.
    pub(super) is_plain: bool,
}

/// A file that is being written: its row is there, and its person's key.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    pub id: BlobId,
    pub(super) key: KeyId,
}

/// A new row, before its object is written. `None`: the person has no key yet.
pub(super) async fn begin(
    db: impl PgExecutor<'_>,
    person: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Draft>, sqlx::Error> {
    // Shared with others who begin, but not with whoever dooms the key.
    sqlx::query_as!(
        Draft,
        r#"with current as (select id from file_key where person_id = $2 and doomed_at is null for share)
           insert into blob (id, state, key_id, created_at) select $1, 'uploading', id, $3 from current
           returning id as "id: BlobId", key_id as "key!: KeyId""#,
        BlobId::new().0,
        person.0,
        now,
    )
    .fetch_optional(db)
    .await
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
        r#"select id as "id: BlobId", media_type as "media_type!", bytes, key_id is null as "is_plain!"
           from blob where id = $1 and state = 'live'"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Puts files on the queue of deletion: [`super::sweep::doomed`] deletes the objects, then the rows.
/// Whoever refers to them lets go in the same transaction.
pub async fn doom(db: &mut PgConnection, blobs: &[BlobId], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    if blobs.is_empty() {
        return Ok(());
    }
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
