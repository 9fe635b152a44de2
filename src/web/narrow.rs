//! Connections that are read in small steps. hyper lets the read buffer of a connection grow with what arrives, up to 400 KB,
//! and the pieces of a body are slices of it: people who upload at the same time would cost a megabyte each.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::serve::{Listener, ListenerExt, TapIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The most bytes that are read at once.
const STEP: usize = 16 * 1024;

/// Accepts connections that are read in small steps; answers go out at once.
pub fn listen(listener: TcpListener) -> TapIo<NarrowListener, fn(&mut Narrow)> {
    NarrowListener(listener).tap_io(hasten)
}

fn hasten(connection: &mut Narrow) {
    if let Err(error) = connection.0.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
}

/// Where such connections come from.
#[derive(Debug)]
pub struct NarrowListener(TcpListener);

impl Listener for NarrowListener {
    type Io = Narrow;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Narrow, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        (Narrow(stream), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that is read in small steps.
#[derive(Debug)]
pub struct Narrow(TcpStream);

impl AsyncRead for Narrow {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let step = buffer.remaining().min(STEP);
        let mut narrow = ReadBuf::new(buffer.initialize_unfilled_to(step));
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut narrow))?;
        let read = narrow.filled().len();
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Narrow {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn no_read_takes_more_than_a_step_and_nothing_is_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent: Vec<u8> = (0..5 * STEP + 7).map(|at| at as u8).collect();
        let whole = sent.clone();
        let sending = tokio::spawn(async move { TcpStream::connect(address).await.unwrap().write_all(&whole).await });
        let (mut connection, _) = Listener::accept(&mut NarrowListener(listener)).await;
        sending.await.unwrap().unwrap();
        let (mut buffer, mut came) = (vec![0; 10 * STEP], Vec::new());
        loop {
            let read = connection.read(&mut buffer).await.unwrap();
            assert!(read <= STEP, "{read}");
            came.extend_from_slice(&buffer[..read]);
            if read == 0 {
                break;
            }
        }
        assert!(came == sent);
    }
}
