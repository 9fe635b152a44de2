//! A checklist as both sides see it: sections of steps with icon, badge and the one button.

use time::Date;

use super::targets;
use crate::clock::german;
use crate::readiness::checklist::{self, Item, Paper, State, Step};
use crate::readiness::load::Prepared;

/// State of `data-s`, icon, words.
pub type Badge = (&'static str, &'static str, String);

/// A step on the page.
pub struct Shown {
    pub title: String,
    pub text: String,
    /// Class of the row.
    pub class: &'static str,
    pub icon: &'static str,
    pub badge: Option<Badge>,
    /// Where it is done.
    pub path: Option<String>,
    pub is_next: bool,
    pub button: &'static str,
}

/// Steps under one heading; without one for somebody with a single campaign.
pub struct Section {
    pub id: String,
    pub title: Option<String>,
    pub steps: Vec<Shown>,
}

/// One person's checklist.
pub struct Checklist {
    pub sections: Vec<Section>,
    pub done: usize,
    pub all: usize,
    /// What is left, for which campaign, and until about when.
    pub lead: String,
}

impl Checklist {
    /// Of one's campaigns; `common` are the steps of somebody who has none yet.
    pub fn new(prepared: &[Prepared], common: Vec<Item>, today: Date, latest_start: i64) -> Self {
        let lists: Vec<(&Prepared, Vec<Item>)> = prepared.iter().map(|p| (p, p.facts.items(today))).collect();
        let mut sections = match &lists[..] {
            [] => vec![section("", None, "", common)],
            [(one, items)] => vec![section(&one.slug, None, &one.client, items.clone())],
            many => several(many),
        };
        let all = sections.iter().flat_map(|(section, _)| &section.steps).count();
        let done = sections.iter().flat_map(|(_, items)| items).filter(|item| item.state.is_done()).count();
        mark_next(&mut sections);
        let lead = lead(prepared, all - done, today, latest_start);
        Self { sections: sections.into_iter().map(|(section, _)| section).collect(), done, all, lead }
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.done == self.all
    }
}

fn several(lists: &[(&Prepared, Vec<Item>)]) -> Vec<(Section, Vec<Item>)> {
    let part = |items: &[Item], common| items.iter().filter(|i| i.step.is_common() == common).cloned().collect();
    let mut sections = vec![section("alle", Some("Für alle Kampagnen".into()), "", part(&lists[0].1, true))];
    for (prepared, items) in lists {
        let title = format!("{} · {}", prepared.client, prepared.name);
        sections.push(section(&prepared.slug, Some(title), &prepared.client, part(items, false)));
    }
    sections
}

/// With the items it shows, which the next step is found among.
fn section(slug: &str, title: Option<String>, client: &str, items: Vec<Item>) -> (Section, Vec<Item>) {
    let steps = items.iter().map(|item| shown(item, slug, client)).collect();
    (Section { id: format!("schritte-{slug}"), title, steps }, items)
}

/// Only the first step that is one's turn gets the button.
fn mark_next(sections: &mut [(Section, Vec<Item>)]) {
    for (section, items) in sections {
        let Some(next) = checklist::next(items) else { continue };
        for (step, item) in section.steps.iter_mut().zip(items) {
            if item.step == next {
                (step.is_next, step.class) = (true, "next");
                return;
            }
        }
    }
}

fn shown(item: &Item, slug: &str, client: &str) -> Shown {
    let title = match item.step {
        Step::Contract | Step::Training | Step::Papers if !client.is_empty() => {
            format!("{} „{client}“", item.step.title())
        }
        step => step.title().to_owned(),
    };
    let (class, icon) = match item.state {
        State::Done => ("ok", "circle-check"),
        State::Refused => ("bad", "circle-alert"),
        State::Expiring(_) => ("warn", "clock"),
        _ => ("", item.step.icon()),
    };
    let path = targets::of(item.step, slug);
    let button = if item.state == State::Refused { "Noch einmal versuchen" } else { "Jetzt beginnen" };
    Shown { title, text: item.text.clone(), class, icon, badge: badge(item), path, is_next: false, button }
}

fn badge(item: &Item) -> Option<Badge> {
    let (state, icon, words) = match (item.state, item.step) {
        (State::Done, Step::Profile) => return None,
        (State::Done, Step::Contract | Step::Briefing | Step::FirstShifts) => ("ok", "check", "bestätigt"),
        (State::Done, Step::Training) => ("ok", "check", "bestanden"),
        (State::Done, Step::Access) => ("ok", "check", "eingerichtet"),
        (State::Done, Step::Qualified) => ("ok", "badge-check", "einsatzbereit"),
        (State::Done, _) => ("ok", "check", "anerkannt"),
        (State::Expiring(_), _) => ("warn", "hourglass", "läuft ab"),
        (State::Waiting, Step::Access) => ("", "circle-dashed", "richten wir ein"),
        (State::Waiting, Step::Briefing) => ("", "circle-dashed", "kommt noch"),
        (State::Waiting, _) => ("info", "hourglass", "in Prüfung"),
        (State::Refused, _) => ("bad", "x", "zurückgegeben"),
        (State::Open, _) => ("", "circle-dashed", "offen"),
        (State::Fixed, _) => ("info", "calendar-check", "angemeldet"),
        (State::Later, Step::Training) => ("", "lock", "nach dem Profil"),
        (State::Later, Step::FirstShifts) => ("", "lock", "danach"),
        (State::Later, _) => ("", "lock", "zum Schluss"),
    };
    Some((state, icon, words.to_owned()))
}

const NUMBERS: [&str; 11] = ["kein", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"];

fn lead(prepared: &[Prepared], left: usize, today: Date, latest_start: i64) -> String {
    let steps = match left {
        1 => "Noch ein Schritt".to_owned(),
        n => format!("Noch {} Schritte", NUMBERS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())),
    };
    let waiting = prepared.iter().find_map(|p| Some((p, p.facts.expected_on(today, latest_start)?)));
    match (left, waiting) {
        (0, _) => "Alles erledigt. Du buchst deine Schichten selbst.".into(),
        (_, Some((p, day))) => format!(
            "{steps}, dann buchst du deine eigenen Schichten für {}. Voraussichtlich ab {}.",
            p.client,
            checklist::about(day)
        ),
        _ if prepared.is_empty() => {
            format!("{steps} kannst du schon erledigen, bevor du dich für eine Kampagne vorbereitest.")
        }
        _ => format!("{steps}, damit du weiter buchen kannst."),
    }
}

/// A paper in the list beside.
pub struct PaperLine {
    pub label: &'static str,
    pub badge: Badge,
    pub note: String,
}

impl PaperLine {
    pub fn new(paper: &Paper, today: Date) -> Self {
        let days = paper.valid_until.map(|until| (until - today).whole_days());
        let badge = match days {
            _ if paper.is_waiting => ("info", "hourglass", "in Prüfung".to_owned()),
            _ if paper.is_refused => ("bad", "x", "zurückgegeben".into()),
            Some(..0) => ("bad", "x", "abgelaufen".into()),
            Some(days @ 0..=30) => ("warn", "hourglass", format!("noch {}", german::count(days, "Tag", "Tage"))),
            _ => ("ok", "check", "anerkannt".into()),
        };
        let note = match (&paper.refusal, paper.valid_until) {
            (Some(reason), _) if paper.is_refused => format!("Grund: {reason}"),
            (_, Some(until)) => format!("gültig bis {}", german::date(until)),
            _ if paper.is_waiting => "eingegangen".into(),
            _ => "ohne Ablauf".into(),
        };
        Self { label: paper.label, badge, note }
    }
}
