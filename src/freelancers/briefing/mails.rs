//! The mails about the privacy briefing: a new version, and the reminder of it.

use askama::Template;
use time::{Date, Duration, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::AccountId;
use crate::mail::{Mail, Recipient, Sample, Topic};

#[derive(Template)]
#[template(path = "mail/briefing_published.txt")]
struct Published<'a> {
    until: String,
    link: String,
    operator: &'a str,
}

/// "There is a new version; confirm it by …"
pub fn published(config: &Config, to: AccountId, email: &str, confirm_by: Date) -> Mail {
    let body = Published {
        until: german::day(confirm_by),
        link: config.link("/bereit/unterweisung"),
        operator: &config.operator_name,
    };
    Recipient::of(to, email).mail(Topic::Readiness, "Neue Datenschutz-Unterweisung für dich", &body)
}

#[derive(Template)]
#[template(path = "mail/briefing_reminder.txt")]
struct Reminder<'a> {
    until: String,
    link: String,
    operator: &'a str,
}

/// "The new version still waits for your confirmation …"
pub fn reminder(config: &Config, to: AccountId, email: &str, confirm_by: Date) -> Mail {
    let body = Reminder {
        until: german::day(confirm_by),
        link: config.link("/bereit/unterweisung"),
        operator: &config.operator_name,
    };
    let subject = format!("Erinnerung: Datenschutz-Unterweisung bis {}", german::short_day(confirm_by));
    Recipient::of(to, email).mail(Topic::Readiness, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let (to, email) = (AccountId::new(), "jana@beispiel.example");
    let day = Zone::berlin().date(now) + Duration::days(14);
    vec![
        Sample::new("briefing_published", published(config, to, email, day)),
        Sample::new("briefing_reminder", reminder(config, to, email, day)),
    ]
}
