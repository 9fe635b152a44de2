//! A stored file that is being read: segment by segment, whatever range of it is wanted.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use object_store::path::Path;
use object_store::{GetOptions, GetResult, GetResultPayload, ObjectStore, ObjectStoreExt};
use secrecy::ExposeSecret;

use super::blob::Blob;
use super::key::Keys;
use super::seal::{self, HEADER, Header, SEALED, SEGMENT, Seal};
use crate::id::BlobId;

/// Which object is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    pub(super) id: BlobId,
    /// Only a row can say so: nobody with access to the store alone may put a plain file in a sealed one's place.
    is_plain: bool,
}

impl From<BlobId> for Object {
    fn from(id: BlobId) -> Self {
        Self { id, is_plain: false }
    }
}

impl From<&Blob> for Object {
    fn from(blob: &Blob) -> Self {
        Self { id: blob.id, is_plain: blob.is_plain }
    }
}

/// Where an object's stored bytes come from.
enum Source {
    File(Arc<File>),
    Store(Arc<dyn ObjectStore>, Path),
}

impl Source {
    async fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        match self {
            Self::Store(store, path) => Ok(store.get_range(path, range).await?),
            Self::File(file) => {
                let (file, length) = (Arc::clone(file), usize::try_from(range.end - range.start));
                // The buffer comes from here: each of the many threads that wait for the disk would keep some of its own.
                let mut buffer = BytesMut::zeroed(length.map_err(io::Error::other)?);
                let read = tokio::task::spawn_blocking(move || {
                    file.read_exact_at(&mut buffer, range.start).map(|()| buffer.freeze())
                });
                read.await.map_err(io::Error::other)?
            }
        }
    }
}

/// An object, and what opens it.
pub struct Opened {
    source: Source,
    /// None: stored before files were encrypted.
    seal: Option<Seal>,
    /// Plain bytes.
    length: u64,
}

impl Opened {
    pub async fn open(store: &Arc<dyn ObjectStore>, keys: &Keys, object: Object) -> io::Result<Self> {
        let path = super::path(object.id);
        let head = GetOptions { range: Some((0..HEADER as u64).into()), ..GetOptions::default() };
        let found = store.get_opts(&path, head).await?;
        let stored = found.meta.size;
        let (source, head) = match found {
            GetResult { payload: GetResultPayload::File(file, _), .. } => {
                let source = Source::File(Arc::new(file));
                let head = source.read(0..stored.min(HEADER as u64)).await?;
                (source, head)
            }
            found => (Source::Store(Arc::clone(store), path), found.bytes().await?),
        };
        if object.is_plain {
            return Ok(Self { source, seal: None, length: stored });
        }
        let header = Header::read(&head)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a stored file is not encrypted"))?;
        let key = keys.find(header.key).await?;
        let seal = Seal::new(key.expose_secret(), &header, object.id)?;
        Ok(Self { source, seal: Some(seal), length: seal::plain_length(stored)? })
    }

    /// A range of the plain bytes; shorter where the object ends.
    pub async fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let range = range.start..range.end.min(self.length);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let Some(seal) = &self.seal else { return self.source.read(range).await };
        let (first, end) = (range.start / SEGMENT as u64, range.end.div_ceil(SEGMENT as u64));
        let is_end = end * SEGMENT as u64 >= self.length;
        let from = HEADER as u64 + first * SEALED as u64;
        let to = if is_end { seal::sealed_length(self.length) } else { HEADER as u64 + end * SEALED as u64 };
        let sealed = self.source.read(from..to).await?;
        let plain = seal.open(first, is_end, sealed)?.freeze();
        let start = usize::try_from(range.start - first * SEGMENT as u64).map_err(io::Error::other)?;
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        Ok(plain.slice(start..start + length))
    }

    /// A range of the plain bytes as a stream, in steps of at most so many segments.
    pub fn stream(self, range: Range<u64>, step: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let range = range.start..range.end.min(self.length);
        stream::try_unfold((self, range), move |(object, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let end = ((range.start / SEGMENT as u64 + step) * SEGMENT as u64).min(range.end);
            let bytes = object.read(range.start..end).await?;
            Ok(Some((bytes, (object, end..range.end))))
        })
    }
}
