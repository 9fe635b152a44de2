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
pub mod sweep;
pub mod upload;

pub use blob::Draft;
pub use object::Object;
pub use sweep::doomed as sweep_doomed;

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use secrecy::ExposeSecret;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use self::key::Keys;
use self::master::Master;
use self::object::Opened;
use self::seal::{SEALED, Sealer};
use crate::config::{Config, FilesUrl};
use crate::id::{AccountId, BlobId};

/// Uploads put together at the same time; more of them wait, so that memory stays flat.
const COMPOSING: usize = 2;
/// Pictures drawn anew, and PDFs looked through, at the same time; more of them wait in the store.
const DRAWING: usize = 1;
/// Bytes written at once into a local file.
const LOCAL_CHUNK: usize = 64 * 1024;
/// Segments read at once from a local file: little more than nothing, since a buffer costs more than the next read.
const LOCAL_STEP: u64 = 1;
/// S3 takes no smaller parts than these.
const S3_CHUNK: usize = 5 * 1024 * 1024;
/// Segments of one request to S3: 1 MiB.
const S3_STEP: u64 = 16;

/// The store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The folder of a local store.
    folder: Option<PathBuf>,
    keys: Arc<Keys>,
    chunk: usize,
    step: u64,
    composing: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
}

impl Files {
    /// Opens the store of these settings, making its folder where it is missing.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let url = config.files_target().map_err(anyhow::Error::msg)?;
        let master = Master::open(config)?;
        let composing = Arc::new(Semaphore::new(COMPOSING));
        let drawing = Arc::new(Semaphore::new(DRAWING));
        match url {
            FilesUrl::Folder(folder) => {
                std::fs::create_dir_all(&folder)?;
                let store = Arc::new(LocalFileSystem::new_with_prefix(&folder)?);
                // A lost key is worse than a lost file: it is on the disk before a file is locked with it.
                let keys = Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true));
                let keys = Arc::new(Keys::new(keys, master));
                let (chunk, step) = (LOCAL_CHUNK, LOCAL_STEP);
                Ok(Self { store, folder: Some(folder), keys, chunk, step, composing, drawing })
            }
            FilesUrl::S3 { bucket, region, endpoint } => {
                let mut s3 = AmazonS3Builder::new().with_bucket_name(bucket).with_region(region);
                if let Some(endpoint) = endpoint {
                    s3 = s3.with_allow_http(endpoint.starts_with("http:")).with_endpoint(endpoint);
                }
                if let (Some(key), Some(secret)) = (&config.files_key, &config.files_secret) {
                    s3 = s3.with_access_key_id(key).with_secret_access_key(secret.expose_secret());
                }
                let store: Arc<dyn ObjectStore> = Arc::new(s3.build()?);
                let keys = Arc::new(Keys::new(Arc::clone(&store), master));
                Ok(Self { store, folder: None, keys, chunk: S3_CHUNK, step: S3_STEP, composing, drawing })
            }
        }
    }

    /// Whether the store can be reached, for the readiness check.
    pub async fn is_reachable(&self) -> bool {
        match &self.folder {
            Some(folder) => folder.is_dir(),
            None => {
                matches!(
                    self.store.head(&Path::from("readyz")).await,
                    Ok(_) | Err(object_store::Error::NotFound { .. })
                )
            }
        }
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
        self.store.put(&path(draft.id), sealed.into()).await.map(drop).map_err(io::Error::other)
    }

    /// Stores a file as its bytes arrive, or nothing if they break off.
    pub async fn write<E: Into<io::Error>>(
        &self,
        draft: Draft,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> io::Result<()> {
        let mut upload = self.store.put_multipart(&path(draft.id)).await?;
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
        let mut sealer = self.sealer(draft, self.chunk + SEALED).await?;
        let mut bytes = std::pin::pin!(bytes);
        while let Some(next) = bytes.next().await {
            let next = next.map_err(Into::into)?;
            let mut rest = &next[..];
            while !rest.is_empty() {
                rest = sealer.take(rest)?;
                while let Some(part) = sealer.cut(self.chunk) {
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
        Opened::open(&self.store, &self.keys, object.into()).await?.read(range).await
    }

    /// A range of a file, as a stream.
    pub async fn stream<O: Into<Object>>(
        &self,
        object: O,
        range: Range<u64>,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<O>> {
        let opened = Opened::open(&self.store, &self.keys, object.into()).await?;
        Ok(opened.stream(range, self.step))
    }

    /// Wraps with the current master key what another one wrapped; returns how many keys there were.
    pub async fn rewrap_keys(&self, db: &PgPool) -> Result<usize, sqlx::Error> {
        self.keys.rewrap(db).await
    }

    /// Deletes an object, with what an interrupted write of it may have left; a missing one is deleted already.
    async fn delete(&self, id: BlobId) -> io::Result<()> {
        match self.store.delete(&path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // A local store writes beside the object, into KEY#1, KEY#2, …, and renames at the end.
        let Some(folder) = &self.folder else { return Ok(()) };
        for attempt in 1.. {
            match tokio::fs::remove_file(folder.join(format!("{id}#{attempt}"))).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn path(id: BlobId) -> Path {
    Path::from(id.to_string())
}
