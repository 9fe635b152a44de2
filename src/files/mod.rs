//! The store of uploaded files: the only door to their bytes.
//!
//! An object's key is its row's UUID. The row comes first and goes last (privacy.md): `uploading` → object → `live` →
//! `doomed` → object gone → row gone. So nothing in the store is ever unknown to the database. Every object is encrypted
//! with the key of the person whose it is ([`key`]); nobody outside this folder ever sees a key.

pub mod blob;
pub mod comparison;
pub mod erasure;
pub mod intake;
pub mod key;
pub mod master;
mod object;
pub mod pdf;
pub mod picture;
pub mod recording;
pub mod scan;
mod seal;
mod store;
pub mod sweep;
pub mod upload;

pub use blob::Draft;
pub use object::Object;
pub use sweep::doomed as sweep_doomed;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};
use secrecy::ExposeSecret;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use self::key::Keys;
use self::master::Master;
use self::object::Opened;
use self::seal::{SEALED, Sealer};
use self::store::Store;
use crate::config::Config;
use crate::id::{AccountId, BlobId};

/// Uploads put together at the same time; more of them wait, so that memory stays flat.
const COMPOSING: usize = 2;
/// Pictures drawn anew, and PDFs looked through, at the same time; more of them wait in the store.
const DRAWING: usize = 1;

/// The store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Store,
    keys: Arc<Keys>,
    composing: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
}

impl Files {
    /// Opens the store of these settings, making its folder where it is missing.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let store = Store::open(config)?;
        // A lost key is worse than a lost file: it is on the disk before a file is locked with it.
        let keys = Arc::new(Keys::new(store.durable()?, Master::open(config)?));
        let composing = Arc::new(Semaphore::new(COMPOSING));
        let drawing = Arc::new(Semaphore::new(DRAWING));
        Ok(Self { store, keys, composing, drawing })
    }

    /// Whether the store can be reached, for the readiness check.
    pub async fn is_reachable(&self) -> bool {
        self.store.is_reachable().await
    }

    /// Begins a file of this person: its row comes before its object. Left alone for a day, it is swept with whatever was
    /// written.
    pub async fn begin(&self, db: &PgPool, person: AccountId, now: OffsetDateTime) -> Result<Draft, sqlx::Error> {
        self.keys.begin(db, person, now).await
    }

    /// Stores a small file whole.
    pub async fn put(&self, draft: Draft, bytes: Bytes) -> io::Result<()> {
        let room = usize::try_from(seal::sealed_length(bytes.len() as u64)).map_err(io::Error::other)?;
        let mut sealer = self.sealer(draft, room).await?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            rest = sealer.take(rest)?;
        }
        let sealed = sealer.finish()?;
        drop(bytes);
        self.store.objects.put(&path(draft.id), sealed.into()).await.map(drop).map_err(io::Error::other)
    }

    /// Stores a file as its bytes arrive, or nothing if they break off.
    pub async fn write<E: Into<io::Error>>(
        &self,
        draft: Draft,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> io::Result<()> {
        let mut upload = self.store.objects.put_multipart(&path(draft.id)).await?;
        match self.write_parts(draft, bytes, &mut *upload).await {
            Ok(()) => upload.complete().await.map(drop).map_err(io::Error::other),
            Err(error) => {
                upload.abort().await?;
                Err(error)
            }
        }
    }

    /// One part after the other: whatever waits would wait in memory.
    async fn write_parts<E: Into<io::Error>>(
        &self,
        draft: Draft,
        bytes: impl Stream<Item = Result<Bytes, E>>,
        upload: &mut dyn MultipartUpload,
    ) -> io::Result<()> {
        let mut sealer = self.sealer(draft, self.store.chunk + SEALED).await?;
        let mut bytes = std::pin::pin!(bytes);
        while let Some(next) = bytes.next().await {
            let next = next.map_err(Into::into)?;
            let mut rest = &next[..];
            while !rest.is_empty() {
                rest = sealer.take(rest)?;
                while let Some(part) = sealer.cut(self.store.chunk) {
                    upload.put_part(part.into()).await?;
                }
            }
        }
        upload.put_part(sealer.finish()?.into()).await.map_err(io::Error::other)
    }

    async fn sealer(&self, draft: Draft, room: usize) -> io::Result<Sealer> {
        let key = self.keys.find(draft.key).await?;
        Sealer::new(key.expose_secret(), draft.key, draft.id, room)
    }

    /// Puts files together into one, and these bytes at its end.
    pub async fn compose(&self, whole: Draft, parts: &[BlobId], tail: Bytes) -> io::Result<()> {
        let _turn = self.composing.acquire().await.map_err(io::Error::other)?;
        let files = self.clone();
        let parts = stream::iter(parts.to_vec()).then(move |part| {
            let files = files.clone();
            async move { files.stream(part, 0..u64::MAX).await }
        });
        self.write(whole, parts.try_flatten().chain(stream::iter([Ok(tail)]))).await
    }

    /// Draws a stored picture of so many bytes anew; its bytes are read only when it is its turn.
    pub async fn redraw(
        &self,
        id: BlobId,
        bytes: u64,
        format: picture::Format,
    ) -> io::Result<Result<Vec<u8>, picture::Fault>> {
        let _turn = self.drawing.acquire().await.map_err(io::Error::other)?;
        let bytes = self.read(id, 0..bytes).await?;
        tokio::task::spawn_blocking(move || picture::redraw(&bytes, format)).await.map_err(io::Error::other)
    }

    /// Looks a stored PDF of so many bytes through; its bytes are read only when it is its turn.
    pub async fn look_through(&self, id: BlobId, bytes: u64) -> io::Result<Result<(), pdf::Fault>> {
        let _turn = self.drawing.acquire().await.map_err(io::Error::other)?;
        let bytes = self.read(id, 0..bytes).await?;
        tokio::task::spawn_blocking(move || pdf::look(&bytes)).await.map_err(io::Error::other)
    }

    /// A range of a file; shorter where it ends.
    pub async fn read(&self, object: impl Into<Object>, range: Range<u64>) -> io::Result<Bytes> {
        Opened::open(&self.store.objects, &self.keys, object.into()).await?.read(range).await
    }

    /// A range of a file, as a stream.
    pub async fn stream<O: Into<Object>>(
        &self,
        object: O,
        range: Range<u64>,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<O>> {
        let opened = Opened::open(&self.store.objects, &self.keys, object.into()).await?;
        Ok(opened.stream(range, self.store.step))
    }

    /// Wraps with the current master key what another one wrapped; returns how many keys there were.
    pub async fn rewrap_keys(&self, db: &PgPool) -> Result<usize, sqlx::Error> {
        self.keys.rewrap(db).await
    }
}

fn path(id: BlobId) -> Path {
    Path::from(id.to_string())
}
