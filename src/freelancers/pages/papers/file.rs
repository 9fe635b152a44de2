//! A paper's file as it is handed out: an attachment in a sandbox, never as a page. Pictures alone may be shown on the page
//! of a reviewer, since they were drawn anew.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::files::blob;
use crate::freelancers::papers::document::Document;
use crate::portal::Portal;
use crate::web::headers::SANDBOX;
use crate::web::{Answer, Error};

/// How a browser is to take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// To be saved.
    Attachment,
    /// To be shown in a page of ours.
    Inline,
}

/// The whole file; asking for a part of it is answered with all of it (RFC 9110, section 14.2).
pub async fn hand_out(portal: &Portal, paper: &Document, disposition: Disposition) -> Answer {
    let blob = blob::find(&portal.db, paper.blob.ok_or(Error::NotFound)?).await?.ok_or(Error::NotFound)?;
    let body = portal.files.stream(&blob, 0..blob.bytes.unsigned_abs()).await.map_err(sqlx::Error::Io)?;
    let mut response = Body::from_stream(body).into_response();
    let how = match disposition {
        Disposition::Attachment => "attachment",
        Disposition::Inline => "inline",
    };
    let ending = if paper.is_picture() { "jpg" } else { "pdf" };
    set(&mut response, header::CONTENT_TYPE, &blob.media_type)?;
    set(&mut response, header::CONTENT_LENGTH, &blob.bytes.to_string())?;
    set(&mut response, header::ACCEPT_RANGES, "none")?;
    let name = format!("{how}; filename=\"{}.{ending}\"", paper.kind.key());
    set(&mut response, header::CONTENT_DISPOSITION, &name)?;
    set(&mut response, header::CACHE_CONTROL, "private, no-store")?;
    set(&mut response, header::CONTENT_SECURITY_POLICY, SANDBOX)?;
    Ok(response)
}

fn set(response: &mut Response, name: HeaderName, value: &str) -> Result<(), Error> {
    let value = HeaderValue::try_from(value).map_err(|error| Error::Internal(error.to_string()))?;
    response.headers_mut().insert(name, value);
    Ok(())
}
