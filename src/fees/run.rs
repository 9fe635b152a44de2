//! The monthly run: charges everybody for each month of access that is over, exactly once however many servers run it,
//! and catches up on all months of a standstill.

use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};

use super::month::{Month, due};
use crate::policy;

/// The advisory lock of the run, over all servers: "fees" in ASCII.
const LOCK: i64 = 0x6665_6573;

/// Charges what is due; returns the number of new rows. Each month is a transaction of its own.
pub async fn run_due(db: &PgPool, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    let mut charged = 0;
    let months = months(&mut *db.acquire().await?, now).await?;
    for month in months {
        let mut tx = db.begin().await?;
        charged += charge(&mut tx, month, now).await?;
        tx.commit().await?;
    }
    Ok(charged)
}

/// The months that are due.
pub async fn months(db: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<Month>, sqlx::Error> {
    let facts = sqlx::query!(
        r#"select (select max(month) from fee_run) as "last?: Date",
                  (select min(joined_at) from freelancer) as "earliest?: OffsetDateTime""#
    )
    .fetch_one(db)
    .await?;
    Ok(due(facts.last.map(Month::of), facts.earliest, now))
}

/// Charges one month, at the fee that held on its first day; nothing if it ran before. Another server that is at it is waited
/// for: whoever passed over a month and charged the next one would leave a hole that no run comes back to.
pub async fn charge(db: &mut PgConnection, month: Month, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(&mut *db).await?;
    let first = sqlx::query!(
        "insert into fee_run (month, ran_at, charged) values ($1, $2, 0) on conflict (month) do nothing",
        month.first(),
        now,
    );
    if first.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(0);
    }
    let cents = policy::load(&mut *db, month.first()).await?.fee_cents();
    // No `on conflict`: a row that is passed over would leave a gap in the numbers.
    let charged = sqlx::query!(
        r#"insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at)
           select 'charge', f.id, $1, $2, a.name, coalesce(concat_ws(e'\n', p.street, p.postcode || ' ' || p.city,
                      nullif(p.country, 'DE')), ''), $3
           from freelancer f
           join account a on a.id = f.id
           left join profile p on p.freelancer_id = f.id
           where $2 > 0 and f.joined_at <= $4 and coalesce(a.access_ended_at >= $5, true)
             and a.password_hash is not null
             and not exists (select from fee c where c.freelancer_id = f.id and c.month = $1 and c.kind = 'charge')
           order by a.name, f.id"#,
        month.first(),
        cents,
        now,
        month.begins_at(),
        month.ends_at(),
    )
    .execute(&mut *db)
    .await?
    .rows_affected();
    let charged = i32::try_from(charged).unwrap_or(i32::MAX);
    sqlx::query!("update fee_run set charged = $2 where month = $1", month.first(), charged).execute(db).await?;
    tracing::info!(month = month.key(), charged, "fees charged");
    Ok(charged.into())
}
