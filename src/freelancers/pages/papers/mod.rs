//! What the pages about papers share: how a paper stands in words, and its file as it is handed out.

pub mod file;
pub mod person;
pub mod queue;
pub mod required;
pub mod review;
pub mod said;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

/// Who looks at papers.
const REVIEW: Audience = Audience::Staff(REVIEWING);
pub const REVIEWING: &[Role] = &[Role::Recruiter, Role::Administrator];
/// Who keeps what a campaign wants.
const PLAN: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);

/// The routes of these pages.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/unterlagen", REVIEW, queue::list)
        .get("/verwaltung/unterlagen/{id}", REVIEW, review::show)
        .post("/verwaltung/unterlagen/{id}/anerkennung", REVIEW, review::accept)
        .post("/verwaltung/unterlagen/{id}/rueckgabe", REVIEW, review::refuse)
        .get("/verwaltung/unterlagen/{id}/bild", REVIEW, review::picture)
        .streaming()
        .get("/verwaltung/unterlagen/{id}/datei", REVIEW, review::file)
        .streaming()
        .get("/verwaltung/freelancer/{id}/unterlagen", REVIEW, person::show)
        .get("/verwaltung/kampagnen/{slug}/unterlagen", PLAN, required::edit)
        .post("/verwaltung/kampagnen/{slug}/unterlagen", PLAN, required::update)
}
