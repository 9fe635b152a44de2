//! The weekly comparison of store and rows: an object that no row knows is deleted after a day, a row whose object is not
//! there is reported. Once per ISO week over all servers.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use sqlx::PgPool;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Files, key};
use crate::clock::Zone;
use crate::id::{BlobId, KeyId};

/// Younger objects may get their row yet: a person's key has none until its transaction has committed.
const YOUNG: Duration = Duration::days(1);
/// A comparison that was begun so long ago and is not finished was killed.
const KILLED: Duration = Duration::hours(6);
/// More objects without a row than this, and than a fifth of all: the wrong database, or one from long ago. Nothing is
/// deleted then.
const MOST: usize = 50;
/// Rows looked up at once.
const BATCH: usize = 500;

/// What a comparison found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Objects without a row that were deleted.
    pub deleted: i32,
    /// Objects without a row that were left alone, because there are too many.
    pub spared: i32,
    /// Files and keys whose object is not there.
    pub missing: i32,
}

/// Compares if this week's comparison has not run; returns what it found.
pub async fn run_due(files: &Files, db: &PgPool, now: OffsetDateTime) -> Result<Option<Found>, sqlx::Error> {
    let today = Zone::berlin().date(now);
    let week = today - Duration::days(i64::from(today.weekday().number_days_from_monday()));
    if !claim(db, week, now).await? {
        return Ok(None);
    }
    let found = compare(files, db, now).await?;
    sqlx::query!(
        "update file_comparison set finished_at = $2, deleted = $3, spared = $4, missing = $5 where week = $1",
        week,
        now,
        found.deleted,
        found.spared,
        found.missing,
    )
    .execute(db)
    .await?;
    Ok(Some(found))
}

/// Whether this server is the one that compares this week.
async fn claim(db: &PgPool, week: Date, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query!(
        "insert into file_comparison as c (week, began_at) values ($1, $2)
         on conflict (week) do update set began_at = excluded.began_at
             where c.finished_at is null and c.began_at < $3",
        week,
        now,
        now - KILLED,
    )
    .execute(db)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

async fn compare(files: &Files, db: &PgPool, now: OffsetDateTime) -> Result<Found, sqlx::Error> {
    // The rows first: what they name was in the store before it was listed.
    let rows = Rows::read(db).await?;
    let mut seen = HashSet::new();
    let mut orphans = Vec::new();
    let mut listed = files.store.objects.list(None).map_err(io).try_chunks(BATCH);
    while let Some(objects) = listed.try_next().await.map_err(|error| error.1)? {
        let known: HashSet<_> = known(db, &objects).await?.into_iter().collect();
        for object in objects {
            // Names that are not of ours were put there by somebody else, and are not touched.
            let Some(id) = id(&object.location) else { continue };
            seen.insert(id);
            let is_old = object.last_modified.timestamp() < (now - YOUNG).unix_timestamp();
            if is_old && !known.contains(&id) {
                orphans.push(object.location);
            }
        }
    }
    drop(listed);
    let mut found = Found::default();
    if orphans.len() > MOST.max(seen.len() / 5) {
        found.spared = count(orphans.len());
        tracing::error!(objects = found.spared, "too many objects without a row: nothing is deleted");
    } else {
        for orphan in &orphans {
            match files.store.delete(orphan).await {
                Ok(()) => found.deleted += 1,
                Err(error) => tracing::error!(%orphan, %error, "an object without a row could not be deleted"),
            }
        }
    }
    for path in rows.0.iter().filter(|path| id(path).is_none_or(|id| !seen.contains(&id))) {
        found.missing += i32::from(is_missing(files, db, path).await?);
    }
    Ok(found)
}

/// Where everything lies that has a row and must be there.
struct Rows(Vec<Path>);

impl Rows {
    async fn read(db: &PgPool) -> Result<Self, sqlx::Error> {
        let blobs = sqlx::query_scalar!(
            r#"select id as "id: BlobId" from blob b
               where state = 'live' or (state = 'uploading' and exists (select from upload_part p where p.blob_id = b.id))"#,
        );
        let keys = sqlx::query_scalar!(r#"select id as "id: KeyId" from file_key where doomed_at is null"#);
        let (blobs, keys) = (blobs.fetch_all(db).await?, keys.fetch_all(db).await?);
        Ok(Self(blobs.into_iter().map(super::path).chain(keys.into_iter().map(key::path)).collect()))
    }
}

/// Which of these objects have a row.
async fn known(db: &PgPool, objects: &[ObjectMeta]) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<_> = objects.iter().filter_map(|object| id(&object.location)).collect();
    sqlx::query_scalar!(
        r#"select id as "id!" from blob where id = any($1) union all select id from file_key where id = any($1)"#,
        &ids,
    )
    .fetch_all(db)
    .await
}

/// Asks once more: the row may be gone by now.
async fn is_missing(files: &Files, db: &PgPool, path: &Path) -> Result<bool, sqlx::Error> {
    match files.store.objects.head(path).await {
        Ok(_) => return Ok(false),
        Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(io(error)),
    }
    let still = sqlx::query_scalar!(
        r#"select exists (
               select from blob where id = $1 and state <> 'doomed'
               union all select from file_key where id = $1 and doomed_at is null
           ) as "still!""#,
        id(path),
    );
    let still = still.fetch_one(db).await?;
    if still {
        tracing::error!(object = %path, "a file is not in the store, though it has a row");
    }
    Ok(still)
}

/// The id of a file (`ID`) or of a key (`keys/ID`).
fn id(path: &Path) -> Option<Uuid> {
    let name = path.as_ref();
    let name = name.strip_prefix(key::FOLDER).and_then(|name| name.strip_prefix('/')).unwrap_or(name);
    name.parse().ok()
}

fn io(error: object_store::Error) -> sqlx::Error {
    sqlx::Error::Io(error.into())
}

fn count(objects: usize) -> i32 {
    i32::try_from(objects).unwrap_or(i32::MAX)
}
