//! Clearing up: the queue of doomed files, and uploads that nobody finished (privacy.md: after 24 hours).

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use super::{Files, blob, key};
use crate::id::BlobId;

/// Rows taken from the queue at once.
const BATCH: i64 = 200;
/// A file that is still `uploading` after this will never be whole.
const UNFINISHED: Duration = Duration::hours(24);

/// Drains the queues: keys that are to be forgotten, then doomed files, then the keys that these were the last to need.
/// Returns how many files went.
pub async fn doomed(files: &Files, db: &PgPool, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    files.keys.forget(db, now).await?;
    let gone = delete_doomed(files, db, now).await?;
    if gone > 0 {
        key::doom_unused(db, now).await?;
        files.keys.forget(db, now).await?;
    }
    Ok(gone)
}

/// The object first (missing: gone already), then the row. One that fails is counted and left for the next turn; the
/// others go on.
async fn delete_doomed(files: &Files, db: &PgPool, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut gone = 0;
    let mut after = BlobId(uuid::Uuid::nil());
    loop {
        let batch = sqlx::query_scalar!(
            r#"select id as "id: BlobId" from blob where state = 'doomed' and doomed_at <= $1 and id > $2 order by id limit $3"#,
            now,
            after.0,
            BATCH,
        )
        .fetch_all(db)
        .await?;
        let Some(last) = batch.last() else { return Ok(gone) };
        after = *last;
        for id in batch {
            gone += u64::from(delete(files, db, id).await?);
        }
    }
}

async fn delete(files: &Files, db: &PgPool, id: BlobId) -> Result<bool, sqlx::Error> {
    // A row that somebody refers to stays, and its object with it: letting go comes first, in the dooming transaction.
    let failure = match files.delete(id).await {
        Ok(()) => match sqlx::query!("delete from blob where id = $1 and state = 'doomed'", id.0).execute(db).await {
            Ok(_) => return Ok(true),
            Err(error) if error.as_database_error().is_some() => crate::database::describe(&error),
            Err(error) => return Err(error),
        },
        Err(error) => error.to_string(),
    };
    tracing::error!(blob = %id, failure, "a doomed file could not be deleted; it will be tried again");
    sqlx::query!("update blob set attempts = least(attempts + 1, 32767)::smallint where id = $1", id.0)
        .execute(db)
        .await?;
    Ok(false)
}

/// Dooms keys without a file, and what was begun a day ago and never became whole, unless it is a part of an upload that still goes on.
pub async fn unfinished(db: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    super::upload::sweep(db, now).await?;
    key::doom_unused(db, now).await?;
    let mut tx = db.begin().await?;
    let left = sqlx::query_scalar!(
        r#"select id as "id: BlobId" from blob b
           where state = 'uploading' and created_at < $1
             and not exists (select from upload_part p where p.blob_id = b.id) for update skip locked"#,
        now - UNFINISHED,
    )
    .fetch_all(&mut *tx)
    .await?;
    blob::doom(&mut tx, &left, now).await?;
    tx.commit().await
}
