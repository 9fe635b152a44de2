//! The password once more, for whoever is signed in already: papers and tax data want it (privacy.md).

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::sign_in::home;
use crate::accounts::limit::Attempt;
use crate::accounts::{account, limit, session};
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Query, own_path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmationForm {
    password: String,
    /// Where the person wanted to go.
    weiter: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/confirmation.html")]
struct ConfirmationPage {
    layout: Layout,
    email: String,
    weiter: String,
    errors: Errors,
}

impl ConfirmationPage {
    fn new(page: &Page, me: &Me, weiter: String, errors: Errors) -> Self {
        Self { layout: page.layout("Bist du es?"), email: me.email.clone(), weiter, errors }
    }
}

/// `GET /anmeldung/bestaetigen`
pub async fn show(page: Page, me: Me, Query(form): Query<ConfirmationForm>) -> Answer {
    Ok(ConfirmationPage::new(&page, &me, form.weiter, Errors::default()).into_response())
}

/// `POST /anmeldung/bestaetigen`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Address(address): Address,
    Form(form): Form<ConfirmationForm>,
) -> Answer {
    let refuse = |sentence: String, weiter: String| {
        let mut errors = Errors::default();
        errors.add("password", sentence);
        Ok(unprocessable(ConfirmationPage::new(&page, &me, weiter, errors)))
    };
    if form.password.is_empty() {
        return refuse("Bitte gib dein Passwort ein.".into(), form.weiter);
    }
    let attempt = match Attempt::begin(&portal.db, &me.email, address, now).await? {
        Ok(attempt) => attempt,
        Err(wait) => return refuse(limit::sentence(wait, ""), form.weiter),
    };
    let stored = account::credentials(&portal.db, &me.email).await?.and_then(|c| c.password_hash);
    // No connection is held while this takes its time.
    if !portal.passwords.verify(form.password, stored).await.map_err(|_| Error::Busy)? {
        attempt.failed(&portal.db, address).await?;
        return refuse("Das ist nicht dein Passwort.".into(), form.weiter);
    }
    attempt.succeeded(&portal.db).await?;
    session::confirm(&portal.db, me.session, now).await?;
    let wanted = match own_path(&form.weiter) {
        Some(path) => path,
        None => home(&portal.db, me.account, &me.roles).await?,
    };
    Ok(see_other(wanted))
}
