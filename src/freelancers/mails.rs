//! The mail that invites a freelancer.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

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

/// All mails of this feature with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let to = Recipient::of(AccountId::new(), "jana@beispiel.example");
    let mut all = vec![Sample::new("freelancer_invitation", invitation(config, to, "Jana Wölk", "beispiel", now))];
    all.extend(papers::mails::samples(config, now));
    all.extend(contract::mails::samples(config, now));
    all
}
