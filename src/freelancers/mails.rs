//! The mail that invites a freelancer.

use askama::Template;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::accounts::link::{self, Purpose};
use crate::clock::{Zone, german};
use crate::id::AccountId;
use crate::mail::{self, Mail, Topic};
use crate::portal::Portal;
use crate::web::Error;

#[derive(Template)]
#[template(path = "mail/freelancer_invitation.txt")]
struct Invitation<'a> {
    name: &'a str,
    operator: &'a str,
    link: String,
    until: String,
}

/// Makes an invitation link for a freelancer and writes the mail that carries it.
pub async fn invite(
    db: &mut PgConnection,
    portal: &Portal,
    account: AccountId,
    name: &str,
    email: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let token = link::create(&mut *db, account, Purpose::Invitation, now).await?;
    let body = Invitation {
        name,
        operator: &portal.config.operator_name,
        link: portal.config.link(&format!("/zugang/{token}")),
        until: german::moment(Zone::berlin().local(now + Purpose::Invitation.lifetime())),
    };
    let mail = Mail {
        account,
        topic: Topic::Account,
        recipient: email.into(),
        subject: "Dein Zugang zu den Schichten".into(),
        body: body.render()?,
    };
    mail::enqueue(&mut *db, &mail, now).await?;
    Ok(())
}
