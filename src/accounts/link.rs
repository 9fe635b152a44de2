//! Links by mail: invitation and password reset. Single use, expiring, never consumed by GET.

use sqlx::{PgConnection, PgExecutor};
use time::{Duration, OffsetDateTime};

use super::{account, token};
use crate::id::AccountId;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "link_purpose", rename_all = "snake_case")]
pub enum Purpose {
    Invitation,
    PasswordReset,
}

impl Purpose {
    /// How long the link lives: an invitation 7 days, a reset 1 hour.
    pub fn lifetime(self) -> Duration {
        match self {
            Self::Invitation => Duration::days(7),
            Self::PasswordReset => Duration::hours(1),
        }
    }
}

/// A link that can still be used.
#[derive(Debug, Clone)]
pub struct Link {
    pub account: AccountId,
    pub purpose: Purpose,
    pub name: String,
    pub email: String,
    pub expires_at: OffsetDateTime,
}

/// Makes a link and returns its token. Earlier unused links of the same purpose end.
pub async fn create(
    db: &mut PgConnection,
    account: AccountId,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    sqlx::query!(
        "update link set expires_at = $3 where account_id = $1 and purpose = $2 and used_at is null and expires_at > $3",
        account.0,
        purpose as Purpose,
        now,
    )
    .execute(&mut *db)
    .await?;
    let token = token::new();
    sqlx::query!(
        "insert into link (id, token_hash, account_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
        uuid::Uuid::new_v4(),
        &token.hash[..],
        account.0,
        purpose as Purpose,
        now,
        now + purpose.lifetime(),
    )
    .execute(&mut *db)
    .await?;
    Ok(token.plain)
}

/// The link behind a token, if it can still be used. Looking does not use it.
pub async fn find(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<Option<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        r#"select l.account_id as "account: AccountId", l.purpose as "purpose: Purpose", a.name, a.email, l.expires_at
           from link l join account a on a.id = l.account_id
           where l.token_hash = $1 and l.used_at is null and l.expires_at > $2 and a.access_ended_at is null"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// Uses a link: sets the password, ends the account's sessions. `None` if it was used or expired meanwhile.
pub async fn redeem(
    db: &mut PgConnection,
    plain: &str,
    password_hash: &str,
    now: OffsetDateTime,
) -> Result<Option<AccountId>, sqlx::Error> {
    let used = sqlx::query_scalar!(
        r#"update link set used_at = $2 from account a
           where token_hash = $1 and used_at is null and expires_at > $2 and a.id = account_id and a.access_ended_at is null
           returning account_id as "account: AccountId""#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(account) = used {
        account::set_password(db, account, password_hash, None, now).await?;
    }
    Ok(used)
}

/// Removes links that expired or were used before this instant.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from link where least(expires_at, used_at) < $1", before)
        .execute(db)
        .await
        .map(|d| d.rows_affected())
}
