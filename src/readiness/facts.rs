//! What the checklist and the funnel know of training and first shifts, in one place.

use std::collections::HashMap;

use sqlx::PgExecutor;
use time::Date;

use crate::id::{CampaignId, FreelancerId};

/// How far somebody is with the training of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Training {
    /// No date chosen yet.
    #[default]
    Open,
    /// A seat is theirs: first and last local day.
    Enrolled(Date, Date),
    Passed,
}

/// Training and first shifts of one person in one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Course {
    pub training: Training,
    /// Signed-off first shifts.
    pub signed_off: i64,
}

impl Course {
    /// Of somebody who is qualified: all of it lies behind them.
    fn behind(first_shifts: i16) -> Self {
        Self { training: Training::Passed, signed_off: first_shifts.into() }
    }
}

/// One person's courses, by campaign.
pub async fn of_person(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
) -> Result<HashMap<CampaignId, Course>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select q.campaign_id as "campaign: CampaignId", c.first_shifts
           from qualification q join campaign c on c.id = q.campaign_id
           where q.freelancer_id = $1 and q.ended_at is null"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.campaign, Course::behind(row.first_shifts))).collect())
}

/// The courses of everybody in a campaign, by person.
pub async fn of_campaign(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
) -> Result<HashMap<FreelancerId, Course>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select q.freelancer_id as "freelancer: FreelancerId", c.first_shifts
           from qualification q join campaign c on c.id = q.campaign_id
           where q.campaign_id = $1 and q.ended_at is null"#,
        campaign.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.freelancer, Course::behind(row.first_shifts))).collect())
}
