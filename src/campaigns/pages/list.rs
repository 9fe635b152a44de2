//! The list of campaigns: where staff find each one's plan and settings.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use crate::campaigns::campaign::{self, Campaign};
use crate::campaigns::opening::{self, Hours};
use crate::campaigns::schedule::next_due;
use crate::clock::german;
use crate::portal::Portal;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
}

struct Row {
    campaign: Campaign,
    hours: String,
    publication: String,
}

impl Row {
    fn new(campaign: Campaign, hours: &Hours, now: OffsetDateTime) -> Self {
        let publication = publication(&campaign, now);
        Self { hours: hours.summary(), publication, campaign }
    }
}

/// `Mi, 25.11., 12:00 Uhr`; nothing for a campaign that is over.
pub fn publication(campaign: &Campaign, now: OffsetDateTime) -> String {
    if campaign.ended_at.is_some() {
        return "–".into();
    }
    let next = campaign.zone.local(next_due(&campaign.zone, campaign.publication_time, now));
    format!("{}, {} Uhr", german::short_day(next.date()), german::time(next.time()))
}

/// `GET /verwaltung/kampagnen`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let mut weekly = opening::weekly(&portal.db, None).await?;
    let row = |campaign: Campaign| {
        let weekly = weekly.remove(&campaign.id).unwrap_or_default();
        Row::new(campaign, &Hours { weekly, ..Hours::default() }, now)
    };
    let rows = campaign::all(&portal.db).await?.into_iter().map(row).collect();
    Ok(ListPage { layout: page.layout("Kampagnen und Pläne"), rows }.into_response())
}
