//! Contract papers of a campaign: to read, and to confirm.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::clock::{Zone, german};
use crate::freelancers::contract::confirmation::{self as contracts, Concerned};
use crate::freelancers::contract::version::{self, Version};
use crate::id::{ContractVersionId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was ticked, and which version was read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    fassung: String,
    gelesen: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/contract.html")]
struct ContractPage {
    layout: Layout,
    concerned: Concerned,
    version: Version,
    body: Html,
    errors: Errors,
}

impl ContractPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        me: &Me,
        slug: &str,
        errors: Errors,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let concerned = contracts::list(&portal.db, FreelancerId::from(me.account), now).await?;
        let concerned = concerned.into_iter().find(|c| c.slug == slug).ok_or(Error::NotFound)?;
        let version = version::published(&portal.db, concerned.campaign, now).await?.ok_or(Error::NotFound)?;
        let body = markdown::render(&version.body, 1);
        Ok(Self { layout: page.layout(&version.title), concerned, version, body, errors })
    }

    fn published(&self) -> String {
        self.version.published_at.map(|at| german::date(Zone::berlin().date(at))).unwrap_or_default()
    }

    fn confirmed(&self) -> Option<String> {
        self.concerned.confirmed_at.map(|at| german::moment(Zone::berlin().local(at)))
    }
}

/// `GET /bereit/vertrag/{slug}`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    Ok(ContractPage::load(&portal, &page, &me, &slug, Errors::default(), now).await?.into_response())
}

/// `POST /bereit/vertrag/{slug}`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<ConfirmForm>,
) -> Answer {
    let mut shown = ContractPage::load(&portal, &page, &me, &slug, Errors::default(), now).await?;
    let Ok(read) = form.fassung.parse::<ContractVersionId>() else {
        shown.errors.add("gelesen", "Bitte lies diese Fassung und bestätige sie.");
        return Ok(unprocessable(shown));
    };
    if form.gelesen.is_empty() {
        shown.errors.add("gelesen", "Bitte setze das Häkchen, wenn du die Unterlagen gelesen hast.");
        return Ok(unprocessable(shown));
    }
    let campaign = shown.concerned.campaign;
    if let Err(refusal) = contracts::confirm(&portal.db, me.account.into(), campaign, read, now).await? {
        shown.errors.add("gelesen", refusal.sentence());
        return Ok(unprocessable(shown));
    }
    let then = "Zeit und Fassung sind festgehalten; du kannst sie hier jederzeit nachlesen.";
    Flash::ok("Deine Vertragsunterlagen sind bestätigt.", then).keep(&portal, &me).await?;
    Ok(see_other("/bereit/unterlagen"))
}
