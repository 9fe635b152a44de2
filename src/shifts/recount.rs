//! The nightly recount: compares every seat counter with its bookings and reports each difference.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use time::{OffsetDateTime, Time, macros::time};

use crate::clock::Zone;

/// The recount runs once per business date, when Berlin's clock has reached this time.
pub const FROM: Time = time!(03:15);

/// A shift whose counter does not fit its bookings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub shift: i64,
    pub counter: i64,
    pub bookings: i64,
}

/// Runs the recount if tonight's has not run; returns what it found.
pub async fn run_due(db: &PgPool, now: OffsetDateTime) -> Result<Option<Vec<Difference>>, sqlx::Error> {
    let local = Zone::berlin().local(now);
    if local.time() < FROM {
        return Ok(None);
    }
    let ran =
        sqlx::query_scalar!(r#"select exists (select from recount where business_date = $1) as "ran!""#, local.date());
    if ran.fetch_one(db).await? {
        return Ok(None);
    }
    let (shifts, differences) = count(db).await?;
    let first = sqlx::query!(
        "insert into recount (business_date, ran_at, shifts, differences) values ($1, $2, $3, $4) on conflict do nothing",
        local.date(),
        now,
        shifts,
        Json(&differences) as _,
    )
    .execute(db)
    .await?;
    for difference in &differences {
        tracing::error!(
            shift = difference.shift,
            counter = difference.counter,
            bookings = difference.bookings,
            "seat counter differs"
        );
    }
    metrics::gauge!("portal_recount_differences").set(differences.len() as f64);
    Ok((first.rows_affected() == 1).then_some(differences))
}

/// Counts all live bookings against the counters: number of shifts, and the differences.
pub async fn count(db: &PgPool) -> Result<(i64, Vec<Difference>), sqlx::Error> {
    let shifts = sqlx::query_scalar!(r#"select count(*) as "n!" from shift"#).fetch_one(db).await?;
    let differences = sqlx::query_as!(
        Difference,
        r#"select s.id as shift, s.booked::bigint as "counter!", count(b.id) as "bookings!"
           from shift s left join booking b on b.shift_id = s.id and b.released_at is null and b.kind = 'seat'
           group by s.id having s.booked <> count(b.id) order by s.id limit 1000"#
    )
    .fetch_all(db)
    .await?;
    Ok((shifts, differences))
}
