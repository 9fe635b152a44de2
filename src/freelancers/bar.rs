//! What bars new bookings from an instant on, such as an expired paper after its grace. Bookings made before stay.
//!
//! Whoever finds a cause writes it here, in the transaction that changes it; `qualification.barred_from` is always the
//! earliest of a person's bars, so that booking reads one row and no feature's papers.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::id::{CampaignId, FreelancerId};

/// What bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "bar_cause", rename_all = "snake_case")]
pub enum Cause {
    /// A paper has expired, and its grace is over.
    Paper,
    /// A new version of the contract papers is not confirmed.
    Contract,
    /// A new version of the privacy briefing is not confirmed.
    Briefing,
}

impl Cause {
    /// What the person has to do, after "Dir fehlt noch:".
    pub fn missing(self) -> &'static str {
        match self {
            Self::Paper => "eine gültige Unterlage",
            Self::Contract => "die Bestätigung der neuen Vertragsunterlagen",
            Self::Briefing => "die neue Datenschutz-Unterweisung",
        }
    }
}

/// Sets or lifts (`None`) one cause for a person and campaign.
pub async fn set(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    cause: Cause,
    from: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    match from {
        Some(from) => sqlx::query!(
            "insert into bar (freelancer_id, campaign_id, cause, from_at) values ($1, $2, $3, $4)
             on conflict on constraint bar_once do update set from_at = excluded.from_at",
            freelancer.0,
            campaign.0,
            cause as Cause,
            from,
        ),
        None => sqlx::query!(
            "delete from bar where freelancer_id = $1 and campaign_id = $2 and cause = $3",
            freelancer.0,
            campaign.0,
            cause as Cause,
        ),
    }
    .execute(&mut *db)
    .await?;
    apply(db, freelancer, campaign).await
}

/// Sets one cause for many people at once; where it bars already, the earlier instant stays.
pub async fn set_all(
    db: &mut PgConnection,
    who: &[(FreelancerId, CampaignId)],
    cause: Cause,
    from: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (people, campaigns): (Vec<_>, Vec<_>) = who.iter().map(|(f, c)| (f.0, c.0)).unzip();
    sqlx::query!(
        "insert into bar (freelancer_id, campaign_id, cause, from_at) select f, c, $3, $4 from unnest($1::uuid[], $2::uuid[]) as w (f, c)
         on conflict on constraint bar_once do update set from_at = excluded.from_at where bar.from_at > excluded.from_at",
        &people,
        &campaigns,
        cause as Cause,
        from,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update qualification q set barred_from = b.earliest
         from (select freelancer_id, campaign_id, min(from_at) as earliest from bar
               where (freelancer_id, campaign_id) in (select f, c from unnest($1::uuid[], $2::uuid[]) as w (f, c))
               group by freelancer_id, campaign_id) b
         where q.freelancer_id = b.freelancer_id and q.campaign_id = b.campaign_id and q.barred_from is distinct from b.earliest",
        &people,
        &campaigns,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Lifts one cause for a person in all campaigns.
pub async fn lift_all(db: &mut PgConnection, freelancer: FreelancerId, cause: Cause) -> Result<(), sqlx::Error> {
    let lifted = sqlx::query_scalar!(
        r#"delete from bar where freelancer_id = $1 and cause = $2 returning campaign_id as "campaign: CampaignId""#,
        freelancer.0,
        cause as Cause,
    )
    .fetch_all(&mut *db)
    .await?;
    for campaign in lifted {
        apply(db, freelancer, campaign).await?;
    }
    Ok(())
}

/// Writes the earliest bar into the qualification; also when one is granted.
pub async fn apply(db: &mut PgConnection, freelancer: FreelancerId, campaign: CampaignId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update qualification q set barred_from = b.earliest
         from (select min(from_at) as earliest from bar where freelancer_id = $1 and campaign_id = $2) b
         where q.freelancer_id = $1 and q.campaign_id = $2 and q.barred_from is distinct from b.earliest",
        freelancer.0,
        campaign.0,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A cause, and from when on it bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub cause: Cause,
    pub from_at: OffsetDateTime,
}

/// A person's bars in a campaign, earliest first; those of the future included.
pub async fn list(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Vec<Bar>, sqlx::Error> {
    sqlx::query_as!(
        Bar,
        r#"select cause as "cause: Cause", from_at from bar where freelancer_id = $1 and campaign_id = $2 order by from_at, cause"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_all(db)
    .await
}
