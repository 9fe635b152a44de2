//! Memory of the server while ten people send recordings of 200 MB at once to the local store.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::load;
use crate::report::{Bound, Line};
use crate::server::Server;

const PEOPLE: u32 = 10;
const LENGTH: usize = 200 * 1024 * 1024;
/// What the page's client sends in one request.
const CHUNK: usize = 5 * 1024 * 1024;
const SEED: &str = include_str!("sql/uploads.sql");

/// One chunk of a webm, sent again and again: what it costs is the same.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let head = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x18\x53\x80\x67\x16\x54\xae\x6bV_VP8A_OPUS";
    head.iter().copied().cycle().take(CHUNK).collect()
});

/// The line `uploads`: growth of the resident memory in MB, at its highest.
pub async fn line(server: &Server, socket: &std::path::Path, address: SocketAddr) -> anyhow::Result<Line> {
    load::psql(socket, SEED).await?;
    LazyLock::force(&BYTES);
    // One before the count, so that what is loaded once is there.
    send(address, PEOPLE + 1, CHUNK * 2).await?;
    let before = server.memory()?;
    let over = Arc::new(AtomicBool::new(false));
    let mut senders = JoinSet::new();
    for person in 1..=PEOPLE {
        senders.spawn(send(address, person, LENGTH));
    }
    let finished = {
        let over = Arc::clone(&over);
        tokio::spawn(async move {
            let mut result = Ok(());
            while let Some(sent) = senders.join_next().await {
                result = result.and(sent.map_err(anyhow::Error::from).and_then(|sent| sent));
            }
            over.store(true, Ordering::SeqCst);
            result
        })
    };
    let mut highest = before;
    while !over.load(Ordering::SeqCst) {
        highest = highest.max(server.memory()?);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    finished.await??;
    let megabytes = |bytes: u64| bytes as f64 / 1_048_576.0;
    Ok(Line {
        id: "",
        what: "uploads: memory for ten recordings of 200 MB at once",
        ours: format!("{:.1} MB", megabytes(highest)),
        other: format!("{:.1} MB", megabytes(before)),
        figure: megabytes(highest - before),
        unit: "MB",
        bound: Bound::AtMost { most: 20.0, aim: 10.0 },
    })
}

/// Uploads a recording of this length as this person.
async fn send(address: SocketAddr, person: u32, length: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let id = format!("00000000-0000-4000-9000-{person:012x}");
    let create = format!("POST /bewerbung/{id}/hochladen HTTP/1.1\r\nUpload-Length: {length}\r\nContent-Length: 0\r\n");
    let head = ask(&mut stream, address, person, create, &[]).await?;
    let upload = value(&head, "location").context(head.clone())?.to_owned();
    let mut offset = 0;
    while offset < length {
        let bytes = &BYTES[..CHUNK.min(length - offset)];
        let patch = format!(
            "PATCH {upload} HTTP/1.1\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n",
            bytes.len()
        );
        let head = ask(&mut stream, address, person, patch, bytes).await?;
        offset += bytes.len();
        let safe: usize = value(&head, "upload-offset").context(head.clone())?.parse()?;
        ensure!(safe == offset, "{head}");
    }
    Ok(())
}

/// One request on a connection that stays open; the head of its answer, which has no body.
async fn ask(
    stream: &mut TcpStream,
    address: SocketAddr,
    person: u32,
    request: String,
    body: &[u8],
) -> anyhow::Result<String> {
    let token = format!("{:064x}", u64::from(person) + 0xffff_0000);
    let common = format!("Host: {address}\r\nTus-Resumable: 1.0.0\r\nCookie: session={token}\r\n\r\n");
    stream.write_all((request + &common).as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    ensure!(head.starts_with("http/1.1 20"), "{head}");
    Ok(head)
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
