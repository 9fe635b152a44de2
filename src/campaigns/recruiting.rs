//! When a campaign recruits: its posting is published, closed, opened again.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::posting::Refusal;
use crate::accounts::audit;
use crate::id::{AccountId, CampaignId};

/// Shows a draft to everybody; one can apply from now on.
pub async fn publish(
    db: &PgPool,
    campaign: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    if has_ended(&mut tx, campaign).await? {
        return Ok(Err(Refusal::CampaignEnded));
    }
    let done = sqlx::query!(
        "update posting set published_at = $2, updated_at = $2 where campaign_id = $1 and published_at is null",
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(Refusal::Published));
    }
    audit::note(&mut *tx, Some(by), "posting.publish", &campaign.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Takes no more applications; the ones that were sent go on.
pub async fn close(
    db: &PgPool,
    campaign: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "update posting set closed_at = $2, updated_at = $2
         where campaign_id = $1 and published_at is not null and closed_at is null",
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(Refusal::NotOpen));
    }
    audit::note(&mut *tx, Some(by), "posting.close", &campaign.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Takes applications again.
pub async fn reopen(
    db: &PgPool,
    campaign: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    if has_ended(&mut tx, campaign).await? {
        return Ok(Err(Refusal::CampaignEnded));
    }
    let done = sqlx::query!(
        "update posting set closed_at = null, updated_at = $2 where campaign_id = $1 and closed_at is not null",
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(Refusal::NotClosed));
    }
    audit::note(&mut *tx, Some(by), "posting.reopen", &campaign.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Whether the campaign is over; it cannot end before this transaction does.
async fn has_ended(db: &mut sqlx::PgConnection, campaign: CampaignId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select ended_at is not null as "ended!" from campaign where id = $1 for share"#, campaign.0)
        .fetch_one(db)
        .await
}
