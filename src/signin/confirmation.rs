//! The password once more, for whoever is signed in already: papers and tax data want it (privacy.md).

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::own_password;
use super::sign_in::home;
use crate::accounts::session;
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Query, own_path};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters, see_other, unprocessable};

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
    let wrong = "Das ist nicht dein Passwort.";
    if let Err(sentence) = own_password::check(&portal, &me, form.password, wrong, address, now).await? {
        return refuse(sentence, form.weiter);
    }
    session::confirm(&portal.db, me.session, now).await?;
    let wanted = match own_path(&form.weiter) {
        Some(path) => path,
        None => home(&portal.db, me.account, &me.roles).await?,
    };
    Ok(see_other(wanted))
}
