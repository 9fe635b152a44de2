//! A file as part of an ordinary form: works without JavaScript. Its bytes go into the store as they arrive; words of the
//! form stand before it.

use std::time::Duration;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use time::OffsetDateTime;

use super::Error;
use crate::files::intake::{self, Refusal, Taken, Wanted};
use crate::id::AccountId;
use crate::portal::Portal;

/// So long the rest of a refused file is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most bytes of a field that is no file.
const LONGEST_WORDS: usize = 4096;

/// The words of the field that comes next.
pub async fn words(form: &mut Multipart, name: &str) -> Result<String, Error> {
    let Some(mut field) = next(form).await? else { return Ok(String::new()) };
    if field.name() != Some(name) {
        return Err(Error::Malformed);
    }
    let mut words = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| Error::Malformed)? {
        words.extend_from_slice(&chunk);
        if words.len() > LONGEST_WORDS {
            return Err(Error::TooLarge);
        }
    }
    String::from_utf8(words).map_err(|_| Error::Malformed)
}

/// Takes the first file that was chosen in one of these fields, for this owner.
pub async fn file(
    portal: &Portal,
    form: &mut Multipart,
    fields: &[&str],
    kind: (AccountId, Wanted),
    now: OffsetDateTime,
) -> Result<Result<Taken, Refusal>, Error> {
    let result = first(portal, form, fields, kind, now).await?;
    if result.is_err() {
        skip(form).await;
    }
    Ok(result)
}

async fn first(
    portal: &Portal,
    form: &mut Multipart,
    fields: &[&str],
    kind: (AccountId, Wanted),
    now: OffsetDateTime,
) -> Result<Result<Taken, Refusal>, Error> {
    while let Some(field) = next(form).await? {
        let name = field.file_name().unwrap_or_default();
        if !fields.contains(&field.name().unwrap_or_default()) || name.is_empty() {
            continue;
        }
        if let Err(refusal) = intake::check_name(name) {
            return Ok(Err(refusal));
        }
        let body = field.map_err(std::io::Error::other);
        return Ok(intake::receive(&portal.files, &portal.db, kind, body, now).await?);
    }
    Ok(Err(Refusal::Empty))
}

/// Lets the rest of what is sent go by: a browser shows no answer before it has sent everything.
pub async fn skip(form: &mut Multipart) {
    let rest = async { while matches!(form.next_field().await, Ok(Some(_))) {} };
    let _ended = tokio::time::timeout(PATIENCE, rest).await;
}

/// The page of a form whose file is refused.
pub fn refused(refusal: Refusal, page: impl IntoResponse) -> Response {
    let status = match refusal {
        Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, page).into_response()
}

async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, Error> {
    form.next_field().await.map_err(|_| Error::Malformed)
}
