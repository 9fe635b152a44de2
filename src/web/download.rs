//! A file as it is handed out: an attachment in a sandbox, whole or a single range of it.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_range_header::parse_range_header;

use super::headers::SANDBOX;
use super::{Answer, Error};
use crate::files::blob::Blob;
use crate::portal::Portal;

/// The file under this name, or the range of it that was asked for.
pub async fn hand_out(portal: &Portal, blob: &Blob, name: &str, headers: &HeaderMap) -> Answer {
    let total = blob.bytes.unsigned_abs();
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    // Several ranges, or words that are none, are answered with everything (RFC 9110, section 14.2).
    let parsed = asked.and_then(|range| parse_range_header(range).ok()).filter(|ranges| ranges.ranges.len() == 1);
    let (status, range) = match parsed.map(|ranges| ranges.validate(total)) {
        None => (StatusCode::OK, 0..total),
        Some(Ok(ranges)) => match ranges.into_iter().next() {
            Some(range) => (StatusCode::PARTIAL_CONTENT, *range.start()..*range.end() + 1),
            None => (StatusCode::OK, 0..total),
        },
        Some(Err(_)) => {
            let range = (header::CONTENT_RANGE, format!("bytes */{total}"));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [range]).into_response());
        }
    };
    let body = Body::from_stream(portal.files.stream(blob, range.clone()).await.map_err(sqlx::Error::Io)?);
    let mut response = (status, body).into_response();
    describe(&mut response, &blob.media_type, name, &range)?;
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{total}", range.start, range.end - 1);
        set(&mut response, header::CONTENT_RANGE, &range)?;
    }
    Ok(response)
}

fn describe(response: &mut Response, media_type: &str, name: &str, range: &Range<u64>) -> Result<(), Error> {
    set(response, header::CONTENT_TYPE, media_type)?;
    set(response, header::CONTENT_LENGTH, &(range.end - range.start).to_string())?;
    set(response, header::ACCEPT_RANGES, "bytes")?;
    set(response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))?;
    set(response, header::CACHE_CONTROL, "private, no-store")?;
    set(response, header::CONTENT_SECURITY_POLICY, SANDBOX)
}

fn set(response: &mut Response, name: HeaderName, value: &str) -> Result<(), Error> {
    let value = HeaderValue::try_from(value).map_err(|error| Error::Internal(error.to_string()))?;
    response.headers_mut().insert(name, value);
    Ok(())
}
