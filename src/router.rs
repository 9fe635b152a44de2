//! Every route from every feature: the table of contents, and the layers around it.

use std::any::Any;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use crate::portal::Portal;
use crate::shifts::plan::Plans;
use crate::site::equipment::meter::Meter;
use crate::web::front::Front;
use crate::web::patience;
use crate::web::{self, Error, Routes, routes};
use crate::{
    applications, campaigns, fees, freelancers, health, overview, privacy, readiness, shifts, signin, site, training,
};

/// Bytes of a form; enough for a week of ticked shifts.
const BODY_LIMIT: usize = 256 * 1024;
/// Longest time that a request may take; files take longer, and go on where they were cut.
pub const REQUEST_LIMIT: Duration = patience::PAGE;

/// The table of all routes.
pub fn table() -> Routes {
    Routes::default()
        .join(site::routes())
        .join(signin::routes())
        .join(campaigns::routes())
        .join(freelancers::routes())
        .join(applications::pages::routes())
        .join(shifts::pages::freelancer_routes())
        .join(shifts::pages::staff::routes())
        .join(training::routes())
        .join(readiness::routes())
        .join(overview::routes())
        .join(fees::routes())
        .join(privacy::routes())
}

/// The whole service.
pub fn router(portal: Portal) -> Router {
    let request_id = HeaderName::from_static("x-request-id");
    let table = table();
    let front = Front::new(portal.clone(), &table);
    let pages = table
        .into_router()
        .fallback(routes::not_found)
        // One stack, the outermost first: each `Router::layer` of its own would box every request once more.
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(front, web::front::pass))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(CsrfLayer::new().with_rejection_response(|_| Error::CrossSite.into_response()))
                .layer(DefaultBodyLimit::max(BODY_LIMIT))
                .layer(Extension(Plans::new(portal.db.clone())))
                .layer(Extension(Meter::default())),
        );
    let operation = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/static/{version}/{*path}", get(web::assets::show));
    pages
        .merge(operation)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::map_request(async |mut request: axum::extract::Request| {
                    // The id stands in every log line: it is ours, never the visitor's.
                    request.headers_mut().remove("x-request-id");
                    request
                }))
                .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
                .layer(PropagateRequestIdLayer::new(request_id))
                .layer(CompressionLayer::new().compress_when(compressible()))
                .layer(middleware::from_fn_with_state(portal.clone(), web::headers::set)),
        )
        .with_state(portal)
}

/// Recordings and archives are compressed already, and their length must stay what it is; bare bytes are there to be measured.
fn compressible() -> impl Predicate {
    let recordings = NotForContentType::const_new("video/").and(NotForContentType::const_new("audio/"));
    DefaultPredicate::new()
        .and(recordings)
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::const_new("application/zip"))
}

/// The request's id and method; never the path itself, which may carry a token. `web::error` logs failures, once.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method())
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal("a handler panicked".into()).into_response()
}

/// Whether requests can be answered: database, files; late tasks are listed, but keep the portal in service.
async fn ready(State(portal): State<Portal>) -> Response {
    let now = portal.clock.now();
    match health::look(&portal.db, now).await {
        Ok(health) if portal.files.is_reachable().await => {
            let troubles = health.troubles(now);
            if troubles.is_empty() {
                "ok".into_response()
            } else {
                format!("ok\n{}", troubles.join("\n")).into_response()
            }
        }
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "files").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database").into_response(),
    }
}
