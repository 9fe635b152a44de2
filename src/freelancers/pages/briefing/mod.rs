//! The pages of the privacy briefing: reading, quiz and confirmation; and the privacy officer's draft and publication.

mod draft;
mod draft_form;
mod publication;
mod quiz;
mod read;
mod versions;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const OFFICER: Audience = Audience::Staff(&[Role::PrivacyOfficer]);
const FREELANCER: Audience = Audience::Freelancer;

/// The routes of the briefing.
pub fn routes() -> Routes {
    Routes::default()
        .get("/bereit/unterweisung", FREELANCER, read::show)
        .get("/bereit/unterweisung/fragen", FREELANCER, quiz::show)
        .post("/bereit/unterweisung/fragen", FREELANCER, quiz::create)
        .get("/bereit/unterweisung/bestaetigung", FREELANCER, read::confirm)
        .post("/bereit/unterweisung/bestaetigung", FREELANCER, read::create)
        .get("/verwaltung/unterweisung", OFFICER, versions::list)
        .post("/verwaltung/unterweisung", OFFICER, versions::begin)
        .get("/verwaltung/unterweisung/entwurf", OFFICER, draft::show)
        .post("/verwaltung/unterweisung/entwurf", OFFICER, draft::update)
        .get("/verwaltung/unterweisung/entwurf/veroeffentlichung", OFFICER, publication::show)
        .post("/verwaltung/unterweisung/entwurf/veroeffentlichung", OFFICER, publication::create)
        .get("/verwaltung/unterweisung/{id}", OFFICER, versions::show)
}
