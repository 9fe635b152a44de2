//! Pages for everybody: the start page, the postings, FAQ, guide, contact, equipment check, imprint, privacy notice,
//! accessibility statement, the operator's mark, and the component sheet of the demo.

pub mod contact;
pub mod equipment;
pub mod erasure;
pub mod faq;
mod figures;
mod mails;
mod posting;
mod privacy_notice;
mod start;
mod statements;
mod tile;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::accounts::role::Role;
use crate::config::Operator;
use crate::portal::Portal;
use crate::web::{Answer, Audience, Error, Layout, Page, Routes, filters};

const RECRUITING: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/", Audience::Public, start::show)
        .get("/stellen/{slug}", Audience::Public, posting::show)
        .get("/verwaltung/stellen/{slug}/vorschau", RECRUITING, posting::preview)
        .get("/marke.svg", Audience::Public, mark)
        .get("/stil", Audience::Public, style)
        .get("/stil/mails", Audience::Public, mails::list)
        .join(faq::routes())
        .join(contact::routes())
        .join(equipment::routes())
        .join(statements::routes())
        .join(privacy_notice::routes())
        .join(figures::routes())
}

/// Who runs the portal; the demo invents what is not set.
fn operator(portal: &Portal) -> Operator {
    let operator = &portal.config.operator;
    if portal.demo { operator.or_invented() } else { operator.clone() }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/style.html")]
struct StylePage {
    layout: Layout,
}

/// `GET /stil`: everything the pages are made of; only in the demo.
async fn style(State(portal): State<Portal>, page: Page) -> Answer {
    if !portal.demo {
        return Err(Error::NotFound);
    }
    Ok(StylePage { layout: page.layout("Bausteine") }.into_response())
}

const MARK: &str = include_str!("../../static/mark.svg");

/// `GET /marke.svg`: the operator's mark, or the built-in one.
async fn mark(State(portal): State<Portal>) -> Answer {
    let svg = match &portal.config.operator_mark {
        Some(path) => {
            tokio::fs::read_to_string(path).await.map_err(|e| Error::Internal(format!("operator mark: {e}")))?
        }
        None => MARK.to_owned(),
    };
    Ok(([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")], svg)
        .into_response())
}
