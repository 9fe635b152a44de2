//! Erases what somebody's shifts say about them: with the account coming seats are given back and words go; the bookings
//! themselves stay for years, pseudonymous by then, and end as counts (privacy.md, "Periods").

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ending, pair};
use crate::config::Config;
use crate::id::{CampaignId, FreelancerId, ShiftId};
use crate::retention::count::{self, Rows, What};

/// What stands in the place of a reason that is erased: the schema wants one.
const NO_REASON: &str = "–";

/// Keeps new bookings out until the caller's transaction ends; asked for before any row of the person is locked.
pub async fn lock(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    ending::lock(db).await
}

/// Gives the coming seats and places back, as if the person had released them: whoever sat beside them joins another
/// mentor or hears of it. A shift that has begun stays booked.
pub async fn release_coming(
    db: &mut PgConnection,
    config: &Config,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let shifts = sqlx::query_scalar!(
        r#"with gone as (
               update booking b set released_at = $2, release_kind = 'own', released_by = $1
               from shift s
               where b.freelancer_id = $1 and b.released_at is null and s.id = b.shift_id and s.starts_at > $2
               returning b.shift_id, b.kind
           ), counted as (
               update shift set booked = booked - 1 from gone where shift.id = gone.shift_id and gone.kind = 'seat'
           )
           select shift_id as "shift!: ShiftId" from gone"#,
        person.0,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    if shifts.is_empty() { Ok(()) } else { pair::settle(db, config, &shifts, now).await }
}

/// Erases what goes with the account: reasons, decisions, days of trainings, the offer to be a mentor.
pub async fn erase(db: &mut PgConnection, person: FreelancerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update booking set release_reason = $2 where freelancer_id = $1 and release_reason is not null",
        person.0,
        NO_REASON,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from kept_booking where booking_id in (select id from booking where freelancer_id = $1)",
        person.0
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from booking where freelancer_id = $1 and kind = 'training'", person.0)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from mentor where freelancer_id = $1", person.0).execute(db).await.map(drop)
}

/// People with bookings that were over before this instant.
pub async fn people_before(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select distinct freelancer_id from booking where lower(during) < $1 order by 1", before)
        .fetch_all(db)
        .await
}

/// Erases one person's bookings of before this instant; per campaign and year their number remains. Whatever refers to
/// them is gone already. Returns how many.
pub async fn erase_before(db: &mut PgConnection, person: Uuid, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "delete from kept_booking where booking_id in (select id from booking where freelancer_id = $1 and lower(during) < $2)",
        person,
        before,
    )
    .execute(&mut *db)
    .await?;
    // Whoever sat beside them: the place stays as long as its own person's bookings.
    sqlx::query!(
        "update booking t set mentor_booking_id = null from booking m
         where t.mentor_booking_id = m.id and m.freelancer_id = $1 and lower(m.during) < $2",
        person,
        before,
    )
    .execute(&mut *db)
    .await?;
    let gone = sqlx::query!(
        r#"with gone as (
               delete from booking where freelancer_id = $1 and lower(during) < $2
               returning shift_id, kind, released_at, lower(during) as starts_at
           ), counted as (
               update shift set booked = booked - 1 from gone
               where shift.id = gone.shift_id and gone.kind = 'seat' and gone.released_at is null
           )
           select s.campaign_id as "campaign?: CampaignId",
                  extract(year from gone.starts_at at time zone 'Europe/Berlin')::integer as "year!",
                  count(*) filter (where gone.released_at is null) as "live!", count(*) as "rows!"
           from gone left join shift s on s.id = gone.shift_id group by 1, 2 order by 2, 1"#,
        person,
        before,
    )
    .fetch_all(&mut *db)
    .await?;
    for row in &gone {
        let Some(campaign) = row.campaign else { continue };
        count::add(&mut *db, What::Booking, row.year, &[Rows { campaign, n: row.live }]).await?;
    }
    Ok(gone.iter().map(|row| row.rows.unsigned_abs()).sum())
}
