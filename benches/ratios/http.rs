//! One request, one answer, over a connection of its own.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends the request, which must ask to close the connection, and reads the answer to its end.
pub async fn exchange(address: SocketAddr, request: String) -> anyhow::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let status = String::from_utf8_lossy(&answer[..head]).split(' ').nth(1).unwrap_or_default().parse()?;
    Ok(Answer { status, body: answer.split_off((head + 4).min(answer.len())) })
}

/// A page, as the n-th person sees it.
pub async fn page(address: SocketAddr, path: &str, person: u32) -> anyhow::Result<Answer> {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: session={person:064x}\r\nConnection: close\r\n\r\n");
    exchange(address, request).await
}
