//! A request by mail address: the form, the same answer for every address, and the page with one button behind the link.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::clock::{Zone, german};
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::privacy::requests::link::{self, Link};
use crate::retention::hold;
use crate::retention::wish::Wish;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Path, email};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequestForm {
    email: String,
    wish: String,
}

/// The choice by its name in the form.
fn wish(key: &str) -> Result<Wish, String> {
    match key {
        "kopie" => Ok(Wish::Copy),
        "loeschung" => Ok(Wish::Erasure),
        _ => Err("Bitte wähle, was du möchtest.".into()),
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "requests/new.html")]
struct NewPage {
    layout: Layout,
    form: RequestForm,
    errors: Errors,
    within: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "requests/sent.html")]
struct SentPage {
    layout: Layout,
}

#[derive(Template, WebTemplate)]
#[template(path = "requests/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    token: String,
    link: Link,
    policy: Policy,
    within: String,
    /// The last day of a legal hold.
    held_until: Option<String>,
}

impl ConfirmPage {
    fn is_erasure(&self) -> bool {
        self.link.wish == Wish::Erasure
    }
}

const TITLE: &str = "Anfrage zu deinen Daten";

async fn within(portal: &Portal, now: OffsetDateTime) -> Result<String, sqlx::Error> {
    Ok(policy::at(&portal.db, now).await?.said_dative(Figure::DeletionRequestHours))
}

/// `GET /datenschutz/anfrage`
pub async fn new(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let (form, errors, within) = (RequestForm::default(), Errors::default(), within(&portal, now).await?);
    Ok(NewPage { layout: page.layout(TITLE), form, errors, within }.into_response())
}

/// `POST /datenschutz/anfrage`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Address(network): Address,
    Form(form): Form<RequestForm>,
) -> Answer {
    let mut errors = Errors::default();
    let (email, wish) = (errors.take("email", email(&form.email)), errors.take("wish", wish(&form.wish)));
    if let (Some(email), Some(wish)) = (email, wish) {
        match link::ask(&portal.db, &portal.config, (email.as_str(), wish), network, now).await? {
            Ok(()) => return Ok(SentPage { layout: page.layout("Schau in dein Postfach") }.into_response()),
            Err(refusal) => errors.add("email", refusal.sentence()),
        }
    }
    let within = within(&portal, now).await?;
    Ok(unprocessable(NewPage { layout: page.layout(TITLE), form, errors, within }))
}

/// `GET /datenschutz/anfrage/{token}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let link = link::find(&portal.db, &token, now).await?.ok_or(Error::NotFound)?;
    confirm_page(&portal, &page, token, link, now).await
}

async fn confirm_page(portal: &Portal, page: &Page, token: String, link: Link, now: OffsetDateTime) -> Answer {
    let policy = policy::at(&portal.db, now).await?;
    let within = policy.said_dative(Figure::DeletionRequestHours);
    let held_until = hold::until(&portal.db, link.account, Zone::berlin().date(now)).await?.map(german::date);
    Ok(ConfirmPage { layout: page.layout(TITLE), token, link, policy, within, held_until }.into_response())
}

/// `POST /datenschutz/anfrage/{token}`: records the wish.
pub async fn confirm(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let link = link::redeem(&portal.db, &token, now).await?.ok_or(Error::NotFound)?;
    let link = Link { used_at: link.used_at.or(Some(now)), ..link };
    confirm_page(&portal, &page, token, link, now).await
}
