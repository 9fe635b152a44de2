//! The contact form. Whoever is stopped by the guard against spam is told so and loses nothing of what was typed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::mails;
use super::message::{self, NewMessage};
use super::stamp::{self, Key, Unfit};
use crate::accounts::limit;
use crate::clock::german;
use crate::config::Operator;
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::site::operator;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, email, line, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Page, filters, unprocessable};

/// Messages per network within [`limit::WINDOW`].
const PER_NETWORK: i32 = 5;
/// Receipts to one mail address within [`limit::WINDOW`]: nobody's mailbox is flooded through us.
const RECEIPTS: i32 = 2;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactForm {
    name: String,
    email: String,
    subject: String,
    body: String,
    /// Nobody sees this field; robots fill it in.
    website: String,
    stamp: String,
}

impl ContactForm {
    fn prove(&self, stamp: [u8; 16]) -> Result<NewMessage, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", line(&self.name, 120, "deinen Namen"));
        let email = errors.take("email", email(&self.email));
        let subject = errors.take("subject", line(&self.subject, 150, "einen Betreff"));
        // Browsers send line ends as CRLF.
        let body = errors.take("body", text(&self.body.replace("\r\n", "\n"), 5000, "deine Nachricht"));
        match (name, email, subject, body) {
            (Some(name), Some(email), Some(subject), Some(body)) => {
                Ok(NewMessage { stamp, name, email, subject, body })
            }
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/contact.html")]
struct ContactPage {
    layout: Layout,
    operator: Operator,
    /// How long a message is kept, in the dative.
    kept: String,
    form: ContactForm,
    errors: Errors,
}

impl ContactPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        form: ContactForm,
        errors: Errors,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let kept = policy::at(&portal.db, now).await?.said(Figure::ContactMonths);
        Ok(Self { layout: page.layout("Kontakt"), operator: operator(portal), kept, form, errors })
    }

    /// The form again, with what the guard has to say; nothing of what was typed is lost.
    fn held(self, flash: Flash) -> Self {
        let form = ContactForm { website: String::new(), ..self.form };
        Self { layout: self.layout.with_flash(flash), form, ..self }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/contact_received.html")]
struct ReceivedPage {
    layout: Layout,
    email: String,
}

/// `GET /kontakt`
pub async fn new(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let key = stamp::key(&portal.db).await?;
    let form = ContactForm { stamp: stamp::issue(&key, now), ..ContactForm::default() };
    Ok(ContactPage::load(&portal, &page, form, Errors::default(), now).await?.into_response())
}

/// `POST /kontakt`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Address(address): Address,
    Form(mut form): Form<ContactForm>,
) -> Answer {
    let key = stamp::key(&portal.db).await?;
    let stamp = stamp::check(&key, &form.stamp, now);
    let unfit = stamp.err();
    renew(&mut form, &key, unfit, now);
    let new = match form.prove(stamp.unwrap_or_default()) {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessable(ContactPage::load(&portal, &page, form, errors, now).await?)),
    };
    let held = match doubt(&form, unfit) {
        Some(flash) => Some(flash),
        None => receive(&portal, &new, &limit::network(address), now).await?.err().map(too_many),
    };
    if let Some(flash) = held {
        let again = ContactPage::load(&portal, &page, form, Errors::default(), now).await?;
        return Ok(unprocessable(again.held(flash)));
    }
    Ok(ReceivedPage { layout: page.layout("Danke für deine Nachricht"), email: new.email }.into_response())
}

/// Gives a form whose stamp cannot be used any more a new one.
fn renew(form: &mut ContactForm, key: &Key, unfit: Option<Unfit>, now: OffsetDateTime) {
    if unfit.is_some_and(Unfit::wants_new) {
        form.stamp = stamp::issue(key, now);
    }
}

/// Why this may be a robot, said so that a person knows what to do.
fn doubt(form: &ContactForm, unfit: Option<Unfit>) -> Option<Flash> {
    const ONCE_MORE: &str = "Bitte schick deine Nachricht in ein paar Sekunden noch einmal ab. Alles ist noch da.";
    if !form.website.is_empty() {
        return Some(Flash::warn("Ein verstecktes Feld war ausgefüllt.", ONCE_MORE));
    }
    unfit.map(|unfit| Flash::warn(unfit.what(), ONCE_MORE))
}

fn too_many(wait: Duration) -> Flash {
    let minutes = german::count((wait.whole_seconds() + 59) / 60, "Minute", "Minuten");
    let then = format!("Bitte warte {minutes} und schick deine dann noch einmal ab. Alles ist noch da.");
    Flash::warn("Von deinem Anschluss kamen gerade viele Nachrichten.", then)
}

/// Keeps the message and writes the receipt; or says how long to wait. The same form sent twice is one message.
async fn receive(
    portal: &Portal,
    new: &NewMessage,
    network: &str,
    now: OffsetDateTime,
) -> Result<Result<(), Duration>, Error> {
    let mut tx = portal.db.begin().await?;
    if !message::receive(&mut *tx, new, now).await? {
        return Ok(Ok(()));
    }
    if let Err(wait) = limit::turn(&mut tx, &format!("contact {network}"), PER_NETWORK, now).await? {
        return Ok(Err(wait));
    }
    if limit::turn(&mut tx, &format!("contact receipt {}", new.email), RECEIPTS, now).await?.is_ok() {
        mails::confirm(&mut tx, &portal.config, &new.email, now).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}
