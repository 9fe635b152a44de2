//! `/bereit/unterweisung`: the text; and the confirmation at the end, which is refused before the quiz is done.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::clock::{Zone, german};
use crate::freelancers::briefing::confirmation::{self, Refusal};
use crate::freelancers::briefing::{self, Progress, Version};
use crate::id::FreelancerId;
use crate::portal::Portal;
use crate::web::form::Form;
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

/// A published version with what one person has done of it.
pub struct Standing {
    pub version: Version,
    pub questions: Vec<briefing::Question>,
    pub progress: Progress,
}

impl Standing {
    /// The version that is to be confirmed now; none before the first publication.
    pub async fn load(portal: &Portal, who: FreelancerId, now: OffsetDateTime) -> Result<Option<Self>, sqlx::Error> {
        let Some(version) = briefing::latest(&portal.db, now).await? else { return Ok(None) };
        let questions = briefing::questions(&portal.db, version.id).await?;
        let progress = briefing::progress(&portal.db, who, version.id).await?;
        Ok(Some(Self { version, questions, progress }))
    }

    /// Questions without a right answer.
    pub fn open(&self) -> usize {
        self.questions.iter().filter(|question| !self.progress.right.contains(&question.id)).count()
    }

    /// `Mo, 23.11.2026, 12:00 Uhr`
    pub fn confirmed(&self) -> Option<String> {
        self.progress.confirmed_at.map(|at| german::moment(Zone::berlin().local(at)))
    }

    /// `Fr, 18.12.2026`
    pub fn until(&self) -> String {
        self.version.confirm_by.map(german::day).unwrap_or_default()
    }

    /// Minutes that all of it takes.
    pub fn minutes(&self) -> usize {
        briefing::minutes(&self.version.body, self.questions.len())
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "briefing/read.html")]
struct ReadPage {
    layout: Layout,
    standing: Option<Standing>,
    text: Html,
}

/// `GET /bereit/unterweisung`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let standing = Standing::load(&portal, me.account.into(), now).await?;
    let text = standing.as_ref().map(|s| markdown::render(&s.version.body, 1)).unwrap_or_default();
    Ok(ReadPage { layout: page.layout("Datenschutz-Unterweisung"), standing, text }.into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "briefing/confirm.html")]
struct ConfirmPage {
    layout: Layout,
    standing: Standing,
}

/// `GET /bereit/unterweisung/bestaetigung`: for whoever has done the quiz.
pub async fn confirm(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    match Standing::load(&portal, me.account.into(), now).await? {
        Some(standing) if standing.open() == 0 => {
            Ok(ConfirmPage { layout: page.layout("Unterweisung bestätigen"), standing }.into_response())
        }
        Some(_) => Ok(see_other("/bereit/unterweisung/fragen")),
        None => Ok(see_other("/bereit/unterweisung")),
    }
}

/// The version that the person had in front of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    version: String,
}

/// `POST /bereit/unterweisung/bestaetigung`
pub async fn create(State(portal): State<Portal>, me: Me, Now(now): Now, Form(form): Form<ConfirmForm>) -> Answer {
    let version = form.version.parse().map_err(|_| Error::Malformed)?;
    let (flash, onward) = match confirmation::confirm(&portal.db, me.account.into(), version, now).await? {
        Ok(()) => (Flash::ok("Die Unterweisung ist bestätigt.", "Danke, dieser Schritt ist erledigt."), "/bereit"),
        Err(refusal) => {
            let onward = match refusal {
                Refusal::NotLatest => "/bereit/unterweisung",
                Refusal::QuizOpen(_) => "/bereit/unterweisung/fragen",
            };
            (Flash::warn("Noch nicht bestätigt.", refusal.sentence()), onward)
        }
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(onward))
}
