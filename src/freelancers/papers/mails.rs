//! The mails about papers: returned, and about to end.

use askama::Template;
use time::{Date, Duration, OffsetDateTime};

use super::kind::Kind;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::freelancers::freelancer::Freelancer;
use crate::id::FreelancerId;
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::policy::{Figure, Policy};

fn path(kind: Kind) -> String {
    format!("/bereit/unterlagen/{}", kind.key())
}

#[derive(Template)]
#[template(path = "mail/document_refused.txt")]
struct Refused<'a> {
    name: &'a str,
    label: &'static str,
    reason: &'a str,
    link: String,
    operator: &'a str,
}

/// "We return your paper, here is why."
pub fn refused(config: &Config, person: &Freelancer, kind: Kind, reason: &str) -> Mail {
    let body = Refused {
        name: &person.name,
        label: kind.label(),
        reason,
        link: config.link(&path(kind)),
        operator: &config.operator_name,
    };
    let subject = format!("Bitte noch einmal: {}", kind.label());
    Recipient::of(person.id, &person.email).mail(Topic::Readiness, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/document_ending.txt")]
struct Ending<'a> {
    name: &'a str,
    label: &'static str,
    day: String,
    left: String,
    then: String,
    link: String,
    operator: &'a str,
}

/// "Your paper ends on …", with how long one can book after that.
pub fn ending(config: &Config, person: &Freelancer, kind: Kind, (last, today): (Date, Date), policy: &Policy) -> Mail {
    let left = match (last - today).whole_days() {
        0 => "heute".to_owned(),
        1 => "morgen".to_owned(),
        days => format!("in {days} Tagen"),
    };
    let then = match policy.value(Figure::PaperGraceDays) {
        0 => "Danach sind neue Buchungen erst mit einer gültigen Unterlage möglich.".to_owned(),
        _ => format!("Danach kannst du noch {} lang neue Schichten buchen.", policy.said(Figure::PaperGraceDays)),
    };
    let body = Ending {
        name: &person.name,
        label: kind.label(),
        day: german::day(last),
        left,
        then,
        link: config.link(&path(kind)),
        operator: &config.operator_name,
    };
    let subject = format!("{}: gültig bis {}", kind.label(), german::day_month(last));
    Recipient::of(person.id, &person.email).mail(Topic::Readiness, subject, &body)
}

/// The mails of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let person = Freelancer {
        id: FreelancerId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        active: true,
        access_ended_at: None,
        joined_at: now,
    };
    let today = Zone::berlin().date(now);
    let last = today + Duration::days(30);
    vec![
        Sample::new(
            "document_refused",
            refused(config, &person, Kind::TradeLicence, "Seite 2 fehlt im Bild. Fotografiere bitte beide Seiten."),
        ),
        Sample::new(
            "document_ending",
            ending(config, &person, Kind::EmployerPermission, (last, today), &Policy::default()),
        ),
    ]
}
