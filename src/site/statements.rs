//! What the operator states: imprint, accessibility statement, and the guide to self-employment.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::operator;
use crate::config::Operator;
use crate::portal::Portal;
use crate::web::{Answer, Audience, Layout, Page, Routes, filters};

/// The routes of the statements.
pub fn routes() -> Routes {
    Routes::default()
        .get("/impressum", Audience::Public, imprint)
        .get("/barrierefreiheit", Audience::Public, accessibility)
        .get("/leitfaden", Audience::Public, guide)
}

#[derive(Template, WebTemplate)]
#[template(path = "site/imprint.html")]
struct ImprintPage {
    layout: Layout,
    operator: Operator,
}

/// `GET /impressum`
async fn imprint(State(portal): State<Portal>, page: Page) -> Answer {
    Ok(ImprintPage { layout: page.layout("Impressum"), operator: operator(&portal) }.into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "site/accessibility.html")]
struct AccessibilityPage {
    layout: Layout,
    operator: Operator,
}

/// `GET /barrierefreiheit`
async fn accessibility(State(portal): State<Portal>, page: Page) -> Answer {
    Ok(AccessibilityPage { layout: page.layout("Barrierefreiheit"), operator: operator(&portal) }.into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "site/guide.html")]
struct GuidePage {
    layout: Layout,
}

/// `GET /leitfaden`: information, no legal or tax advice.
async fn guide(page: Page) -> Answer {
    Ok(GuidePage { layout: page.layout("Leitfaden Selbstständigkeit") }.into_response())
}
