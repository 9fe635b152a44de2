//! The way back for a forgotten password. Known and unknown addresses get the same answer, and nobody's mailbox is flooded.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::mails;
use crate::accounts::{account, limit};
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{self, Errors, Form};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters, unprocessable};

/// Links per address within [`limit::WINDOW`]: enough for a lost mail, too few for a nuisance.
const LINKS: i32 = 3;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct ForgottenForm {
    #[serde(default)]
    email: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/forgotten.html")]
struct ForgottenPage {
    layout: Layout,
    form: ForgottenForm,
    errors: Errors,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/forgotten_sent.html")]
struct SentPage {
    layout: Layout,
    email: String,
}

/// `GET /passwort-vergessen`
pub async fn new(page: Page) -> Answer {
    let layout = page.layout("Passwort vergessen");
    Ok(ForgottenPage { layout, form: ForgottenForm::default(), errors: Errors::default() }.into_response())
}

/// `POST /passwort-vergessen`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Address(address): Address,
    Form(form): Form<ForgottenForm>,
) -> Answer {
    let mut errors = Errors::default();
    let Some(email) = errors.take("email", form::email(&form.email)) else {
        return Ok(unprocessable(ForgottenPage { layout: page.layout("Passwort vergessen"), form, errors }));
    };
    let mut tx = portal.db.begin().await?;
    // Every wish counts, whether the address is known or not; a counter of its own leaves the sign-in alone.
    let counter = format!("reset {email}");
    limit::alone(&mut *tx, &counter).await?;
    if let Some(wait) = limit::wait_after(&mut *tx, &counter, LINKS, address, now).await? {
        errors.add("email", limit::sentence(wait, ""));
        return Ok(unprocessable(ForgottenPage { layout: page.layout("Passwort vergessen"), form, errors }));
    }
    limit::count(&mut *tx, &counter, address, now).await?;
    // Whoever only applies has no password, and gets none this way: their door is a personal link.
    let found = account::find_by_email(&mut *tx, &email).await?;
    if let Some(found) = found.filter(|a| a.access_ended_at.is_none() && a.is_of_the_house()) {
        mails::reset(&mut tx, &portal.config, (found.id, &found.name, &found.email), now).await?;
    }
    tx.commit().await?;
    Ok(SentPage { layout: page.layout("Sieh in dein Postfach"), email }.into_response())
}
