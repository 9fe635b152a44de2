//! `/verwaltung`: the overview, the same address for all staff, with what their roles need.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::figures::{self, Campaign};
use crate::accounts::role::Role;
use crate::clock::german;
use crate::health;
use crate::portal::Portal;
use crate::shifts::week::Week;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

/// A way to go: path, icon, label, what one finds there.
type Tile = (&'static str, &'static str, &'static str, &'static str, &'static [Role]);

const TILES: [Tile; 4] = [
    (
        "/verwaltung/kampagnen",
        "calendar-days",
        "Kampagnen und Pläne",
        "Öffnungszeiten, Wochenpläne, Veröffentlichung",
        &[Role::Planner, Role::Administrator],
    ),
    (
        "/verwaltung/freelancer",
        "users",
        "Freelancer*innen",
        "Suchen und sehen, wer wofür einsatzbereit ist",
        &[Role::Planner, Role::Trainer, Role::Recruiter, Role::Administrator],
    ),
    ("/verwaltung/konten", "key-round", "Konten", "Das Team einladen, Rollen und Zugänge", &[Role::Administrator]),
    ("/konto", "user", "Dein Konto", "Passwort und angemeldete Geräte", &Role::STAFF),
];

#[derive(Template, WebTemplate)]
#[template(path = "overview/overview.html")]
struct OverviewPage {
    layout: Layout,
    troubles: Vec<String>,
    /// For planners.
    campaigns: Option<Vec<Campaign>>,
    tiles: Vec<&'static Tile>,
    now: OffsetDateTime,
}

impl OverviewPage {
    fn this_week(&self, campaign: &Campaign) -> String {
        plan(campaign, campaign.this_week(self.now))
    }

    fn draft_week(&self, campaign: &Campaign) -> Option<String> {
        campaign.draft_week().map(|week| plan(campaign, week))
    }

    fn open_seats(&self, campaign: &Campaign) -> String {
        german::count(campaign.open_seats, "Platz offen", "Plätze offen")
    }

    fn drafts(&self, campaign: &Campaign) -> String {
        german::count(campaign.drafts, "Schicht im Entwurf", "Schichten im Entwurf")
    }

    fn publishes(&self, campaign: &Campaign) -> String {
        german::moment(campaign.publishes_at())
    }
}

/// The address of a campaign's plan of a week.
fn plan(campaign: &Campaign, week: Week) -> String {
    format!("/verwaltung/kampagnen/{}/plan/{week}", campaign.slug)
}

/// `GET /verwaltung`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let troubles = health::look(&portal.db, now).await?.troubles(now);
    let campaigns = if me.has_any(&[Role::Planner, Role::Administrator]) {
        Some(figures::campaigns(&portal.db, now).await?)
    } else {
        None
    };
    let tiles = TILES.iter().filter(|tile| me.has_any(tile.4)).collect();
    Ok(OverviewPage { layout: page.layout("Übersicht"), troubles, campaigns, tiles, now }.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime, time};

    #[test]
    fn a_week_at_the_turn_of_the_year_has_its_iso_year() {
        let campaign = Campaign {
            slug: "blattgruen".into(),
            client: "Blattgrün".into(),
            name: "Bestellhotline".into(),
            zone: "Europe/Berlin".into(),
            publication_time: time!(12:00),
            open_seats: 0,
            drafts: 0,
            first_draft: None,
            publishes_on: date!(2026 - 12 - 30),
        };
        let week = campaign.this_week(datetime!(2027-01-02 12:00 UTC));
        assert_eq!(plan(&campaign, week), "/verwaltung/kampagnen/blattgruen/plan/2026-W53");
        // 23:30 UTC on Sunday is Monday in Berlin.
        assert_eq!(campaign.this_week(datetime!(2026-11-29 23:30 UTC)).monday(), date!(2026 - 11 - 30));
    }
}
