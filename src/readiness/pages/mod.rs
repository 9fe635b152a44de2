//! The pages of getting ready: one's own checklist; for staff the same per person, the funnel, and the access list.

mod access_list;
mod funnel;
mod own;
mod person;
mod targets;
mod view;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

/// Who accompanies people on their way.
const STAFF: Audience = Audience::Staff(&[Role::Recruiter, Role::Trainer, Role::Planner, Role::Administrator]);
/// Who has systems set up.
const KEEPERS: Audience = Audience::Staff(&[Role::Trainer, Role::Planner, Role::Administrator]);

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/bereit", Audience::Freelancer, own::show)
        .get("/verwaltung/bereitschaft", STAFF, funnel::list)
        .get("/verwaltung/freelancer/{id}/bereitschaft", STAFF, person::show)
        .get("/verwaltung/zugaenge", KEEPERS, access_list::list)
        .get("/verwaltung/zugaenge/{slug}", KEEPERS, access_list::show)
        .post("/verwaltung/zugaenge/{slug}/systeme", KEEPERS, access_list::create)
        .post("/verwaltung/zugaenge/{slug}/systeme/{id}/ende", KEEPERS, access_list::retire)
        .post("/verwaltung/zugaenge/{slug}/systeme/{id}/haken", KEEPERS, access_list::tick)
        .post("/verwaltung/zugaenge/{slug}/systeme/{id}/ruecknahme", KEEPERS, access_list::untick)
}
