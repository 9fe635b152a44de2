//! The end of a campaign: a page that says what follows, then the step itself.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::{find, path};
use crate::campaigns::campaign::{self, Campaign, EndRefusal};
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/end.html")]
struct EndPage {
    layout: Layout,
    campaign: Campaign,
}

/// `GET /verwaltung/kampagnen/{slug}/ende`
pub async fn new(State(portal): State<Portal>, page: Page, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    if campaign.ended_at.is_some() {
        return Ok(see_other(&path(&slug, "")));
    }
    let layout = page.layout(&format!("Beenden: {}", campaign.title()));
    Ok(EndPage { layout, campaign }.into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/ende`
pub async fn create(State(portal): State<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let flash = match campaign::end(&portal.db, campaign.id, me.account, now).await? {
        Ok(()) => Flash::ok("Die Kampagne ist beendet.", "Ihre Schichten und Buchungen bleiben nachlesbar."),
        Err(refusal @ EndRefusal::Ended) => Flash::info(refusal.sentence(), ""),
        Err(refusal @ EndRefusal::Booked { .. }) => Flash::warn("Die Kampagne läuft weiter.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, "")))
}
