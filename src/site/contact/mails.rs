//! The mails of contact: the receipt, and an answer with the message quoted below.

use askama::Template;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::message::{Message, State};
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::MessageId;
use crate::mail::{self, Mail, Recipient, Sample, Topic};

/// The receipt repeats nothing that was typed: otherwise the form would carry anybody's words to anybody's mailbox.
#[derive(Template)]
#[template(path = "mail/contact_receipt.txt")]
struct Receipt<'a> {
    operator: &'a str,
    received: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/contact_answer.txt")]
struct Answer<'a> {
    operator: &'a str,
    body: &'a str,
    received: String,
    quoted: Vec<&'a str>,
    link: String,
}

fn receipt(config: &Config, email: &str, received_at: OffsetDateTime) -> Mail {
    let body = Receipt {
        operator: &config.operator_name,
        received: german::moment(Zone::berlin().local(received_at)),
        link: config.link("/datenschutz"),
    };
    Recipient::stranger(email).mail(Topic::Contact, "Deine Nachricht ist angekommen", &body)
}

/// Says that a message has arrived.
pub async fn confirm(
    db: &mut PgConnection,
    config: &Config,
    email: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    mail::enqueue(db, &receipt(config, email, now), now).await
}

fn reply(config: &Config, message: &Message, answer: &str) -> Mail {
    let body = Answer {
        operator: &config.operator_name,
        body: answer,
        received: german::moment(Zone::berlin().local(message.received_at)),
        quoted: message.body.lines().collect(),
        link: config.link("/kontakt"),
    };
    Recipient::stranger(&message.email).mail(Topic::Contact, "Antwort auf deine Nachricht", &body)
}

/// Sends staff's answer.
pub async fn answer(
    db: &mut PgConnection,
    config: &Config,
    message: &Message,
    answer: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    mail::enqueue(db, &reply(config, message, answer), now).await
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let message = Message {
        id: MessageId::new(),
        name: "Noa Beispiel".into(),
        email: "noa@beispiel.example".into(),
        subject: "Frage zum Start".into(),
        body: "Guten Tag,\nkann ich auch nur samstags Schichten buchen?".into(),
        received_at: now - Duration::days(1),
        state: State::Answered,
        assigned_to: None,
        assignee: None,
        answered_at: Some(now),
        version: 1,
    };
    let answer = "Hallo Noa,\n\nja, das geht: Du buchst, was dir passt und solange Plätze frei sind.";
    vec![
        Sample::new("contact_receipt", receipt(config, &message.email, message.received_at)),
        Sample::new("contact_answer", reply(config, &message, answer)),
    ]
}
