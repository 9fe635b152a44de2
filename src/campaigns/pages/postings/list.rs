//! The list of campaigns with their postings, as recruiters see it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::campaigns::posting::{self, Listed, State as Stand};
use crate::clock::german;
use crate::portal::Portal;
use crate::web::{Answer, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/postings.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Listed>,
}

impl ListPage {
    /// `7 Bewerbungen, 3 offen`
    fn applications(&self, row: &Listed) -> String {
        match (row.applications, row.undecided) {
            (0, _) => "noch keine Bewerbung".into(),
            (sent, 0) => german::count(sent, "Bewerbung", "Bewerbungen"),
            (sent, open) => format!("{}, {open} offen", german::count(sent, "Bewerbung", "Bewerbungen")),
        }
    }

    fn questions(&self, row: &Listed) -> String {
        match row.questions {
            0 => "keine Fragen".into(),
            n => german::count(n, "Frage", "Fragen"),
        }
    }

    fn name(&self, row: &Listed) -> String {
        format!("{} · {}", row.client, row.name)
    }
}

/// `GET /verwaltung/stellen`
pub async fn show(State(portal): State<Portal>, page: Page) -> Answer {
    let rows = posting::list(&portal.db).await?;
    Ok(ListPage { layout: page.layout("Stellen"), rows }.into_response())
}
