//! The qualification by hand, with a reason that is kept.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::freelancers::bar;
use crate::freelancers::contract::confirmation;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::papers::expiry;
use crate::id::{AccountId, CampaignId, FreelancerId};

/// Why a qualification was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantRefusal {
    /// Granted already, perhaps a moment ago by somebody else.
    Already,
    /// The campaign is over, or there is none.
    NoCampaign,
    /// The person no longer has access.
    AccessEnded,
}

impl GrantRefusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Already => "Für diese Kampagne ist die Person schon einsatzbereit.",
            Self::NoCampaign => "Diese Kampagne läuft nicht mehr. Bitte wähle eine andere.",
            Self::AccessEnded => "Der Zugang dieser Person ist beendet.",
        }
    }
}

/// Lets a freelancer book shifts of a campaign, by hand. A revoked qualification comes back with the new reason.
pub async fn grant(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), GrantRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let facts = sqlx::query!(
        r#"select exists (select from campaign where id = $1 and ended_at is null) as "campaign!",
                  exists (select from account where id = $2 and access_ended_at is null) as "access!""#,
        campaign.0,
        freelancer.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if !facts.campaign {
        return Ok(Err(GrantRefusal::NoCampaign));
    }
    if !facts.access {
        return Ok(Err(GrantRefusal::AccessEnded));
    }
    if !grant_now(&mut tx, freelancer, campaign, reason, by, now).await? {
        return Ok(Err(GrantRefusal::Already));
    }
    audit::note(&mut *tx, Some(by), "qualification.grant", &format!("{freelancer} {campaign}"), now).await?;
    tx.commit().await.map(Ok)
}

/// The same within somebody's transaction, without a look at campaign and access; false if granted already.
pub async fn grant_now(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let granted = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, granted_by, reason) values ($1, $2, $3, $4, $5)
         on conflict on constraint qualification_once do update
         set granted_at = excluded.granted_at, granted_by = excluded.granted_by, reason = excluded.reason, ended_at = null,
             suspended_at = null, valid_until = null, decision_reason = null
         where qualification.ended_at is not null",
        freelancer.0,
        campaign.0,
        now,
        by.0,
        reason,
    )
    .execute(&mut *db)
    .await?;
    if granted.rows_affected() == 0 {
        return Ok(false);
    }
    take_bars(&mut *db, freelancer, campaign, now).await?;
    let note = Some(reason);
    let step = Note { freelancer, campaign: Some(campaign), event: Event::Qualified, by: Some(by), note };
    history::note(db, step, now).await.map(|()| true)
}

/// A new qualification has the bars of its holder's papers and contract from its first moment on.
pub(super) async fn take_bars(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    expiry::apply(&mut *db, Some(freelancer), now).await?;
    confirmation::apply(&mut *db, None, Some(freelancer)).await?;
    bar::apply(db, freelancer, campaign).await
}
