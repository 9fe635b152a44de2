//! A tus client of a few lines, and recordings of any length to send with it.

use axum::http::{HeaderMap, Method, Request};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header"))
    }

    pub fn offset(&self) -> u64 {
        self.header("upload-offset").parse().expect("Upload-Offset")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Somebody signed in, who speaks HTTP by hand.
#[derive(Clone)]
pub struct Sender {
    http: Http<HttpConnector, Full<Bytes>>,
    pub origin: String,
    token: String,
}

impl Sender {
    pub fn new(origin: &str, token: &str) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { http, origin: origin.into(), token: token.into() }
    }

    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        request = request.header("cookie", format!("session={}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.into())).expect("request");
        let response = self.http.request(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub async fn create(&self, endpoint: &str, length: u64, name: &str) -> Answer {
        let metadata = format!("filename {}", BASE64_STANDARD.encode(name));
        let length = length.to_string();
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", &length), ("upload-metadata", &metadata)];
        self.ask(Method::POST, endpoint, &headers, "").await
    }

    /// Begins an upload and returns its address.
    pub async fn begin(&self, endpoint: &str, length: u64) -> String {
        let answer = self.create(endpoint, length, "vorstellung.webm").await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.header("location").to_owned()
    }

    pub async fn offset(&self, upload: &str) -> u64 {
        let answer = self.ask(Method::HEAD, upload, &[("tus-resumable", "1.0.0")], "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        answer.offset()
    }

    pub async fn patch(&self, upload: &str, offset: u64, bytes: &[u8]) -> Answer {
        let offset = offset.to_string();
        let kind = ("content-type", "application/offset+octet-stream");
        let headers = [("tus-resumable", "1.0.0"), ("upload-offset", &offset), kind];
        self.ask(Method::PATCH, upload, &headers, bytes.to_vec()).await
    }

    /// Announces everything from `offset` on, sends only up to `cut`, and hangs up; after all of it, it waits.
    pub async fn cut(&self, upload: &str, whole: &[u8], offset: u64, cut: usize) {
        let host = self.origin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.expect("a connection");
        let length = whole.len() as u64 - offset;
        let head = format!(
            "PATCH {upload} HTTP/1.1\r\nHost: {host}\r\nCookie: session={}\r\nTus-Resumable: 1.0.0\r\n\
             Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n",
            self.token
        );
        stream.write_all(head.as_bytes()).await.expect("the head");
        // The server may have gone meanwhile: that is what some tests are about.
        let _ = stream.write_all(&whole[offset as usize..cut]).await;
        if cut < whole.len() {
            let _ = stream.shutdown().await;
        }
        let _ = stream.read(&mut [0; 16]).await;
    }

    /// Sends the rest of an upload in chunks, as clients do.
    pub async fn finish(&self, upload: &str, whole: &[u8]) {
        let mut offset = self.offset(upload).await;
        while offset < whole.len() as u64 {
            let end = whole.len().min(offset as usize + 5 * 1024 * 1024);
            let answer = self.patch(upload, offset, &whole[offset as usize..end]).await;
            assert_eq!(answer.status, 204, "{}", answer.text());
            offset = answer.offset();
        }
    }
}

/// Bytes that never repeat in a way that hides a mistake.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A webm of this length, as far as anybody but a player can tell.
pub fn webm(length: usize) -> Vec<u8> {
    let mut file =
        b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
            .to_vec();
    file.extend_from_slice(b"\x16\x54\xae\x6b\x9f\x86\x85V_VP8\x86\x86A_OPUS");
    let rest = length.saturating_sub(file.len());
    file.extend(noise(rest));
    file
}

fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).expect("a small box").to_be_bytes();
    [&size[..], name, content].concat()
}

/// An mp4, mov or m4a of this brand with one track of this handler.
pub fn mp4(brand: &[u8; 4], handler: &[u8; 4]) -> Vec<u8> {
    let start = boxed(b"ftyp", &[&brand[..], &[0; 4], &brand[..]].concat());
    let track = boxed(b"trak", &boxed(b"hdlr", &[&[0; 8][..], &handler[..], &[0; 12]].concat()));
    [start, boxed(b"moov", &track), boxed(b"mdat", &noise(4000))].concat()
}

pub fn mp3() -> Vec<u8> {
    let frame = [&[0xff, 0xfb, 0x90, 0x00][..], &[0; 413]].concat();
    [b"ID3\x04\0\0\0\0\0\x0a".to_vec(), vec![0; 10], frame.repeat(4)].concat()
}

pub fn ogg() -> Vec<u8> {
    let head = b"OggS\0\x02\0\0\0\0\0\0\0\0abcd\0\0\0\0crc!\x01\x13OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0";
    [&head[..], &noise(2000)].concat()
}
