//! The mails of access: invitation of staff, password reset, and the note that a password was changed.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::accounts::link::{self, Purpose};
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::AccountId;
use crate::mail::{self, Mail, Recipient, Sample, Topic};

#[derive(Template)]
#[template(path = "mail/staff_invitation.txt")]
struct StaffInvitation<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

fn invitation(config: &Config, to: Recipient<'_>, name: &str, token: &str, now: OffsetDateTime) -> Mail {
    let body = StaffInvitation {
        name,
        operator: &config.operator_name,
        link: config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::Invitation.lifetime())),
    };
    to.mail(Topic::Account, "Dein Zugang zum Portal", &body)
}

/// Makes an invitation link for a staff member and writes the mail that carries it.
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

#[derive(Template)]
#[template(path = "mail/password_reset.txt")]
struct PasswordReset<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

fn new_password(config: &Config, to: Recipient<'_>, name: &str, token: &str, now: OffsetDateTime) -> Mail {
    let body = PasswordReset {
        name,
        operator: &config.operator_name,
        link: config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::PasswordReset.lifetime())),
    };
    to.mail(Topic::Account, "Neues Passwort für das Portal", &body)
}

/// Makes a link for a new password and writes the mail that carries it.
pub async fn reset(
    db: &mut PgConnection,
    config: &Config,
    (account, name, email): (AccountId, &str, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let token = link::create(&mut *db, account, Purpose::PasswordReset, now).await?;
    let mail = new_password(config, Recipient::of(account, email), name, &token, now);
    mail::enqueue(&mut *db, &mail, now).await
}

#[derive(Template)]
#[template(path = "mail/password_changed.txt")]
struct PasswordChanged<'a> {
    name: &'a str,
    operator: &'a str,
    at: String,
    link: String,
}

fn changed(config: &Config, to: Recipient<'_>, name: &str, now: OffsetDateTime) -> Mail {
    let body = PasswordChanged {
        name,
        operator: &config.operator_name,
        at: german::moment(Zone::berlin().local(now)),
        link: config.link("/passwort-vergessen"),
    };
    to.mail(Topic::Account, "Dein Passwort wurde geändert", &body)
}

/// Writes the mail that tells the owner about a changed password, in case it was somebody else.
pub async fn password_changed(
    db: &mut PgConnection,
    config: &Config,
    (account, name, email): (AccountId, &str, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    mail::enqueue(&mut *db, &changed(config, Recipient::of(account, email), name, now), now).await
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let to = Recipient::of(AccountId::new(), "jana@beispiel.example");
    let name = "Jana Wölk";
    vec![
        Sample::new("staff_invitation", invitation(config, to, name, "beispiel", now)),
        Sample::new("password_reset", new_password(config, to, name, "beispiel", now)),
        Sample::new("password_changed", changed(config, to, name, now)),
    ]
}
