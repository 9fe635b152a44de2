//! Notes for the team, and questions to the applicant, which are kept as notes.

use axum::extract::State as With;
use serde::Deserialize;

use super::dossier::{Typed, again};
use super::{back, find};
use crate::applications::{note, review};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Me, Page};

/// A note as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    notiz: String,
}

/// `POST /verwaltung/bewerbungen/{id}/notizen`
pub async fn create(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<NoteForm>,
) -> Answer {
    find(&portal, &me, id).await?;
    let mut errors = Errors::default();
    let Some(body) = errors.take("notiz", text(&form.notiz, note::LONGEST, "einen Text")) else {
        let typed = Typed { note: form.notiz, ..Typed::default() };
        return again(&portal, &page, &me, id, (typed, errors), now).await;
    };
    note::add(&portal.db, id, me.account, &body, now).await?;
    back(&portal, &me, id, Flash::ok("Notiz gespeichert.", "")).await
}

/// A question as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct QuestionForm {
    frage: String,
}

/// `POST /verwaltung/bewerbungen/{id}/rueckfrage`
pub async fn ask(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<QuestionForm>,
) -> Answer {
    find(&portal, &me, id).await?;
    let mut errors = Errors::default();
    let Some(question) = errors.take("frage", text(&form.frage, review::LONGEST_QUESTION, "eine Frage")) else {
        let typed = Typed { question: form.frage, ..Typed::default() };
        return again(&portal, &page, &me, id, (typed, errors), now).await;
    };
    let flash = match review::ask(&portal.db, &portal.config, id, &question, me.account, now).await? {
        Ok(()) => Flash::ok("Die Rückfrage ist unterwegs.", "Sie steht auch bei den Notizen."),
        Err(refusal) => Flash::warn("Keine Mail geschickt.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}
