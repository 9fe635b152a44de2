//! Links by mail: an invitation or a password reset ends in a new password and a new session.
//!
//! Looking at a link never uses it up, since mail programs look, too.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::sign_in::home;
use super::{mails, new_password};
use crate::accounts::link::{self, Link, Purpose};
use crate::accounts::{account, password, session};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Error, Layout, Page, Viewer, address, filters, see_other, unprocessable};

/// What was typed.
#[derive(Deserialize)]
pub struct AccessForm {
    #[serde(default)]
    password: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/access.html")]
struct AccessPage {
    layout: Layout,
    token: String,
    link: Link,
    errors: Errors,
}

impl AccessPage {
    fn new(page: &Page, token: String, link: Link, errors: Errors) -> Self {
        Self { layout: page.layout(title(link.purpose)), token, link, errors }
    }

    fn lead(&self) -> &'static str {
        match self.link.purpose {
            Purpose::Invitation => "Schön, dass du da bist. Wähle dein Passwort, dann kann es losgehen.",
            Purpose::PasswordReset => "Wähle ein neues Passwort. Auf anderen Geräten bist du danach abgemeldet.",
        }
    }

    fn hint(&self) -> String {
        format!("Mindestens {} Zeichen. Ein kurzer Satz ist gut zu merken.", password::SHORTEST)
    }
}

fn title(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Invitation => "Willkommen im Portal",
        Purpose::PasswordReset => "Neues Passwort",
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/access_over.html")]
struct OverPage {
    layout: Layout,
}

/// Used, expired, replaced by a newer one, or never there: all look the same.
fn over(page: &Page) -> Response {
    (StatusCode::GONE, OverPage { layout: page.layout("Dieser Link gilt nicht mehr") }).into_response()
}

/// `GET /zugang/{token}`
pub async fn edit(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let Some(link) = link::find(&portal.db, &token, now).await? else { return Ok(over(&page)) };
    Ok(AccessPage::new(&page, token, link, Errors::default()).into_response())
}

/// `POST /zugang/{token}`
#[expect(clippy::too_many_arguments, reason = "each is an extractor")]
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    headers: HeaderMap,
    jar: CookieJar,
    Path(token): Path<String>,
    Form(form): Form<AccessForm>,
) -> Answer {
    let Some(link) = link::find(&portal.db, &token, now).await? else { return Ok(over(&page)) };
    if let Err(sentence) = new_password::prove(&form.password, &link.name, &link.email, &portal.config.operator_name) {
        let mut errors = Errors::default();
        errors.add("password", sentence);
        return Ok(unprocessable(AccessPage::new(&page, token, link, errors)));
    }
    // No connection is held while this takes its time.
    let hash = portal.passwords.hash(form.password).await.map_err(|_| Error::Busy)?;
    let mut tx = portal.db.begin().await?;
    let Some(id) = link::redeem(&mut tx, &token, &hash, now).await? else { return Ok(over(&page)) };
    if link.purpose == Purpose::PasswordReset {
        mails::password_changed(&mut tx, &portal.config, (id, &link.name, &link.email), now).await?;
    }
    tx.commit().await?;
    let person = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    // Whoever was signed in on this device until now leaves no session behind.
    if let Some(before) = viewer.signed_in() {
        session::end(&portal.db, before.account, before.session, now).await?;
    }
    let cookie = session::create(&portal.db, id, &person.roles, &address::device(&headers), now).await?;
    let jar = jar.add(viewer::cookie(&portal.config, cookie, &person.roles));
    Ok((jar, see_other(home(&portal.db, id, &person.roles).await?)).into_response())
}
