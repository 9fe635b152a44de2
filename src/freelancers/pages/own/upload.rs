//! Handing in a paper as the file of an ordinary form: works without JavaScript, and with a phone's camera.

use std::time::Duration;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use futures_util::TryStreamExt;
use time::OffsetDateTime;

use crate::freelancers::papers::document;
use crate::freelancers::papers::intake::{self, Refusal};
use crate::freelancers::papers::kind::Kind;
use crate::id::FreelancerId;
use crate::portal::Portal;
use crate::web::form::{Errors, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, confirmation, filters, see_other};

/// So long the rest of a refused file is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/upload.html")]
struct UploadPage {
    layout: Layout,
    kind: Kind,
    errors: Errors,
}

impl UploadPage {
    fn new(page: &Page, kind: Kind, errors: Errors) -> Self {
        Self { layout: page.layout(kind.label()), kind, errors }
    }
}

/// The kind that an address names, with the path; what nobody wants of this person is not there.
async fn kind_of(portal: &Portal, me: &Me, key: &str) -> Result<(Kind, String), Error> {
    let kind = Kind::of_key(key).ok_or(Error::NotFound)?;
    if !document::may_hand_in(&portal.db, me.account.into(), kind).await? {
        return Err(Error::NotFound);
    }
    Ok((kind, format!("/bereit/unterlagen/{key}")))
}

/// `GET /bereit/unterlagen/{kind}`
pub async fn new(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, Path(key): Path<String>) -> Answer {
    let (kind, path) = kind_of(&portal, &me, &key).await?;
    if let Some(first) = confirmation::first(&me, now, &path) {
        return Ok(first);
    }
    Ok(UploadPage::new(&page, kind, Errors::default()).into_response())
}

/// `POST /bereit/unterlagen/{kind}`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(key): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    let (kind, path) = kind_of(&portal, &me, &key).await?;
    if let Some(first) = confirmation::before_sending(&me, now, &path) {
        return Ok(first);
    }
    let mut form = form.map_err(|_| Error::Malformed)?;
    match receive(&portal, (me.account.into(), kind), &mut form, now).await? {
        Ok(()) => {
            let then = if portal.config.clamd.is_some() {
                "Sie wird auf Schadsoftware geprüft, dann sehen wir sie uns an."
            } else {
                "Wir sehen sie uns an. Du hörst von uns, falls noch etwas fehlt."
            };
            Flash::ok("Deine Unterlage ist da.", then).keep(&portal, &me).await?;
            Ok(see_other("/bereit/unterlagen"))
        }
        Err(refusal) => {
            let _ = tokio::time::timeout(PATIENCE, drain(&mut form)).await;
            let mut errors = Errors::default();
            errors.add("file", refusal.sentence());
            let status = match refusal {
                Refusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Ok((status, UploadPage::new(&page, kind, errors)).into_response())
        }
    }
}

/// Lets the rest of what is sent go by: a browser shows no answer before it has sent everything.
async fn drain(form: &mut Multipart) {
    while matches!(form.next_field().await, Ok(Some(_))) {}
}

/// The first file that was chosen: from the folder, or taken with the camera.
async fn receive(
    portal: &Portal,
    paper: (FreelancerId, Kind),
    form: &mut Multipart,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, Error> {
    while let Some(field) = form.next_field().await.map_err(|_| Error::Malformed)? {
        let name = field.file_name().unwrap_or_default();
        if !["file", "photo"].contains(&field.name().unwrap_or_default()) || name.is_empty() {
            continue;
        }
        if let Err(refusal) = intake::check_name(name) {
            return Ok(Err(refusal));
        }
        let body = field.map_err(std::io::Error::other);
        let scanned = portal.config.clamd.is_some();
        let result = intake::receive(&portal.files, &portal.db, paper, body, scanned, now).await?;
        return Ok(result.map(drop));
    }
    Ok(Err(Refusal::Empty))
}
