//! The mails about trainings: plain text, subjects without names.

use askama::Template;
use time::{Duration, OffsetDateTime};

use super::date::TrainingDate;
use super::enrolment::State;
use super::participant::Participant;
use super::result::Verdict;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::{AccountId, CampaignId, CourseId, EnrolmentId, FreelancerId, TrainingDateId, TrainingDayId};
use crate::mail::{Mail, Recipient, Sample, Topic};

/// The page of a date, for the people who take part.
pub fn path(date: &TrainingDate) -> String {
    format!("/schulungen/{}", date.id)
}

/// What every mail may say.
struct Said<'a> {
    name: &'a str,
    title: &'a str,
    campaign: String,
    when: String,
    place: &'a str,
    trainer: &'a str,
    leave_until: String,
    link: String,
    /// The calendar's file.
    file: String,
    /// All dates that one can enrol in.
    all: String,
    operator: &'a str,
}

impl<'a> Said<'a> {
    fn new(config: &'a Config, date: &'a TrainingDate, person: &'a Participant) -> Self {
        Self {
            name: &person.name,
            title: &date.title,
            campaign: date.campaign_title(),
            when: date.said(),
            place: &date.place,
            trainer: &date.trainer_name,
            leave_until: date.leave_until_said(),
            link: config.link(&path(date)),
            file: config.link(&format!("{}/termin.ics", path(date))),
            all: config.link("/schulungen"),
            operator: &config.operator_name,
        }
    }
}

fn mail(person: &Participant, topic: Topic, subject: String, body: &impl Template) -> Mail {
    Recipient::of(person.freelancer, &person.email).mail(topic, subject, body)
}

#[derive(Template)]
#[template(path = "mail/training_enrolled.txt")]
struct Enrolled<'a> {
    said: Said<'a>,
}

/// "You have a seat …"
pub fn enrolled(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let subject = format!("Deine Schulung: {}", date.said());
    mail(person, Topic::Training, subject, &Enrolled { said: Said::new(config, date, person) })
}

#[derive(Template)]
#[template(path = "mail/training_waiting.txt")]
struct Waiting<'a> {
    said: Said<'a>,
    place: i64,
}

/// "You are on the waiting list …"
pub fn waiting(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let subject = format!("Warteliste: Schulung {}", date.said());
    let body = Waiting { said: Said::new(config, date, person), place: person.place.unwrap_or(1) };
    mail(person, Topic::Training, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/training_offered.txt")]
struct Offered<'a> {
    said: Said<'a>,
    until: String,
}

/// "A seat is free, and held for you until …"
pub fn offered(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let until = person.offered_until.unwrap_or(date.starts_at());
    let body = Offered { said: Said::new(config, date, person), until: german::moment(date.zone.local(until)) };
    mail(person, Topic::Training, format!("Ein Platz ist frei: Schulung {}", date.said()), &body)
}

#[derive(Template)]
#[template(path = "mail/training_lapsed.txt")]
struct Lapsed<'a> {
    said: Said<'a>,
    offered: bool,
}

/// "The offered seat was not taken in time", or "no seat became free".
pub fn lapsed(config: &Config, date: &TrainingDate, person: &Participant, offered: bool) -> Mail {
    let subject = match offered {
        true => format!("Das Angebot ist abgelaufen: Schulung {}", date.said()),
        false => format!("Leider kein Platz frei geworden: Schulung {}", date.said()),
    };
    mail(person, Topic::Training, subject, &Lapsed { said: Said::new(config, date, person), offered })
}

#[derive(Template)]
#[template(path = "mail/training_left.txt")]
struct Left<'a> {
    said: Said<'a>,
}

/// "You left …"
pub fn left(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let subject = format!("Abgemeldet: Schulung {}", date.said());
    mail(person, Topic::Training, subject, &Left { said: Said::new(config, date, person) })
}

#[derive(Template)]
#[template(path = "mail/training_moved.txt")]
struct Moved<'a> {
    said: Said<'a>,
}

/// "It is held somewhere else …"
pub fn moved(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let subject = format!("Neuer Ort: Schulung {}", date.said());
    mail(person, Topic::Training, subject, &Moved { said: Said::new(config, date, person) })
}

#[derive(Template)]
#[template(path = "mail/training_cancelled.txt")]
struct Cancelled<'a> {
    said: Said<'a>,
    reason: &'a str,
    /// When the next one is, and where to enrol in it.
    next: Option<(String, String)>,
}

/// "We have to cancel …, here is why, and the next date". Cannot be switched off.
pub fn cancelled(
    config: &Config,
    date: &TrainingDate,
    person: &Participant,
    reason: &str,
    next: Option<&TrainingDate>,
) -> Mail {
    let next = next.map(|next| (next.said(), config.link(&path(next))));
    let body = Cancelled { said: Said::new(config, date, person), reason, next };
    mail(person, Topic::Readiness, format!("Wir müssen die Schulung absagen: {}", date.said()), &body)
}

#[derive(Template)]
#[template(path = "mail/training_reminder.txt")]
struct Reminder<'a> {
    said: Said<'a>,
    starts: String,
}

/// "Your training begins tomorrow".
pub fn reminder(config: &Config, date: &TrainingDate, person: &Participant) -> Mail {
    let subject = format!("Erinnerung: deine Schulung, {}", date.said());
    let body = Reminder { said: Said::new(config, date, person), starts: date.start_said() };
    mail(person, Topic::Training, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/training_result.txt")]
struct ResultMail<'a> {
    said: Said<'a>,
    passed: bool,
    word: Option<&'a str>,
}

/// "You passed", or "please repeat it", with the trainer's word. Cannot be switched off.
pub fn result(
    config: &Config,
    date: &TrainingDate,
    person: &Participant,
    verdict: Verdict,
    word: Option<&str>,
) -> Mail {
    let passed = verdict == Verdict::Passed;
    let subject = match verdict {
        Verdict::Passed => format!("Bestanden: Schulung „{}“", date.title),
        Verdict::Repeat => format!("Deine Schulung „{}“: bitte noch einmal", date.title),
    };
    mail(person, Topic::Readiness, subject, &ResultMail { said: Said::new(config, date, person), passed, word })
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let (date, person) = (sample_date(now), sample_person(now));
    let waits = Participant { state: State::Waiting, place: Some(2), ..person.clone() };
    let word = Some("Deine Ruhe am Telefon hat mir gefallen.");
    vec![
        Sample::new("training_enrolled", enrolled(config, &date, &person)),
        Sample::new("training_waiting", waiting(config, &date, &waits)),
        Sample::new("training_offered", offered(config, &date, &person)),
        Sample::new("training_lapsed", lapsed(config, &date, &person, true)),
        Sample::new("training_left", left(config, &date, &person)),
        Sample::new("training_moved", moved(config, &date, &person)),
        Sample::new("training_cancelled", cancelled(config, &date, &person, "Thea ist erkrankt.", Some(&date))),
        Sample::new("training_reminder", reminder(config, &date, &person)),
        Sample::new("training_result", result(config, &date, &person, Verdict::Passed, word)),
    ]
}

fn sample_date(now: OffsetDateTime) -> TrainingDate {
    let zone = Zone::berlin();
    let first = zone.date(now) + Duration::days(9);
    let days = (0..3).map(|n| zone.wall_or_next(first + Duration::days(n), 9 * 60));
    let day_starts: Vec<_> = days.collect();
    TrainingDate {
        id: TrainingDateId::new(),
        course: CourseId::new(),
        title: "Bestellungen annehmen".into(),
        retired_at: None,
        campaign: CampaignId::new(),
        client: "Blattgrün Pflanzenversand".into(),
        campaign_name: "Bestellhotline".into(),
        zone,
        campaign_ended_at: None,
        trainer: AccountId::new(),
        trainer_name: "Thea Brodersen".into(),
        trainer_email: "schulung@beispiel.example".into(),
        place: "https://treffen.example/schulung".into(),
        seats: 8,
        taken: 5,
        waiting: 0,
        leave_until: day_starts[0] - Duration::DAY,
        cancelled_at: None,
        cancellation: None,
        day_ids: day_starts.iter().map(|_| TrainingDayId::new()).collect(),
        day_ends: day_starts.iter().map(|at| *at + Duration::hours(4)).collect(),
        day_starts,
    }
}

fn sample_person(now: OffsetDateTime) -> Participant {
    Participant {
        id: EnrolmentId::new(),
        date: TrainingDateId::new(),
        course: CourseId::new(),
        freelancer: FreelancerId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        state: State::Enrolled,
        joined_at: now,
        offered_until: Some(now + Duration::DAY),
        ended_at: None,
        result_at: None,
        word: None,
        sequence: 0,
        changed_at: now,
        place: None,
        attended: Vec::new(),
    }
}
