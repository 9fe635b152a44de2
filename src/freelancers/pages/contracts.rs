//! Staff write a campaign's contract papers, look at them, and publish them with a day by which to confirm.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use super::papers::REVIEWING;
use crate::campaigns::campaign::{self, Campaign};
use crate::clock::{Zone, german};
use crate::freelancers::contract::version::{self, LONGEST_BODY, LONGEST_TITLE, Overview, Version};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, line, text};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other, unprocessable};

const WRITE: Audience = Audience::Staff(REVIEWING);
/// Days that the form proposes for confirming.
const TERM: Duration = Duration::days(14);

/// The routes of these pages.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/vertraege", WRITE, list)
        .get("/verwaltung/vertraege/{slug}", WRITE, edit)
        .post("/verwaltung/vertraege/{slug}", WRITE, update)
        .post("/verwaltung/vertraege/{slug}/veroeffentlichung", WRITE, publish)
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/contracts.html")]
struct ListPage {
    layout: Layout,
    campaigns: Vec<Overview>,
}

impl ListPage {
    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }
}

/// `GET /verwaltung/vertraege`
async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let campaigns = version::overview(&portal.db).await?;
    Ok(ListPage { layout: page.layout("Vertragsunterlagen"), campaigns }.into_response())
}

/// A draft as typed; `tun` says which button was pressed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DraftForm {
    title: String,
    body: String,
    tun: String,
}

impl DraftForm {
    fn prove(&self) -> Result<(String, String), Errors> {
        let mut errors = Errors::default();
        let title = errors.take("title", line(&self.title, LONGEST_TITLE, "einen Titel"));
        let body = errors.take("body", text(&self.body, LONGEST_BODY, "einen Text"));
        title.zip(body).ok_or(errors)
    }
}

/// The day by which to confirm, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PublicationForm {
    confirm_by: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/contract_edit.html")]
struct EditPage {
    layout: Layout,
    campaign: Campaign,
    draft: Option<Version>,
    published: Vec<(Version, Html)>,
    form: DraftForm,
    confirm_by: String,
    preview: Option<Html>,
    errors: Errors,
}

impl EditPage {
    async fn load(portal: &Portal, page: &Page, slug: &str, now: OffsetDateTime) -> Result<Self, Error> {
        let campaign = campaign::find(&portal.db, slug).await?.ok_or(Error::NotFound)?;
        let all = version::list(&portal.db, campaign.id).await?;
        let (published, mut drafts): (Vec<_>, Vec<_>) = all.into_iter().partition(|v| v.published_at.is_some());
        let draft = drafts.pop();
        // A new version begins with the words of the last one.
        let start = draft.as_ref().or(published.first());
        let form = start.map(|v| DraftForm { title: v.title.clone(), body: v.body.clone(), tun: String::new() });
        let rendered = |v: Version| {
            let html = markdown::render(&v.body, 2);
            (v, html)
        };
        Ok(Self {
            layout: page.layout(&format!("Vertragsunterlagen: {}", campaign.title())),
            form: form.unwrap_or_default(),
            confirm_by: (Zone::berlin().date(now) + TERM).to_string(),
            published: published.into_iter().map(rendered).collect(),
            campaign,
            draft,
            preview: None,
            errors: Errors::default(),
        })
    }

    fn summary(&self, version: &Version) -> String {
        let day = version.published_at.map(|at| german::date(Zone::berlin().date(at))).unwrap_or_default();
        let confirmed = german::count(version.confirmations, "Bestätigung", "Bestätigungen");
        format!("veröffentlicht am {day}, {confirmed}")
    }
}

/// `GET /verwaltung/vertraege/{slug}`
async fn edit(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    Ok(EditPage::load(&portal, &page, &slug, now).await?.into_response())
}

/// `POST /verwaltung/vertraege/{slug}`: the draft, to be kept or only looked at.
async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<DraftForm>,
) -> Answer {
    let mut shown = EditPage::load(&portal, &page, &slug, now).await?;
    let proven = form.prove();
    let is_preview = form.tun == "vorschau";
    shown.form = form;
    match proven {
        Err(errors) => {
            shown.errors = errors;
            Ok(unprocessable(shown))
        }
        Ok((_, body)) if is_preview => {
            shown.preview = Some(markdown::render(&body, 3));
            Ok(shown.into_response())
        }
        Ok((title, body)) => {
            version::save_draft(&portal.db, shown.campaign.id, (&title, &body), me.account, now).await?;
            let flash = Flash::ok(
                "Der Entwurf ist gespeichert.",
                "Freelancer*innen sehen ihn erst, wenn du ihn veröffentlichst.",
            );
            flash.keep(&portal, &me).await?;
            Ok(see_other(&format!("/verwaltung/vertraege/{slug}")))
        }
    }
}

/// `POST /verwaltung/vertraege/{slug}/veroeffentlichung`
async fn publish(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<PublicationForm>,
) -> Answer {
    let mut shown = EditPage::load(&portal, &page, &slug, now).await?;
    let day = Date::parse(form.confirm_by.trim(), format_description!("[year]-[month]-[day]"));
    let refusal = match day {
        Err(_) => "Bitte gib einen Tag an.".to_owned(),
        Ok(day) => match version::publish(&portal.db, &portal.config, shown.campaign.id, day, me.account, now).await? {
            Err(refusal) => refusal.sentence().to_owned(),
            Ok(()) => {
                let then = "Wer schon mitarbeitet, hat eine Mail mit dem Tag bekommen, bis zu dem zu bestätigen ist.";
                Flash::ok("Die neue Fassung gilt.", then).keep(&portal, &me).await?;
                return Ok(see_other(&format!("/verwaltung/vertraege/{slug}")));
            }
        },
    };
    shown.confirm_by = form.confirm_by;
    shown.errors.add("confirm_by", refusal);
    Ok(unprocessable(shown))
}
