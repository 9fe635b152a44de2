//! The bare handlers that the portal is compared with: the same bytes, or the same statements and the same bytes,
//! and nothing else: no template, no rules, no headers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use portal::clock::Clock;
use sqlx::{PgPool, Row};
use time::Duration;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::statements::Statements;

struct Bare {
    db: PgPool,
    sql: Statements,
    page: Bytes,
}

/// Serves until the bench ends: `/` without, the portal's own addresses with the database.
pub async fn serve(address: SocketAddr, db: PgPool, page: Vec<u8>) -> anyhow::Result<()> {
    let bare = Arc::new(Bare { db, sql: Statements::read()?, page: page.into() });
    let app = Router::new()
        .route("/bytes", get(async |State(bare): State<Arc<Bare>>| Html(bare.page.clone())))
        .route("/schichtplan", get(plan))
        .route("/schichten/{id}/buchung", post(refuse))
        .with_state(bare);
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(())
}

async fn plan(State(bare): State<Arc<Bare>>, headers: HeaderMap) -> Result<Html<Bytes>, Failed> {
    let (_, person) = bare.person(&headers).await?;
    let now = Clock::system().now();
    let statement = sqlx::query(bare.sql.mine).bind([person]);
    statement.bind([now - Duration::weeks(5)]).bind([now + Duration::weeks(60)]).fetch_all(&bare.db).await?;
    Ok(Html(bare.page.clone()))
}

async fn refuse(State(bare): State<Arc<Bare>>, headers: HeaderMap, Path(shift): Path<i64>) -> Result<Response, Failed> {
    let (session, person) = bare.person(&headers).await?;
    let now = Clock::system().now();
    sqlx::query(bare.sql.facts).bind(shift).bind(person).bind(now).fetch_optional(&bare.db).await?;
    let message = serde_json::json!({ "tone": "warn", "what": "Nicht gebucht", "then": "voll", "lines": [] });
    sqlx::query(bare.sql.flash).bind(session).bind(message).execute(&bare.db).await?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/schichten/frei")]).into_response())
}

impl Bare {
    async fn person(&self, headers: &HeaderMap) -> Result<(Uuid, Uuid), Failed> {
        let cookie = headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
        let token = portal::accounts::token::hash(cookie.trim_start_matches("session="));
        let row = sqlx::query(self.sql.session).bind([&token[..]]).fetch_one(&self.db).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

struct Failed(sqlx::Error);

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}
