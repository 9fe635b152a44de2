//! Readers take turns: pages are made a few at a time, in the order in which they were asked for. Whoever books does not
//! queue behind the crowd that reloads the plan.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::Error;

/// Pages made at once, per core: enough to keep all of them busy while some pages wait for the database.
const PER_CORE: usize = 32;
/// A page that would have to wait longer is refused, and the person asked to come back in a moment.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The places of those who read.
#[derive(Clone)]
pub struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores * PER_CORE)))
    }
}

/// Lets what only reads wait for a place, and everything else through.
pub async fn take(State(Readers(places)): State<Readers>, request: Request, next: Next) -> Result<Response, Error> {
    if !request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    let place = tokio::time::timeout(LONGEST_WAIT, places.acquire()).await;
    let Ok(Ok(_place)) = place else { return Err(Error::Busy) };
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{Method, StatusCode};
    use axum::routing::get;
    use axum::{Router, body::Body, middleware};
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_crowd_of_readers_holds_up_nobody_who_books() {
        let places = Arc::new(Semaphore::new(1));
        let app = Router::new()
            .route("/", get(async || "plan").post(async || "booked"))
            .layer(middleware::from_fn_with_state(Readers(Arc::clone(&places)), take));
        let ask = |method: Method| {
            let request = Request::builder().method(method).body(Body::empty()).expect("request");
            app.clone().oneshot(request)
        };
        let reading = places.acquire().await.expect("a place");
        assert_eq!(ask(Method::POST).await.expect("answer").status(), StatusCode::OK);
        let mut waiting = std::pin::pin!(ask(Method::GET));
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut waiting).await.is_err(), "read out of turn");
        drop(reading);
        assert_eq!(waiting.await.expect("answer").status(), StatusCode::OK);
    }
}
