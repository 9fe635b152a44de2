//! The bookings of a campaign that ends: taken off all at once, and given back where that is still possible.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::id::{AccountId, BookingId, CampaignId};

/// A coming booking of the campaign.
#[derive(Debug, Clone)]
pub struct Coming {
    pub booking: BookingId,
    pub account: AccountId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// The live bookings of the campaign's coming shifts, by time.
pub async fn coming(
    db: &mut PgConnection,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<Coming>, sqlx::Error> {
    sqlx::query_as!(
        Coming,
        r#"select b.id as "booking: BookingId", b.freelancer_id as "account: AccountId", s.starts_at, s.ends_at
           from shift s join booking b on b.shift_id = s.id and b.released_at is null
           where s.campaign_id = $1 and s.starts_at > $2
           order by s.starts_at, b.id"#,
        campaign.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// Keeps new bookings out until the caller's transaction ends. A lock of the shifts would not do: a booking that waits for
/// one has looked at the campaign already.
pub async fn lock(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("lock table booking in share row exclusive mode").execute(db).await.map(drop)
}

/// Takes these bookings off.
pub async fn take_off(
    db: &mut PgConnection,
    bookings: &[BookingId],
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = bookings.iter().map(|id| id.0).collect();
    sqlx::query!(
        "with gone as (
             update booking set released_at = $2, release_kind = 'staff', released_by = $3, release_reason = $4
             where id = any ($1) and released_at is null
             returning shift_id, kind
         )
         update shift set booked = booked - n
         from (select shift_id, count(*)::smallint as n from gone where kind = 'seat' group by shift_id) g
         where shift.id = g.shift_id",
        &ids,
        now,
        by.0,
        reason,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives these bookings back, where the shift is still to come with a seat left and the person is free; returns which.
/// Trainees sit beside their mentor again if the mentor is back, too.
pub async fn give_back(
    db: &mut PgConnection,
    bookings: &[BookingId],
    now: OffsetDateTime,
) -> Result<Vec<BookingId>, sqlx::Error> {
    let mut back = Vec::new();
    // Seats first, so that whoever sits beside finds the mentor there.
    let ids: Vec<Uuid> = bookings.iter().map(|id| id.0).collect();
    let ordered = sqlx::query_scalar!(
        r#"select id as "id: BookingId" from booking where id = any ($1) order by kind, booked_at, id"#,
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    for booking in ordered {
        let given = sqlx::query_scalar!(
            r#"with given as (
                   update booking b
                   set released_at = null, release_kind = null, released_by = null, release_reason = null,
                       mentor_booking_id = m.id,
                       alone_since = case when b.kind = 'beside' and m.id is null then $2::timestamptz end
                   from shift s, booking o
                   left join booking m on m.id = o.mentor_booking_id and m.released_at is null
                   where b.id = $1 and o.id = b.id and s.id = b.shift_id and b.released_at is not null
                     and s.starts_at > $2 and s.withdrawn_at is null and (b.kind = 'beside' or s.booked < s.seats)
                     and not exists (select from booking x
                                     where x.freelancer_id = b.freelancer_id and x.released_at is null and x.during && b.during)
                   returning b.shift_id, b.kind
               ), counted as (
                   update shift set booked = booked + 1 from given where shift.id = given.shift_id and given.kind = 'seat'
               )
               select exists (select from given) as "given!""#,
            booking.0,
            now,
        )
        .fetch_one(&mut *db)
        .await?;
        back.extend(given.then_some(booking));
    }
    Ok(back)
}
