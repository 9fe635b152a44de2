//! Where the objects lie: a folder of this machine, or a bucket of S3.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::ExposeSecret;

use crate::config::{Config, FilesUrl};

/// Bytes written at once into a local file.
const LOCAL_CHUNK: usize = 64 * 1024;
/// Segments read at once from a local file: little more than nothing, since a buffer costs more than the next read.
const LOCAL_STEP: u64 = 1;
/// S3 takes no smaller parts than these.
const S3_CHUNK: usize = 5 * 1024 * 1024;
/// Segments of one request to S3: 1 MiB.
const S3_STEP: u64 = 16;
/// So long S3 may take to let itself be reached, and to say that it is there.
const CONNECT: Duration = Duration::from_secs(2);
/// So long one request to S3 may take, a part of an upload included.
const REQUEST: Duration = Duration::from_secs(30);
/// What failed is tried again so often, and not later than this: somebody waits for the answer, and a connection to the
/// database may wait with them.
const RETRIES: usize = 3;
const RETRY: Duration = Duration::from_secs(10);
/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub objects: Arc<dyn ObjectStore>,
    /// The folder of a local store.
    folder: Option<PathBuf>,
    /// Bytes that are written at once.
    pub chunk: usize,
    /// Segments that are read at once.
    pub step: u64,
}

impl Store {
    /// Opens the store of these settings, making its folder where it is missing. Whether S3 answers shows
    /// [`Store::is_reachable`].
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        match config.files_target().map_err(anyhow::Error::msg)? {
            FilesUrl::Folder(folder) => {
                std::fs::create_dir_all(&folder)?;
                let objects = Arc::new(LocalFileSystem::new_with_prefix(&folder)?);
                Ok(Self { objects, folder: Some(folder), chunk: LOCAL_CHUNK, step: LOCAL_STEP })
            }
            FilesUrl::S3 { bucket, region, endpoint } => {
                // The client takes the process's default, which can only be set once.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let client = ClientOptions::new().with_connect_timeout(CONNECT).with_timeout(REQUEST);
                let backoff = BackoffConfig { max_backoff: PAUSE, ..BackoffConfig::default() };
                let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY };
                let mut s3 = AmazonS3Builder::new().with_bucket_name(bucket).with_region(region);
                s3 = s3.with_client_options(client).with_retry(retry);
                if let Some(endpoint) = endpoint {
                    s3 = s3.with_allow_http(endpoint.starts_with("http:")).with_endpoint(endpoint);
                }
                if let (Some(key), Some(secret)) = (&config.files_key, &config.files_secret) {
                    s3 = s3.with_access_key_id(key).with_secret_access_key(secret.expose_secret());
                }
                Ok(Self { objects: Arc::new(s3.build()?), folder: None, chunk: S3_CHUNK, step: S3_STEP })
            }
        }
    }

    /// The same store for what must not be lost: it counts as written once it is on the disk.
    pub fn durable(&self) -> anyhow::Result<Self> {
        let Some(folder) = &self.folder else { return Ok(self.clone()) };
        let objects = Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true));
        Ok(Self { objects, ..self.clone() })
    }

    /// Whether the store answers: the folder is there, or the bucket lets itself be listed.
    pub async fn is_reachable(&self) -> bool {
        match &self.folder {
            Some(folder) => folder.is_dir(),
            None => {
                // A folder that holds nothing: the question for an object is answered alike by a bucket that is missing.
                let mut nothing = self.objects.list(Some(&Path::from("readyz")));
                let answer = tokio::time::timeout(CONNECT, nothing.next()).await;
                matches!(answer, Ok(None | Some(Ok(_))))
            }
        }
    }

    /// Deletes an object, with what an interrupted write of it may have left; a missing one is deleted already.
    pub async fn delete(&self, path: &Path) -> io::Result<()> {
        match self.objects.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // A local store writes beside the object, into NAME#1, NAME#2, …, and renames at the end.
        let Some(folder) = &self.folder else { return Ok(()) };
        for attempt in 1.. {
            match tokio::fs::remove_file(folder.join(format!("{path}#{attempt}"))).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
