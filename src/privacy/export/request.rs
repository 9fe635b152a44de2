//! Copies as rows: asked for, held by whoever makes them, finished, given up, expired.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use crate::files::Draft;
use crate::files::blob::{self, Blob};
use crate::id::{AccountId, BlobId, DataCopyId};
use crate::retention::wish::{self, Wish};

/// Whoever makes a copy and has not been heard of for so long is taken for dead.
pub const LEASE: Duration = Duration::minutes(2);
/// Attempts until it is given up.
pub const MOST: i16 = 5;

/// Links to the copy that somebody may have within an hour.
const LINKS_AN_HOUR: i64 = 5;

/// How a copy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has begun yet, or an attempt failed and the next one waits.
    Waiting {
        attempts: i16,
    },
    /// So many of a hundred parts are written.
    Making {
        percent: i64,
        attempts: i16,
    },
    Ready {
        blob: BlobId,
        bytes: i64,
        until: OffsetDateTime,
    },
    Failed,
}

/// A copy as its owner sees it.
#[derive(Debug, Clone)]
pub struct Copy {
    pub id: DataCopyId,
    pub requested_at: OffsetDateTime,
    pub state: State,
}

/// Asks for a copy; a second wish while one is under way is the same one.
pub async fn ask(db: &PgPool, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    record(&mut tx, account, now).await?;
    tx.commit().await
}

/// The same as a step of what confirms the wish.
pub async fn record(db: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    wish::record(&mut *db, account, Wish::Copy, now).await?;
    sqlx::query!(
        "insert into data_copy (id, account_id, requested_at) values ($1, $2, $3)
         on conflict (account_id) where finished_at is null and failed_at is null do nothing",
        DataCopyId::new().0,
        account.0,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The person's latest copy; one that is over is none.
pub async fn latest(
    db: impl PgExecutor<'_>,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Copy>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.id as "id: DataCopyId", c.requested_at, c.held_until, c.attempts, c.done_bytes, c.total_bytes,
                  c.blob_id as "blob: BlobId", c.expires_at, c.failed_at, b.bytes as "bytes?"
           from data_copy c left join blob b on b.id = c.blob_id
           where c.account_id = $1 and (c.expires_at is null or c.expires_at > $2)
           order by c.requested_at desc, c.id limit 1"#,
        account.0,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let attempts = row.attempts;
        let state = match (row.failed_at, row.expires_at, row.blob) {
            (Some(_), _, _) => State::Failed,
            (None, Some(until), Some(blob)) => State::Ready { blob, bytes: row.bytes.unwrap_or_default(), until },
            (None, None, Some(_)) if row.held_until.is_some_and(|until| until > now) => {
                State::Making { percent: (row.done_bytes * 100 / row.total_bytes.max(1)).min(99), attempts }
            }
            _ => State::Waiting { attempts },
        };
        Copy { id: row.id, requested_at: row.requested_at, state }
    }))
}

/// The file of a finished copy, for its owner and nobody else, while it is there.
pub async fn file(
    db: &PgPool,
    id: DataCopyId,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Blob>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"select blob_id as "blob!: BlobId" from data_copy where id = $1 and account_id = $2 and expires_at > $3"#,
        id.0,
        account.0,
        now,
    )
    .fetch_optional(db)
    .await?;
    match id {
        Some(id) => blob::find(db, id).await,
        None => Ok(None),
    }
}

/// Notes that it was fetched.
pub async fn note_download(db: impl PgExecutor<'_>, id: DataCopyId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into data_copy_download (copy_id, at) values ($1, $2)", id.0, now).execute(db).await.map(drop)
}

/// When it was fetched.
pub async fn downloads(db: impl PgExecutor<'_>, id: DataCopyId) -> Result<Vec<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!("select at from data_copy_download where copy_id = $1 order by at", id.0).fetch_all(db).await
}

/// Whether another link may go into the person's mailbox: it is not a way to fill it.
pub async fn may_send_link(
    db: impl PgExecutor<'_>,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) < $2 as "may!" from applicant_link where applicant_id = $1 and page = 'copy' and created_at > $3"#,
        account.0,
        LINKS_AN_HOUR,
        now - Duration::HOUR,
    )
    .fetch_one(db)
    .await
}

/// A copy that this server makes, and nobody else, as long as it is heard of.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub id: DataCopyId,
    pub account: AccountId,
    /// Which attempt it is: whoever comes later has a higher number, and only the highest may finish.
    pub attempt: i16,
}

/// Takes the copy that waits longest; what an attempt before has left behind is doomed.
pub async fn claim(db: &PgPool, now: OffsetDateTime) -> Result<Option<Claim>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let next = sqlx::query!(
        r#"select id as "id: DataCopyId", account_id as "account: AccountId", attempts, blob_id as "blob: BlobId" from data_copy
           where finished_at is null and failed_at is null and coalesce(held_until <= $1, true)
           order by requested_at limit 1 for update skip locked"#,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(next) = next else { return Ok(None) };
    // Each attempt before was killed: then something is wrong that another one would not mend.
    let is_over = next.attempts >= MOST;
    sqlx::query!(
        "update data_copy set blob_id = null, done_bytes = 0, total_bytes = 0,
             attempts = attempts + case when $4 then 0 else 1 end, held_until = case when $4 then null else $2::timestamptz end,
             failed_at = case when $4 then $3::timestamptz end
         where id = $1",
        next.id.0,
        now + LEASE,
        now,
        is_over,
    )
    .execute(&mut *tx)
    .await?;
    blob::doom(&mut tx, next.blob.as_slice(), now).await?;
    tx.commit().await?;
    Ok((!is_over).then_some(Claim { id: next.id, account: next.account, attempt: next.attempts + 1 }))
}

/// Notes how far it is, which also says that its maker lives. False if somebody else makes it by now, or it is gone.
pub async fn progress(
    db: impl PgExecutor<'_>,
    claim: Claim,
    (draft, done, total): (Draft, i64, i64),
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "update data_copy set blob_id = $3, done_bytes = $4, total_bytes = $5, held_until = $6
         where id = $1 and attempts = $2 and finished_at is null and failed_at is null",
        claim.id.0,
        claim.attempt,
        draft.id.0,
        done,
        total,
        now + LEASE,
    )
    .execute(db)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// It is there: until when, instead of an earlier one. False if somebody else makes it by now, or it is gone.
pub async fn finish(
    db: &mut PgConnection,
    claim: Claim,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "update data_copy set finished_at = $3, expires_at = $4, held_until = null
         where id = $1 and attempts = $2 and finished_at is null and failed_at is null",
        claim.id.0,
        claim.attempt,
        now,
        until,
    )
    .execute(&mut *db)
    .await?;
    if finished.rows_affected() == 0 {
        return Ok(false);
    }
    let earlier = sqlx::query_scalar!(
        r#"delete from data_copy where account_id = $1 and id <> $2 returning blob_id as "blob: BlobId""#,
        claim.account.0,
        claim.id.0,
    )
    .fetch_all(&mut *db)
    .await?;
    blob::doom(db, &earlier.into_iter().flatten().collect::<Vec<_>>(), now).await?;
    wish::done(db, claim.account, Wish::Copy, now).await?;
    Ok(true)
}

/// An attempt failed: the next one waits longer each time, the last one is told as what it is.
pub async fn fail(db: &PgPool, claim: Claim, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let wait = Duration::minutes(1) * i32::from(claim.attempt);
    sqlx::query!(
        "update data_copy set blob_id = null, held_until = case when attempts < $4 then $3::timestamptz end,
             failed_at = case when attempts >= $4 then $5::timestamptz end
         where id = $1 and attempts = $2 and finished_at is null and failed_at is null",
        claim.id.0,
        claim.attempt,
        now + wait,
        MOST,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes copies whose days are over; a failed one is told for as long as a finished one is kept.
pub async fn sweep(db: &PgPool, failed_before: OffsetDateTime, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin().await?;
    let gone = sqlx::query_scalar!(
        r#"delete from data_copy where expires_at <= $1 or failed_at <= $2 returning blob_id as "blob: BlobId""#,
        now,
        failed_before,
    )
    .fetch_all(&mut *tx)
    .await?;
    let count = gone.len() as u64;
    blob::doom(&mut tx, &gone.into_iter().flatten().collect::<Vec<_>>(), now).await?;
    tx.commit().await?;
    Ok(count)
}
