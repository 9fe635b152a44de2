//! A campaign's settings: creating one, and changing it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::list::publication;
use super::settings_form::SettingsForm;
use super::{find, path};
use crate::campaigns::campaign::{self, Campaign, Channel, Refusal};
use crate::campaigns::opening::{self, Hours};
use crate::clock::german;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/settings.html")]
struct SettingsPage {
    layout: Layout,
    /// What is known of a campaign that exists.
    existing: Option<Existing>,
    form: SettingsForm,
    errors: Errors,
}

struct Existing {
    campaign: Campaign,
    hours: String,
    publication: String,
}

impl Existing {
    async fn load(portal: &Portal, campaign: Campaign, now: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let weekly = opening::weekly(&portal.db, Some(campaign.id)).await?.remove(&campaign.id).unwrap_or_default();
        let hours = Hours { weekly, ..Hours::default() }.summary();
        Ok(Self { hours, publication: publication(&campaign, now), campaign })
    }

    /// `23.11.2026`
    fn ended_on(&self) -> Option<String> {
        self.campaign.ended_at.map(|at| german::date(self.campaign.zone.date(at)))
    }
}

impl SettingsPage {
    fn new(page: &Page, existing: Option<Existing>, form: SettingsForm, errors: Errors) -> Self {
        let title = existing.as_ref().map_or_else(|| "Neue Kampagne".into(), |e| e.campaign.title());
        Self { layout: page.layout(&title), existing, form, errors }
    }

    fn action(&self) -> String {
        self.existing.as_ref().map_or_else(|| path("neu", ""), |existing| path(&existing.campaign.slug, ""))
    }

    fn ticked(&self, channel: &Channel) -> bool {
        self.form.channels.iter().any(|key| key == channel.key())
    }
}

/// `GET /verwaltung/kampagnen/neu`
pub async fn new(page: Page) -> Answer {
    Ok(SettingsPage::new(&page, None, SettingsForm::default(), Errors::default()).into_response())
}

/// `POST /verwaltung/kampagnen/neu`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(mut form): Form<SettingsForm>,
) -> Answer {
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessable(SettingsPage::new(&page, None, form, errors))),
    };
    if let Err(refusal) = campaign::create(&portal.db, &new, Some(me.account), now).await? {
        form.slug = new.slug;
        return Ok(unprocessable(SettingsPage::new(&page, None, form, refused(refusal))));
    }
    let flash = Flash::ok("Kampagne angelegt.", "Trage jetzt ihre Öffnungszeiten ein.");
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&new.slug, "/oeffnungszeiten")))
}

/// `GET /verwaltung/kampagnen/{slug}`
pub async fn edit(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let form = SettingsForm::from(&campaign);
    let existing = Existing::load(&portal, campaign, now).await?;
    Ok(SettingsPage::new(&page, Some(existing), form, Errors::default()).into_response())
}

/// `POST /verwaltung/kampagnen/{slug}`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(mut form): Form<SettingsForm>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let errors = match form.prove() {
        Ok(new) => match campaign::update(&portal.db, campaign.id, &new, me.account, now).await? {
            Ok(()) => {
                Flash::ok("Einstellungen gespeichert.", "").keep(&portal, &me).await?;
                return Ok(see_other(&path(&new.slug, "")));
            }
            Err(refusal) => {
                form.slug = new.slug;
                refused(refusal)
            }
        },
        Err(errors) => errors,
    };
    let existing = Existing::load(&portal, campaign, now).await.map_err(Error::from)?;
    Ok(unprocessable(SettingsPage::new(&page, Some(existing), form, errors)))
}

fn refused(refusal: Refusal) -> Errors {
    let mut errors = Errors::default();
    let field = match refusal {
        Refusal::SlugTaken => "slug",
        Refusal::ZoneInUse => "zone",
    };
    errors.add(field, refusal.sentence());
    errors
}
