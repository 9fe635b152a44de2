//! Erases what somebody's training says about them: enrolments, results, the words to first shifts; counts remain.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::enrolment::State;
use super::{date, offer};
use crate::config::Config;
use crate::id::{CampaignId, FreelancerId, TrainingDateId};
use crate::retention::count::{self, Rows, What};

/// Erases everything that goes with the account; `year`: the one in which access ended. Seats of coming dates go to the
/// waiting list.
pub async fn erase(
    db: &mut PgConnection,
    config: &Config,
    person: FreelancerId,
    year: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let freed = leave(&mut *db, person, now).await?;
    sqlx::query!(
        "delete from attended_day where enrolment_id in (select id from enrolment where freelancer_id = $1)",
        person.0
    )
    .execute(&mut *db)
    .await?;
    let enrolled = sqlx::query_as!(
        Rows,
        r#"with gone as (delete from enrolment where freelancer_id = $1 returning course_id)
           select c.campaign_id as "campaign: CampaignId", count(*) as "n!" from gone join course c on c.id = gone.course_id
           group by 1"#,
        person.0,
    )
    .fetch_all(&mut *db)
    .await?;
    count::add(&mut *db, What::Enrolment, year, &enrolled).await?;
    let signed = sqlx::query_as!(
        Rows,
        r#"with gone as (delete from sign_off where freelancer_id = $1 returning campaign_id)
           select campaign_id as "campaign: CampaignId", count(*) as "n!" from gone group by 1"#,
        person.0,
    )
    .fetch_all(&mut *db)
    .await?;
    count::add(&mut *db, What::FirstShift, year, &signed).await?;
    sqlx::query!("delete from training_result where freelancer_id = $1", person.0).execute(&mut *db).await?;
    for id in freed {
        offer::advance(&mut *db, config, id, now).await?;
    }
    Ok(())
}

/// Gives seats of coming dates back; returns these dates, locked.
async fn leave(
    db: &mut PgConnection,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<Vec<TrainingDateId>, sqlx::Error> {
    let open = sqlx::query!(
        r#"select e.date_id as "date: TrainingDateId", e.state as "state: State" from enrolment e
           where e.freelancer_id = $1 and e.state in ('waiting', 'offered', 'enrolled')
             and not exists (select from training_day y where y.date_id = e.date_id and y.starts_at <= $2)
           order by e.date_id"#,
        person.0,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut freed = Vec::new();
    for row in open {
        date::lock(&mut *db, row.date).await?;
        if row.state != State::Waiting {
            date::count(&mut *db, row.date, -1).await?;
            freed.push(row.date);
        }
    }
    Ok(freed)
}

/// Erases the words to first shifts whose bookings go, because they were over before this instant.
pub async fn erase_before(db: &mut PgConnection, person: Uuid, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from sign_off where booking_id in (select id from booking where freelancer_id = $1 and lower(during) < $2)",
        person,
        before,
    )
    .execute(db)
    .await
    .map(drop)
}
