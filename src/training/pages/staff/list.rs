//! The list of dates and courses.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{LIST, may_keep};
use crate::clock::german;
use crate::id::AccountId;
use crate::portal::Portal;
use crate::training::course::{self, Course};
use crate::training::date::{self, TrainingDate, Wanted};
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

/// What is past is listed for so long.
const PAST: Duration = Duration::days(90);

/// What stands after the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    /// `vergangen`, else what comes.
    #[serde(default)]
    zeit: String,
    /// Slug of a campaign; empty: all.
    #[serde(default)]
    kampagne: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_list.html")]
struct ListPage {
    layout: Layout,
    dates: Vec<TrainingDate>,
    courses: Vec<Course>,
    past: bool,
    campaign: String,
    may_keep: bool,
    me: AccountId,
}

impl ListPage {
    /// The campaigns to choose from: slug and title.
    fn campaigns(&self) -> Vec<(&str, String)> {
        let mut all: Vec<(&str, String)> =
            self.courses.iter().map(|course| (course.campaign_slug.as_str(), course.campaign_title())).collect();
        all.dedup();
        all
    }

    fn path(&self, past: bool) -> String {
        let time = if past { "vergangen" } else { "" };
        format!("{LIST}?zeit={time}&kampagne={}", self.campaign)
    }

    fn is_mine(&self, date: &TrainingDate) -> bool {
        date.trainer == self.me
    }

    /// `5 von 8`
    fn taken(&self, date: &TrainingDate) -> String {
        format!("{} von {}", date.taken, date.seats)
    }

    fn shown_courses(&self) -> impl Iterator<Item = &Course> {
        self.courses.iter().filter(|course| self.campaign.is_empty() || course.campaign_slug == self.campaign)
    }

    /// Without a filter: `12 Termine`.
    fn sum(&self) -> String {
        german::count(self.dates.len() as i64, "Termin", "Termine")
    }
}

/// `GET /verwaltung/schulungen`
pub async fn list(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Query(query): Query<ListQuery>,
) -> Answer {
    let past = query.zeit == "vergangen";
    let courses = course::all(&portal.db).await?;
    let mut dates = dates(&portal, past, now).await?;
    let campaign = courses.iter().find(|course| course.campaign_slug == query.kampagne);
    if let Some(campaign) = campaign.map(|course| course.campaign) {
        dates.retain(|date| date.campaign == campaign);
    }
    let campaign = campaign.map(|course| course.campaign_slug.clone()).unwrap_or_default();
    let layout = page.layout("Schulungen");
    Ok(ListPage { layout, dates, courses, past, campaign, may_keep: may_keep(&me), me: me.account }.into_response())
}

async fn dates(portal: &Portal, past: bool, now: OffsetDateTime) -> Result<Vec<TrainingDate>, sqlx::Error> {
    if !past {
        return date::list(&portal.db, &Wanted { ending_after: Some(now), ..Wanted::default() }).await;
    }
    let wanted = Wanted { ended_by: Some(now), ending_after: Some(now - PAST), ..Wanted::default() };
    let mut dates = date::list(&portal.db, &wanted).await?;
    dates.reverse();
    Ok(dates)
}
