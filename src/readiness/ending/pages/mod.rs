//! The assistant: what shall become of whom ([`form`]), the preview with names, carrying it out, taking it back ([`preview`]).

mod form;
mod preview;
mod words;

use crate::accounts::role::Role;
use crate::campaigns::campaign::{self, Campaign};
use crate::id::EndingId;
use crate::portal::Portal;
use crate::web::{Audience, Error, Routes};

const PLANNING: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);

/// The routes of the assistant.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/kampagnen/{slug}/ende", PLANNING, form::new)
        .post("/verwaltung/kampagnen/{slug}/ende", PLANNING, form::create)
        .get("/verwaltung/kampagnen/{slug}/ende/{id}", PLANNING, preview::show)
        .post("/verwaltung/kampagnen/{slug}/ende/{id}/ausfuehrung", PLANNING, preview::execute)
        .post("/verwaltung/kampagnen/{slug}/ende/{id}/ruecknahme", PLANNING, preview::undo)
}

async fn found(portal: &Portal, slug: &str) -> Result<Campaign, Error> {
    campaign::find(&portal.db, slug).await?.ok_or(Error::NotFound)
}

fn path(slug: &str, id: EndingId) -> String {
    format!("/verwaltung/kampagnen/{slug}/ende/{id}")
}
