//! One's own papers: what is needed, how each stands, and the contract papers to confirm.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::Date;

use crate::clock::{Zone, german};
use crate::freelancers::contract::confirmation::{self as contracts, Concerned};
use crate::freelancers::pages::papers::said::{self, Badge};
use crate::freelancers::papers::document::{self, Document, Standing, State as Stand};
use crate::freelancers::papers::kind::Kind;
use crate::freelancers::profile;
use crate::id::FreelancerId;
use crate::portal::Portal;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/papers.html")]
struct PapersPage {
    layout: Layout,
    has_profile: bool,
    has_vat_id: bool,
    standings: Vec<Standing>,
    contracts: Vec<Concerned>,
    today: Date,
}

impl PapersPage {
    fn badges(&self, standing: &Standing) -> Vec<Badge> {
        said::badges(standing, self.today)
    }

    /// The sign beside a kind of paper: its worst badge decides.
    fn mark(&self, standing: &Standing) -> Badge {
        said::mark(standing, self.today)
    }

    fn detail(&self, paper: &Document) -> String {
        said::detail(paper)
    }

    fn wanted_for(&self, standing: &Standing) -> String {
        standing.wanted_for.join(", ")
    }

    /// Whether another one may be handed in.
    fn may_hand_in(&self, standing: &Standing) -> bool {
        !standing.wanted_for.is_empty() || !Kind::SPECIAL.contains(&standing.kind)
    }

    /// What pressing the link does.
    fn action(&self, standing: &Standing) -> &'static str {
        if standing.accepted.is_none() && standing.latest.is_none() { "Hochladen" } else { "Neu hochladen" }
    }

    /// What following the link to contract papers does.
    fn reading(&self, contract: &Concerned) -> &'static str {
        if contract.confirmed_at.is_some() { "Noch einmal lesen" } else { "Lesen und bestätigen" }
    }

    fn confirmed(&self, contract: &Concerned) -> Option<String> {
        contract.confirmed_at.map(said::day)
    }

    /// Until when it is wanted, as long as that is still possible.
    fn confirm_by(&self, contract: &Concerned) -> Option<String> {
        contract.confirm_by.filter(|day| *day >= self.today).map(german::date)
    }
}

/// `GET /bereit/unterlagen`
pub async fn list(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let id = FreelancerId::from(me.account);
    let profile = profile::find(&portal.db, id).await?;
    let page = PapersPage {
        layout: page.layout("Deine Unterlagen"),
        has_profile: profile.is_some(),
        has_vat_id: profile.is_some_and(|profile| profile.vat_id.is_some()),
        standings: document::standings(&portal.db, id).await?,
        contracts: contracts::list(&portal.db, id, now).await?,
        today: Zone::berlin().date(now),
    };
    Ok(page.into_response())
}
