//! Looking through files for malware with clamd, where one is set. Whatever is not a clear "clean" is no "clean".

use std::io;
use std::time::Duration;

use clamav_client::tokio::{Socket, Tcp, TransportProtocol, scan_stream};

use super::Files;
use crate::config::Clamd;
use crate::id::BlobId;

/// A scan that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What clamd says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Infected,
}

/// Looks through a stored file of so many bytes.
///
/// # Errors
/// If clamd is away, takes too long, breaks off, or says anything but clean or infected.
pub async fn scan(clamd: &Clamd, files: &Files, id: BlobId, bytes: u64) -> io::Result<Verdict> {
    match clamd {
        Clamd::Tcp(address) => through(Tcp { host_address: address }, files, id, bytes).await,
        Clamd::Unix(path) => through(Socket { socket_path: path }, files, id, bytes).await,
    }
}

async fn through(clamd: impl TransportProtocol, files: &Files, id: BlobId, bytes: u64) -> io::Result<Verdict> {
    let file = files.stream(id, 0..bytes).await?;
    let answer = tokio::time::timeout(PATIENCE, scan_stream(file, clamd, None))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "clamd takes too long"))??;
    read(&answer)
}

/// `stream: OK`, or `stream: NAME FOUND`; everything else is a failure.
fn read(answer: &[u8]) -> io::Result<Verdict> {
    let answer = String::from_utf8_lossy(answer);
    match answer.trim_end_matches(['\0', '\n']) {
        "stream: OK" => Ok(Verdict::Clean),
        found if found.starts_with("stream: ") && found.ends_with(" FOUND") => Ok(Verdict::Infected),
        other => Err(io::Error::other(format!("clamd answers {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_counts() {
        assert_eq!(read(b"stream: OK\0").unwrap(), Verdict::Clean);
        assert_eq!(read(b"stream: Probe.UNOFFICIAL FOUND\0").unwrap(), Verdict::Infected);
        for unclear in
            ["", "OK", "stream: OK ERROR", "INSTREAM size limit exceeded. ERROR\0", "stream: x ERROR", "PONG"]
        {
            assert!(read(unclear.as_bytes()).is_err(), "{unclear}");
        }
    }
}
