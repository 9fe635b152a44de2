//! Cancelling slots, with a reason that goes to whoever had chosen one. First a preview, then the deed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{LIST, ids};
use crate::applications::interview::said;
use crate::applications::interview::slot::{self, Listed};
use crate::clock::german;
use crate::id::SlotId;
use crate::portal::Portal;
use crate::web::form::{self, Errors, Form, Query};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// The ticked slots, and the reason as typed.
#[derive(Debug, Default, Deserialize)]
pub struct CancelForm {
    #[serde(default)]
    s: Vec<String>,
    #[serde(default)]
    grund: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "interview/cancel.html")]
struct CancelPage {
    layout: Layout,
    slots: Vec<Listed>,
    form: CancelForm,
    errors: Errors,
}

impl CancelPage {
    /// How many of them somebody has chosen.
    fn taken(&self) -> usize {
        self.slots.iter().filter(|slot| slot.application.is_some()).count()
    }

    fn title(&self) -> String {
        format!("{} absagen", german::count(self.slots.len() as i64, "Termin", "Termine"))
    }

    fn impact(&self) -> String {
        match self.taken() {
            0 => "Keiner davon ist vergeben. Niemand bekommt eine Mail.".into(),
            1 => "Einer davon ist vergeben: die Person bekommt den Grund per Mail und wählt neu.".into(),
            n => format!("{n} davon sind vergeben: die Personen bekommen den Grund per Mail und wählen neu."),
        }
    }

    fn said(&self, slot: &Listed) -> String {
        said(slot.starts_at, slot.ends_at)
    }

    fn button(&self) -> String {
        match self.taken() {
            0 => "Absagen".into(),
            n => format!("Absagen und {} senden", german::count(n as i64, "Mail", "Mails")),
        }
    }
}

/// The ticked slots that can still be cancelled.
async fn load(portal: &Portal, typed: &[String], now: OffsetDateTime) -> Result<Vec<Listed>, sqlx::Error> {
    let mut slots = slot::list(&portal.db, (now, now), &ids(typed)).await?;
    slots.retain(|slot| slot.may_cancel(now));
    Ok(slots)
}

async fn nothing(portal: &Portal, me: &Me) -> Result<Response, sqlx::Error> {
    Flash::warn("Nichts abgesagt.", "Bitte wähle mindestens einen kommenden Termin aus.").keep(portal, me).await?;
    Ok(see_other(LIST))
}

/// `GET /verwaltung/gespraeche/absage?s=…`
pub async fn confirm(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Query(form): Query<CancelForm>,
) -> Answer {
    let slots = load(&portal, &form.s, now).await?;
    if slots.is_empty() {
        return Ok(see_other(LIST));
    }
    Ok(CancelPage { layout: page.layout("Termine absagen"), slots, form, errors: Errors::default() }.into_response())
}

/// `POST /verwaltung/gespraeche/absage`
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Form(form): Form<CancelForm>,
) -> Answer {
    let slots = load(&portal, &form.s, now).await?;
    let Some(first) = slots.first() else { return Ok(nothing(&portal, &me).await?) };
    let back = crate::applications::interview::mails::staff_path(first.starts_at);
    let mut errors = Errors::default();
    let Some(reason) = errors.take("grund", form::text(&form.grund, 500, "einen Grund")) else {
        return Ok(unprocessable(CancelPage { layout: page.layout("Termine absagen"), slots, form, errors }));
    };
    let ids: Vec<SlotId> = slots.iter().map(|slot| slot.id).collect();
    let (gone, mails) = slot::cancel(&portal.db, &portal.config, &ids, &reason, me.account, now).await?;
    let what = format!("{} abgesagt.", german::count(gone as i64, "Termin ist", "Termine sind"));
    let then = match mails {
        0 => "Keiner davon war vergeben.".into(),
        n => format!("{} unterwegs; neu gewählt wird selbst.", german::count(n as i64, "Mail ist", "Mails sind")),
    };
    Flash::ok(what, then).keep(&portal, &me).await?;
    Ok(see_other(&back))
}
