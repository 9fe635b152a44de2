//! The store of uploaded files: the only door to their bytes.
//!
//! An object's key is its row's UUID. The row comes first and goes last (privacy.md): `uploading` → object → `live` →
//! `doomed` → object gone → row gone. So nothing in the store is ever unknown to the database.

pub mod blob;
pub mod picture;
pub mod recording;
pub mod scan;
pub mod sweep;
pub mod upload;

pub use blob::Draft;
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
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use secrecy::ExposeSecret;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::config::{Config, FilesUrl};
use crate::id::{AccountId, BlobId};

/// Uploads put together at the same time; more of them wait, so that memory stays flat.
const COMPOSING: usize = 2;
/// Pictures drawn anew at the same time; more of them wait in the store.
const DRAWING: usize = 1;
/// Bytes written at once into a local file.
const LOCAL_CHUNK: usize = 256 * 1024;
/// S3 takes no smaller parts than these.
const S3_CHUNK: usize = 5 * 1024 * 1024;

/// The store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The folder of a local store.
    folder: Option<PathBuf>,
    chunk: usize,
    composing: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
}

impl Files {
    /// Opens the store of these settings, making its folder where it is missing.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let url = config.files_target().map_err(anyhow::Error::msg)?;
        let composing = Arc::new(Semaphore::new(COMPOSING));
        let drawing = Arc::new(Semaphore::new(DRAWING));
        match url {
            FilesUrl::Folder(folder) => {
                std::fs::create_dir_all(&folder)?;
                let store = Arc::new(LocalFileSystem::new_with_prefix(&folder)?);
                Ok(Self { store, folder: Some(folder), chunk: LOCAL_CHUNK, composing, drawing })
            }
            FilesUrl::S3 { bucket, region, endpoint } => {
                let mut s3 = AmazonS3Builder::new().with_bucket_name(bucket).with_region(region);
                if let Some(endpoint) = endpoint {
                    s3 = s3.with_allow_http(endpoint.starts_with("http:")).with_endpoint(endpoint);
                }
                if let (Some(key), Some(secret)) = (&config.files_key, &config.files_secret) {
                    s3 = s3.with_access_key_id(key).with_secret_access_key(secret.expose_secret());
                }
                Ok(Self { store: Arc::new(s3.build()?), folder: None, chunk: S3_CHUNK, composing, drawing })
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
        blob::begin(db, person, now).await
    }

    /// Stores a small file whole.
    pub async fn put(&self, draft: Draft, bytes: Bytes) -> io::Result<()> {
        self.store.put(&key(draft.id), bytes.into()).await.map(drop).map_err(io::Error::other)
    }

    /// Stores a file as its bytes arrive, or nothing if they break off.
    pub async fn write<E: Into<io::Error>>(
        &self,
        draft: Draft,
        bytes: impl Stream<Item = Result<Bytes, E>>,
    ) -> io::Result<()> {
        let upload = self.store.put_multipart(&key(draft.id)).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, self.chunk);
        let mut bytes = std::pin::pin!(bytes);
        while let Some(next) = bytes.next().await {
            match next {
                Ok(next) => {
                    writer.wait_for_capacity(1).await?;
                    writer.write(&next);
                }
                Err(error) => {
                    writer.abort().await?;
                    return Err(error.into());
                }
            }
        }
        writer.finish().await?;
        Ok(())
    }

    /// Puts objects together into one, and these bytes at its end.
    pub async fn compose(&self, whole: Draft, parts: &[BlobId], tail: Bytes) -> io::Result<()> {
        let _turn = self.composing.acquire().await.map_err(io::Error::other)?;
        let store = Arc::clone(&self.store);
        let parts = stream::iter(parts.to_vec()).then(move |part| read_part(Arc::clone(&store), part));
        self.write(whole, parts.chain(stream::iter([Ok(tail)]))).await
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

    /// A range of an object; shorter where the object ends.
    pub async fn read(&self, id: BlobId, range: Range<u64>) -> io::Result<Bytes> {
        self.store.get_range(&key(id), range).await.map_err(io::Error::from)
    }

    /// A range of an object, as a stream.
    pub async fn stream(
        &self,
        id: BlobId,
        range: Range<u64>,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
        let options = object_store::GetOptions { range: Some(range.into()), ..Default::default() };
        Ok(self.store.get_opts(&key(id), options).await?.into_stream().map_err(io::Error::from))
    }

    /// Deletes an object, with what an interrupted write of it may have left; a missing one is deleted already.
    async fn delete(&self, id: BlobId) -> io::Result<()> {
        match self.store.delete(&key(id)).await {
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

/// A part's bytes: it is small.
async fn read_part(store: Arc<dyn ObjectStore>, id: BlobId) -> io::Result<Bytes> {
    Ok(store.get(&key(id)).await?.bytes().await?)
}

fn key(id: BlobId) -> Path {
    Path::from(id.to_string())
}
