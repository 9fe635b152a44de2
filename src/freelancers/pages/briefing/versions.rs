//! `/verwaltung/unterweisung`: the published versions and how many have confirmed them, the draft, and a single version.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::freelancers::briefing::draft::{self, NewDraft};
use crate::freelancers::briefing::{self, Published, Question, Version, publication, template};
use crate::id::BriefingId;
use crate::portal::Portal;
use crate::web::form::{Form, Path};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

#[derive(Template, WebTemplate)]
#[template(path = "briefing/versions.html")]
struct VersionsPage {
    layout: Layout,
    published: Vec<Published>,
    draft: Option<Version>,
    /// People who have not confirmed the latest version.
    open: i64,
}

impl VersionsPage {
    fn published(&self, version: &Published) -> String {
        german::date(Zone::berlin().date(version.published_at))
    }

    fn until(&self, day: &Date) -> String {
        german::day(*day)
    }

    /// `3 Personen haben noch nicht bestätigt.`
    fn waiting(&self) -> String {
        format!("{} noch nicht bestätigt.", german::count(self.open, "Person hat", "Personen haben"))
    }
}

/// `GET /verwaltung/unterweisung`
pub async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let mut connection = portal.db.acquire().await?;
    let published = briefing::published(&mut *connection).await?;
    let mut people = std::collections::BTreeSet::new();
    if let Some(latest) = published.first() {
        people.extend(publication::asked(&mut connection, latest.id).await?.into_iter().map(|asked| asked.freelancer));
    }
    let page = VersionsPage {
        layout: page.layout("Datenschutz-Unterweisung"),
        published,
        draft: draft::find(&mut *connection).await?,
        open: people.len() as i64,
    };
    Ok(page.into_response())
}

/// With what a draft begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BeginForm {
    vorlage: String,
}

/// `POST /verwaltung/unterweisung`: a draft from the latest version, or from the template.
pub async fn begin(State(portal): State<Portal>, me: Me, Now(now): Now, Form(form): Form<BeginForm>) -> Answer {
    let new = if form.vorlage.is_empty() { of_latest(&portal, now).await? } else { template::draft() };
    if !draft::begin(&portal.db, &new, me.account, now).await? {
        Flash::info("Es gibt schon einen Entwurf.", "Hier ist er.").keep(&portal, &me).await?;
    }
    Ok(see_other("/verwaltung/unterweisung/entwurf"))
}

/// The latest version as a draft; the template if none was published.
async fn of_latest(portal: &Portal, now: OffsetDateTime) -> Result<NewDraft, sqlx::Error> {
    let Some(latest) = briefing::latest(&portal.db, now).await? else { return Ok(template::draft()) };
    let questions = briefing::questions(&portal.db, latest.id).await?;
    Ok(NewDraft { title: latest.title, body: latest.body, questions: questions.into_iter().map(Into::into).collect() })
}

#[derive(Template, WebTemplate)]
#[template(path = "briefing/version.html")]
struct VersionPage {
    layout: Layout,
    version: Version,
    text: Html,
    questions: Vec<Question>,
}

impl VersionPage {
    fn published(&self) -> String {
        self.version.published_at.map(|at| german::date(Zone::berlin().date(at))).unwrap_or_default()
    }

    fn until(&self) -> String {
        self.version.confirm_by.map(german::day).unwrap_or_default()
    }
}

/// `GET /verwaltung/unterweisung/{id}`: a published version, as it will always be.
pub async fn show(State(portal): State<Portal>, page: Page, Path(id): Path<BriefingId>) -> Answer {
    let found = briefing::find(&portal.db, id).await?.filter(|version| version.published_at.is_some());
    let version = found.ok_or(Error::NotFound)?;
    let questions = briefing::questions(&portal.db, id).await?;
    let text = markdown::render(&version.body, 2);
    Ok(VersionPage { layout: page.layout(&version.title), version, text, questions }.into_response())
}
