//! What the checklist and the funnel know of training and first shifts, in one place.

use std::collections::HashMap;

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

use crate::clock::Zone;
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

/// One person's courses, by campaign.
pub async fn of_person(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
) -> Result<HashMap<CampaignId, Course>, sqlx::Error> {
    let courses = load(db, Some(freelancer), None).await?;
    Ok(courses.into_iter().map(|(_, campaign, course)| (campaign, course)).collect())
}

/// The courses of everybody in a campaign, by person.
pub async fn of_campaign(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
) -> Result<HashMap<FreelancerId, Course>, sqlx::Error> {
    let courses = load(db, None, Some(campaign)).await?;
    Ok(courses.into_iter().map(|(freelancer, _, course)| (freelancer, course)).collect())
}

/// Of whoever prepares or is qualified. A qualified person has all of it behind them, whichever way they came.
async fn load(
    db: impl PgExecutor<'_>,
    freelancer: Option<FreelancerId>,
    campaign: Option<CampaignId>,
) -> Result<Vec<(FreelancerId, CampaignId, Course)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with way as (
               select freelancer_id, campaign_id from preparation where ended_at is null
               union
               select freelancer_id, campaign_id from qualification where ended_at is null
           )
           select w.freelancer_id as "freelancer!: FreelancerId", w.campaign_id as "campaign!: CampaignId", c.first_shifts,
                  exists (select from qualification q where q.freelancer_id = w.freelancer_id and q.campaign_id = w.campaign_id
                                                        and q.ended_at is null) as "is_qualified!",
                  exists (select from training_result r
                          where r.freelancer_id = w.freelancer_id and r.campaign_id = w.campaign_id) as "has_passed!",
                  (select count(*) from sign_off o where o.freelancer_id = w.freelancer_id and o.campaign_id = w.campaign_id
                                                     and o.result = 'passed') as "signed_off!",
                  e.first_at as "first_at?", e.last_at as "last_at?"
           from way w
           join campaign c on c.id = w.campaign_id
           left join lateral (
               select min(d.starts_at) as first_at, max(d.starts_at) as last_at
               from enrolment n
               join course k on k.id = n.course_id
               join training_day d on d.date_id = n.date_id
               where n.freelancer_id = w.freelancer_id and k.campaign_id = w.campaign_id and n.state = 'enrolled'
           ) e on true
           where ($1::uuid is null or w.freelancer_id = $1) and ($2::uuid is null or w.campaign_id = $2)"#,
        freelancer.map(|id| id.0),
        campaign.map(|id| id.0),
    )
    .fetch_all(db)
    .await?;
    let zone = Zone::berlin();
    let course =
        |is_qualified, has_passed, days: Option<(OffsetDateTime, OffsetDateTime)>, signed_off, first_shifts| {
            let training = match days {
                _ if is_qualified || has_passed => Training::Passed,
                Some((first, last)) => Training::Enrolled(zone.date(first), zone.date(last)),
                None => Training::Open,
            };
            Course { training, signed_off: if is_qualified { i64::from(first_shifts) } else { signed_off } }
        };
    Ok(rows
        .into_iter()
        .map(|r| {
            let days = r.first_at.zip(r.last_at);
            (r.freelancer, r.campaign, course(r.is_qualified, r.has_passed, days, r.signed_off, r.first_shifts))
        })
        .collect())
}
