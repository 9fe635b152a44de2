//! The mails about the end of a campaign, and about its going on after all.

use askama::Template;

use super::plan::Person;
use crate::config::Config;
use crate::id::FreelancerId;
use crate::mail::{Mail, Recipient, Sample, Topic};

#[derive(Template)]
#[template(path = "mail/campaign_end.txt")]
struct CampaignEnd<'a> {
    name: &'a str,
    what: String,
    lines: &'a [String],
    reason: &'a str,
    link: String,
    operator: &'a str,
}

fn mail(config: &Config, to: &Person, subject: String, what: String, lines: &[String], reason: &str) -> Mail {
    let link = config.link("/bereit/einsatzbereit");
    let body = CampaignEnd { name: &to.name, what, lines, reason, link, operator: &config.operator_name };
    Recipient::of(to.freelancer, &to.email).mail(Topic::Readiness, subject, &body)
}

/// "The campaign ends …": what that means for the person, line by line.
pub fn ended(config: &Config, to: &Person, title: &str, lines: &[String], reason: &str) -> Mail {
    let what = format!("die Kampagne „{title}“ ist beendet. Für dich heißt das:");
    mail(config, to, format!("Die Kampagne endet: {title}"), what, lines, reason)
}

/// "The campaign goes on …": what came back.
pub fn reversed(config: &Config, to: &Person, title: &str, lines: &[String], reason: &str) -> Mail {
    let what = format!("die Kampagne „{title}“ geht doch weiter. Für dich heißt das:");
    mail(config, to, format!("Die Kampagne geht weiter: {title}"), what, lines, reason)
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
