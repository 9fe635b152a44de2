//! Requests that cannot be answered: an error page with a number for the visitor, the rest for the log.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::filters;
use super::layout::Layout;
use super::viewer::Viewer;
use crate::database;
use crate::portal::Portal;

/// Why a request cannot be answered.
#[derive(Debug)]
pub enum Error {
    /// There is no such page, or it is not this person's to know.
    NotFound,
    /// The session is over, and what was sent cannot be repeated by a redirect.
    SignInRequired,
    /// Signed in, but not in a role for this.
    Forbidden,
    /// The request came from another site.
    CrossSite,
    /// The form or address cannot be read.
    Malformed,
    /// More bytes than this address takes.
    TooLarge,
    /// Too much at once; soon again.
    Busy,
    /// The database failed or is away.
    Database(Arc<sqlx::Error>),
    /// Anything else; the text is for the log only.
    Internal(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|e| e.code()).as_deref() {
            // A text that PostgreSQL cannot hold: somebody sent a zero byte.
            Some("22021") => Self::Malformed,
            _ => Self::Database(Arc::new(error)),
        }
    }
}

impl From<Arc<sqlx::Error>> for Error {
    fn from(error: Arc<sqlx::Error>) -> Self {
        Self::Database(error)
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("template: {error}"))
    }
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInRequired => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(error) if database::is_unavailable(error) || database::is_contention(error) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Database(error) => database::describe(error),
            Self::Internal(detail) => detail.clone(),
            other => format!("{other:?}"),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let failure = Failure { status, number: number(), detail: self.detail() };
        let mut response = status.into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(failure);
        response
    }
}

/// What became of a request that failed; turned into a page by [`Asked::page_if_failed`].
#[derive(Debug, Clone)]
struct Failure {
    status: StatusCode,
    number: String,
    detail: String,
}

/// `7F3A-09C2`: short enough to be read out on the phone.
fn number() -> String {
    let bits: u32 = rand::random();
    format!("{:04X}-{:04X}", bits >> 16, bits & 0xffff)
}

#[derive(askama::Template, askama_web::WebTemplate)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    heading: &'static str,
    sentence: &'static str,
    sign_in: bool,
    number: String,
}

/// What was asked for: kept aside, in case it fails.
pub struct Asked {
    method: Method,
    uri: Uri,
    route: Option<MatchedPath>,
}

impl Asked {
    /// What this request asks for.
    pub fn by(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().cloned();
        Self { method: request.method().clone(), uri: request.uri().clone(), route }
    }

    /// Makes a page of an error, and writes the one log line; other answers stay as they are.
    pub fn page_if_failed(&self, portal: &Portal, mut response: Response) -> Response {
        // Layers of libraries answer with a bare status: it becomes a page, too.
        if response.extensions().get::<Failure>().is_none() {
            let kind = response.headers().get(header::CONTENT_TYPE);
            let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
            let error = match response.status() {
                StatusCode::METHOD_NOT_ALLOWED => Error::NotFound,
                StatusCode::PAYLOAD_TOO_LARGE if !is_page => Error::TooLarge,
                StatusCode::REQUEST_TIMEOUT => Error::Busy,
                _ => return response,
            };
            response = error.into_response();
        }
        let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
        self.log(&failure);
        let viewer = response.extensions_mut().remove::<Viewer>().unwrap_or_default();
        let (heading, sentence) = words(failure.status, &failure.detail);
        let page = ErrorPage {
            layout: Layout::new(portal, &viewer, self.uri.path(), heading),
            heading,
            sentence,
            sign_in: failure.status == StatusCode::UNAUTHORIZED,
            number: failure.number,
        };
        let mut page = (failure.status, page).into_response();
        if let Some(retry) = response.headers_mut().remove(header::RETRY_AFTER) {
            page.headers_mut().insert(header::RETRY_AFTER, retry);
        }
        page.extensions_mut().insert(viewer);
        page
    }

    /// The route as it was declared: the path itself may carry a token.
    fn log(&self, Failure { status, number, detail }: &Failure) {
        let (method, route) = (&self.method, self.route.as_ref().map_or("", MatchedPath::as_str));
        if status.is_server_error() {
            tracing::error!(number, %method, route, status = status.as_u16(), detail, "request failed");
        } else {
            tracing::info!(number, %method, route, status = status.as_u16(), detail, "request refused");
        }
    }
}

fn words(status: StatusCode, detail: &str) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => (
            "Diese Seite gibt es nicht",
            "Vielleicht ist der Link veraltet, oder die Seite gehört zu einem anderen Konto.",
        ),
        StatusCode::UNAUTHORIZED => (
            "Du bist nicht mehr angemeldet",
            "Melde dich wieder an und schicke das Formular noch einmal ab. Es wurde nichts geändert.",
        ),
        StatusCode::FORBIDDEN if detail == "CrossSite" => (
            "Diese Anfrage kam von einer anderen Seite",
            "Zu deinem Schutz wurde nichts geändert. Öffne das Portal direkt und versuche es dort noch einmal.",
        ),
        StatusCode::FORBIDDEN => (
            "Diese Seite ist für andere Rollen",
            "Dein Konto hat keinen Zugriff darauf. Wenn du ihn brauchst, sprich die Administration an.",
        ),
        StatusCode::BAD_REQUEST => (
            "Das ließ sich nicht lesen",
            "Die Anfrage war unvollständig. Geh zurück, lade die Seite neu und versuche es noch einmal.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("Das ist zu groß", "So viele Daten nimmt diese Seite nicht an."),
        StatusCode::SERVICE_UNAVAILABLE => (
            "Gerade nicht erreichbar",
            "Wir sind in wenigen Augenblicken wieder da. Bitte lade die Seite gleich noch einmal.",
        ),
        _ => (
            "Da ist etwas schiefgegangen",
            "Das lag an uns, nicht an dir. Bitte versuche es noch einmal; wenn es bleibt, nenne uns die Nummer.",
        ),
    }
}
