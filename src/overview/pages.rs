//! `/verwaltung`: the overview, the same address for all staff, with what their roles need.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::figures::{self, Figures};
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
    campaigns: Option<Vec<Figures>>,
    tiles: Vec<&'static Tile>,
    now: OffsetDateTime,
}

impl OverviewPage {
    fn this_week(&self, figures: &Figures) -> String {
        plan(figures, Week::at(self.now, &figures.campaign.zone))
    }

    fn draft_week(&self, figures: &Figures) -> Option<String> {
        figures.draft_week.map(|week| plan(figures, week))
    }

    fn open_seats(&self, figures: &Figures) -> String {
        german::count(figures.open_seats, "Platz offen", "Plätze offen")
    }

    fn drafts(&self, figures: &Figures) -> String {
        german::count(figures.drafts, "Schicht im Entwurf", "Schichten im Entwurf")
    }

    fn publishes(&self, figures: &Figures) -> String {
        german::moment(figures.campaign.zone.local(figures.publishes_at))
    }
}

/// The address of a campaign's plan of a week.
fn plan(figures: &Figures, week: Week) -> String {
    format!("/verwaltung/kampagnen/{}/plan/{week}", figures.campaign.slug)
}

/// `GET /verwaltung`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let troubles = health::look(&portal.db, now).await?.troubles(now);
    let campaigns = if me.has_any(&[Role::Planner, Role::Administrator]) {
        Some(figures::load(&portal.db, now).await?)
    } else {
        None
    };
    let tiles = TILES.iter().filter(|tile| me.has_any(tile.4)).collect();
    Ok(OverviewPage { layout: page.layout("Übersicht"), troubles, campaigns, tiles, now }.into_response())
}
