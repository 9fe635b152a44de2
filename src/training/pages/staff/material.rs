//! The material of a course as staff keep it: links and PDF files are added beside the course's text, and removed.

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::HeaderMap;
use serde::Deserialize;

use super::course::{edit_page, path};
use crate::files::blob;
use crate::files::intake::Wanted;
use crate::files::key::HOUSE;
use crate::id::{CourseId, MaterialId};
use crate::portal::Portal;
use crate::training::material::{self, LONGEST_LINK, LONGEST_TITLE};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Me, Page, download, see_other, unprocessable, upload};

/// The fields of a file; its form stands beside the one of links.
const FILE_TITLE: &str = "datei-bezeichnung";
const FILE: &str = "datei";

/// A link as typed.
#[derive(Debug, Default, Deserialize)]
pub struct LinkForm {
    #[serde(default)]
    pub bezeichnung: String,
    #[serde(default)]
    pub adresse: String,
}

/// `POST /verwaltung/schulungen/kurse/{id}/material`
pub async fn add_link(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<CourseId>,
    Form(form): Form<LinkForm>,
) -> Answer {
    let mut page = edit_page(&portal, &page, id).await?;
    let mut errors = Errors::default();
    let title = errors.take("bezeichnung", form::line(&form.bezeichnung, LONGEST_TITLE, "eine Bezeichnung"));
    let link = errors.take("adresse", secure_link(&form.adresse));
    let (Some(title), Some(link)) = (title, link) else {
        (page.link, page.link_errors) = (form, errors);
        return Ok(unprocessable(page));
    };
    material::add_link(&portal.db, id, (&title, &link), now).await?;
    said_to_be_there(&portal, &me, id).await
}

/// `POST /verwaltung/schulungen/kurse/{id}/dateien`
pub async fn add_file(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<CourseId>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    let mut page = edit_page(&portal, &page, id).await?;
    let mut form = form.map_err(|_| Error::Malformed)?;
    page.file_title = upload::words(&mut form, FILE_TITLE).await?;
    let title = match form::line(&page.file_title, LONGEST_TITLE, "eine Bezeichnung") {
        Ok(title) => title,
        Err(sentence) => {
            upload::skip(&mut form).await;
            page.file_errors.add(FILE_TITLE, sentence);
            page.file_errors.add(FILE, "Wähle die Datei danach bitte noch einmal.");
            return Ok(unprocessable(page));
        }
    };
    let file = match upload::file(&portal, &mut form, &[FILE], (HOUSE, Wanted::Pdf), now).await? {
        Ok(file) => file,
        Err(refusal) => {
            page.file_errors.add(FILE, refusal.sentence(Wanted::Pdf));
            return Ok(upload::refused(refusal, page));
        }
    };
    let house = (&portal.files, &portal.db, &portal.config);
    match material::add_file(house, id, (&title, &file), now).await? {
        Ok(()) => said_to_be_there(&portal, &me, id).await,
        Err(refusal) => {
            page.file_errors.add(if refusal.is_title() { FILE_TITLE } else { FILE }, refusal.sentence());
            Ok(unprocessable(page))
        }
    }
}

async fn said_to_be_there(portal: &Portal, me: &Me, id: CourseId) -> Answer {
    Flash::ok("Das Material ist da.", "Wer an der Schulung teilnimmt, sieht es.").keep(portal, me).await?;
    Ok(see_other(&path(id)))
}

/// `GET /verwaltung/schulungen/material/{id}/datei`
pub async fn show(State(portal): State<Portal>, Path(id): Path<MaterialId>, headers: HeaderMap) -> Answer {
    let file = material::file(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let blob = blob::find(&portal.db, file.blob).await?.ok_or(Error::NotFound)?;
    download::hand_out(&portal, &blob, &file.name(), &headers).await
}

/// `POST /verwaltung/schulungen/material/{id}/loeschung`
pub async fn remove(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<MaterialId>) -> Answer {
    let course = material::remove(&portal.db, id, now).await?.ok_or(Error::NotFound)?;
    Flash::ok("Das Material ist entfernt.", "").keep(&portal, &me).await?;
    Ok(see_other(&path(course)))
}

/// The address of a page that is fetched over TLS.
pub fn secure_link(typed: &str) -> Result<String, String> {
    let link = form::line(typed, LONGEST_LINK, "eine Adresse")?;
    let is_fine = link.starts_with("https://")
        && !link.contains(' ')
        && url::Url::parse(&link).is_ok_and(|url| url.host_str().is_some_and(|host| host.contains('.')));
    if is_fine { Ok(link) } else { Err("Bitte gib eine Adresse an, die mit https:// beginnt.".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_fetched_over_tls() {
        assert_eq!(secure_link(" https://lernen.example/a ").as_deref(), Ok("https://lernen.example/a"));
        for bad in
            ["", "http://lernen.example", "javascript:alert(1)", "https://", "https://a b.example", "lernen.example"]
        {
            assert!(secure_link(bad).is_err(), "{bad}");
        }
    }
}
