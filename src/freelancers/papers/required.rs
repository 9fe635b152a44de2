//! Which papers a campaign wants besides those that everybody brings.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::expiry;
use super::kind::Kind;
use crate::accounts::audit;
use crate::id::{AccountId, CampaignId};

/// The kinds that a campaign wants besides.
pub async fn of(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<Kind>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select kind as "kind: Kind" from required_document where campaign_id = $1 order by kind"#,
        campaign.0
    )
    .fetch_all(db)
    .await
}

/// Lets a campaign want exactly these kinds besides.
pub async fn set(
    db: &PgPool,
    campaign: CampaignId,
    kinds: &[Kind],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "delete from required_document where campaign_id = $1 and kind <> all($2::document_kind[])",
        campaign.0,
        kinds as &[Kind],
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into required_document (campaign_id, kind) select $1, kind from unnest($2::document_kind[]) as kind
         on conflict on constraint required_document_once do nothing",
        campaign.0,
        kinds as &[Kind],
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "campaign.papers", &campaign.to_string(), now).await?;
    expiry::apply(&mut tx, None, now).await?;
    tx.commit().await
}
