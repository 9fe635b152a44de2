//! Staff's pages about applications: queue and board, dossier, the steps, refusals of many, texts of mails.

mod beside;
mod dossier;
mod export;
mod list;
mod notes;
mod opinions;
mod refusal;
mod said;
mod steps;
mod texts;
mod words;

use crate::accounts::role::Role;
use crate::applications::application::{self, Application, State};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::{Answer, Audience, Error, Flash, Me, Routes, see_other};

const RECRUITING: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);

/// The routes of staff.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/bewerbungen", RECRUITING, list::show)
        .get("/verwaltung/bewerbungen/export.csv", RECRUITING, export::csv)
        .post("/verwaltung/bewerbungen/absage", RECRUITING, refusal::create)
        .get("/verwaltung/bewerbungen/{id}", RECRUITING, dossier::show)
        .post("/verwaltung/bewerbungen/{id}/sichtung", RECRUITING, steps::begin)
        .post("/verwaltung/bewerbungen/{id}/frist", RECRUITING, steps::due)
        .post("/verwaltung/bewerbungen/{id}/einladung", RECRUITING, steps::invite)
        .post("/verwaltung/bewerbungen/{id}/gespraech", RECRUITING, steps::talked)
        .post("/verwaltung/bewerbungen/{id}/angebot", RECRUITING, steps::offer)
        .post("/verwaltung/bewerbungen/{id}/rueckfrage", RECRUITING, notes::ask)
        .post("/verwaltung/bewerbungen/{id}/notizen", RECRUITING, notes::create)
        .post("/verwaltung/bewerbungen/{id}/einschaetzung", RECRUITING, opinions::give)
        .get("/verwaltung/mailtexte", RECRUITING, texts::list)
        .get("/verwaltung/mailtexte/{key}", RECRUITING, texts::edit)
        .post("/verwaltung/mailtexte/{key}", RECRUITING, texts::update)
        .post("/verwaltung/mailtexte/{key}/ruecksetzung", RECRUITING, texts::reset)
}

/// The application that an address names. Drafts are not staff's to see, and nobody works on their own application.
pub async fn find(portal: &Portal, me: &Me, id: ApplicationId) -> Result<Application, Error> {
    let found = application::find(&portal.db, id).await?;
    let is_theirs =
        |a: &Application| a.submitted_at.is_some() && a.state != State::Draft && a.applicant.0 != me.account.0;
    found.filter(is_theirs).ok_or(Error::NotFound)
}

/// Back to the dossier, with a message.
async fn back(portal: &Portal, me: &Me, id: ApplicationId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&path(id, "")))
}

/// `/verwaltung/bewerbungen/{id}`, and what lies below it.
fn path(id: ApplicationId, below: &str) -> String {
    format!("/verwaltung/bewerbungen/{id}{below}")
}
