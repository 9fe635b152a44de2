//! Erases what the way to the first shift left: the access list, of which counts remain, and the steps of ended campaigns.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::id::{CampaignId, FreelancerId};
use crate::retention::count::{self, Rows, What};

/// Erases everything that goes with the account; `year`: the one in which access ended.
pub async fn erase(db: &mut PgConnection, person: FreelancerId, year: i32) -> Result<(), sqlx::Error> {
    let access = sqlx::query_as!(
        Rows,
        r#"with gone as (delete from system_access where freelancer_id = $1 returning system_id)
           select s.campaign_id as "campaign: CampaignId", count(*) as "n!"
           from gone join campaign_system s on s.id = gone.system_id group by 1"#,
        person.0,
    )
    .fetch_all(&mut *db)
    .await?;
    count::add(&mut *db, What::SystemAccess, year, &access).await?;
    sqlx::query!("delete from ending_step where freelancer_id = $1", person.0).execute(db).await.map(drop)
}

/// Erases the steps about bookings that go, because they were over before this instant.
pub async fn erase_before(db: &mut PgConnection, person: Uuid, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from ending_step where booking_id in (select id from booking where freelancer_id = $1 and lower(during) < $2)",
        person,
        before,
    )
    .execute(db)
    .await
    .map(drop)
}
