//! The server's end of the measurement: bytes that cannot be compressed, bytes that are counted and thrown away, and
//! answers that are as small as they can be. All of it paced and bounded in time and size (see [`super::meter`]).

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use rand::Rng;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

use super::meter::{Kind, Meter, Running};
use crate::accounts::limit;
use crate::policy;
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Error};

/// No download lasts longer.
pub const LONGEST_DOWN: Duration = Duration::from_secs(8);
/// No upload lasts longer.
const LONGEST_UP: Duration = Duration::from_secs(12);
/// Bytes of one upload; a measurement consists of several.
pub const LARGEST_UP: usize = 4 * 1024 * 1024;
/// Bytes written at once.
const CHUNK: usize = 64 * 1024;
/// The slowest pace that is offered, in kbit/s.
const PACE_KBIT: u32 = 40_000;

/// Random bytes, made once: no layer on the way can make them smaller.
static NOISE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut noise = vec![0; 1024 * 1024];
    rand::rng().fill_bytes(&mut noise);
    Bytes::from(noise)
});

/// The fastest that a transfer goes, in kbit/s: two and a half times what one needs, and enough to say so.
pub fn pace(needed_kbit: i32) -> u32 {
    let needed = u32::try_from(needed_kbit).unwrap_or_default();
    (needed.saturating_mul(5) / 2).max(PACE_KBIT)
}

fn bytes_per_second(kbit: u32) -> u64 {
    u64::from(kbit) * 1000 / 8
}

/// How long the bytes are wanted; without a word a single chunk comes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DownQuery {
    sekunden: String,
}

/// `GET /technik/puls`: nothing at all, as fast as it can be said.
pub async fn pulse(Extension(meter): Extension<Meter>, Now(now): Now, Address(address): Address) -> Response {
    match meter.count(&limit::network(address), Kind::Pulse, now) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(wait) => later(wait),
    }
}

/// `GET /technik/daten?sekunden=7`: incompressible bytes at the pace, for at most [`LONGEST_DOWN`].
pub async fn down(
    State(portal): State<Portal>,
    Extension(meter): Extension<Meter>,
    Now(now): Now,
    Address(address): Address,
    Query(query): Query<DownQuery>,
) -> Answer {
    let running = match meter.begin(&limit::network(address), Kind::Down, now) {
        Ok(running) => running,
        Err(wait) => return Ok(later(wait)),
    };
    let pace = bytes_per_second(pace(policy::at(&portal.db, now).await?.line_kbit()));
    let length = Duration::from_secs(query.sekunden.parse().unwrap_or(0)).min(LONGEST_DOWN);
    let (send, mut receive) = mpsc::channel(2);
    // A task of its own: its end frees the place, whether or not anybody still reads.
    tokio::spawn(pour(send, pace, length, running));
    let chunks = stream::poll_fn(move |context| receive.poll_recv(context)).map(Ok::<Bytes, Infallible>);
    let kind = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store, no-transform")];
    Ok((kind, Body::from_stream(chunks)).into_response())
}

/// Sends noise at the pace until the time is over or the reader is gone; at least one chunk.
async fn pour(send: mpsc::Sender<Bytes>, pace: u64, length: Duration, running: Running) {
    let start = Instant::now();
    let deadline = start + length.max(Duration::from_secs(1));
    let mut sent = 0;
    loop {
        let from = sent % (NOISE.len() - CHUNK);
        let chunk = NOISE.slice(from..from + CHUNK);
        match tokio::time::timeout_at(deadline, send.send(chunk)).await {
            Ok(Ok(())) => sent += CHUNK,
            _ => break,
        }
        let due = start + due_after(sent as u64, pace);
        if due.max(Instant::now()) >= start + length {
            break;
        }
        tokio::time::sleep_until(due).await;
    }
    drop(running);
}

fn due_after(bytes: u64, pace: u64) -> Duration {
    Duration::from_micros(bytes.saturating_mul(1_000_000) / pace.max(1))
}

/// `POST /technik/daten`: counted at the pace and thrown away; more than [`LARGEST_UP`] is refused.
pub async fn up(
    State(portal): State<Portal>,
    Extension(meter): Extension<Meter>,
    Now(now): Now,
    Address(address): Address,
    body: Body,
) -> Answer {
    let running = match meter.begin(&limit::network(address), Kind::Up, now) {
        Ok(running) => running,
        Err(wait) => return Ok(later(wait)),
    };
    let pace = bytes_per_second(pace(policy::at(&portal.db, now).await?.line_kbit()));
    let counted = tokio::time::timeout(LONGEST_UP, swallow(body, pace)).await;
    drop(running);
    match counted {
        Ok(Ok(bytes)) => Ok((StatusCode::OK, bytes.to_string()).into_response()),
        Ok(Err(error)) => Err(error),
        // What came is not counted: the page takes a smaller piece next time.
        Err(_) => Ok((StatusCode::OK, "0").into_response()),
    }
}

async fn swallow(body: Body, pace: u64) -> Result<usize, Error> {
    let start = Instant::now();
    let mut bytes = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        bytes += chunk.map_err(|_| Error::Malformed)?.len();
        if bytes > LARGEST_UP {
            return Err(Error::TooLarge);
        }
        tokio::time::sleep_until(start + due_after(bytes as u64, pace)).await;
    }
    Ok(bytes)
}

fn later(wait: time::Duration) -> Response {
    let seconds = wait.whole_seconds().max(1).to_string();
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_leaves_room_above_what_one_needs() {
        assert_eq!(pace(16_000), 40_000);
        assert_eq!(pace(50_000), 125_000);
        assert_eq!(pace(-1), PACE_KBIT);
        assert_eq!(due_after(5_000_000, bytes_per_second(40_000)), Duration::from_secs(1));
    }
}
