//! The mails of access: invitation of staff, password reset, and the note that a password was changed.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::accounts::link::{self, Purpose};
use crate::clock::{Zone, german};
use crate::id::AccountId;
use crate::mail::{self, Mail, Topic};
use crate::portal::Portal;
use crate::web::Error;

/// To whom a mail goes.
pub struct Recipient<'a> {
    pub account: AccountId,
    pub name: &'a str,
    pub email: &'a str,
}

impl Recipient<'_> {
    fn mail(&self, subject: &str, body: String) -> Mail {
        Mail {
            account: self.account,
            topic: Topic::Account,
            recipient: self.email.into(),
            subject: subject.into(),
            body,
        }
    }
}

#[derive(Template)]
#[template(path = "mail/staff_invitation.txt")]
struct StaffInvitation<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

/// Makes an invitation link for a staff member and writes the mail that carries it.
pub async fn invite(
    db: &mut PgConnection,
    portal: &Portal,
    to: &Recipient<'_>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let token = link::create(&mut *db, to.account, Purpose::Invitation, now).await?;
    let body = StaffInvitation {
        name: to.name,
        operator: &portal.config.operator_name,
        link: portal.config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::Invitation.lifetime())),
    };
    mail::enqueue(&mut *db, &to.mail("Dein Zugang zum Portal", body.render()?), now).await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "mail/password_reset.txt")]
struct PasswordReset<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

/// Makes a link for a new password and writes the mail that carries it.
pub async fn reset(
    db: &mut PgConnection,
    portal: &Portal,
    to: &Recipient<'_>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let token = link::create(&mut *db, to.account, Purpose::PasswordReset, now).await?;
    let body = PasswordReset {
        name: to.name,
        operator: &portal.config.operator_name,
        link: portal.config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::PasswordReset.lifetime())),
    };
    mail::enqueue(&mut *db, &to.mail("Neues Passwort für das Portal", body.render()?), now).await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "mail/password_changed.txt")]
struct PasswordChanged<'a> {
    name: &'a str,
    operator: &'a str,
    at: String,
    link: String,
}

/// Writes the mail that tells the owner about a changed password, in case it was somebody else.
pub async fn password_changed(
    db: &mut PgConnection,
    portal: &Portal,
    to: &Recipient<'_>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let body = PasswordChanged {
        name: to.name,
        operator: &portal.config.operator_name,
        at: german::moment(Zone::berlin().local(now)),
        link: portal.config.link("/passwort-vergessen"),
    };
    mail::enqueue(&mut *db, &to.mail("Dein Passwort wurde geändert", body.render()?), now).await?;
    Ok(())
}
