//! For which campaigns somebody prepares. It begins with an accepted application.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::history::{self, Event, Note};
use crate::id::{AccountId, CampaignId, FreelancerId};

/// A preparation that goes on, of a running campaign.
#[derive(Debug, Clone)]
pub struct Preparation {
    pub campaign: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
    pub began_at: OffsetDateTime,
}

/// Begins to prepare for a campaign, or takes it up again; false if it goes on already.
pub async fn begin(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query!(
        "insert into preparation (freelancer_id, campaign_id, began_at) values ($1, $2, $3)
         on conflict on constraint preparation_once do update set began_at = excluded.began_at, ended_at = null
         where preparation.ended_at is not null",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    let step = Note { freelancer, campaign: Some(campaign), event: Event::PreparationBegan, by, note: None };
    history::note(db, step, now).await.map(|()| true)
}

/// Ends a preparation with a reason; false if none goes on.
pub async fn end(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    (reason, by): (&str, AccountId),
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update preparation set ended_at = $3 where freelancer_id = $1 and campaign_id = $2 and ended_at is null",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    let (event, note) = (Event::PreparationEnded, Some(reason));
    let step = Note { freelancer, campaign: Some(campaign), event, by: Some(by), note };
    history::note(db, step, now).await.map(|()| true)
}

/// The campaigns that somebody prepares for, by client and name.
pub async fn list(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Preparation>, sqlx::Error> {
    sqlx::query_as!(
        Preparation,
        r#"select c.id as "campaign: CampaignId", c.slug, c.client, c.name, p.began_at
           from preparation p join campaign c on c.id = p.campaign_id
           where p.freelancer_id = $1 and p.ended_at is null and c.ended_at is null
           order by c.client, c.name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}
