//! Sending: a page that says everything that is still open at once, shows what will be sent, and has one button.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::frame::{Frame, Here};
use crate::applications::application::State as Stand;
use crate::applications::form::submission::{self, Facts, Gap, Refusal, Step};
use crate::applications::form::{answer, words};
use crate::campaigns::{country, language};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "applications/submission.html")]
struct SubmissionPage {
    layout: Layout,
    frame: Frame,
    facts: Facts,
    gaps: Vec<Gap>,
}

impl SubmissionPage {
    fn new(page: &Page, frame: Frame, facts: Facts) -> Self {
        let gaps = facts.gaps();
        Self { layout: page.layout("Bewerbung absenden"), frame, facts, gaps }
    }

    fn heading(&self) -> String {
        match self.gaps.len() {
            1 => "Eine Sache ist noch offen.".into(),
            n => format!("{n} Sachen sind noch offen."),
        }
    }

    fn has_knock_out(&self) -> bool {
        self.gaps.iter().any(|gap| gap.knock_out)
    }

    fn path_of(&self, gap: &Gap) -> String {
        let step = match gap.step {
            Step::Profile => "angaben",
            Step::Questions => "fragen",
        };
        let anchor = if gap.field.is_empty() { String::new() } else { format!("#{}", gap.field) };
        format!("{}/{step}{anchor}", self.frame.path)
    }

    /// What stands in the application: question and answer.
    fn lines(&self) -> Vec<(String, String)> {
        let profile = &self.facts.profile;
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
        let languages = words::listed(profile.languages.iter().map(|tag| language::name(tag)));
        let mut lines = vec![
            ("Name".to_owned(), profile.name.clone()),
            ("E-Mail-Adresse".into(), self.facts.application.email.clone()),
            ("Telefonnummer".into(), said(&profile.phone)),
            ("Wohnort".into(), said(&profile.place)),
            ("Land".into(), profile.country.as_deref().map_or("–", country::name).to_owned()),
            ("Sprachen".into(), if languages.is_empty() { "–".into() } else { languages }),
            ("Gewerbe oder Umsatzsteuer-ID".into(), profile.trade.map_or("–", |trade| trade.label()).into()),
        ];
        lines.extend(self.facts.questions.iter().map(|question| {
            let given = self.facts.answers.get(&question.id);
            (question.wording.clone(), given.map_or("–", |given| answer::said(question.kind, given)).to_owned())
        }));
        lines
    }
}

/// `GET /bewerbung/{id}/absenden`
pub async fn new(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Submission, now).await?;
    if facts.application.state != Stand::Draft {
        return Ok(see_other(&frame.path));
    }
    Ok(SubmissionPage::new(&page, frame, facts).into_response())
}

/// `POST /bewerbung/{id}/absenden`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Submission, now).await?;
    let flash = match submission::submit(&portal.db, &portal.config, id, me.account.into(), now).await? {
        Ok(()) => Flash::ok("Deine Bewerbung ist bei uns.", "Eine Bestätigung ist unterwegs in dein Postfach."),
        Err(Refusal::Incomplete) => return Ok(unprocessable(SubmissionPage::new(&page, frame, facts))),
        // A double click is no mistake.
        Err(refusal @ Refusal::Already) => Flash::info(refusal.sentence(), "Es wurde nichts zweimal geschickt."),
        Err(refusal) => Flash::warn(refusal.sentence(), "Abgeschickt wurde nichts."),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&frame.path))
}
