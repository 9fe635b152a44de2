//! Legal holds: what is disputed must not be erased. One person sets a hold, a second one confirms it, and it ends after
//! three months at the latest; before it is confirmed it holds nothing. A hold beats everything in [`super::erase_on`].
//! People may correct their profile all the same (GDPR article 16); answers that were sent stay as they are.

use sqlx::{PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::{gone, months};
use crate::clock::Zone;
use crate::database::constraint;
use crate::id::{AccountId, HoldId};

/// Calendar months that a hold may last (privacy.md).
pub const MONTHS: i32 = 3;

/// A hold, whatever became of it.
#[derive(Debug, Clone)]
pub struct Hold {
    pub id: HoldId,
    pub account: AccountId,
    /// The name of whose data are held.
    pub person: String,
    pub email: String,
    pub reason: String,
    pub set_by: AccountId,
    pub set_by_name: String,
    pub set_at: OffsetDateTime,
    /// The last day of the hold.
    pub held_until: Date,
    pub confirmed_at: Option<OffsetDateTime>,
    pub confirmed_by_name: Option<String>,
    pub lifted_at: Option<OffsetDateTime>,
}

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for the second person, and holds nothing yet.
    Waiting,
    Holds,
    /// Lifted, or past its last day.
    Over,
}

impl Hold {
    /// Where it stands on this day.
    pub fn state(&self, today: Date) -> State {
        match self.confirmed_at {
            _ if self.lifted_at.is_some() || self.held_until < today => State::Over,
            Some(_) => State::Holds,
            None => State::Waiting,
        }
    }
}

/// A proven hold.
#[derive(Debug, Clone)]
pub struct NewHold {
    pub account: AccountId,
    pub reason: String,
    pub held_until: Date,
}

/// Why a hold is not set, confirmed or lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Ends before it begins, or after more than [`MONTHS`].
    End,
    /// The person who set it, or whose data are held.
    SecondPerson,
    /// Nobody holds their own data.
    Own,
    /// Confirmed, lifted or over meanwhile.
    Overtaken,
    /// There is nobody left whose data could be held.
    NobodyThere,
}

impl Refusal {
    /// The sentence for staff.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::End => "Das Ende liegt frühestens heute und höchstens drei Monate entfernt.",
            Self::SecondPerson => {
                "Eine Sperre bestätigt jemand anderes als die Person, die sie gesetzt hat, und nie die Person, um deren Daten es geht."
            }
            Self::Own => "Die eigenen Daten kann niemand sperren.",
            Self::Overtaken => "Diese Sperre ist inzwischen bestätigt, aufgehoben oder abgelaufen.",
            Self::NobodyThere => "Von dieser Person ist nichts mehr da.",
        }
    }
}

/// The last day that a hold may have which begins today.
pub fn longest(today: Date) -> Option<Date> {
    months::add(today, MONTHS)
}

/// Sets a hold; it waits for the second person.
pub async fn set(
    db: &PgPool,
    new: &NewHold,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<HoldId, Refusal>, sqlx::Error> {
    let id = HoldId::new();
    let set = sqlx::query!(
        "insert into legal_hold (id, account_id, reason, set_by, set_at, starts_on, held_until)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        new.account.0,
        new.reason,
        by.0,
        now,
        Zone::berlin().date(now),
        new.held_until,
    )
    .execute(db)
    .await;
    match set {
        Ok(_) => Ok(Ok(id)),
        Err(error) => match constraint(&error) {
            Some("legal_hold_end") => Ok(Err(Refusal::End)),
            Some("legal_hold_not_own") => Ok(Err(Refusal::Own)),
            Some("legal_hold_account_id_fkey") => Ok(Err(Refusal::NobodyThere)),
            _ => Err(error),
        },
    }
}

/// The second person's word: from now on it holds. Whoever erases the person at this moment comes first or finds it.
pub async fn confirm(
    db: &PgPool,
    id: HoldId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let held = sqlx::query_scalar!(r#"select account_id as "account: AccountId" from legal_hold where id = $1"#, id.0);
    let Some(person) = held.fetch_optional(&mut *tx).await? else { return Ok(Err(Refusal::Overtaken)) };
    gone::wait_for(&mut tx, person).await?;
    let confirmed = sqlx::query!(
        "update legal_hold set confirmed_by = $2, confirmed_at = $3
         where id = $1 and confirmed_at is null and lifted_at is null and held_until >= $4",
        id.0,
        by.0,
        now,
        Zone::berlin().date(now),
    )
    .execute(&mut *tx)
    .await;
    match confirmed {
        Ok(done) if done.rows_affected() == 1 => tx.commit().await.map(Ok),
        Ok(_) => Ok(Err(Refusal::Overtaken)),
        Err(error) => match constraint(&error) {
            Some("legal_hold_second_person" | "legal_hold_not_own") => Ok(Err(Refusal::SecondPerson)),
            _ => Err(error),
        },
    }
}

/// Ends a hold before its day, or takes back one that was not confirmed: the usual date counts again, due at once if past.
pub async fn lift(
    db: impl PgExecutor<'_>,
    id: HoldId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let lifted = sqlx::query!(
        "update legal_hold set lifted_by = $2, lifted_at = $3 where id = $1 and lifted_at is null and held_until >= $4",
        id.0,
        by.0,
        now,
        Zone::berlin().date(now),
    )
    .execute(db)
    .await?;
    Ok(if lifted.rows_affected() == 1 { Ok(()) } else { Err(Refusal::Overtaken) })
}

/// Holds that are over go with the person.
pub async fn forget(db: impl PgExecutor<'_>, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from legal_hold where account_id = $1", account.0).execute(db).await.map(drop)
}

/// The last day on which this person's data are held, today or later; none: nothing holds them. Asked again under the lock
/// of whoever erases them.
pub async fn until(db: impl PgExecutor<'_>, account: AccountId, today: Date) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select max(held_until) from legal_hold
           where account_id = $1 and confirmed_at is not null and lifted_at is null and held_until >= $2"#,
        account.0,
        today,
    )
    .fetch_one(db)
    .await
}

/// One hold.
pub async fn find(db: impl PgExecutor<'_>, id: HoldId) -> Result<Option<Hold>, sqlx::Error> {
    sqlx::query_as!(
        Hold,
        r#"select h.id as "id: HoldId", h.account_id as "account: AccountId", p.name as person, p.email, h.reason,
                  h.set_by as "set_by: AccountId", s.name as set_by_name, h.set_at, h.held_until, h.confirmed_at,
                  c.name as "confirmed_by_name?", h.lifted_at
           from legal_hold h join account p on p.id = h.account_id join account s on s.id = h.set_by
           left join account c on c.id = h.confirmed_by
           where h.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Every hold, those that wait or hold first, the newest first.
pub async fn list(db: impl PgExecutor<'_>, today: Date) -> Result<Vec<Hold>, sqlx::Error> {
    sqlx::query_as!(
        Hold,
        r#"select h.id as "id: HoldId", h.account_id as "account: AccountId", p.name as person, p.email, h.reason,
                  h.set_by as "set_by: AccountId", s.name as set_by_name, h.set_at, h.held_until, h.confirmed_at,
                  c.name as "confirmed_by_name?", h.lifted_at
           from legal_hold h join account p on p.id = h.account_id join account s on s.id = h.set_by
           left join account c on c.id = h.confirmed_by
           order by (h.lifted_at is null and h.held_until >= $1) desc, h.set_at desc, h.id"#,
        today,
    )
    .fetch_all(db)
    .await
}
