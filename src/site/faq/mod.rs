//! The FAQ: questions and answers that staff keep, with every figure taken from the settings that the portal obeys.

mod edit;
pub mod entry;
pub mod figures;
mod list;
mod page;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const KEEP: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);

/// The routes of the FAQ.
pub fn routes() -> Routes {
    Routes::default()
        .get("/fragen", Audience::Public, page::show)
        .get("/verwaltung/fragen", KEEP, list::list)
        .get("/verwaltung/fragen/neu", KEEP, edit::new)
        .post("/verwaltung/fragen/neu", KEEP, edit::create)
        .get("/verwaltung/fragen/{slug}", KEEP, edit::edit)
        .post("/verwaltung/fragen/{slug}", KEEP, edit::update)
        .post("/verwaltung/fragen/{slug}/platz", KEEP, list::shift)
        .post("/verwaltung/fragen/{slug}/ende", KEEP, list::delete)
}
