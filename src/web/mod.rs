//! What every page shares: route table, session, layout, flash, form, error, filters, static files.

pub mod address;
pub mod assets;
pub mod confirmation;
pub mod download;
pub mod error;
pub mod filters;
pub mod flash;
pub mod form;
pub mod front;
pub mod headers;
pub mod layout;
pub mod markdown;
pub mod narrow;
pub mod patience;
pub mod routes;
pub mod turns;
pub mod upload;
pub mod viewer;

pub use error::Error;
pub use flash::Flash;
pub use layout::Layout;
pub use routes::{Audience, Routes};
pub use viewer::{Me, Page, Viewer};

use axum::response::{IntoResponse, Redirect, Response};

/// What a handler answers: a page or a redirect, or an error that becomes an error page.
pub type Answer = Result<Response, Error>;

/// 303: the answer to a form that did what it should.
pub fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// A page again with 422, because something that was typed needs care.
pub fn unprocessable(page: impl IntoResponse) -> Response {
    (axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// A page of about `size` bytes: rendered into a buffer that need not grow on the way.
pub fn sized(page: &impl askama::Template, size: usize) -> Answer {
    let mut html = String::with_capacity(size);
    page.render_into(&mut html)?;
    Ok(axum::response::Html(html).into_response())
}
