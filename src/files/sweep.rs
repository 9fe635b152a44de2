//! Clearing up: the queue of doomed files, and uploads that nobody finished (privacy.md: after 24 hours).

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Files, blob, key};
use crate::clock::pace::Pace;
use crate::database;
use crate::id::BlobId;

/// Rows taken from the queue at once.
const BATCH: i64 = 50;
/// After so much work a rest: after a night thousands of files go, and nobody in the portal is to notice.
const STRETCH: std::time::Duration = std::time::Duration::from_millis(2);
const REST: std::time::Duration = std::time::Duration::from_millis(4);
/// A file that is still `uploading` after this will never be whole.
const UNFINISHED: Duration = Duration::hours(24);

/// Drains the queues: keys that are to be forgotten, then doomed files, then the keys that these were the last to need.
/// Returns how many files went.
pub async fn doomed(files: &Files, db: &PgPool, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut pace = Pace::new(STRETCH, REST);
    files.keys.forget(db, &mut pace, now).await?;
    let gone = delete_doomed(files, db, &mut pace, now).await?;
    if gone > 0 {
        key::doom_unused(db, now).await?;
        files.keys.forget(db, &mut pace, now).await?;
    }
    Ok(gone)
}

/// The objects first (missing: gone already), then their rows. One that fails is counted and left for the next turn; the
/// others go on.
async fn delete_doomed(files: &Files, db: &PgPool, pace: &mut Pace, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut gone = 0;
    let mut after = BlobId(Uuid::nil());
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
        let mut deleted = Vec::with_capacity(batch.len());
        for id in batch {
            pace.keep().await;
            if let Err(error) = files.store.delete(&super::path(id)).await {
                note_failure(db, id, &error.to_string()).await?;
                if !files.store.is_reachable().await {
                    return Ok(gone + forget(db, &deleted).await?);
                }
            } else {
                deleted.push(id.0);
            }
        }
        gone += forget(db, &deleted).await?;
    }
}

/// Deletes the rows of deleted objects, but for those that another server deletes at this moment: neither waits for the other.
/// A row that somebody refers to stays: letting go comes first, in the dooming transaction.
async fn forget(db: &PgPool, ids: &[Uuid]) -> Result<u64, sqlx::Error> {
    let all = sqlx::query!(
        "delete from blob where id = any(array(
             select id from blob where id = any($1) and state = 'doomed' for update skip locked))",
        ids,
    );
    match all.execute(db).await {
        Ok(done) => return Ok(done.rows_affected()),
        Err(error) if error.as_database_error().is_none() => return Err(error),
        // One of them: find out which, and let the others go.
        Err(_) => {}
    }
    let mut gone = 0;
    for id in ids {
        match sqlx::query!("delete from blob where id = $1 and state = 'doomed'", id).execute(db).await {
            Ok(done) => gone += done.rows_affected(),
            Err(error) if error.as_database_error().is_none() => return Err(error),
            Err(error) => note_failure(db, BlobId(*id), &database::describe(&error)).await?,
        }
    }
    Ok(gone)
}

async fn note_failure(db: &PgPool, id: BlobId, failure: &str) -> Result<(), sqlx::Error> {
    tracing::error!(blob = %id, failure, "a doomed file could not be deleted; it will be tried again");
    sqlx::query!("update blob set attempts = least(attempts + 1, 32767)::smallint where id = $1", id.0)
        .execute(db)
        .await
        .map(drop)
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
