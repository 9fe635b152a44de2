//! Uploads in progress (tus 1.0): bytes become parts as they arrive, so that nothing that came is sent twice.
//!
//! A part's bytes are stored first, then counted in one guarded statement: of two senders at one offset, one wins. What
//! completes an upload is counted only together with what it completes; a kill before that costs its last part.

use std::io;
use std::time::Duration as Patience;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Draft, Files, blob};
use crate::clock::Clock;
use crate::id::{AccountId, BlobId, UploadId};

/// The longest file, in bytes: 200 MB.
pub const LONGEST: i64 = 200 * 1024 * 1024;
/// Bytes of a part; also what a sender costs in memory.
const PART: usize = 256 * 1024;
/// Parts of an upload: 800 are needed, the rest is for lines that break. Nobody fills the store with crumbs.
const PARTS: i64 = 4096;
/// Unfinished uploads that one account may have; the oldest gives way.
const OPEN: i64 = 3;
/// How long an upload is kept after its last byte (privacy.md).
const KEPT: Duration = Duration::hours(24);
/// A sender that is silent for so long has gone.
const SILENCE: Patience = Patience::from_secs(60);

/// An upload in progress, or one that was completed lately.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: UploadId,
    /// Whose it is.
    pub account: AccountId,
    /// Bytes announced.
    pub length: i64,
    /// Bytes that are safe.
    pub received: i64,
    pub expires_at: OffsetDateTime,
    pub completed_at: Option<OffsetDateTime>,
    /// Length of the recording in milliseconds, as the sender measured it.
    pub length_ms: Option<i32>,
    pub parts: i64,
}

/// What became of the bytes of one request.
#[derive(Debug)]
pub enum Received {
    /// They are safe up to here; more is to come.
    Until(i64),
    /// Everything is here: the parts, and these last bytes.
    All(Bytes),
    /// Somebody else has sent from this offset.
    Conflict,
    /// More than was announced.
    TooLong,
    /// Its first bytes are not what was asked for.
    Unwanted,
}

/// Begins an upload of this account. `subject` is what it is for; only together with it the upload is found.
pub async fn create(
    db: &PgPool,
    account: AccountId,
    subject: Uuid,
    length: i64,
    length_ms: Option<i32>,
    now: OffsetDateTime,
) -> Result<UploadId, sqlx::Error> {
    let id = UploadId::new();
    let mut tx = db.begin().await?;
    // One at a time per account: of many begun at the same instant none would see the others.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('upload ' || $1::uuid, 0))", account.0)
        .execute(&mut *tx)
        .await?;
    let open = sqlx::query_scalar!(
        r#"select id as "id: UploadId" from upload where account_id = $1 and completed_at is null
           order by created_at desc, id offset $2"#,
        account.0,
        OPEN - 1,
    )
    .fetch_all(&mut *tx)
    .await?;
    for old in open {
        discard(&mut tx, old, now).await?;
    }
    sqlx::query!(
        "insert into upload (id, account_id, subject, length, length_ms, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        account.0,
        subject,
        length,
        length_ms,
        now,
        now + KEPT,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// An upload of this account for this subject; expired ones and other people's are not there.
pub async fn find(
    db: impl PgExecutor<'_>,
    id: UploadId,
    account: AccountId,
    subject: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Upload,
        r#"select id as "id: UploadId", account_id as "account: AccountId", length, received, expires_at, completed_at, length_ms,
                  (select count(*) from upload_part p where p.upload_id = u.id) as "parts!"
           from upload u where id = $1 and account_id = $2 and subject = $3 and expires_at > $4"#,
        id.0,
        account.0,
        subject,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Takes the bytes of one request, which begin at what is safe already. A body that breaks off leaves what came of it.
/// `wanted` looks at the first bytes.
pub async fn receive<E>(
    files: &Files,
    db: &PgPool,
    clock: &Clock,
    upload: &Upload,
    body: impl Stream<Item = Result<Bytes, E>>,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Received, sqlx::Error> {
    let mut body = std::pin::pin!(body);
    let mut safe = upload.received;
    let mut parts = upload.parts;
    let mut buffer = BytesMut::new();
    loop {
        let Ok(Some(Ok(mut next))) = tokio::time::timeout(SILENCE, body.next()).await else { break };
        if safe + (buffer.len() + next.len()) as i64 > upload.length {
            return Ok(Received::TooLong);
        }
        while !next.is_empty() {
            if buffer.capacity() == 0 {
                buffer.reserve(PART.min((upload.length - safe).unsigned_abs() as usize));
            }
            let room = next.len().min(PART - buffer.len());
            buffer.extend_from_slice(&next.split_to(room));
            let rest = upload.length - safe - buffer.len() as i64;
            if buffer.len() < PART || rest == 0 {
                continue;
            }
            if safe == 0 && !wanted(&buffer) {
                return Ok(Received::Unwanted);
            }
            // Nothing waits beside a part that is being stored: memory is what uploads cost.
            let part = std::mem::take(&mut buffer).freeze();
            let length = part.len() as i64;
            if parts >= PARTS || !append(files, db, clock.now(), upload, safe, part).await? {
                return Ok(Received::Conflict);
            }
            (safe, parts) = (safe + length, parts + 1);
        }
    }
    if safe == 0 && buffer.len() >= super::recording::HEAD.min(upload.length as usize) && !wanted(&buffer) {
        return Ok(Received::Unwanted);
    }
    if safe + buffer.len() as i64 == upload.length {
        return Ok(Received::All(buffer.freeze()));
    }
    if buffer.is_empty() {
        return Ok(Received::Until(safe));
    }
    let until = safe + buffer.len() as i64;
    let kept = parts < PARTS && append(files, db, clock.now(), upload, safe, buffer.freeze()).await?;
    Ok(if kept { Received::Until(until) } else { Received::Conflict })
}

/// Stores one part and counts it, unless somebody else has sent from this offset.
async fn append(
    files: &Files,
    db: &PgPool,
    now: OffsetDateTime,
    upload: &Upload,
    at: i64,
    part: Bytes,
) -> Result<bool, sqlx::Error> {
    let length = i32::try_from(part.len()).map_err(io::Error::other)?;
    let draft = files.begin(db, upload.account, now).await?;
    files.put(draft, part).await?;
    let mut tx = db.begin().await?;
    let counted = sqlx::query!(
        "update upload set received = received + $3, expires_at = $4
         where id = $1 and received = $2 and completed_at is null and expires_at > $5",
        upload.id.0,
        at,
        i64::from(length),
        now + KEPT,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let won = counted.rows_affected() == 1;
    if won {
        sqlx::query!(
            "insert into upload_part (upload_id, position, length, blob_id) values ($1, $2, $3, $4)",
            upload.id.0,
            at,
            length,
            draft.id.0,
        )
        .execute(&mut *tx)
        .await?;
    } else {
        blob::doom(&mut tx, &[draft.id], now).await?;
    }
    tx.commit().await?;
    Ok(won)
}

/// Puts the parts and the last bytes together into one new file, which is not live yet.
pub async fn compose(
    files: &Files,
    db: &PgPool,
    upload: &Upload,
    tail: Bytes,
    now: OffsetDateTime,
) -> Result<Draft, sqlx::Error> {
    let parts = sqlx::query_scalar!(
        r#"select blob_id as "id: BlobId" from upload_part where upload_id = $1 order by position"#,
        upload.id.0,
    )
    .fetch_all(db)
    .await?;
    let whole = files.begin(db, upload.account, now).await?;
    match files.compose(whole, &parts, tail).await {
        Ok(()) => Ok(whole),
        Err(error) => {
            let mut connection = db.acquire().await?;
            blob::doom(&mut connection, &[whole.id], now).await?;
            Err(error.into())
        }
    }
}

/// Counts the last bytes and lets go of the parts, `safe` being what was safe before. False if somebody else was faster.
pub async fn complete(
    db: &mut PgConnection,
    id: UploadId,
    safe: i64,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update upload set received = length, completed_at = $3, expires_at = $4
         where id = $1 and received = $2 and completed_at is null",
        id.0,
        safe,
        now,
        now + KEPT,
    )
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 1 {
        drop_parts(db, id, now).await?;
    }
    Ok(done.rows_affected() == 1)
}

/// Ends an upload and lets go of its parts.
pub async fn discard(db: &mut PgConnection, id: UploadId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from upload where id = $1 for update", id.0).fetch_optional(&mut *db).await?;
    drop_parts(db, id, now).await?;
    sqlx::query!("delete from upload where id = $1", id.0).execute(&mut *db).await?;
    Ok(())
}

/// Ends all uploads for this subject, and dooms its file: it is being erased. One statement, since a night does this for
/// thousands.
pub async fn discard_of(
    db: &mut PgConnection,
    subject: Uuid,
    file: Option<BlobId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"with doomed as (update blob set state = 'doomed', doomed_at = $3 where id = $2 and state <> 'doomed')
           select id as "id: UploadId" from upload where subject = $1"#,
        subject,
        file.map(|blob| blob.0),
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    for id in ids {
        discard(&mut *db, id, now).await?;
    }
    Ok(())
}

async fn drop_parts(db: &mut PgConnection, id: UploadId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let parts =
        sqlx::query_scalar!(r#"delete from upload_part where upload_id = $1 returning blob_id as "id: BlobId""#, id.0,)
            .fetch_all(&mut *db)
            .await?;
    blob::doom(db, &parts, now).await
}

/// Ends what has expired.
pub(super) async fn sweep(db: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let expired = sqlx::query_scalar!(r#"select id as "id: UploadId" from upload where expires_at <= $1"#, now)
        .fetch_all(db)
        .await?;
    for id in expired {
        let mut tx = db.begin().await?;
        // A byte may have come since.
        let still = sqlx::query!("select id from upload where id = $1 and expires_at <= $2 for update", id.0, now)
            .fetch_optional(&mut *tx)
            .await?;
        if still.is_some() {
            discard(&mut tx, id, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
