//! `/verwaltung`: the overview, the same address for all staff, with what their roles need.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::figures::{self, Figures};
use crate::accounts::role::Role;
use crate::applications::nearing::{self, Undecided};
use crate::applications::pipeline::{self, Waiting};
use crate::clock::{Zone, german};
use crate::health;
use crate::portal::Portal;
use crate::shifts::week::Week;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

/// A way to go: path, icon, label, what one finds there.
type Tile = (&'static str, &'static str, &'static str, &'static str, &'static [Role]);

const TILES: &[Tile] = &[
    (
        "/verwaltung/bewerbungen",
        "inbox",
        "Bewerbungen",
        "Sichten, zum Gespräch einladen, entscheiden",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/gespraeche",
        "calendar-check",
        "Gespräche",
        "Termine anbieten und sehen, wer wann kommt",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/stellen",
        "file-text",
        "Stellen",
        "Ausschreibungen und die Fragen ihrer Bewerbungen",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/kampagnen",
        "calendar-days",
        "Kampagnen",
        "Öffnungszeiten, Wochenpläne, Veröffentlichung",
        &[Role::Planner, Role::Administrator],
    ),
    (
        "/verwaltung/schulungen",
        "graduation-cap",
        "Schulungen",
        "Kurse, Termine mit Plätzen, und was daraus wurde",
        &[Role::Trainer, Role::Planner, Role::Administrator],
    ),
    (
        "/verwaltung/freelancer",
        "users",
        "Freelancer*innen",
        "Suchen und sehen, wer wofür einsatzbereit ist",
        &[Role::Planner, Role::Trainer, Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/unterlagen",
        "file-text",
        "Unterlagen",
        "Gewerbescheine und andere Papiere prüfen",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/vertraege",
        "pencil",
        "Verträge",
        "Vertragsunterlagen der Kampagnen schreiben und veröffentlichen",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/erste-schichten",
        "graduation-cap",
        "Erste Schichten",
        "Wer neben Pat*innen sitzt, wer wartet, was fehlt",
        &[Role::Planner, Role::Trainer, Role::Administrator],
    ),
    (
        "/verwaltung/nachrichten",
        "message-square",
        "Nachrichten",
        "Was über das Kontaktformular kam, und was ihr antwortet",
        &[Role::Recruiter, Role::PrivacyOfficer, Role::Administrator],
    ),
    (
        "/verwaltung/mailtexte",
        "pencil",
        "Mailtexte",
        "Bausteine der Mails an Menschen, die sich bewerben",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/fragen",
        "info",
        "Fragen und Antworten",
        "Was Besucher*innen unter „Fragen“ lesen",
        &[Role::Recruiter, Role::Administrator],
    ),
    (
        "/verwaltung/bereitschaft",
        "circle-check",
        "Bereit werden",
        "Wer wartet worauf, und seit wann",
        &[Role::Recruiter, Role::Trainer, Role::Planner, Role::Administrator],
    ),
    (
        "/verwaltung/zugaenge",
        "key-round",
        "Zugänge",
        "Systeme der Kampagnen einrichten und abhaken",
        &[Role::Trainer, Role::Planner, Role::Administrator],
    ),
    (
        "/verwaltung/datenschutz",
        "shield-check",
        "Datenschutz",
        "Was wann gelöscht wird, Anfragen mit ihrer Uhr, der Löschnachweis",
        &[Role::PrivacyOfficer],
    ),
    (
        "/verwaltung/unterweisung",
        "badge-check",
        "Unterweisung",
        "Text und Fragen zum Datenschutz, wer bestätigt hat",
        &[Role::PrivacyOfficer],
    ),
    (
        "/verwaltung/datenschutz/sperren",
        "lock",
        "Rechtliche Sperren",
        "Was nicht gelöscht werden darf, und bis wann",
        &[Role::PrivacyOfficer, Role::Administrator],
    ),
    (
        "/verwaltung/beitraege",
        "euro",
        "Beiträge",
        "Was berechnet ist, Korrekturen und Erlass, Ausgabe als CSV",
        &[Role::Bookkeeper],
    ),
    ("/verwaltung/konten", "key-round", "Konten", "Das Team einladen, Rollen und Zugänge", &[Role::Administrator]),
    (
        "/verwaltung/richtwerte",
        "list-filter",
        "Richtwerte",
        "Nutzungsbeitrag, Anforderungen, Fristen: was gilt ab wann",
        &[Role::Administrator],
    ),
    ("/konto", "user", "Dein Konto", "Passwort und angemeldete Geräte", &Role::STAFF),
];

#[derive(Template, WebTemplate)]
#[template(path = "overview/overview.html")]
struct OverviewPage {
    layout: Layout,
    troubles: Vec<String>,
    /// For planners.
    campaigns: Option<Vec<Figures>>,
    /// For recruiters.
    waiting: Option<Waiting>,
    undecided: Undecided,
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

    /// `31 offene Bewerbungen`
    fn open(&self, waiting: &Waiting) -> String {
        german::count(waiting.open, "offene Bewerbung", "offene Bewerbungen")
    }

    /// `2 unentschiedene Bewerbungen werden …`
    fn nearing(&self) -> String {
        german::count(self.undecided.month, "unentschiedene Bewerbung wird", "unentschiedene Bewerbungen werden")
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
    let (mut waiting, mut undecided) = (None, Undecided::default());
    if me.has_any(&[Role::Recruiter, Role::Administrator]) {
        let today = Zone::berlin().date(now);
        waiting = Some(pipeline::waiting(&portal.db, today).await?);
        undecided = nearing::undecided(&portal.db, &nearing::load(&portal.db, now).await?, today).await?;
    }
    let tiles = TILES.iter().filter(|tile| me.has_any(tile.4)).collect();
    let layout = page.layout("Übersicht");
    Ok(OverviewPage { layout, troubles, campaigns, waiting, undecided, tiles, now }.into_response())
}
