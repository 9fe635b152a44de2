//! The mails to freelancers about access and qualification.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::decision::Decision;
use super::{contract, papers};
use crate::accounts::link::{self, Purpose};
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::AccountId;
use crate::mail::{self, Mail, Recipient, Sample, Topic};

#[derive(Template)]
#[template(path = "mail/freelancer_invitation.txt")]
struct Invitation<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

fn invitation(config: &Config, to: Recipient<'_>, name: &str, token: &str, now: OffsetDateTime) -> Mail {
    let body = Invitation {
        name,
        operator: &config.operator_name,
        link: config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::Invitation.lifetime())),
    };
    to.mail(Topic::Account, "Dein Zugang zu den Schichten", &body)
}

/// Makes an invitation link for a freelancer and writes the mail that carries it.
pub async fn invite(
    db: &mut PgConnection,
    config: &Config,
    (account, name, email): (AccountId, &str, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let token = link::create(&mut *db, account, Purpose::Invitation, now).await?;
    let mail = invitation(config, Recipient::of(account, email), name, &token, now);
    mail::enqueue(&mut *db, &mail, now).await
}

/// To whom a mail of this file goes.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    pub account: AccountId,
    pub name: &'a str,
    pub email: &'a str,
}

#[derive(Template)]
#[template(path = "mail/qualification.txt")]
struct Qualification<'a> {
    name: &'a str,
    what: String,
    reason: &'a str,
    then: &'a str,
    link: String,
    operator: &'a str,
}

/// "Your qualification rests …", with the reason in the words of staff.
pub fn decided(config: &Config, to: To<'_>, decision: Decision, (title, slug): (&str, &str), reason: &str) -> Mail {
    let objection = "Was du schon gebucht hast, bleibt vorerst; die Planung sieht es sich an und meldet sich. Wenn du das anders siehst, schreib es uns einmal in deinen Worten; jemand liest und beantwortet es.";
    let (what, then) = match decision {
        Decision::Suspend => (
            format!("deine Einsatzbereitschaft für „{title}“ ruht. Neue Schichten kannst du dort gerade nicht buchen."),
            objection,
        ),
        Decision::Revoke => (
            format!(
                "deine Einsatzbereitschaft für „{title}“ ist entzogen. Neue Schichten kannst du dort nicht mehr buchen."
            ),
            objection,
        ),
        Decision::Resume => {
            (format!("deine Einsatzbereitschaft für „{title}“ gilt wieder."), "Du kannst ab sofort wieder buchen.")
        }
        Decision::Limit(None) => {
            (format!("deine Einsatzbereitschaft für „{title}“ gilt jetzt ohne Enddatum."), "Du musst nichts tun.")
        }
        Decision::Limit(Some(until)) => {
            let day = german::day(Zone::berlin().date(until - time::Duration::SECOND));
            (format!("deine Einsatzbereitschaft für „{title}“ gilt bis {day}."), "Bis dahin buchst du wie gewohnt.")
        }
    };
    letter(config, to, "Deine Einsatzbereitschaft", (what, reason, then), slug)
}

/// "You are qualified …": it began by itself.
pub fn qualified(config: &Config, to: To<'_>, (title, slug): (&str, &str)) -> Mail {
    let what = format!("du bist einsatzbereit für „{title}“ und buchst deine Schichten ab jetzt selbst.");
    let words = "Schulung und erste Schichten sind geschafft, und es fehlt nichts mehr.";
    letter(config, to, "Du bist einsatzbereit", (what, words, "Freie Schichten findest du im Portal."), slug)
}

/// "Here is the answer to your objection …"
pub fn objection_answered(config: &Config, to: To<'_>, (title, slug): (&str, &str), words: &str) -> Mail {
    let what = format!("auf deinen Einspruch zur Einsatzbereitschaft für „{title}“ gibt es eine Antwort.");
    letter(
        config,
        to,
        "Antwort auf deinen Einspruch",
        (what, words, "Deinen Stand siehst du jederzeit im Portal."),
        slug,
    )
}

fn letter(config: &Config, to: To<'_>, subject: &str, (what, reason, then): (String, &str, &str), slug: &str) -> Mail {
    let link = config.link(&format!("/bereit/einsatzbereit/{slug}"));
    let body = Qualification { name: to.name, what, reason, then, link, operator: &config.operator_name };
    Recipient::of(to.account, to.email).mail(Topic::Readiness, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let account = AccountId::new();
    let (name, email) = ("Jana Wölk", "jana@beispiel.example");
    let campaign = ("Blattgrün · Bestellhotline", "bestellhotline");
    let to = To { account, name, email };
    let reason = "Die neue Software ist noch nicht eingerichtet.";
    let limit = Decision::Limit(Some(now + time::Duration::weeks(26)));
    let mut samples = vec![Sample::new(
        "freelancer_invitation",
        invitation(config, Recipient::of(account, email), name, "beispiel", now),
    )];
    let decisions = [Decision::Suspend, Decision::Resume, Decision::Revoke, limit];
    samples.extend(decisions.map(|d| Sample::new("qualification", decided(config, to, d, campaign, reason))));
    samples.push(Sample::new("qualification", qualified(config, to, campaign)));
    let answer = "Danke für deine Worte. Wir sprechen am Montag darüber.";
    samples.push(Sample::new("qualification", objection_answered(config, to, campaign, answer)));
    samples.extend(papers::mails::samples(config, now));
    samples.extend(contract::mails::samples(config, now));
    samples
}
