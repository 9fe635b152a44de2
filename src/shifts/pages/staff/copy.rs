//! Copying a week: choose the source, look at what comes of it, leave out what does not fit.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::Scope;
use super::line::LineForm;
use super::offer::{self, Offer};
use crate::clock::german;
use crate::portal::Portal;
use crate::shifts::batch::Kind;
use crate::shifts::pattern;
use crate::shifts::shift;
use crate::shifts::week::Week;
use crate::web::form::{Form, Query};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters, see_other};

/// The week to copy from.
#[derive(Debug, Deserialize)]
pub struct Source {
    #[serde(default)]
    von: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_copy.html")]
struct CopyPage {
    layout: Layout,
    scope: Scope,
    /// Weeks with shifts, and how many.
    weeks: Vec<(Week, i64)>,
    source: Option<Week>,
    offer: Offer,
}

impl CopyPage {
    fn count(&self, n: &i64) -> String {
        german::count(*n, "Schicht", "Schichten")
    }

    fn is_source(&self, week: &Week) -> bool {
        self.source.as_ref() == Some(week)
    }
}

/// `GET …/kopie`: from the asked week, else from the latest before this one.
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    scope: Scope,
    Query(asked): Query<Source>,
    Now(now): Now,
) -> Answer {
    let campaign = &scope.campaign;
    let mut weeks = shift::weeks(&portal.db, campaign.id).await?;
    weeks.retain(|(week, _)| *week != scope.week);
    let asked = asked.von.parse().ok().filter(|week| *week != scope.week);
    let before = || weeks.iter().map(|(week, _)| *week).find(|week| *week < scope.week);
    let source = asked.or_else(before).or_else(|| weeks.first().map(|(week, _)| *week));
    let slots = match source {
        Some(week) => {
            let shifts = shift::of_weeks(&portal.db, campaign.id, (week, week)).await?;
            pattern::copied(&shifts, &campaign.zone, week, scope.week)
        }
        None => Vec::new(),
    };
    let offer = Offer::of(&portal, &scope, &slots, now).await?;
    Ok(CopyPage { layout: page.layout("Woche kopieren"), scope, weeks, source, offer }.into_response())
}

/// `POST …/kopie`
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    scope: Scope,
    Now(now): Now,
    Form(form): Form<LineForm>,
) -> Answer {
    offer::create(&portal, &scope, Kind::Copy, &form.s, me.account, now).await?.keep(&portal, &me).await?;
    Ok(see_other(&scope.path("")))
}
