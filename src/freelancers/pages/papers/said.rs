//! How a paper stands, in words and with a badge.

use time::{Date, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::freelancers::papers::document::{Document, Standing, State};

/// A paper that ends within so many days is about to.
const SOON_DAYS: i64 = 30;

/// A badge: tone, icon, words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub tone: &'static str,
    pub icon: &'static str,
    pub words: String,
}

impl Badge {
    fn new(tone: &'static str, icon: &'static str, words: impl Into<String>) -> Self {
        Self { tone, icon, words: words.into() }
    }
}

/// How a paper stands today.
pub fn badge(paper: &Document, today: Date) -> Badge {
    match (paper.state, paper.valid_until.map(|last| (last - today).whole_days())) {
        (State::Quarantined, _) => Badge::new("info", "shield-check", "wird geprüft"),
        (State::Submitted, _) => Badge::new("info", "hourglass", "in Prüfung"),
        (State::Refused, _) => Badge::new("bad", "x", "zurückgegeben"),
        (State::Replaced, _) => Badge::new("", "copy", "ersetzt"),
        (State::Accepted, Some(..0)) => Badge::new("bad", "circle-alert", "abgelaufen"),
        (State::Accepted, Some(0)) => Badge::new("warn", "hourglass", "läuft heute ab"),
        (State::Accepted, Some(1)) => Badge::new("warn", "hourglass", "noch 1 Tag"),
        (State::Accepted, Some(days @ ..=SOON_DAYS)) => Badge::new("warn", "hourglass", format!("noch {days} Tage")),
        (State::Accepted, _) => Badge::new("ok", "check", "anerkannt"),
    }
}

/// The badges of a kind of paper: what is accepted, and what came after it.
pub fn badges(standing: &Standing, today: Date) -> Vec<Badge> {
    let papers = [&standing.accepted, &standing.latest];
    let badges: Vec<_> = papers.into_iter().flatten().map(|paper| badge(paper, today)).collect();
    if badges.is_empty() { vec![Badge::new("", "circle-dashed", "fehlt noch")] } else { badges }
}

/// The sign in the list for a kind of paper: done, runs out, needs something, or simply a paper.
pub fn mark(standing: &Standing, today: Date) -> Badge {
    let badges = badges(standing, today);
    let has = |tone| badges.iter().any(|badge| badge.tone == tone);
    match () {
        () if has("bad") => Badge::new("bad", "circle-alert", ""),
        () if has("warn") => Badge::new("warn", "clock", ""),
        () if has("ok") => Badge::new("ok", "circle-check", ""),
        () => Badge::new("", "file-text", ""),
    }
}

/// What there is to know beside the badge: since when, until when, why not.
pub fn detail(paper: &Document) -> String {
    let sent = day(paper.submitted_at);
    match (paper.state, paper.valid_until) {
        (State::Quarantined, _) => format!("Hochgeladen am {sent}. Die Datei wird gerade auf Schadsoftware geprüft."),
        (State::Submitted, _) => format!("Hochgeladen am {sent}. Du hörst von uns, falls noch etwas fehlt."),
        (State::Refused, _) => paper.refusal.clone().unwrap_or_default(),
        (_, Some(last)) => format!("Gültig bis {}.", german::date(last)),
        (_, None) => format!("Geprüft am {}, ohne Ablauf.", paper.decided_at.map(day).unwrap_or_default()),
    }
}

/// `25.11.2026`
pub fn day(at: OffsetDateTime) -> String {
    german::date(Zone::berlin().date(at))
}
