//! The staff pages of postings and their questions.

mod edit;
mod list;
mod posting_form;
mod question_form;
mod questions;
mod step;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const RECRUITING: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);

/// The routes of recruiters.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/stellen", RECRUITING, list::show)
        .get("/verwaltung/stellen/{slug}", RECRUITING, edit::edit)
        .post("/verwaltung/stellen/{slug}", RECRUITING, edit::update)
        .get("/verwaltung/stellen/{slug}/fragen", RECRUITING, questions::edit)
        .post("/verwaltung/stellen/{slug}/fragen", RECRUITING, questions::update)
        .post("/verwaltung/stellen/{slug}/veroeffentlichung", RECRUITING, step::publish)
        .post("/verwaltung/stellen/{slug}/schliessung", RECRUITING, step::close)
        .post("/verwaltung/stellen/{slug}/oeffnung", RECRUITING, step::reopen)
}

/// `/verwaltung/stellen/fjordkraft`, and what lies below it.
fn path(slug: &str, below: &str) -> String {
    format!("/verwaltung/stellen/{slug}{below}")
}
