//! The editor of a posting's questions, with the form as applicants will see it and the earlier versions.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::path;
use super::question_form::{QuestionsForm, Row, Shown, prove};
use crate::campaigns::posting::{self, Posting};
use crate::campaigns::question::{self, Kind, MOST, NewQuestion, Refusal, Version};
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/questions.html")]
struct QuestionsPage {
    layout: Layout,
    posting: Posting,
    version: i32,
    rows: Vec<Row>,
    /// The form as applicants would see it: of what was typed, as far as it is proven.
    shown: Vec<Shown>,
    /// Every version, the newest first.
    versions: Vec<Earlier>,
    errors: Errors,
}

/// A version that answers were given to.
struct Earlier {
    number: i32,
    /// `23.11.2026`
    day: String,
    questions: Vec<Shown>,
}

impl From<Version> for Earlier {
    fn from(version: Version) -> Self {
        let day = german::date(Zone::berlin().date(version.created_at));
        Self { number: version.number, day, questions: version.questions.into_iter().map(Shown::from).collect() }
    }
}

impl QuestionsPage {
    async fn load(portal: &Portal, page: &Page, slug: &str) -> Result<Self, Error> {
        let posting = posting::find(&portal.db, slug).await?.ok_or(Error::NotFound)?;
        let versions = question::versions(&portal.db, posting.campaign).await?;
        let newest = versions.first();
        let questions: &[NewQuestion] = newest.map_or(&[], |version| &version.questions);
        Ok(Self {
            layout: page.layout(&format!("Fragen: {}", posting.title)),
            version: newest.map_or(0, |version| version.number),
            rows: questions.iter().map(Row::from).collect(),
            shown: questions.iter().cloned().map(Shown::from).collect(),
            versions: versions.into_iter().map(Earlier::from).collect(),
            posting,
            errors: Errors::default(),
        })
    }

    /// The page with what was typed.
    fn typed(self, rows: Vec<Row>, errors: Errors) -> Self {
        let mut ignored = Errors::default();
        let proven = rows.iter().enumerate().filter_map(|(n, row)| row.prove(n, &mut ignored));
        Self { shown: proven.map(Shown::from).collect(), rows, errors, ..self }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= MOST
    }

    fn error(&self, name: &str, n: &usize) -> Option<&str> {
        self.errors.of(&format!("{name}-{n}"))
    }
}

/// `GET /verwaltung/stellen/{slug}/fragen`
pub async fn edit(State(portal): State<Portal>, page: Page, Path(slug): Path<String>) -> Answer {
    Ok(QuestionsPage::load(&portal, &page, &slug).await?.into_response())
}

/// `POST /verwaltung/stellen/{slug}/fragen`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<QuestionsForm>,
) -> Answer {
    let page = QuestionsPage::load(&portal, &page, &slug).await?;
    let base = form.version.parse().map_err(|_| Error::Malformed)?;
    let mut rows = form.rows();
    if form.rearrange(&mut rows) {
        return Ok(page.typed(rows, Errors::default()).at(base).into_response());
    }
    let questions = match prove(&rows) {
        Ok(questions) => questions,
        Err(errors) => return Ok(unprocessable(page.typed(rows, errors).at(base))),
    };
    if form.step == "preview" {
        return Ok(page.typed(rows, Errors::default()).at(base).into_response());
    }
    let saved = question::save(&portal.db, page.posting.campaign, base, &questions, me.account, now).await?;
    let flash = match saved {
        Ok(version) => Flash::ok(
            format!("Fragen gespeichert, Fassung {version}."),
            "Wer schon geantwortet hat, behält seine Fassung.",
        ),
        Err(refusal @ Refusal::Unchanged) => Flash::info(refusal.sentence(), ""),
        Err(refusal @ Refusal::Changed) => {
            // Saving once more replaces the version that is shown now.
            let flash = Flash::warn("Noch nicht gespeichert.", refusal.sentence());
            let newest = page.version;
            let page = page.typed(rows, Errors::default()).at(newest);
            return Ok(unprocessable(QuestionsPage { layout: page.layout.clone().with_flash(flash), ..page }));
        }
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, "/fragen")))
}

impl QuestionsPage {
    /// The page of somebody who began with this version.
    fn at(self, version: i32) -> Self {
        Self { version, ..self }
    }
}
