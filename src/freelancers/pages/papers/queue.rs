//! The papers that wait for their review, the oldest first.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use crate::clock::german;
use crate::freelancers::papers::review::{self, Waiting};
use crate::portal::Portal;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/queue.html")]
struct QueuePage {
    layout: Layout,
    waiting: Vec<Waiting>,
    now: OffsetDateTime,
}

impl QueuePage {
    fn total(&self) -> String {
        german::count(self.waiting.len() as i64, "Unterlage wartet", "Unterlagen warten")
    }

    /// `seit 3 Tagen`
    fn since(&self, waiting: &Waiting) -> String {
        match (self.now - waiting.submitted_at).whole_days() {
            ..=0 => "seit heute".into(),
            1 => "seit gestern".into(),
            days => format!("seit {days} Tagen"),
        }
    }
}

/// `GET /verwaltung/unterlagen`
pub async fn list(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let waiting = review::queue(&portal.db).await?;
    Ok(QueuePage { layout: page.layout("Unterlagen prüfen"), waiting, now }.into_response())
}
