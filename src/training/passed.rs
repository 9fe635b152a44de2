//! Who passed the training of a campaign: what first shifts ask for.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::{CampaignId, FreelancerId};

/// Since when, if at all.
pub async fn at(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select passed_at from training_result where freelancer_id = $1 and campaign_id = $2",
        freelancer.0,
        campaign.0,
    )
    .fetch_optional(db)
    .await
}

/// Notes that somebody passed, in the transaction that says so; a second time changes nothing.
pub async fn note(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into training_result (freelancer_id, campaign_id, passed_at) values ($1, $2, $3)
         on conflict on constraint training_result_once do nothing",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A result was corrected: unless another course of the campaign was passed, it no longer counts.
pub async fn take_back(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from training_result r where r.freelancer_id = $1 and r.campaign_id = $2 and not exists (
             select from enrolment e join course k on k.id = e.course_id
             where e.freelancer_id = $1 and k.campaign_id = $2 and e.state = 'passed')",
        freelancer.0,
        campaign.0,
    )
    .execute(db)
    .await
    .map(drop)
}
