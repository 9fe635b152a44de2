//! The questions of a posting: answered in one page, each error beside its question, a knock-out said before and after.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::data;
use super::frame::{Frame, Here};
use super::short::Typed;
use crate::applications::application::State as Stand;
use crate::applications::form::answer::{self, Answers};
use crate::applications::form::submission::{self, Facts, Fixed};
use crate::campaigns::question::{self, Kind, Question};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A question with what was typed.
pub struct Asked {
    pub question: Question,
    pub field: String,
    pub typed: String,
}

impl Asked {
    fn new(question: Question, typed: String) -> Self {
        Self { field: submission::field(&question), question, typed }
    }

    /// A question that nobody has answered.
    pub fn blank(question: Question) -> Self {
        Self::new(question, String::new())
    }

    /// The question as its label says it.
    pub fn label(&self) -> String {
        let optional = if self.question.required { "" } else { " (freiwillig)" };
        format!("{}{optional}", self.question.wording)
    }

    /// What a knock-out asks for.
    pub fn condition(&self) -> Option<String> {
        answer::condition(&self.question)
    }

    /// Whether anything stands above the field.
    pub fn has_hint(&self) -> bool {
        !self.question.hint.is_empty() || self.question.must_be.is_some()
    }

    /// Whether the answer needs care.
    pub fn has_error(&self, errors: &Errors) -> bool {
        errors.of(&self.field).is_some()
    }

    /// Whether hint or error describe the field.
    pub fn is_described(&self, errors: &Errors) -> bool {
        self.has_hint() || self.has_error(errors)
    }

    /// The ids of hint and error.
    pub fn described(&self, errors: &Errors) -> String {
        let hint = self.has_hint().then(|| format!("{}-h", self.field));
        let error = self.has_error(errors).then(|| format!("{}-e", self.field));
        [hint, error].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The answers to choose from: value and words.
    pub fn options(&self) -> Vec<(&str, &str)> {
        match self.question.kind {
            Kind::YesNo => ["yes", "no"].map(|value| (value, answer::said(Kind::YesNo, value))).into(),
            _ => self.question.options.iter().map(|option| (option.as_str(), option.as_str())).collect(),
        }
    }

    /// Whether this answer is chosen.
    pub fn is_chosen(&self, value: &str) -> bool {
        self.typed == value
    }
}

/// All questions as they were answered in a form.
pub struct Asking {
    pub asked: Vec<Asked>,
    /// What can be kept.
    pub answers: Answers,
    /// What cannot, and what rules the person out.
    pub errors: Errors,
}

impl Asking {
    /// Proves what was typed; the answer of a knock-out is kept and said.
    pub fn read(questions: Vec<Question>, typed: &Typed) -> Self {
        let mut read = Self { asked: Vec::new(), answers: Answers::new(), errors: Errors::default() };
        for question in questions {
            let asked = Asked::new(question, String::new());
            let typed = typed.of(&asked.field);
            match answer::prove(&asked.question, typed) {
                Ok(Some(given)) => {
                    if answer::is_knocked_out(&asked.question, &given) {
                        read.errors.add(&asked.field, knocked_out(&asked.question));
                    }
                    read.answers.insert(asked.question.id, given);
                }
                Ok(None) => {}
                Err(sentence) => read.errors.add(&asked.field, sentence),
            }
            read.asked.push(Asked { typed: typed.into(), ..asked });
        }
        read
    }
}

fn knocked_out(question: &Question) -> String {
    let condition = answer::condition(question).unwrap_or_default();
    format!("{condition} Mit deiner passt vielleicht eine andere Stelle besser.")
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/questions.html")]
struct QuestionsPage {
    layout: Layout,
    frame: Frame,
    facts: Facts,
    asked: Vec<Asked>,
    errors: Errors,
    has_knock_out: bool,
}

impl QuestionsPage {
    fn new(page: &Page, frame: Frame, facts: Facts, asked: Vec<Asked>, errors: Errors) -> Self {
        let is_out = |a: &Asked| answer::is_knocked_out(&a.question, a.typed.trim());
        let has_knock_out = asked.iter().any(is_out);
        Self { layout: page.layout("Fragen zur Stelle"), frame, facts, asked, errors, has_knock_out }
    }

    /// With the answers that are there.
    fn answered(page: &Page, frame: Frame, facts: Facts, answers: &Answers) -> Self {
        let typed = |question: &Question| answers.get(&question.id).cloned().unwrap_or_default();
        let asked = facts.questions.iter().map(|q| Asked::new(q.clone(), typed(q))).collect();
        Self::new(page, frame, facts, asked, Errors::default())
    }

    fn fixed(&self) -> Option<Fixed> {
        Fixed::of(&self.facts.application, self.frame.is_held())
    }

    fn said<'a>(&self, asked: &'a &Asked) -> &'a str {
        answer::said(asked.question.kind, &asked.typed)
    }
}

/// `GET /bewerbung/{id}/fragen`
pub async fn edit(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Questions, now).await?;
    let answers = facts.answers.clone();
    Ok(QuestionsPage::answered(&page, frame, facts, &answers).into_response())
}

/// `POST /bewerbung/{id}/fragen`: a draft keeps what is right, whatever else is wrong.
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Questions, now).await?;
    if typed.of("set") != facts.set.to_string() {
        return other_questions(&portal, &page, frame, facts, &typed).await;
    }
    let asking = Asking::read(facts.questions.clone(), &typed);
    let is_draft = facts.application.state == Stand::Draft;
    if (is_draft || asking.errors.is_empty())
        && let Err(fixed) = submission::save_answers(&portal.db, &facts, &asking.answers, now).await?
    {
        Flash::warn("Deine Antworten wurden nicht geändert.", fixed.sentence()).keep(&portal, &me).await?;
        return Ok(see_other(&frame.path));
    }
    if !typed.of("spaeter").is_empty() && is_draft {
        return data::later(&portal, &me, id, now).await;
    }
    if !asking.errors.is_empty() {
        let page = QuestionsPage::new(&page, frame, facts, asking.asked, asking.errors);
        return Ok(unprocessable(page));
    }
    if is_draft {
        return Ok(see_other(&format!("{}/vorstellung", frame.path)));
    }
    Flash::ok("Deine Antworten sind geändert.", "").keep(&portal, &me).await?;
    Ok(see_other(&frame.path))
}

/// Staff edited the questions while somebody was answering: equal ones keep what was typed, and nothing is saved yet.
async fn other_questions(portal: &Portal, page: &Page, frame: Frame, facts: Facts, typed: &Typed) -> Answer {
    let old = match typed.of("set").parse() {
        Ok(set) => question::of_set(&portal.db, set).await?,
        Err(_) => return Err(Error::Malformed),
    };
    let given = Asking::read(old.clone(), typed).answers;
    let mut answers = facts.answers.clone();
    answers.extend(answer::carry_over(&old, &given, &facts.questions));
    let mut shown = QuestionsPage::answered(page, frame, facts, &answers);
    shown.facts.has_new_questions = true;
    Ok(unprocessable(shown))
}
