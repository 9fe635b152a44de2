//! Resumable upload of a recording: the tus 1.0 protocol with creation, termination and expiration (tus.io).
//!
//! Our own few handlers rather than a server crate: those that exist bring a store and a record of their own, and here
//! each part needs a row before it has an object, and an owner in every query.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::applications::application::{self, Application};
use crate::applications::introduction::{self, Refusal};
use crate::files::recording;
use crate::files::upload::{self, Received, Upload};
use crate::id::{ApplicationId, UploadId};
use crate::policy;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Me};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,termination,expiration";
/// No recording lasts longer than a day, whatever its sender says.
const LONGEST_MS: i32 = 24 * 60 * 60 * 1000;

/// `OPTIONS /bewerbung/{id}/hochladen`: what this server can do.
pub async fn options(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-max-size", policy::at(&portal.db, now).await?.upload_bytes().to_string()),
    ];
    let mut response = answer(StatusCode::NO_CONTENT);
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(internal)?);
    }
    Ok(response)
}

/// `POST /bewerbung/{id}/hochladen`: begins an upload.
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    headers: HeaderMap,
) -> Answer {
    let application = own(&portal, &me, id).await?;
    if let Some(response) = wrong_version(&headers) {
        return Ok(response);
    }
    let most = policy::at(&portal.db, now).await?.upload_bytes();
    let length: i64 = number(&headers, "upload-length").ok_or(Error::Malformed)?;
    let metadata = metadata(&headers)?;
    let named = introduction::check_name(metadata.name.as_deref().unwrap_or_default());
    if let Err(refusal) = introduction::is_wanted(&portal.db, &application, now).await? {
        return Ok(refused(refusal));
    }
    match (length, named) {
        (0, _) => return Ok(refused(Refusal::Empty)),
        (..0, _) => return Err(Error::Malformed),
        (length, _) if length > most => return Err(Error::TooLarge),
        (_, Err(refusal)) => return Ok(refused(refusal)),
        _ => {}
    }
    if let Err(refusal) = introduction::begin(&portal.db, me.account, now).await? {
        return Ok(refused(refusal));
    }
    let upload = upload::create(&portal.db, me.account, id.0, length, metadata.length_ms, now).await?;
    let upload = find(&portal, &me, id, upload, now).await?;
    let mut response = progress(StatusCode::CREATED, &upload, 0);
    let location = format!("/bewerbung/{id}/hochladen/{}", upload.id);
    response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(location).map_err(internal)?);
    Ok(response)
}

/// `HEAD /bewerbung/{id}/hochladen/{upload}`: how much is safe.
pub async fn show(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((id, upload)): Path<(ApplicationId, UploadId)>,
) -> Answer {
    own(&portal, &me, id).await?;
    let upload = find(&portal, &me, id, upload, now).await?;
    let mut response = progress(StatusCode::OK, &upload, upload.received);
    response.headers_mut().insert("upload-length", upload.length.into());
    Ok(response)
}

/// `PATCH /bewerbung/{id}/hochladen/{upload}`: further bytes.
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((id, upload)): Path<(ApplicationId, UploadId)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let application = own(&portal, &me, id).await?;
    let upload = find(&portal, &me, id, upload, now).await?;
    if let Some(response) = wrong_version(&headers) {
        return Ok(response);
    }
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Ok(answer(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let offset: i64 = number(&headers, "upload-offset").ok_or(Error::Malformed)?;
    if offset != upload.received || upload.completed_at.is_some() {
        return Ok(answer(StatusCode::CONFLICT));
    }
    if let Err(refusal) = introduction::is_wanted(&portal.db, &application, now).await? {
        return Ok(refused(refusal));
    }
    let (files, db) = (&portal.files, &portal.db);
    let body = body.into_data_stream();
    match upload::receive(files, db, &portal.clock, &upload, body, recording::begins).await? {
        Received::Until(safe) => Ok(progress(StatusCode::NO_CONTENT, &upload, safe)),
        Received::Conflict => Ok(answer(StatusCode::CONFLICT)),
        Received::TooLong => {
            end(&portal, upload.id).await?;
            Err(Error::TooLarge)
        }
        Received::Unwanted => {
            end(&portal, upload.id).await?;
            Ok(refused(Refusal::NoRecording))
        }
        Received::All(tail) => complete(&portal, id, &upload, tail).await,
    }
}

async fn complete(portal: &Portal, id: ApplicationId, upload: &Upload, tail: bytes::Bytes) -> Answer {
    let now = portal.clock.now();
    Ok(match introduction::complete(&portal.files, &portal.db, id, upload, tail, now).await? {
        Ok(()) => progress(StatusCode::NO_CONTENT, upload, upload.length),
        Err(Refusal::Overtaken) => answer(StatusCode::CONFLICT),
        Err(refusal) => refused(refusal),
    })
}

/// `DELETE /bewerbung/{id}/hochladen/{upload}`: the person has thought better of it.
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((id, upload)): Path<(ApplicationId, UploadId)>,
    headers: HeaderMap,
) -> Answer {
    own(&portal, &me, id).await?;
    let upload = find(&portal, &me, id, upload, now).await?;
    if let Some(response) = wrong_version(&headers) {
        return Ok(response);
    }
    end(&portal, upload.id).await?;
    Ok(answer(StatusCode::NO_CONTENT))
}

async fn end(portal: &Portal, upload: UploadId) -> Result<(), sqlx::Error> {
    let mut tx = portal.db.begin().await?;
    upload::discard(&mut tx, upload, portal.clock.now()).await?;
    tx.commit().await
}

/// One's own application; somebody else's is not there.
pub async fn own(portal: &Portal, me: &Me, id: ApplicationId) -> Result<Application, Error> {
    application::find_own(&portal.db, id, me.account.into()).await?.ok_or(Error::NotFound)
}

async fn find(
    portal: &Portal,
    me: &Me,
    id: ApplicationId,
    upload: UploadId,
    now: OffsetDateTime,
) -> Result<Upload, Error> {
    upload::find(&portal.db, upload, me.account, id.0, now).await?.ok_or(Error::NotFound)
}

/// Clients of another version are told ours.
fn wrong_version(headers: &HeaderMap) -> Option<Response> {
    if headers.get("tus-resumable").is_some_and(|version| version == VERSION) {
        return None;
    }
    let mut response = answer(StatusCode::PRECONDITION_FAILED);
    response.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
    Some(response)
}

/// What the sender says about the file. Its type is not among it: the content decides.
#[derive(Default)]
struct Metadata {
    name: Option<String>,
    length_ms: Option<i32>,
}

/// `filename bmFtZQ==,length_ms MTIz`
fn metadata(headers: &HeaderMap) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    let Some(text) = headers.get("upload-metadata") else { return Ok(metadata) };
    for pair in text.to_str().map_err(|_| Error::Malformed)?.split(',') {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = BASE64_STANDARD.decode(value.trim()).map_err(|_| Error::Malformed)?;
        let value = String::from_utf8(value).map_err(|_| Error::Malformed)?;
        match key {
            "filename" => metadata.name = Some(value),
            "length_ms" => metadata.length_ms = value.parse().ok().filter(|ms| (1..=LONGEST_MS).contains(ms)),
            _ => {}
        }
    }
    Ok(metadata)
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

fn answer(status: StatusCode) -> Response {
    (status, [("tus-resumable", VERSION)]).into_response()
}

/// A sentence that the page shows.
fn refused(refusal: Refusal) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, [("tus-resumable", VERSION)], refusal.sentence()).into_response()
}

fn progress(status: StatusCode, upload: &Upload, safe: i64) -> Response {
    let mut response = answer(status);
    let headers = response.headers_mut();
    headers.insert("upload-offset", safe.into());
    let expires = upload.expires_at.format(&Rfc2822).ok().map(|text| text.replace("+0000", "GMT"));
    if let Some(expires) = expires.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert("upload-expires", expires);
    }
    response
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}
