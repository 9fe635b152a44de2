//! The privacy officer's pages below `/verwaltung/datenschutz`: what is due and what is late, what the nights erased, what was
//! found afterwards, the proof of it all, and the register of the data.

mod findings;
mod ledger;
mod nights;
mod outlook;
mod overview;
mod register;

use time::OffsetDateTime;

use crate::accounts::role::Role;
use crate::clock::{Zone, german};
use crate::web::{Audience, Routes};

const OFFICER: Audience = Audience::Staff(&[Role::PrivacyOfficer]);

/// The routes of the privacy officer.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/datenschutz", OFFICER, overview::show)
        .get("/verwaltung/datenschutz/vorschau", OFFICER, outlook::show)
        .get("/verwaltung/datenschutz/laeufe", OFFICER, nights::list)
        .get("/verwaltung/datenschutz/funde", OFFICER, findings::list)
        .get("/verwaltung/datenschutz/funde/{id}", OFFICER, findings::show)
        .post("/verwaltung/datenschutz/funde/{id}/erledigung", OFFICER, findings::clear)
        .get("/verwaltung/datenschutz/nachweis", OFFICER, ledger::list)
        .post("/verwaltung/datenschutz/nachweis/pruefung", OFFICER, ledger::verify)
        .get("/verwaltung/datenschutz/verzeichnis", OFFICER, register::show)
        .get("/verwaltung/datenschutz/verzeichnis/export.csv", OFFICER, register::csv)
}

/// Where one is among the pages, for `privacy/_tabs.html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Outlook,
    Nights,
    Findings,
    Ledger,
    Holds,
    Register,
}

impl Tab {
    /// All of them, in their order.
    pub const ALL: [Self; 7] =
        [Self::Overview, Self::Outlook, Self::Nights, Self::Findings, Self::Ledger, Self::Holds, Self::Register];

    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/verwaltung/datenschutz",
            Self::Outlook => "/verwaltung/datenschutz/vorschau",
            Self::Nights => "/verwaltung/datenschutz/laeufe",
            Self::Findings => "/verwaltung/datenschutz/funde",
            Self::Ledger => "/verwaltung/datenschutz/nachweis",
            Self::Holds => "/verwaltung/datenschutz/sperren",
            Self::Register => "/verwaltung/datenschutz/verzeichnis",
        }
    }

    /// Its words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Overview => "Überblick",
            Self::Outlook => "Vorschau",
            Self::Nights => "Läufe",
            Self::Findings => "Nachsuche",
            Self::Ledger => "Löschnachweis",
            Self::Holds => "Sperren",
            Self::Register => "Verzeichnis",
        }
    }

    /// Whether it is this one.
    pub fn is(self, other: &Self) -> bool {
        self == *other
    }
}

/// `Mo, 23.11.2026, 12:00 Uhr`, in Berlin.
fn moment(at: &OffsetDateTime) -> String {
    german::moment(Zone::berlin().local(*at))
}

/// The page of a list that `?seite=` asks for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    seite: String,
}

/// A page of a list: from 1, and how many there are.
#[derive(Debug, Clone, Copy)]
struct Paging {
    page: i64,
    last: i64,
}

impl Paging {
    fn new(asked: &Asked, total: i64, per_page: i64) -> Self {
        let last = ((total + per_page - 1) / per_page).max(1);
        Self { page: asked.seite.parse().unwrap_or(1).clamp(1, last), last }
    }

    /// The page before this one, if there is one.
    fn previous(&self) -> Option<i64> {
        (self.page > 1).then_some(self.page - 1)
    }

    /// The page after this one, if there is one.
    fn next(&self) -> Option<i64> {
        (self.page < self.last).then_some(self.page + 1)
    }
}
