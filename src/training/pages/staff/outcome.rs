//! The result of one person: passed or repeat, with a word to them.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::{LIST, writer};
use crate::clock::german;
use crate::id::EnrolmentId;
use crate::portal::Portal;
use crate::training::date::{self, TrainingDate};
use crate::training::enrolment::State as Stand;
use crate::training::participant::{self, Participant};
use crate::training::result::{self, LONGEST_WORD, Verdict};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// The result as typed.
#[derive(Debug, Default, Deserialize)]
pub struct OutcomeForm {
    #[serde(default)]
    ergebnis: String,
    #[serde(default)]
    wort: String,
}

impl OutcomeForm {
    fn of(person: &Participant) -> Self {
        let ergebnis = match person.state {
            Stand::Passed => "bestanden",
            Stand::Repeat => "wiederholen",
            _ => "",
        };
        Self { ergebnis: ergebnis.into(), wort: person.word.clone().unwrap_or_default() }
    }

    fn prove(&self) -> Result<(Verdict, Option<String>), Errors> {
        let mut errors = Errors::default();
        let verdict = match self.ergebnis.as_str() {
            "bestanden" => Some(Verdict::Passed),
            "wiederholen" => Some(Verdict::Repeat),
            _ => {
                errors.add("ergebnis", "Bitte wähle das Ergebnis.");
                None
            }
        };
        // Who is to repeat something should know what to look at.
        let word = match self.wort.trim() {
            "" if verdict != Some(Verdict::Repeat) => Some(None),
            typed => errors.take("wort", form::text(typed, LONGEST_WORD, "ein Wort dazu, was noch fehlt")).map(Some),
        };
        match (verdict, word) {
            (Some(verdict), Some(word)) => Ok((verdict, word)),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_outcome.html")]
struct OutcomePage {
    layout: Layout,
    date: TrainingDate,
    person: Participant,
    may_write: bool,
    form: OutcomeForm,
    errors: Errors,
    now: OffsetDateTime,
}

impl OutcomePage {
    /// `teilgenommen an 2 von 3 Tagen`
    fn attended(&self) -> String {
        let days = self.date.day_ids.len();
        format!("Teilgenommen an {} von {}", self.person.attended.len(), german::count(days as i64, "Tag", "Tagen"))
    }

    /// Why no result can be written, if so.
    fn obstacle(&self) -> Option<&'static str> {
        match () {
            () if !self.may_write => Some(result::Refusal::NotYours.sentence()),
            () if self.date.cancelled_at.is_some() || !self.person.state.takes_part() => {
                Some(result::Refusal::NoPart.sentence())
            }
            () if self.date.last_starts_at() > self.now => Some(result::Refusal::TooSoon.sentence()),
            () => None,
        }
    }

    fn decided(&self) -> Option<String> {
        let at = self.person.result_at?;
        Some(format!("{}, {}", self.person.state.label(), german::moment(self.date.zone.local(at))))
    }
}

async fn build(
    portal: &Portal,
    me: &Me,
    page: &Page,
    id: EnrolmentId,
    now: OffsetDateTime,
) -> Result<OutcomePage, Error> {
    let person = participant::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let date = date::find(&portal.db, person.date).await?.ok_or(Error::NotFound)?;
    let (may_write, form) = (result::may_write(&date, writer(me)), OutcomeForm::of(&person));
    let layout = page.layout(&format!("Ergebnis: {}", person.name));
    Ok(OutcomePage { layout, date, person, may_write, form, errors: Errors::default(), now })
}

/// `GET /verwaltung/schulungen/anmeldungen/{id}`
pub async fn edit(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<EnrolmentId>,
) -> Answer {
    Ok(build(&portal, &me, &page, id, now).await?.into_response())
}

/// `POST /verwaltung/schulungen/anmeldungen/{id}`
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<EnrolmentId>,
    Form(form): Form<OutcomeForm>,
) -> Answer {
    let mut page = build(&portal, &me, &page, id, now).await?;
    let (verdict, word) = match form.prove() {
        Ok(proven) => proven,
        Err(errors) => {
            (page.form, page.errors) = (form, errors);
            return Ok(unprocessable(page));
        }
    };
    let outcome = (verdict, word.as_deref());
    let flash = match result::decide(&portal.db, &portal.config, id, outcome, writer(&me), now).await? {
        Ok(()) => Flash::ok("Das Ergebnis steht.", "Die Person bekommt es gleich per Mail."),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}/{}", page.date.id)))
}
