//! `/verwaltung/zugaenge`: per campaign the people and the systems, ticked off with a click and taken back with another.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::campaigns::campaign::{self, Campaign};
use crate::clock::{Zone, german};
use crate::id::{FreelancerId, SystemId};
use crate::portal::Portal;
use crate::readiness::access_list::{self, LONGEST_CONTACT, LONGEST_NAME, Overview, Row, System, Tick, Ticked};
use crate::web::form::{Errors, Form, Path, Query, line};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "readiness/access_lists.html")]
struct ListPage {
    layout: Layout,
    campaigns: Vec<Overview>,
}

/// `GET /verwaltung/zugaenge`
pub async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let campaigns = access_list::overview(&portal.db).await?;
    Ok(ListPage { layout: page.layout("Zugänge"), campaigns }.into_response())
}

/// Whether only people are shown for whom something is open.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterForm {
    offen: String,
}

/// A system as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SystemForm {
    name: String,
    contact: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "readiness/access_list.html")]
struct ShowPage {
    layout: Layout,
    campaign: Campaign,
    systems: Vec<System>,
    rows: Vec<Row>,
    is_narrowed: bool,
    form: SystemForm,
    errors: Errors,
}

impl ShowPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        slug: &str,
        is_narrowed: bool,
        form: SystemForm,
        errors: Errors,
    ) -> Result<Self, Error> {
        let campaign = campaign::find(&portal.db, slug).await?.ok_or(Error::NotFound)?;
        let systems = access_list::systems(&portal.db, campaign.id).await?;
        let mut rows = access_list::rows(&portal.db, campaign.id, &systems).await?;
        if is_narrowed {
            rows.retain(Row::is_open);
        }
        let layout = page.layout(&format!("Zugänge: {}", campaign.title()));
        Ok(Self { layout, campaign, systems, rows, is_narrowed, form, errors })
    }

    /// `Nele Iversen, 23.11.`
    fn said(&self, tick: &Tick) -> String {
        let day = german::day_month(Zone::berlin().date(tick.at));
        tick.by.as_ref().map_or(day.clone(), |name| format!("{name}, {day}"))
    }
}

/// `GET /verwaltung/zugaenge/{slug}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    Path(slug): Path<String>,
    Query(filter): Query<FilterForm>,
) -> Answer {
    let (form, errors) = (SystemForm::default(), Errors::default());
    Ok(ShowPage::load(&portal, &page, &slug, !filter.offen.is_empty(), form, errors).await?.into_response())
}

/// `POST /verwaltung/zugaenge/{slug}/systeme`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<SystemForm>,
) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    let name = errors.take("name", line(&form.name, LONGEST_NAME, "das System"));
    let contact = errors.take("contact", line(&form.contact, LONGEST_CONTACT, "einen Kontakt"));
    if let (Some(name), Some(contact)) = (name, contact) {
        let new = (name.as_str(), contact.as_str());
        match access_list::add(&portal.db, campaign.id, new, me.account, now).await? {
            Ok(()) => {
                Flash::ok(format!("{name} steht in der Liste."), "Hake es je Person ab, sobald es eingerichtet ist.")
                    .keep(&portal, &me)
                    .await?;
                return Ok(see_other(&format!("/verwaltung/zugaenge/{slug}")));
            }
            Err(refusal) => errors.add("name", refusal.sentence()),
        }
    }
    Ok(unprocessable(ShowPage::load(&portal, &page, &slug, false, form, errors).await?))
}

/// `POST /verwaltung/zugaenge/{slug}/systeme/{id}/ende`
pub async fn retire(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((slug, id)): Path<(String, SystemId)>,
) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    if !access_list::retire(&portal.db, campaign.id, id, me.account, now).await? {
        return Err(Error::NotFound);
    }
    Flash::ok("Das System steht nicht mehr in der Liste.", "").keep(&portal, &me).await?;
    Ok(see_other(&format!("/verwaltung/zugaenge/{slug}")))
}

/// For whom, and how the list was narrowed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TickForm {
    person: String,
    offen: String,
}

/// `POST /verwaltung/zugaenge/{slug}/systeme/{id}/haken`
pub async fn tick(
    state: State<Portal>,
    me: Me,
    now: Now,
    path: Path<(String, SystemId)>,
    form: Form<TickForm>,
) -> Answer {
    set(state, me, now, path, form, true).await
}

/// `POST /verwaltung/zugaenge/{slug}/systeme/{id}/ruecknahme`
pub async fn untick(
    state: State<Portal>,
    me: Me,
    now: Now,
    path: Path<(String, SystemId)>,
    form: Form<TickForm>,
) -> Answer {
    set(state, me, now, path, form, false).await
}

async fn set(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((slug, system)): Path<(String, SystemId)>,
    Form(form): Form<TickForm>,
    is_set_up: bool,
) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let person: FreelancerId = form.person.parse().map_err(|_| Error::Malformed)?;
    let whom = (system, person);
    let flash = match access_list::tick(&portal.db, campaign.id, whom, is_set_up, me.account, now).await? {
        Ticked::Unknown => return Err(Error::NotFound),
        Ticked::Already => Flash::info("Das war schon so.", "Vielleicht hat es gerade jemand anderes geändert."),
        Ticked::Done if is_set_up => Flash::ok("Abgehakt.", "Die Person sieht es in ihrer Liste."),
        Ticked::Done => Flash::ok("Zurückgenommen.", "Der Zugang steht wieder als offen in der Liste."),
    };
    flash.keep(&portal, &me).await?;
    let narrowed = if form.offen.is_empty() { "" } else { "?offen=1" };
    Ok(see_other(&format!("/verwaltung/zugaenge/{slug}{narrowed}")))
}
