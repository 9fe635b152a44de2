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

/// Begins to prepare for a campaign, or takes it up again; does nothing if it goes on already.
pub async fn begin(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
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
        return Ok(());
    }
    let step = Note { freelancer, campaign: Some(campaign), event: Event::PreparationBegan, by, note: None };
    history::note(db, step, now).await
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
