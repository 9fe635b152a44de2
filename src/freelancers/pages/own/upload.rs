//! Handing in a paper as the file of an ordinary form: works without JavaScript, and with a phone's camera.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::IntoResponse;

use crate::files::intake::Wanted;
use crate::freelancers::papers::kind::Kind;
use crate::freelancers::papers::{document, intake};
use crate::portal::Portal;
use crate::web::form::{Errors, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, confirmation, filters, see_other, upload};

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
    match upload::file(&portal, &mut form, &["file", "photo"], (me.account, Wanted::PdfOrPicture), now).await? {
        Ok(file) => {
            let scanned = portal.config.clamd.is_some();
            intake::hand_in(&portal.db, (me.account.into(), kind), &file, scanned, now).await?;
            let then = if scanned {
                "Sie wird auf Schadsoftware geprüft, dann sehen wir sie uns an."
            } else {
                "Wir sehen sie uns an. Du hörst von uns, falls noch etwas fehlt."
            };
            Flash::ok("Deine Unterlage ist da.", then).keep(&portal, &me).await?;
            Ok(see_other("/bereit/unterlagen"))
        }
        Err(refusal) => {
            let mut errors = Errors::default();
            errors.add("file", refusal.sentence(Wanted::PdfOrPicture));
            Ok(upload::refused(refusal, UploadPage::new(&page, kind, errors)))
        }
    }
}
