//! Pages for everybody: the start page, the operator's mark, and the component sheet of the demo.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::portal::Portal;
use crate::web::layout::Side;
use crate::web::{Answer, Audience, Error, Layout, Page, Routes, filters};

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default().get("/", Audience::Public, start).get("/marke.svg", Audience::Public, mark).get(
        "/stil",
        Audience::Public,
        style,
    )
}

#[derive(Template, WebTemplate)]
#[template(path = "site/start.html")]
struct StartPage {
    layout: Layout,
}

/// `GET /`
async fn start(page: Page) -> Answer {
    Ok(StartPage { layout: page.layout("Arbeite selbstständig im Kundenservice") }.into_response())
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

const MARK: &str = include_str!("../static/mark.svg");

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
