//! The keys of people: made with a person's first file, forgotten with the last one or with the person.
//!
//! A key's row is in the database, the key itself is not: it lies wrapped in the store, which all servers share, below
//! `keys/`. Backups hold one current copy of that folder; a key that was forgotten closes what older backups have of a file.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::ObjectStoreExt;
use object_store::path::Path;
use secrecy::SecretSlice;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::blob::{self, Draft};
use super::master::Master;
use super::seal::random;
use super::store::Store;
use crate::clock::pace::Pace;
use crate::id::{AccountId, KeyId};

/// Whose the files are that belong to nobody, such as the material of courses: the house. No account has this id.
pub const HOUSE: AccountId = AccountId(uuid::Uuid::nil());
/// The folder of the keys in the store.
pub const FOLDER: &str = "keys";
/// Keys that are kept in memory; an upload needs the same one for each of its parts.
const REMEMBERED: usize = 256;

/// The keys of the store.
#[derive(Debug)]
pub struct Keys {
    store: Store,
    master: Master,
    remembered: Mutex<HashMap<KeyId, Arc<SecretSlice<u8>>>>,
}

impl Keys {
    pub fn new(store: Store, master: Master) -> Self {
        Self { store, master, remembered: Mutex::default() }
    }

    /// The key of this id; an error of the kind `NotFound` if it was forgotten.
    pub async fn find(&self, id: KeyId) -> io::Result<Arc<SecretSlice<u8>>> {
        if let Some(key) = self.remembered().get(&id) {
            return Ok(Arc::clone(key));
        }
        let stored = self.store.objects.get(&path(id)).await?.bytes().await?;
        let key = Arc::new(self.master.unwrap(id, &stored)?);
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// Begins a file of this person, with a new key if there is none.
    pub async fn begin(&self, db: &PgPool, person: AccountId, now: OffsetDateTime) -> Result<Draft, sqlx::Error> {
        if let Some(draft) = blob::begin(db, person, now).await? {
            return Ok(draft);
        }
        let mut tx = db.begin().await?;
        // One at a time per person: a second key would never be used.
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('file key ' || $1::uuid, 0))", person.0)
            .execute(&mut *tx)
            .await?;
        // Another one may have made it meanwhile.
        let draft = match blob::begin(&mut *tx, person, now).await? {
            Some(draft) => draft,
            None => {
                self.make(&mut tx, person, now).await?;
                blob::begin(&mut *tx, person, now).await?.ok_or(sqlx::Error::RowNotFound)?
            }
        };
        tx.commit().await?;
        Ok(draft)
    }

    /// The object comes before the row: killed in between, it is an orphan that locks nothing. Nobody who was erased gets
    /// another key.
    async fn make(&self, db: &mut PgConnection, person: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        let erased = sqlx::query!("select id from account where id = $1 and erased_at is not null", person.0);
        if erased.fetch_optional(&mut *db).await?.is_some() {
            return Err(sqlx::Error::RowNotFound);
        }
        let id = KeyId::new();
        self.store(id, &SecretSlice::from(random::<32>()?.to_vec())).await?;
        sqlx::query!(
            "insert into file_key (id, person_id, master, created_at) values ($1, $2, $3, $4)",
            id.0,
            person.0,
            self.master.current(),
            now,
        )
        .execute(db)
        .await
        .map(drop)
    }

    async fn store(&self, id: KeyId, key: &SecretSlice<u8>) -> io::Result<()> {
        let wrapped = self.master.wrap(id, key)?;
        self.store.objects.put(&path(id), wrapped.into()).await.map(drop).map_err(io::Error::other)
    }

    /// Deletes the keys that are doomed: from now on no copy of their files can be read. One that cannot be deleted is
    /// left for the next turn; one that is missing was deleted by a server that was killed then.
    pub(super) async fn forget(&self, db: &PgPool, pace: &mut Pace, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        let doomed = sqlx::query_scalar!(
            r#"select id as "id: KeyId" from file_key where doomed_at <= $1 and forgotten_at is null"#,
            now,
        )
        .fetch_all(db)
        .await?;
        let mut gone = Vec::new();
        for id in doomed {
            pace.keep().await;
            self.remembered().remove(&id);
            if let Err(error) = self.store.delete(&path(id)).await {
                tracing::error!(key = %id, %error, "a key could not be deleted; it will be tried again");
                if !self.store.is_reachable().await {
                    break;
                }
            } else {
                gone.push(id.0);
            }
        }
        // Whatever another server has in hand at this moment it finishes: neither waits for the other.
        sqlx::query!(
            "update file_key set forgotten_at = $2 where id = any(array(
                 select id from file_key where id = any($1) and forgotten_at is null for update skip locked))",
            &gone,
            now,
        )
        .execute(db)
        .await?;
        sqlx::query!(
            "delete from file_key where id = any(array(
                 select id from file_key k where forgotten_at is not null
                     and not exists (select from blob where key_id = k.id) for update skip locked))"
        )
        .execute(db)
        .await
        .map(drop)
    }

    /// Wraps with the current master key what another one wrapped; the files stay as they are. Returns how many there were.
    pub async fn rewrap(&self, db: &PgPool) -> Result<usize, sqlx::Error> {
        let old = sqlx::query_scalar!(
            r#"select id as "id: KeyId" from file_key where doomed_at is null and master <> $1"#,
            self.master.current(),
        )
        .fetch_all(db)
        .await?;
        let mut done = 0;
        for id in old {
            match self.rewrap_one(db, id).await {
                Ok(()) => done += 1,
                Err(sqlx::Error::Io(error)) => {
                    tracing::error!(key = %id, %error, "a key could not be wrapped anew");
                    if !self.store.is_reachable().await {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    async fn rewrap_one(&self, db: &PgPool, id: KeyId) -> Result<(), sqlx::Error> {
        let mut tx = db.begin().await?;
        // Locked: what is doomed and deleted meanwhile must not come back.
        let still = sqlx::query!("select id from file_key where id = $1 and doomed_at is null for update", id.0);
        if still.fetch_optional(&mut *tx).await?.is_some() {
            let key = self.find(id).await?;
            self.store(id, &key).await?;
            sqlx::query!("update file_key set master = $2 where id = $1", id.0, self.master.current())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<KeyId, Arc<SecretSlice<u8>>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dooms the keys that lock nothing any more: with a person's last file goes its key.
pub(super) async fn doom_unused(db: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    let unused = sqlx::query_scalar!(
        "select id from file_key k
         where doomed_at is null and not exists (select from blob where key_id = k.id) for update skip locked",
    )
    .fetch_all(&mut *tx)
    .await?;
    // Looked at again under the lock: a file may have been begun with it since.
    sqlx::query!(
        "update file_key k set doomed_at = $2
         where id = any($1) and not exists (select from blob where key_id = k.id)",
        &unused,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Where a key lies in the store.
pub(super) fn path(id: KeyId) -> Path {
    Path::from_iter([FOLDER, &id.to_string()])
}
