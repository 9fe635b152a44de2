//! `/verwaltung/freelancer/{id}/bereitschaft`: one person's checklist as they see it, and everything that happened.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::own;
use super::view::{Checklist, PaperLine};
use crate::clock::{Zone, german};
use crate::freelancers::freelancer::{self, Freelancer};
use crate::freelancers::history::{self, Entry};
use crate::id::FreelancerId;
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "readiness/person.html")]
struct PersonPage {
    layout: Layout,
    person: Freelancer,
    list: Checklist,
    papers: Vec<PaperLine>,
    history: Vec<Entry>,
    is_own: bool,
}

impl PersonPage {
    fn moment(&self, entry: &Entry) -> String {
        german::moment(Zone::berlin().local(entry.at))
    }
}

/// `GET /verwaltung/freelancer/{id}/bereitschaft`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(id): Path<FreelancerId>) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let (list, papers, _) = own::load(&portal, id, now).await?;
    let history = history::list(&portal.db, id).await?;
    let layout = page.layout(&format!("Bereitschaft: {}", person.name));
    Ok(PersonPage { layout, person, list, papers, history, is_own: false }.into_response())
}
