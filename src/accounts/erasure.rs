//! Erases an account: its row goes, or stays without a personal field where other rows name it.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::id::AccountId;
use crate::mail;
use crate::retention::account::forget_links;
use crate::retention::gone::Turn;
use crate::retention::wish::{self, Wish};
use crate::retention::{data_copy, hold};

/// The name of an account that has lost its own.
pub const ERASED_NAME: &str = "Gelöscht";

/// An account, locked.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    pub access_ended_at: Option<OffsetDateTime>,
    pub erased_at: Option<OffsetDateTime>,
    /// Whether the person has a place in the house beside being a freelancer or applying.
    pub is_staff: bool,
}

/// Locks an account; none if somebody holds it or there is none.
pub async fn lock(db: &mut PgConnection, id: AccountId, turn: Turn) -> Result<Option<Locked>, sqlx::Error> {
    if turn == Turn::Skip {
        let free = sqlx::query_scalar!("select id from account where id = $1 for update skip locked", id.0);
        if free.fetch_optional(&mut *db).await?.is_none() {
            return Ok(None);
        }
    }
    sqlx::query_as!(
        Locked,
        r#"select access_ended_at, erased_at,
                  exists (select from account_role r where r.account_id = a.id and r.role not in ('freelancer', 'applicant'))
                      as "is_staff!"
           from account a where id = $1 for update"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Whether nobody can be told by this account any more: it is anonymous, or not there.
pub async fn is_gone(db: impl PgExecutor<'_>, id: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select not exists (select from account where id = $1 and erased_at is null) as "gone!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Ends access and all sessions, so that nothing new comes in while the rest is erased.
pub async fn end_access(db: &mut PgConnection, id: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update account set access_ended_at = $2 where id = $1 and access_ended_at is null", id.0, now)
        .execute(db)
        .await
        .map(drop)
}

/// Deletes the account with its sessions, links and copies, whose files have gone with the person's key; one that other
/// rows still name becomes anonymous.
pub async fn delete(db: &mut PgConnection, id: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let is_gone = sqlx::query_scalar!(r#"select account_delete($1) as "is_gone!""#, id.0).fetch_one(&mut *db).await?;
    if is_gone { Ok(()) } else { anonymise(db, id, now).await }
}

/// Leaves the row as the target of references, without a personal field; what would go with the row goes, and open wishes
/// are done.
pub async fn anonymise(db: &mut PgConnection, id: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    data_copy::erase(&mut *db, id, now).await?;
    mail::erasure::forget_choices(&mut *db, id).await?;
    for wish in [Wish::Copy, Wish::Erasure] {
        wish::done(&mut *db, id, wish, now).await?;
    }
    hold::forget(&mut *db, id).await?;
    forget_links(&mut *db, id).await?;
    sqlx::query!("delete from session where account_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from link where account_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from address_change where account_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from account_role where account_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!(
        "update account set name = $3, email = $1::uuid::text || '@geloescht.invalid', password_hash = null,
             access_ended_at = coalesce(access_ended_at, $2), erased_at = coalesce(erased_at, $2) where id = $1",
        id.0,
        now,
        ERASED_NAME,
    )
    .execute(db)
    .await
    .map(drop)
}
