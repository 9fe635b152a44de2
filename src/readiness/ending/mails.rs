//! The mails about the end of a campaign, and about its going on after all.

use askama::Template;

use super::plan::Person;
use crate::config::Config;
use crate::id::FreelancerId;
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::training::ending::Trainer;

#[derive(Template)]
#[template(path = "mail/campaign_end.txt")]
struct CampaignEnd<'a> {
    name: &'a str,
    what: String,
    lines: &'a [String],
    reason: &'a str,
    /// Where to look, and at what.
    look: (&'a str, String),
    operator: &'a str,
}

/// The subject of all mails about the end.
fn ends(title: &str) -> String {
    format!("Die Kampagne endet: {title}")
}

/// The subject of all mails about its going on.
fn goes_on(title: &str) -> String {
    format!("Die Kampagne geht weiter: {title}")
}

fn to_person(config: &Config, to: &Person, subject: String, what: String, lines: &[String], reason: &str) -> Mail {
    let look = ("Dein Stand", config.link("/bereit/einsatzbereit"));
    let body = CampaignEnd { name: &to.name, what, lines, reason, look, operator: &config.operator_name };
    Recipient::of(to.freelancer, &to.email).mail(Topic::Readiness, subject, &body)
}

fn to_trainer(config: &Config, to: &Trainer, subject: String, what: String, reason: &str) -> Mail {
    let (lines, look) = (&to.dates(), ("Alle Schulungen", config.link("/verwaltung/schulungen")));
    let body = CampaignEnd { name: &to.name, what, lines, reason, look, operator: &config.operator_name };
    Recipient::of(to.account, &to.email).mail(Topic::Readiness, subject, &body)
}

/// "The campaign ends …": what that means for the person, line by line.
pub fn ended(config: &Config, to: &Person, title: &str, lines: &[String], reason: &str) -> Mail {
    let what = format!("die Kampagne „{title}“ ist beendet. Für dich heißt das:");
    to_person(config, to, ends(title), what, lines, reason)
}

/// "The campaign goes on …": what came back.
pub fn reversed(config: &Config, to: &Person, title: &str, lines: &[String], reason: &str) -> Mail {
    let what = format!("die Kampagne „{title}“ geht doch weiter. Für dich heißt das:");
    to_person(config, to, goes_on(title), what, lines, reason)
}

/// To somebody who leads trainings: they do not take place.
pub fn ended_for_trainer(config: &Config, to: &Trainer, title: &str, reason: &str) -> Mail {
    let what = format!(
        "die Kampagne „{title}“ ist beendet. Diese Schulungen, die du leitest, finden nicht mehr statt; wer angemeldet war, hat Bescheid bekommen:"
    );
    to_trainer(config, to, ends(title), what, reason)
}

/// To the same: they take place after all.
pub fn reversed_for_trainer(config: &Config, to: &Trainer, title: &str, reason: &str) -> Mail {
    let what = format!("die Kampagne „{title}“ geht doch weiter, und mit ihr diese Schulungen, die du leitest:");
    to_trainer(config, to, goes_on(title), what, reason)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config) -> Vec<Sample> {
    let to = Person {
        freelancer: FreelancerId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        prepares: false,
        qualified: true,
        bookings: Vec::new(),
        trainings: Vec::new(),
    };
    let title = "Blattgrün · Bestellhotline";
    let shift = "Mi, 2.12., 09:00–13:00 Uhr";
    let end =
        [format!("{shift}: deine Buchung ist aufgehoben"), "du bist jetzt einsatzbereit für „Fährhaus · Chat“".into()];
    let back = ["deine Einsatzbereitschaft gilt wieder".into(), format!("{shift}: wieder für dich gebucht")];
    vec![
        Sample::new("campaign_end", ended(config, &to, title, &end, "Der Auftraggeber macht selbst weiter.")),
        Sample::new("campaign_end", reversed(config, &to, title, &back, "Der Auftrag ist verlängert.")),
    ]
}
