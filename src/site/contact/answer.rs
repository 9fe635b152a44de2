//! One message: read, assigned, answered by mail, closed and opened again. Of two people who answer at once, the second
//! is shown the first one's answer before anything goes out.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::mails;
use super::message::{self, Message, Reader, Reply, State};
use crate::accounts::audit;
use crate::clock::{Zone, german};
use crate::id::{AccountId, MessageId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerForm {
    body: String,
    /// The version of the message that the person had in front of them.
    version: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "site/message.html")]
struct MessagePage {
    layout: Layout,
    message: Message,
    replies: Vec<Reply>,
    readers: Vec<Reader>,
    form: AnswerForm,
    errors: Errors,
}

impl MessagePage {
    async fn load(
        portal: &Portal,
        page: &Page,
        id: MessageId,
        form: AnswerForm,
        errors: Errors,
    ) -> Result<Self, Error> {
        let message = message::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
        Ok(Self {
            layout: page.layout(&message.subject),
            replies: message::replies(&portal.db, id).await?,
            readers: message::readers(&portal.db).await?,
            message,
            form,
            errors,
        })
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    fn is_assigned(&self, reader: &Reader) -> bool {
        self.message.assigned_to == Some(reader.id)
    }
}

/// `GET /verwaltung/nachrichten/{id}`
pub async fn show(Shared(portal): Shared<Portal>, page: Page, Path(id): Path<MessageId>) -> Answer {
    Ok(MessagePage::load(&portal, &page, id, AnswerForm::default(), Errors::default()).await?.into_response())
}

/// `POST /verwaltung/nachrichten/{id}/antwort`
pub async fn create(
    Shared(portal): Shared<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<MessageId>,
    Form(form): Form<AnswerForm>,
) -> Answer {
    let mut errors = Errors::default();
    let body = text(&form.body.replace("\r\n", "\n"), 5000, "eine Antwort");
    let Some(body) = errors.take("body", body) else {
        return Ok(unprocessable(MessagePage::load(&portal, &page, id, form, errors).await?));
    };
    let message = message::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let version = form.version.parse().unwrap_or(-1);
    let mut tx = portal.db.begin().await?;
    if message::reply(&mut tx, id, version, &body, me.account, now).await?.is_err() {
        drop(tx);
        errors.add(
            "body",
            "Inzwischen hat sich hier etwas getan, siehe oben. Schick deine Antwort nur ab, wenn sie noch nötig ist.",
        );
        return Ok(unprocessable(MessagePage::load(&portal, &page, id, form, errors).await?));
    }
    mails::answer(&mut tx, &portal.config, &message, &body, now).await?;
    audit::note(&mut *tx, Some(me.account), "contact.reply", &id.to_string(), now).await?;
    tx.commit().await?;
    back(&portal, &me, id, Flash::ok("Deine Antwort ist unterwegs.", "Die Nachricht steht jetzt unter „Beantwortet“."))
        .await
}

/// Who is to look after a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AssignForm {
    person: String,
}

/// `POST /verwaltung/nachrichten/{id}/zustaendigkeit`
pub async fn assign(
    Shared(portal): Shared<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<MessageId>,
    Form(form): Form<AssignForm>,
) -> Answer {
    message::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let readers = message::readers(&portal.db).await?;
    let wanted = form.person.parse::<AccountId>().ok();
    let person = readers.into_iter().find(|reader| Some(reader.id) == wanted);
    if person.is_none() && !form.person.is_empty() {
        return Err(Error::Malformed);
    }
    let mut tx = portal.db.begin().await?;
    message::assign(&mut *tx, id, person.as_ref().map(|p| p.id)).await?;
    audit::note(&mut *tx, Some(me.account), "contact.assign", &id.to_string(), now).await?;
    tx.commit().await?;
    let flash = match person {
        Some(person) => Flash::ok(format!("{} kümmert sich.", person.name), ""),
        None => Flash::info("Diese Nachricht gehört jetzt niemand Bestimmtem.", ""),
    };
    back(&portal, &me, id, flash).await
}

/// The version of the message that the person had in front of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VersionForm {
    version: String,
}

/// `POST /verwaltung/nachrichten/{id}/abschluss`
pub async fn close(
    Shared(portal): Shared<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<MessageId>,
    Form(form): Form<VersionForm>,
) -> Answer {
    let done = Flash::ok("Abgeschlossen.", "Du kannst die Nachricht jederzeit wieder öffnen.");
    set(&portal, &me, id, &form, State::Closed, done, now).await
}

/// `POST /verwaltung/nachrichten/{id}/wiederaufnahme`
pub async fn reopen(
    Shared(portal): Shared<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<MessageId>,
    Form(form): Form<VersionForm>,
) -> Answer {
    set(&portal, &me, id, &form, State::Open, Flash::ok("Wieder offen.", ""), now).await
}

/// `POST /verwaltung/nachrichten/{id}/loeschung`: because whoever wrote it wishes so, or it was not meant for us.
pub async fn delete(Shared(portal): Shared<Portal>, me: Me, Now(now): Now, Path(id): Path<MessageId>) -> Answer {
    let mut tx = portal.db.begin().await?;
    if !message::delete(&mut *tx, id).await? {
        return Err(Error::NotFound);
    }
    audit::note(&mut *tx, Some(me.account), "contact.delete", &id.to_string(), now).await?;
    tx.commit().await?;
    Flash::ok("Die Nachricht ist gelöscht.", "Auch die Antworten darauf.").keep(&portal, &me).await?;
    Ok(see_other("/verwaltung/nachrichten"))
}

async fn set(
    portal: &Portal,
    me: &Me,
    id: MessageId,
    form: &VersionForm,
    state: State,
    done: Flash,
    now: OffsetDateTime,
) -> Answer {
    message::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = portal.db.begin().await?;
    if message::set_state(&mut *tx, id, form.version.parse().unwrap_or(-1), state).await?.is_err() {
        drop(tx);
        let flash = Flash::warn("Inzwischen hat sich hier etwas getan.", "Sieh nach und entscheide dann noch einmal.");
        return back(portal, me, id, flash).await;
    }
    let action = if state == State::Closed { "contact.close" } else { "contact.reopen" };
    audit::note(&mut *tx, Some(me.account), action, &id.to_string(), now).await?;
    tx.commit().await?;
    back(portal, me, id, done).await
}

async fn back(portal: &Portal, me: &Me, id: MessageId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&format!("/verwaltung/nachrichten/{id}")))
}
