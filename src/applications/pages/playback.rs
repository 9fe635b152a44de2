//! Recordings as they are played: single ranges, for the applicant their own, for staff with a note of who looked.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_range_header::parse_range_header;

use super::staff;
use super::uploading::own;
use crate::applications::introduction::{self, Introduction, Kind};
use crate::files::blob::{self, Blob};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::headers::SANDBOX;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Me};

/// What `applications/_player.html` shows; a page has it in a field named `player`.
#[derive(Debug, Clone)]
pub struct Player {
    /// The file's address.
    pub src: String,
    pub is_video: bool,
    /// Milliseconds, where they are known.
    pub length_ms: Option<i32>,
    /// `1:48`, or nothing.
    pub length: String,
}

impl Player {
    /// The player of a recording at this address; none for a text.
    pub fn of(introduction: &Introduction, src: String) -> Option<Self> {
        introduction.blob?;
        let length = introduction.length_ms.map(|ms| ms / 1000);
        Some(Self {
            src,
            is_video: introduction.kind == Kind::Video,
            length_ms: introduction.length_ms,
            length: length.map(|seconds| format!("{}:{:02}", seconds / 60, seconds % 60)).unwrap_or_default(),
        })
    }
}

/// `GET /bewerbung/{id}/vorstellung/datei`: what one sent.
pub async fn show_own(
    State(portal): State<Portal>,
    me: Me,
    Path(id): Path<ApplicationId>,
    headers: HeaderMap,
) -> Answer {
    own(&portal, &me, id).await?;
    file(&portal, id, &headers).await
}

/// `GET /verwaltung/bewerbungen/{id}/vorstellung/datei`: what an applicant sent. The look is logged (privacy.md).
pub async fn show(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    headers: HeaderMap,
) -> Answer {
    let application = staff::find(&portal, &me, id).await?;
    let response = file(&portal, application.id, &headers).await?;
    introduction::note_view(&portal.db, application.id, me.account, now).await?;
    Ok(response)
}

async fn file(portal: &Portal, id: ApplicationId, headers: &HeaderMap) -> Answer {
    let found = introduction::find(&portal.db, id).await?.and_then(|introduction| introduction.blob);
    let blob = blob::find(&portal.db, found.ok_or(Error::NotFound)?).await?.ok_or(Error::NotFound)?;
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
    let body = Body::from_stream(portal.files.stream(&blob, range.clone()).await.map_err(sqlx::Error::Io)?);
    let mut response = (status, body).into_response();
    describe(&mut response, &blob, &range)?;
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{total}", range.start, range.end - 1);
        set(&mut response, header::CONTENT_RANGE, &range)?;
    }
    Ok(response)
}

fn describe(response: &mut Response, blob: &Blob, range: &std::ops::Range<u64>) -> Result<(), Error> {
    set(response, header::CONTENT_TYPE, &blob.media_type)?;
    set(response, header::CONTENT_LENGTH, &(range.end - range.start).to_string())?;
    set(response, header::ACCEPT_RANGES, "bytes")?;
    set(
        response,
        header::CONTENT_DISPOSITION,
        &format!("attachment; filename=\"vorstellung.{}\"", ending(&blob.media_type)),
    )?;
    set(response, header::CACHE_CONTROL, "private, no-store")?;
    set(response, header::CONTENT_SECURITY_POLICY, SANDBOX)
}

fn set(response: &mut Response, name: HeaderName, value: &str) -> Result<(), Error> {
    let value = HeaderValue::try_from(value).map_err(|error| Error::Internal(error.to_string()))?;
    response.headers_mut().insert(name, value);
    Ok(())
}

fn ending(media_type: &str) -> &'static str {
    match media_type {
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" | "audio/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/mpeg" => "mp3",
        _ => "ogg",
    }
}
