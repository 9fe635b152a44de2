//! The mail about a new version of the contract papers.

use askama::Template;
use time::{Date, Duration, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::FreelancerId;
use crate::mail::{Mail, Recipient, Sample, Topic};

#[derive(Template)]
#[template(path = "mail/contract_new.txt")]
struct NewVersion<'a> {
    name: &'a str,
    client: &'a str,
    day: String,
    link: String,
    operator: &'a str,
}

/// "There is a new version; please confirm it by …"
pub fn new_version(
    config: &Config,
    (id, name, email): (FreelancerId, &str, &str),
    (slug, client): (&str, &str),
    confirm_by: Date,
) -> Mail {
    let body = NewVersion {
        name,
        client,
        day: german::day(confirm_by),
        link: config.link(&format!("/bereit/vertrag/{slug}")),
        operator: &config.operator_name,
    };
    let subject = format!("Neue Vertragsunterlagen: bitte bis {} bestätigen", german::day_month(confirm_by));
    Recipient::of(id, email).mail(Topic::Readiness, subject, &body)
}

/// The mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let day = Zone::berlin().date(now) + Duration::days(14);
    let to = (FreelancerId::new(), "Jana Wölk", "jana@beispiel.example");
    vec![Sample::new("contract_new", new_version(config, to, ("blattgruen", "Blattgrün"), day))]
}
