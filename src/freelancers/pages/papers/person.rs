//! What one freelancer brings, as reviewers see it: profile, papers with their past, contract papers.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::Date;

use super::said::{self, Badge};
use crate::campaigns::country;
use crate::clock::{Zone, german};
use crate::freelancers::contract::confirmation::{self as contracts, Concerned};
use crate::freelancers::freelancer::{self, Freelancer};
use crate::freelancers::papers::document::{self, Document};
use crate::freelancers::profile::{self, Profile};
use crate::id::FreelancerId;
use crate::policy::{self, Policy};
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/person.html")]
struct PersonPage {
    layout: Layout,
    person: Freelancer,
    profile: Option<Profile>,
    papers: Vec<Document>,
    contracts: Vec<Concerned>,
    policy: Policy,
    today: Date,
}

impl PersonPage {
    fn country(&self, code: &str) -> String {
        country::name(code).to_string()
    }

    fn badge(&self, paper: &Document) -> Badge {
        said::badge(paper, self.today)
    }

    fn sent(&self, paper: &Document) -> String {
        said::day(paper.submitted_at)
    }

    /// Until when it is valid, or why it was returned.
    fn note(&self, paper: &Document) -> String {
        match (&paper.refusal, paper.valid_until) {
            (Some(reason), _) => reason.clone(),
            (None, Some(last)) => format!("gültig bis {}", german::date(last)),
            (None, None) => String::new(),
        }
    }

    /// What stands ready at home, and what not.
    fn equipment(&self, profile: &Profile) -> [(bool, String); 5] {
        [
            (profile.has_windows, format!("Computer mit {} oder neuer", self.policy.windows())),
            (profile.has_headset, "USB-Headset".into()),
            (profile.has_lan_cable, "LAN-Kabel".into()),
            (profile.has_line, format!("DSL {} netto", self.policy.line_number())),
            (profile.has_room, "abschließbarer Raum".into()),
        ]
    }

    fn confirmed(&self, contract: &Concerned) -> Option<String> {
        contract.confirmed_at.map(|at| german::moment(Zone::berlin().local(at)))
    }
}

/// `GET /verwaltung/freelancer/{id}/unterlagen`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(id): Path<FreelancerId>) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let page = PersonPage {
        layout: page.layout(&format!("Profil und Unterlagen: {}", person.name)),
        profile: profile::find(&portal.db, id).await?,
        papers: document::list(&portal.db, id).await?,
        contracts: contracts::list(&portal.db, id, now).await?,
        policy: policy::at(&portal.db, now).await?,
        today: Zone::berlin().date(now),
        person,
    };
    Ok(page.into_response())
}
