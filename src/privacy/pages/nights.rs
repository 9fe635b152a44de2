//! `/verwaltung/datenschutz/laeufe`: the nightly runs with what they did, and whose erasure failed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::{Date, OffsetDateTime};

use super::{Asked, Paging, Tab};
use crate::clock::german;
use crate::portal::Portal;
use crate::privacy::nights::{self, Failure, Night};
use crate::web::form::Query;
use crate::web::{Answer, Layout, Page, filters};

/// Nights of a page.
const NIGHTS: i64 = 31;
/// Failures that are shown.
const FAILURES: i64 = 50;

#[derive(Template, WebTemplate)]
#[template(path = "privacy/nights.html")]
struct NightsPage {
    layout: Layout,
    tab: Tab,
    nights: Vec<Night>,
    paging: Paging,
    failures: Vec<Failure>,
}

impl NightsPage {
    fn moment(&self, at: &OffsetDateTime) -> String {
        super::moment(at)
    }

    fn day(&self, day: &Date) -> String {
        german::day(*day)
    }

    fn attempts(&self, failure: &Failure) -> String {
        german::count(failure.attempts, "Mal", "Mal")
    }
}

/// `GET /verwaltung/datenschutz/laeufe`
pub async fn list(State(portal): State<Portal>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let paging = Paging::new(&asked, nights::count(&portal.db).await?, NIGHTS);
    let nights = nights::list(&portal.db, NIGHTS, (paging.page - 1) * NIGHTS).await?;
    let failures = nights::failures(&portal.db, FAILURES).await?;
    let layout = page.layout("Nächtliche Läufe");
    Ok(NightsPage { layout, tab: Tab::Nights, nights, paging, failures }.into_response())
}
