//! The staff side of the plan: draw up, change, publish, export, ask for help. Nobody is assigned to anything.

mod booking;
mod change;
mod copy;
mod decision;
mod impact;
mod line;
mod new;
mod offer;
mod pattern;
mod plan;
mod publication;
mod shift;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::accounts::role::Role;
use crate::campaigns::campaign::{self, Campaign};
use crate::clock::german;
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::week::Week;
use crate::web::form::Path;
use crate::web::{Audience, Error, Routes};

/// Who plans.
pub const PLANNERS: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);

/// The routes of the staff side.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/kampagnen/{slug}/plan", PLANNERS, plan::index)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}", PLANNERS, plan::show)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/veroeffentlichung", PLANNERS, plan::publish)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/hilfe", PLANNERS, plan::ask_for_help)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/ruecknahme", PLANNERS, plan::undo)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/export.csv", PLANNERS, plan::export_csv)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/export.xlsx", PLANNERS, plan::export_xlsx)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/muster", PLANNERS, pattern::show)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/muster", PLANNERS, pattern::update)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/kopie", PLANNERS, copy::show)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/kopie", PLANNERS, copy::create)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/schichten/neu", PLANNERS, new::new)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/schichten/neu", PLANNERS, new::create)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/aenderung", PLANNERS, change::edit)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/aenderung", PLANNERS, change::update)
        .get("/verwaltung/kampagnen/{slug}/plan/{week}/loeschung", PLANNERS, change::look_at_deletion)
        .post("/verwaltung/kampagnen/{slug}/plan/{week}/loeschung", PLANNERS, change::delete)
        .get("/verwaltung/schichten/{id}", PLANNERS, shift::show)
        .get("/verwaltung/buchungen/{id}/aufhebung", PLANNERS, booking::edit)
        .post("/verwaltung/buchungen/{id}/aufhebung", PLANNERS, booking::delete)
        .get("/verwaltung/freelancer/{id}/buchungen", PLANNERS, decision::show)
        .post("/verwaltung/freelancer/{id}/buchungen", PLANNERS, decision::decide)
}

/// The campaign and week of the address; 404 if there is no such campaign.
pub struct Scope {
    pub campaign: Campaign,
    pub week: Week,
}

impl Scope {
    /// The plan's own address, or one below it.
    pub fn path(&self, below: &str) -> String {
        plan_path(&self.campaign.slug, self.week, below)
    }

    /// The plan of another week.
    pub fn other(&self, week: Week) -> String {
        plan_path(&self.campaign.slug, week, "")
    }

    /// The week's days: number from Monday on, `Mo`, `21.12.`
    pub fn days(&self) -> Vec<(String, &'static str, String)> {
        let said = |day: time::Date| {
            let number = day.weekday().number_from_monday().to_string();
            (number, german::weekday_short(day.weekday()), german::day_month(day))
        };
        self.week.days().map(said).to_vec()
    }

    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn title(&self) -> String {
        self.campaign.title()
    }
}

fn plan_path(slug: &str, week: Week, below: &str) -> String {
    format!("/verwaltung/kampagnen/{slug}/plan/{week}{below}")
}

impl FromRequestParts<Portal> for Scope {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Error> {
        let Path((slug, week)) = Path::<(String, Week)>::from_request_parts(parts, portal).await?;
        let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
        Ok(Self { campaign, week })
    }
}

/// `7 Schichten`
fn shifts(n: usize) -> String {
    german::count(n as i64, "Schicht", "Schichten")
}

/// The ticked shifts; what is no id is left out.
fn ids(ticked: &[String]) -> Vec<ShiftId> {
    ticked.iter().filter_map(|text| text.parse().ok()).collect()
}
