//! Erases rows of the ledger of fees once their years are over: the one way in which a row ever leaves it.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// People with rows of this year or before. A correction belongs to the year in which it was written.
pub async fn people_until(db: impl PgExecutor<'_>, year: i32) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct freelancer_id from fee
         where extract(year from month) <= $1::integer
           and extract(year from noted_at at time zone 'Europe/Berlin') <= $1::integer order by 1",
        year,
    )
    .fetch_all(db)
    .await
}

/// Erases one person's rows of this year or before; returns how many. The caller's transaction may do nothing else to the
/// ledger.
pub async fn erase_until(db: &mut PgConnection, person: Uuid, year: i32) -> Result<u64, sqlx::Error> {
    sqlx::query!(r#"select set_config('portal.fee_retention_over', 'on', true) as "set!""#).fetch_one(&mut *db).await?;
    let gone = sqlx::query!(
        "delete from fee
         where freelancer_id = $1 and extract(year from month) <= $2::integer
           and extract(year from noted_at at time zone 'Europe/Berlin') <= $2::integer",
        person,
        year,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(r#"select set_config('portal.fee_retention_over', 'off', true) as "set!""#).fetch_one(db).await?;
    Ok(gone.rows_affected())
}
