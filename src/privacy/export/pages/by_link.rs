//! The copy of somebody whose access has ended: a page with one button behind the link from their mailbox.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;

use super::FILE_NAME;
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::privacy::export::{link, request};
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, download, filters};

#[derive(Template, WebTemplate)]
#[template(path = "privacy/data_copy_link.html")]
struct LinkPage {
    layout: Layout,
    path: String,
    until: String,
}

/// `GET /datenschutz/kopie/{token}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let until = link::find(&portal.db, &token, now).await?.ok_or(Error::NotFound)?;
    let until = german::moment(Zone::berlin().local(until));
    Ok(LinkPage { layout: page.layout("Kopie deiner Daten"), path: link::path(&token), until }.into_response())
}

/// `POST /datenschutz/kopie/{token}`: hands it out, and the link is used. If the file cannot be read it is not.
pub async fn fetch(
    State(portal): State<Portal>,
    Now(now): Now,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let mut tx = portal.db.begin().await?;
    let (copy, blob) = link::redeem(&mut tx, &token, now).await?.ok_or(Error::NotFound)?;
    let response = download::hand_out(&portal, &blob, FILE_NAME, &headers).await?;
    request::note_download(&mut *tx, copy, now).await?;
    tx.commit().await?;
    Ok(response)
}
