//! The nightly recount of trainings: compares every date's counter of seats with its enrolments, and reports each
//! difference where the recount of shifts does.

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::clock::Zone;
use crate::id::TrainingDateId;
use crate::shifts::recount::FROM;

/// A date whose counter does not fit its enrolments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub date: TrainingDateId,
    pub counter: i64,
    pub enrolments: i64,
}

/// Runs the recount if tonight's has not run; returns what it found.
pub async fn run_due(db: &PgPool, now: OffsetDateTime) -> Result<Option<Vec<Difference>>, sqlx::Error> {
    let local = Zone::berlin().local(now);
    if local.time() < FROM {
        return Ok(None);
    }
    let ran = sqlx::query_scalar!(
        r#"select exists (select from training_recount where business_date = $1) as "ran!""#,
        local.date()
    );
    if ran.fetch_one(db).await? {
        return Ok(None);
    }
    let (dates, differences) = count(db).await?;
    let first = sqlx::query!(
        "insert into training_recount (business_date, ran_at, dates, differences) values ($1, $2, $3, $4)
         on conflict do nothing",
        local.date(),
        now,
        dates,
        Json(&differences) as _,
    )
    .execute(db)
    .await?;
    for difference in &differences {
        tracing::error!(
            date = %difference.date,
            counter = difference.counter,
            enrolments = difference.enrolments,
            "counter of a training date differs"
        );
    }
    metrics::gauge!("portal_training_recount_differences").set(differences.len() as f64);
    Ok((first.rows_affected() == 1).then_some(differences))
}

/// Counts seats taken and held against the counters: number of dates, and the differences. The states are those of
/// [`State::has_seat`](super::enrolment::State::has_seat).
pub async fn count(db: &PgPool) -> Result<(i64, Vec<Difference>), sqlx::Error> {
    let dates = sqlx::query_scalar!(r#"select count(*) as "n!" from training_date"#).fetch_one(db).await?;
    let differences = sqlx::query_as!(
        Difference,
        r#"select d.id as "date: TrainingDateId", d.taken::bigint as "counter!", count(e.id) as "enrolments!"
           from training_date d
           left join enrolment e on e.date_id = d.id and e.state in ('offered', 'enrolled', 'passed', 'repeat')
           group by d.id having d.taken <> count(e.id) order by d.id limit 1000"#
    )
    .fetch_all(db)
    .await?;
    Ok((dates, differences))
}
