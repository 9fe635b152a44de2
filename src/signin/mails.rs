//! The mails of access: invitation of staff, password reset, a new mail address, and the notes that something changed.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::accounts::address_change;
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

#[derive(Template)]
#[template(path = "mail/address_confirm.txt")]
struct AddressConfirm<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

fn confirm_address(config: &Config, to: Recipient<'_>, name: &str, token: &str, now: OffsetDateTime) -> Mail {
    let body = AddressConfirm {
        name,
        operator: &config.operator_name,
        link: config.link(&format!("/konto/adresse/{token}")),
        until: german::moment(Zone::berlin().local(now + address_change::LIFETIME)),
    };
    to.mail(Topic::Account, "Bitte bestätige deine neue E-Mail-Adresse", &body)
}

#[derive(Template)]
#[template(path = "mail/address_notice.txt")]
struct AddressNotice<'a> {
    name: &'a str,
    operator: &'a str,
    /// Whether the new address counts already.
    is_done: bool,
    at: String,
    link: String,
}

fn notice(config: &Config, to: Recipient<'_>, name: &str, is_done: bool, now: OffsetDateTime) -> Mail {
    let body = AddressNotice {
        name,
        operator: &config.operator_name,
        is_done,
        at: german::moment(Zone::berlin().local(now)),
        link: config.link(if is_done { "/kontakt" } else { "/konto" }),
    };
    let subject = if is_done { "Deine E-Mail-Adresse wurde geändert" } else { "Neue E-Mail-Adresse angefragt" };
    to.mail(Topic::Account, subject, &body)
}

/// Makes the link that confirms a new address, writes the mail that carries it there, and tells the old address.
pub async fn ask_for_address(
    db: &mut PgConnection,
    config: &Config,
    (account, name, old): (AccountId, &str, &str),
    new: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let token = address_change::ask(&mut *db, account, new, now).await?;
    let mails = [
        confirm_address(config, Recipient::of(account, new), name, &token, now),
        notice(config, Recipient::of(account, old), name, false, now),
    ];
    mail::enqueue_all(db, &mails, now).await
}

/// Tells the old address that it no longer counts, in case it was somebody else.
pub async fn address_changed(
    db: &mut PgConnection,
    config: &Config,
    (account, name, old): (AccountId, &str, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    mail::enqueue(db, &notice(config, Recipient::of(account, old), name, true, now), now).await
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let to = Recipient::of(AccountId::new(), "jana@beispiel.example");
    let name = "Jana Wölk";
    vec![
        Sample::new("staff_invitation", invitation(config, to, name, "beispiel", now)),
        Sample::new("password_reset", new_password(config, to, name, "beispiel", now)),
        Sample::new("password_changed", changed(config, to, name, now)),
        Sample::new("address_confirm", confirm_address(config, to, name, "beispiel", now)),
        Sample::new("address_notice", notice(config, to, name, false, now)),
        Sample::new("address_notice", notice(config, to, name, true, now)),
    ]
}
