//! Pages about freelancers. Of staff: list, invitation, one person with their qualifications, papers, contract papers. Of
//! freelancers themselves: what they bring, and where they stand.

mod contracts;
mod briefing;
mod detail;
mod invitation;
mod list;
mod own;
mod papers;
mod qualification;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const SEE: Audience = Audience::Staff(&[Role::Planner, Role::Trainer, Role::Recruiter, Role::Administrator]);
/// Who brings people into the portal.
const INVITE: Audience = Audience::Staff(INVITING);
const INVITING: &[Role] = &[Role::Recruiter, Role::Planner, Role::Administrator];
/// Who says that somebody may book shifts of a campaign.
const GRANT: Audience = Audience::Staff(GRANTING);
const GRANTING: &[Role] = &[Role::Planner, Role::Trainer, Role::Administrator];

/// Who decides about booked shifts.
const DECIDING: &[Role] = &[Role::Planner, Role::Administrator];

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/freelancer", SEE, list::list)
        .get("/verwaltung/freelancer/neu", INVITE, invitation::new)
        .post("/verwaltung/freelancer/neu", INVITE, invitation::create)
        .get("/verwaltung/freelancer/{id}", SEE, detail::show)
        .post("/verwaltung/freelancer/{id}/einladung", INVITE, invitation::repeat)
        .post("/verwaltung/freelancer/{id}/einsatzbereit", GRANT, detail::grant)
        .join(own::routes())
        .join(papers::routes())
        .join(contracts::routes())
        .get("/verwaltung/freelancer/{id}/einsatzbereit/{campaign}", SEE, qualification::show)
        .post("/verwaltung/freelancer/{id}/einsatzbereit/{campaign}", GRANT, qualification::decide)
        .post("/verwaltung/freelancer/{id}/einsatzbereit/{campaign}/antwort", GRANT, qualification::answer)
        .join(briefing::routes())
}
