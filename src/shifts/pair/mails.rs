//! The mails about first shifts: to the trainee, the mentor and the planners.

use askama::Template;
use time::OffsetDateTime;

use super::{Facts, Somebody};
use crate::accounts::account::Account;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::{AccountId, CampaignId, ShiftId};
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::shifts::booking::Person;

#[derive(Template)]
#[template(path = "mail/first_shift.txt")]
struct FirstShift<'a> {
    name: &'a str,
    what: String,
    then: String,
    link_label: &'a str,
    link: String,
    operator: &'a str,
}

/// A mail of this file: what happened, what one can do, and where.
struct Text<'a> {
    subject: String,
    what: String,
    then: String,
    link: (&'a str, &'a str),
}

fn mail(config: &Config, to: Recipient<'_>, name: &str, text: Text<'_>) -> Mail {
    let body = FirstShift {
        name,
        what: text.what,
        then: text.then,
        link_label: text.link.0,
        link: config.link(text.link.1),
        operator: &config.operator_name,
    };
    to.mail(Topic::FirstShifts, text.subject, &body)
}

const OWN: (&str, &str) = ("Deine ersten Schichten", "/erste-schichten");
const MENTORS: (&str, &str) = ("Deine Schichten als Pat*in", "/pat");

/// "You have a place beside …", to the trainee who booked it just now.
pub fn booked(config: &Config, facts: &Facts, person: Person<'_>, mentor: &str, now: OffsetDateTime) -> Mail {
    let (said, title) = (facts.said(), facts.campaign_title());
    let deadline = facts.starts_at - time::Duration::hours(i64::from(facts.release_deadline_hours));
    let then = if deadline > now {
        format!(
            "Passt es doch nicht? Freigeben kannst du den Platz bis {}.",
            german::moment(facts.zone.local(deadline))
        )
    } else {
        "Passt es doch nicht? Dann melde dich bitte bei der Planung.".into()
    };
    let what = format!("du hast einen Platz neben {mentor}: {said}, {title}. Du schaust zu, fragst und probierst aus.");
    let text = Text { subject: format!("Deine erste Schicht: {said}"), what, then, link: OWN };
    mail(config, Recipient::of(person.id, person.email), "", text)
}

/// "Somebody sits beside you …", to the mentor.
pub fn trainee_comes(config: &Config, mentor: &Somebody, title: &str, said: &str) -> Mail {
    let what = format!("in deiner Schicht {said}, {title}, sitzt jemand in den ersten Schichten neben dir.");
    let then = "Danach sagst du mit ein paar Worten, wie es war.".to_owned();
    let text = Text { subject: format!("Neben dir ist ein Platz gebucht: {said}"), what, then, link: MENTORS };
    mail(config, Recipient::of(mentor.account, &mentor.email), &mentor.name, text)
}

/// "Nobody sits beside you after all …", to the mentor.
pub fn trainee_left(config: &Config, mentor: &Somebody, title: &str, said: &str) -> Mail {
    let what = format!("der Platz neben dir in der Schicht {said}, {title}, ist wieder frei.");
    let then = "Deine eigene Buchung bleibt, wie sie ist.".to_owned();
    let text = Text { subject: format!("Neben dir ist der Platz wieder frei: {said}"), what, then, link: MENTORS };
    mail(config, Recipient::of(mentor.account, &mentor.email), &mentor.name, text)
}

/// "Your mentor changed …", to the trainee: another one of the same shift.
pub fn joined(config: &Config, trainee: &Somebody, mentor: &str, title: &str, said: &str) -> Mail {
    let what = format!(
        "in deiner ersten Schicht {said}, {title}, sitzt jetzt {mentor} neben dir. Das hat das Portal so eingetragen, weil neben {mentor} noch Platz war."
    );
    let then =
        "Du musst nichts tun. Wenn es dir so nicht passt, gib den Platz frei und wähle einen anderen.".to_owned();
    let text = Text { subject: format!("Neue Pat*in: {said}"), what, then, link: OWN };
    mail(config, Recipient::of(trainee.account, &trainee.email), &trainee.name, text)
}

/// "For the time being nobody sits beside you …", to the trainee.
pub fn alone(config: &Config, trainee: &Somebody, title: &str, said: &str) -> Mail {
    let what = format!(
        "in deiner ersten Schicht {said}, {title}, sitzt vorerst niemand mehr neben dir: Deine Pat*in ist nicht mehr dabei."
    );
    let then = "Dein Platz bleibt. Sobald eine andere Pat*in diese Schicht bucht, sitzt sie neben dir. Du kannst auch freigeben und eine andere Schicht wählen.".to_owned();
    let text = Text { subject: format!("Vorerst ohne Pat*in: {said}"), what, then, link: OWN };
    mail(config, Recipient::of(trainee.account, &trainee.email), &trainee.name, text)
}

/// "A trainee has no mentor …", to a planner.
pub fn planner(config: &Config, to: &Account, trainee: &str, title: &str, said: &str, shift: ShiftId) -> Mail {
    let what = format!(
        "in der Schicht {said}, {title}, sitzt neben {trainee} vorerst niemand: Die Pat*in ist nicht mehr dabei, und eine andere ist nicht frei."
    );
    let then = "Vielleicht magst du jemanden fragen, der diese Schicht als Pat*in buchen möchte.".to_owned();
    let path = format!("/verwaltung/schichten/{shift}");
    let text = Text { subject: format!("Erste Schicht ohne Pat*in: {said}"), what, then, link: ("Die Schicht", &path) };
    mail(config, Recipient::of(to.id, &to.email), &to.name, text)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let (title, zone) = ("Blattgrün · Bestellhotline", Zone::berlin());
    let starts_at = zone.wall_or_next(zone.date(now) + time::Duration::days(8), 9 * 60);
    let said = crate::shifts::said(&zone, starts_at, starts_at + time::Duration::hours(4));
    let somebody =
        |name: &str| Somebody { account: AccountId::new(), name: name.into(), email: "jana@beispiel.example".into() };
    let (jana, tomasz) = (somebody("Jana Wölk"), somebody("Tomasz Kaya"));
    let planner_account = Account {
        id: AccountId::new(),
        email: "planung@beispiel.example".into(),
        name: "Meryem Şahin".into(),
        active: true,
        access_ended_at: None,
        roles: Vec::new(),
    };
    let facts = Facts::sample(CampaignId::new(), starts_at);
    let person = Person { id: jana.account.into(), email: &jana.email };
    [
        booked(config, &facts, person, "Tomasz Kaya", now),
        trainee_comes(config, &tomasz, title, &said),
        trainee_left(config, &tomasz, title, &said),
        joined(config, &jana, "Tomasz Kaya", title, &said),
        alone(config, &jana, title, &said),
        planner(config, &planner_account, "Jana Wölk", title, &said, ShiftId(1)),
    ]
    .map(|mail| Sample::new("first_shift", mail))
    .to_vec()
}
