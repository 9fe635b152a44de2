//! `/verwaltung/unterweisung/entwurf`: the text and the questions of the next version, with a preview.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::draft_form::{DraftForm, Row};
use crate::freelancers::briefing::draft::{self, MOST, NewDraft};
use crate::freelancers::briefing::{self, Version};
use crate::portal::Portal;
use crate::web::form::{Errors, Form};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "briefing/draft.html")]
struct DraftPage {
    layout: Layout,
    version: i32,
    revision: i32,
    title: String,
    body: String,
    rows: Vec<Row>,
    /// As freelancers would see it.
    preview: Option<Html>,
    errors: Errors,
}

impl DraftPage {
    fn new(page: &Page, version: &Version, form: &DraftForm, errors: Errors) -> Self {
        Self {
            layout: page.layout("Entwurf der Unterweisung"),
            version: version.version,
            // What the person had seen stays what they had seen.
            revision: form.revision.parse().unwrap_or(-1),
            title: form.title.clone(),
            body: form.body.clone(),
            rows: form.rows(),
            preview: None,
            errors,
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= MOST
    }
}

/// `GET /verwaltung/unterweisung/entwurf`
pub async fn show(State(portal): State<Portal>, page: Page) -> Answer {
    let Some(version) = draft::find(&portal.db).await? else { return Ok(see_other("/verwaltung/unterweisung")) };
    let questions = briefing::questions(&portal.db, version.id).await?;
    let page = DraftPage {
        layout: page.layout("Entwurf der Unterweisung"),
        version: version.version,
        revision: version.revision,
        title: version.title,
        body: version.body,
        rows: questions.iter().map(Row::from).collect(),
        preview: None,
        errors: Errors::default(),
    };
    Ok(page.into_response())
}

/// `POST /verwaltung/unterweisung/entwurf`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<DraftForm>,
) -> Answer {
    let Some(version) = draft::find(&portal.db).await? else { return Ok(see_other("/verwaltung/unterweisung")) };
    if form.step == "add" {
        let mut page = DraftPage::new(&page, &version, &form, Errors::default());
        page.rows.push(Row::default());
        return Ok(page.into_response());
    }
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessable(DraftPage::new(&page, &version, &form, errors))),
    };
    if form.step == "preview" {
        let preview = Some(markdown::render(&new.body, 3));
        let page = DraftPage { preview, ..DraftPage::new(&page, &version, &form, Errors::default()) };
        return Ok(page.into_response());
    }
    save(&portal, &page, &me, &version, &form, &new, now).await
}

async fn save(
    portal: &Portal,
    page: &Page,
    me: &Me,
    version: &Version,
    form: &DraftForm,
    new: &NewDraft,
    now: time::OffsetDateTime,
) -> Answer {
    let revision = form.revision.parse().unwrap_or(-1);
    if draft::save(&portal.db, revision, new, me.account, now).await?.is_err() {
        let mut errors = Errors::default();
        errors.add(
            "body",
            "Inzwischen hat jemand den Entwurf geändert. Öffne ihn in einem zweiten Fenster und führe beides zusammen.",
        );
        return Ok(unprocessable(DraftPage::new(page, version, form, errors)));
    }
    Flash::ok("Der Entwurf ist gespeichert.", "Freelancer*innen sehen ihn erst nach der Veröffentlichung.")
        .keep(portal, me)
        .await?;
    Ok(see_other("/verwaltung/unterweisung/entwurf"))
}
