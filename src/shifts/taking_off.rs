//! Taking a booking off, with a reason: the one thing staff can do to a booking. There is no way to assign one.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::kind::Kind;
use super::{mails, pair};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{AccountId, BookingId, ShiftId};
use crate::mail;

/// Why staff cannot take a booking off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOffRefusal {
    /// Not there, or no longer live.
    NotBooked,
    Started,
}

impl TakeOffRefusal {
    /// The reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotBooked => "Diese Buchung besteht nicht mehr.",
            Self::Started => "Die Schicht hat schon begonnen; die Buchung bleibt, wie sie ist.",
        }
    }
}

/// A live booking of a shift, as staff see it before taking it off.
#[derive(Debug, Clone)]
pub struct Live {
    pub id: BookingId,
    pub shift: ShiftId,
    pub person: AccountId,
    pub name: String,
    pub email: String,
    pub kind: Kind,
    pub campaign_slug: String,
    pub client: String,
    pub campaign_name: String,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// A live booking by its id.
pub async fn live(db: &PgPool, id: BookingId) -> Result<Option<Live>, sqlx::Error> {
    sqlx::query_as!(
        Live,
        r#"select b.id as "id: BookingId", s.id as "shift: ShiftId", a.id as "person: AccountId", a.name, a.email, b.kind as "kind: Kind",
                  c.slug as campaign_slug, c.client, c.name as campaign_name, c.zone as "zone: Zone", s.starts_at, s.ends_at
           from booking b join shift s on s.id = b.shift_id join campaign c on c.id = s.campaign_id
           join account a on a.id = b.freelancer_id
           where b.id = $1 and b.released_at is null"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Takes a booking off: the one thing staff can do to it. The person is told the reason.
pub async fn take_off(
    db: &PgPool,
    config: &Config,
    booking: &Live,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), TakeOffRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let taken = take_off_within(&mut tx, config, booking, reason, by, now).await?;
    if taken.is_ok() {
        tx.commit().await?;
    }
    Ok(taken)
}

/// The same within somebody's transaction.
pub async fn take_off_within(
    tx: &mut PgConnection,
    config: &Config,
    booking: &Live,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), TakeOffRefusal>, sqlx::Error> {
    if booking.starts_at <= now {
        return Ok(Err(TakeOffRefusal::Started));
    }
    let taken = sqlx::query_scalar!(
        r#"with gone as (
               update booking set released_at = $2, release_kind = 'staff', released_by = $3, release_reason = $4
               where id = $1 and released_at is null
               returning shift_id, kind
           ), counted as (
               update shift set booked = booked - 1 from gone where shift.id = gone.shift_id and gone.kind = 'seat'
           )
           select exists (select from gone) as "taken!""#,
        booking.id.0,
        now,
        by.0,
        reason,
    )
    .fetch_one(&mut *tx)
    .await?;
    if !taken {
        return Ok(Err(TakeOffRefusal::NotBooked));
    }
    pair::settle(&mut *tx, config, &[booking.shift], now).await?;
    mail::enqueue(&mut *tx, &mails::taken_off(config, booking, reason), now).await?;
    audit::note(&mut *tx, Some(by), "booking.take_off", &booking.id.to_string(), now).await.map(Ok)
}
