//! Signing off from a topic of mails by the link of a mail, without signing in.
//!
//! The mail program's own button posts here without cookie, Origin or a form that says anything (RFC 8058): the body is
//! not read, and the cross-site guard lets requests without Origin pass.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::mail::sign_off::{self, SignOff};
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "signin/sign_off.html")]
struct SignOffPage {
    layout: Layout,
    token: String,
    sign_off: SignOff,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/sign_off_over.html")]
struct OverPage {
    layout: Layout,
}

/// Expired, or never there: both look the same.
fn over(page: &Page) -> Response {
    (StatusCode::GONE, OverPage { layout: page.layout("Dieser Link gilt nicht mehr") }).into_response()
}

/// `GET /abmelden/{token}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let Some(sign_off) = sign_off::find(&portal.db, &token, now).await? else { return Ok(over(&page)) };
    Ok(SignOffPage { layout: page.layout("Mails abbestellen"), token, sign_off }.into_response())
}

/// `POST /abmelden/{token}`
pub async fn update(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let Some(mut sign_off) = sign_off::find(&portal.db, &token, now).await? else { return Ok(over(&page)) };
    sign_off::redeem(&portal.db, &sign_off, now).await?;
    sign_off.done = true;
    Ok(SignOffPage { layout: page.layout("Mails abbestellen"), token, sign_off }.into_response())
}
