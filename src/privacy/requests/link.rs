//! Confirmation links of requests by mail address: every address gets the same answer after the same statements, known or
//! not, and what really happens stands in the mail. Single use, expiring, never consumed by GET.

use std::net::IpAddr;

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use crate::accounts::role::{self, Role};
use crate::accounts::{account, audit, limit, token};
use crate::config::Config;
use crate::id::AccountId;
use crate::mail;
use crate::privacy::export::request;
use crate::retention::mails::{self, Behind};
use crate::retention::wish::{self, Wish};

/// How long a link lives.
pub const LIFETIME: Duration = Duration::days(7);

/// Mails to one address within [`limit::WINDOW`].
const MAILS: i32 = 3;
/// Requests from one network within [`limit::WINDOW`].
const PER_NETWORK: i32 = 20;

/// Too many requests from this network; says nothing about any address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        "Aus deinem Netz kamen gerade sehr viele Anfragen. Bitte versuche es in einer Viertelstunde noch einmal."
    }
}

/// Puts the mail about a request into the outbox; beyond the limit of a mailbox it is left out in silence.
pub async fn ask(
    db: &PgPool,
    config: &Config,
    (email, wish): (&str, Wish),
    network: IpAddr,
    now: OffsetDateTime,
) -> Result<Result<(), TooMany>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let email = account::normalise(email);
    let counter = format!("request from {}", limit::network(network));
    if limit::turn(&mut tx, &counter, PER_NETWORK, now).await?.is_err() {
        return Ok(Err(TooMany));
    }
    if limit::turn(&mut tx, &format!("request {email}"), MAILS, now).await?.is_ok() {
        let found = account::find_by_email(&mut *tx, &email).await?;
        let behind = found.as_ref().map_or(Behind::Nobody, |found| match () {
            () if found.access_ended_at.is_some() => Behind::Mailbox,
            () if role::any_staff(&found.roles) => Behind::Staff,
            () if found.roles.contains(&Role::Freelancer) => Behind::Freelancer,
            () => Behind::Mailbox,
        });
        let token = token::new();
        // For whom no link is meant the statement runs all the same, and writes nothing.
        let account = found.as_ref().filter(|_| behind == Behind::Mailbox).map(|found| found.id);
        keep(&mut *tx, &token, account, wish, now).await?;
        let mail = mails::confirm(config, (found.map(|found| found.id), email.as_str()), behind, wish, &token.plain);
        mail::enqueue(&mut *tx, &mail, now).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

async fn keep(
    db: impl PgExecutor<'_>,
    token: &token::Token,
    account: Option<AccountId>,
    wish: Wish,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into data_request_link (token_hash, account_id, wish, created_at, expires_at)
         select $1, a.id, $3, $4, $5 from account a where a.id = $2",
        &token.hash[..],
        account.unwrap_or_else(AccountId::new).0,
        wish as Wish,
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A link, and whether it was used.
#[derive(Debug, Clone)]
pub struct Link {
    pub account: AccountId,
    pub email: String,
    pub wish: Wish,
    /// Whether they were a freelancer: the law keeps some of that.
    pub has_worked: bool,
    pub used_at: Option<OffsetDateTime>,
}

/// The link behind a token, if it still works or was used; expired and unknown ones are not there. Nor is one of somebody who
/// has a password by now: they prove with it who they are.
pub async fn find(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<Option<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        r#"select l.account_id as "account: AccountId", a.email, l.wish as "wish: Wish", l.used_at,
                  exists (select from freelancer f where f.id = a.id) as "has_worked!"
           from data_request_link l join account a on a.id = l.account_id
           where l.token_hash = $1 and l.expires_at > $2
             and (a.access_ended_at is not null
                  or not exists (select from account_role r where r.account_id = a.id and r.role <> 'applicant'))"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// Uses a link: the wish is recorded. Twice is once. None: there is no such link.
pub async fn redeem(db: &PgPool, plain: &str, now: OffsetDateTime) -> Result<Option<Link>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(link) = find(&mut *tx, plain, now).await? else { return Ok(None) };
    let used = sqlx::query!(
        "update data_request_link set used_at = $2 where token_hash = $1 and used_at is null",
        &token::hash(plain)[..],
        now,
    )
    .execute(&mut *tx)
    .await?;
    if used.rows_affected() == 1 {
        let action = match link.wish {
            Wish::Copy => {
                request::record(&mut tx, link.account, now).await?;
                "request.copy"
            }
            Wish::Erasure => {
                wish::record(&mut *tx, link.account, Wish::Erasure, now).await?;
                "request.erasure"
            }
        };
        audit::note(&mut *tx, Some(link.account), action, &link.account.to_string(), now).await?;
    }
    tx.commit().await?;
    Ok(Some(link))
}

/// Removes links that expired more than 24 hours ago (privacy.md).
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from data_request_link where expires_at < $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
