//! `/bereit/unterweisung/fragen`: all open questions at once; wrong answers are explained, right ones are kept.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::read::Standing;
use crate::freelancers::briefing::Question;
use crate::freelancers::briefing::quiz::{self, Chosen, Verdict};
use crate::portal::Portal;
use crate::web::form::Form;
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was chosen: `q-{id}` → number of the answer.
type Typed = BTreeMap<String, String>;

#[derive(Template, WebTemplate)]
#[template(path = "briefing/quiz.html")]
struct QuizPage {
    layout: Layout,
    standing: Standing,
    chosen: Chosen,
    /// Whether answers were sent, so that open questions are named.
    is_sent: bool,
}

impl QuizPage {
    fn verdict(&self, question: &Question) -> Verdict {
        quiz::judge(question, &self.standing.progress, &self.chosen)
    }

    fn is_chosen(&self, question: &Question, number: &usize) -> bool {
        self.chosen.get(&question.id).is_some_and(|chosen| usize::try_from(*chosen) == Ok(*number))
    }

    /// How many still need a right answer, after what was sent.
    fn wrong(&self) -> usize {
        self.standing.questions.iter().filter(|question| self.verdict(question) != Verdict::Right).count()
    }

    /// `2 von 6 Fragen sind richtig.`
    fn tally(&self) -> String {
        let all = self.standing.questions.len();
        format!("{} von {all} Fragen sind richtig.", all - self.wrong())
    }
}

/// `GET /bereit/unterweisung/fragen`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let Some(standing) = Standing::load(&portal, me.account.into(), now).await? else {
        return Ok(see_other("/bereit/unterweisung"));
    };
    let layout = page.layout("Fragen zur Unterweisung");
    Ok(QuizPage { layout, standing, chosen: Chosen::new(), is_sent: false }.into_response())
}

/// `POST /bereit/unterweisung/fragen`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(typed): Form<Typed>,
) -> Answer {
    let Some(standing) = Standing::load(&portal, me.account.into(), now).await? else {
        return Ok(see_other("/bereit/unterweisung"));
    };
    let chosen: Chosen = standing
        .questions
        .iter()
        .filter_map(|question| Some((question.id, typed.get(&format!("q-{}", question.id))?.parse().ok()?)))
        .collect();
    let is_right = |question: &&Question| quiz::judge(question, &standing.progress, &chosen) == Verdict::Right;
    let right: Vec<_> = standing.questions.iter().filter(is_right).map(|question| question.id).collect();
    quiz::keep(&portal.db, me.account.into(), &right, now).await?;
    if right.len() == standing.questions.len() {
        Flash::ok("Alles richtig.", "Jetzt fehlt nur noch deine Bestätigung.").keep(&portal, &me).await?;
        return Ok(see_other("/bereit/unterweisung/bestaetigung"));
    }
    let layout = page.layout("Fragen zur Unterweisung");
    Ok(unprocessable(QuizPage { layout, standing, chosen, is_sent: true }))
}
