//! The archive as it is written: byte by byte into the store, never into a file of its own, with flat memory however long
//! the recordings are. Media are stored as they are; only text is worth deflating.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::contents::Contents;
use crate::clock::Zone;
use crate::files::{Files, blob};
use crate::id::BlobId;

/// Bytes that are handed on at once.
const CHUNK: usize = 256 * 1024;
/// Chunks that may wait for the store.
const WAITING: usize = 4;

/// What is to be written: the two documents, and the files by name.
pub struct Archive {
    documents: [(&'static str, Vec<u8>); 2],
    files: Vec<(String, BlobId, u64)>,
    at: OffsetDateTime,
}

impl Archive {
    /// The archive of these contents.
    pub fn of(contents: &Contents) -> io::Result<Self> {
        let page = contents.page().map_err(io::Error::other)?.into_bytes();
        let json = contents.json().map_err(io::Error::other)?;
        let files = contents.files().into_iter().map(|file| (file.path(), file.blob, file.bytes)).collect();
        Ok(Self { documents: [("daten.html", page), ("daten.json", json)], files, at: contents.read_at })
    }

    /// Bytes of what goes in; the archive has about as many.
    pub fn bytes(&self) -> u64 {
        let documents: u64 = self.documents.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        documents + self.files.iter().map(|(_, _, bytes)| bytes).sum::<u64>()
    }

    /// The archive's bytes as they come into being. Whoever drops the stream ends the writing.
    pub fn stream(self, files: Files, db: PgPool) -> impl Stream<Item = io::Result<Bytes>> + Send {
        let (to, from) = mpsc::channel(WAITING);
        let runtime = Handle::current();
        // The zip writer waits where it writes: it has a thread of its own.
        tokio::task::spawn_blocking(move || {
            if let Err(error) = self.write((&files, &db), &runtime, Pipe::new(to.clone())) {
                // Nobody listens any more: then nobody needs to know.
                let _ = to.blocking_send(Err(error));
            }
        });
        futures_util::stream::unfold(from, async |mut from| from.recv().await.map(|chunk| (chunk, from)))
    }

    fn write(self, (files, db): (&Files, &PgPool), runtime: &Handle, pipe: Pipe) -> io::Result<()> {
        let options = SimpleFileOptions::default().last_modified_time(stamp(self.at));
        let mut zip = ZipWriter::new_stream(pipe);
        for (name, bytes) in &self.documents {
            zip.start_file(*name, options.compression_method(CompressionMethod::Deflated))?;
            zip.write_all(bytes)?;
        }
        for (name, blob, bytes) in self.files {
            zip.start_file(name, options.compression_method(CompressionMethod::Stored))?;
            let found = runtime.block_on(blob::find(db, blob)).map_err(io::Error::other)?;
            let file = found.ok_or(io::ErrorKind::NotFound)?;
            let mut body = Box::pin(runtime.block_on(files.stream(&file, 0..bytes))?);
            while let Some(chunk) = runtime.block_on(body.next()) {
                zip.write_all(&chunk?)?;
            }
        }
        zip.finish()?.into_inner().close()
    }
}

/// The moment as archives write it: local time without a zone.
fn stamp(at: OffsetDateTime) -> zip::DateTime {
    let local = Zone::berlin().local(at);
    let year = u16::try_from(local.year()).unwrap_or_default();
    zip::DateTime::from_date_and_time(
        year,
        local.month().into(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
    )
    .unwrap_or_default()
}

/// Takes what the zip writer writes and hands it on in larger pieces.
struct Pipe {
    to: mpsc::Sender<io::Result<Bytes>>,
    kept: BytesMut,
}

impl Pipe {
    fn new(to: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self { to, kept: BytesMut::with_capacity(CHUNK) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let bytes = std::mem::replace(&mut self.kept, BytesMut::with_capacity(CHUNK)).freeze();
        self.to.blocking_send(Ok(bytes)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn close(mut self) -> io::Result<()> {
        if self.kept.is_empty() { Ok(()) } else { self.hand_on() }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.kept.extend_from_slice(bytes);
        if self.kept.len() >= CHUNK {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
