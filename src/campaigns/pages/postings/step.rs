//! The steps of a posting: publish, close, open again.

use axum::extract::State;

use super::path;
use crate::campaigns::posting::{self, Refusal};
use crate::campaigns::recruiting;
use crate::id::CampaignId;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Me, see_other};

/// `POST /verwaltung/stellen/{slug}/veroeffentlichung`
pub async fn publish(State(portal): State<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal, &slug).await?;
    let done = recruiting::publish(&portal.db, campaign, me.account, now).await?;
    let then = "Ab sofort kann man sich bewerben.";
    answered(&portal, &me, &slug, done, Flash::ok("Stelle veröffentlicht.", then)).await
}

/// `POST /verwaltung/stellen/{slug}/schliessung`
pub async fn close(State(portal): State<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal, &slug).await?;
    let done = recruiting::close(&portal.db, campaign, me.account, now).await?;
    let then = "Ihre Seite sagt es und zeigt die anderen. Begonnene Bewerbungen bleiben.";
    answered(&portal, &me, &slug, done, Flash::ok("Stelle geschlossen.", then)).await
}

/// `POST /verwaltung/stellen/{slug}/oeffnung`
pub async fn reopen(State(portal): State<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal, &slug).await?;
    let done = recruiting::reopen(&portal.db, campaign, me.account, now).await?;
    let then = "Ab sofort kann man sich wieder bewerben.";
    answered(&portal, &me, &slug, done, Flash::ok("Stelle wieder geöffnet.", then)).await
}

async fn find(portal: &Portal, slug: &str) -> Result<CampaignId, Error> {
    let posting = posting::find(&portal.db, slug).await?;
    posting.map(|posting| posting.campaign).ok_or(Error::NotFound)
}

async fn answered(portal: &Portal, me: &Me, slug: &str, done: Result<(), Refusal>, well: Flash) -> Answer {
    let flash = done.map_or_else(|refusal| Flash::warn("Nichts geändert.", refusal.sentence()), |()| well);
    flash.keep(portal, me).await?;
    Ok(see_other(&path(slug, "")))
}
