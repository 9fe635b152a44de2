//! Recordings as they are played: single ranges, for the applicant their own, for staff with a note of who looked.

use axum::extract::State;
use axum::http::HeaderMap;

use super::staff;
use super::uploading::own;
use crate::applications::introduction::{self, Introduction, Kind};
use crate::files::blob;
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Me, download};

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
    let name = format!("vorstellung.{}", introduction::ending(&blob.media_type));
    download::hand_out(portal, &blob, &name, headers).await
}
