//! Cancelling a date: first what it means for people, then the deed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::LIST;
use crate::clock::german;
use crate::id::TrainingDateId;
use crate::portal::Portal;
use crate::training::cancellation::{self, LONGEST_REASON};
use crate::training::date::{self, TrainingDate};
use crate::training::participant;
use crate::training::upcoming;
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// The reason as typed.
#[derive(Debug, Default, Deserialize)]
pub struct CancelForm {
    #[serde(default)]
    grund: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_cancel.html")]
struct CancelPage {
    layout: Layout,
    date: TrainingDate,
    /// Names of those who are told.
    people: Vec<String>,
    /// What they are offered instead.
    next: Option<String>,
    form: CancelForm,
    errors: Errors,
}

impl CancelPage {
    fn impact(&self) -> String {
        match self.people.len() {
            0 => "Niemand ist angemeldet. Niemand bekommt eine Mail.".into(),
            1 => "Eine Person bekommt den Grund per Mail; ihre Zeit ist dann wieder frei.".into(),
            n => format!("{n} Personen bekommen den Grund per Mail; ihre Zeit ist dann wieder frei."),
        }
    }

    fn button(&self) -> String {
        match self.people.len() {
            0 => "Absagen".into(),
            n => format!("Absagen und {} senden", german::count(n as i64, "Mail", "Mails")),
        }
    }
}

async fn build(portal: &Portal, page: &Page, id: TrainingDateId, Now(now): Now) -> Result<CancelPage, Error> {
    let date = date::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let people = participant::list(&portal.db, id).await?;
    let people = people.into_iter().filter(|person| person.state.is_open()).map(|person| person.name).collect();
    let next = upcoming::of_course(&mut *portal.db.acquire().await?, date.course, now, Some(id)).await?;
    let layout = page.layout("Termin absagen");
    let next = next.map(|next| next.said());
    Ok(CancelPage { layout, date, people, next, form: CancelForm::default(), errors: Errors::default() })
}

/// `GET /verwaltung/schulungen/{id}/absage`
pub async fn confirm(State(portal): State<Portal>, page: Page, now: Now, Path(id): Path<TrainingDateId>) -> Answer {
    Ok(build(&portal, &page, id, now).await?.into_response())
}

/// `POST /verwaltung/schulungen/{id}/absage`
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    now: Now,
    Path(id): Path<TrainingDateId>,
    Form(form): Form<CancelForm>,
) -> Answer {
    let Now(at) = now;
    let mut page = build(&portal, &page, id, now).await?;
    let mut errors = Errors::default();
    let Some(reason) = errors.take("grund", form::text(&form.grund, LONGEST_REASON, "einen Grund")) else {
        (page.form, page.errors) = (form, errors);
        return Ok(unprocessable(page));
    };
    let flash = match cancellation::cancel(&portal.db, &portal.config, id, &reason, me.account, at).await? {
        Ok(0) => Flash::ok("Der Termin ist abgesagt.", "Angemeldet war niemand."),
        Ok(n) => Flash::ok(
            "Der Termin ist abgesagt.",
            format!("{} unterwegs.", german::count(n as i64, "Mail ist", "Mails sind")),
        ),
        Err(refusal) => Flash::warn("Nichts abgesagt.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}/{id}")))
}
