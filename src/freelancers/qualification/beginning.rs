//! The qualification that begins by itself: training passed, first shifts signed off, no paper missing.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::grant::take_bars;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::{mails, missing};
use crate::id::{AccountId, CampaignId, FreelancerId};
use crate::mail;

/// The reason of a qualification that began by itself.
pub const BY_ITSELF: &str = "Schulung und erste Schichten abgeschlossen";

/// What stands between a person and the qualification, papers left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub prepares: bool,
    pub passed: bool,
    /// First shifts that the campaign asks for.
    pub first_shifts: i16,
    /// Signed off as passed.
    pub signed: i64,
}

impl Progress {
    /// First shifts that are still to be signed off.
    pub fn left(self) -> i64 {
        (i64::from(self.first_shifts) - self.signed).max(0)
    }
}

/// Reads it. The training's result and the sign-offs are written by `training`.
pub async fn progress(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Progress, sqlx::Error> {
    sqlx::query_as!(
        Progress,
        r#"select exists (select from preparation p
                          where p.freelancer_id = $1 and p.campaign_id = c.id and p.ended_at is null) as "prepares!",
                  exists (select from training_result r where r.freelancer_id = $1 and r.campaign_id = c.id) as "passed!",
                  c.first_shifts,
                  (select count(*) from sign_off o
                   where o.freelancer_id = $1 and o.campaign_id = c.id and o.result = 'passed') as "signed!"
           from campaign c where c.id = $2"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_one(db)
    .await
}

/// Begins the qualification by itself, if the training is passed, enough first shifts are signed off and no paper is
/// missing; false if not, or if there is one already: what somebody revoked comes back by hand alone.
pub async fn begin(
    db: &mut PgConnection,
    config: &Config,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    // Two sign-offs at the same time: the second waits here, and then counts both.
    sqlx::query!(
        "select from training_result where freelancer_id = $1 and campaign_id = $2 for no key update",
        freelancer.0,
        campaign.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    let progress = progress(&mut *db, freelancer, campaign).await?;
    let enough = progress.prepares && progress.passed && progress.left() == 0;
    if !enough || !missing::load(&mut *db, freelancer, campaign, now).await?.is_nothing() {
        return Ok(false);
    }
    let begun = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, reason)
         select $1, $2, $3, $4 from campaign c join account a on a.id = $1
         where c.id = $2 and c.ended_at is null and a.access_ended_at is null
         on conflict on constraint qualification_once do nothing",
        freelancer.0,
        campaign.0,
        now,
        BY_ITSELF,
    )
    .execute(&mut *db)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    take_bars(&mut *db, freelancer, campaign, now).await?;
    let step = Note { freelancer, campaign: Some(campaign), event: Event::Qualified, by: None, note: Some(BY_ITSELF) };
    history::note(&mut *db, step, now).await?;
    let told = sqlx::query!(
        r#"select a.id as "id: AccountId", a.name, a.email, c.client || ' · ' || c.name as "title!", c.slug
           from account a, campaign c where a.id = $1 and c.id = $2"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_one(&mut *db)
    .await?;
    let to = mails::To { account: told.id, name: &told.name, email: &told.email };
    mail::enqueue(db, &mails::qualified(config, to, (&told.title, &told.slug)), now).await.map(|()| true)
}

/// Begins all that waited only for a paper, or for a campaign that now asks for fewer first shifts; returns how many.
pub async fn begin_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut begun = 0;
    for (freelancer, campaign) in waiting(db).await? {
        let mut tx = db.begin().await?;
        begun += usize::from(begin(&mut tx, config, freelancer, campaign, now).await?);
        tx.commit().await?;
    }
    Ok(begun)
}

/// Who has done it all but was held up by a paper, or by a number of first shifts that was lowered since.
async fn waiting(db: impl PgExecutor<'_>) -> Result<Vec<(FreelancerId, CampaignId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.freelancer_id as "freelancer: FreelancerId", r.campaign_id as "campaign: CampaignId"
           from training_result r
           join campaign c on c.id = r.campaign_id and c.ended_at is null
           join preparation p on p.freelancer_id = r.freelancer_id and p.campaign_id = r.campaign_id and p.ended_at is null
           where not exists (select from qualification q where q.freelancer_id = r.freelancer_id and q.campaign_id = c.id)
             and c.first_shifts <= (select count(*) from sign_off o
                                    where o.freelancer_id = r.freelancer_id and o.campaign_id = c.id and o.result = 'passed')"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.freelancer, r.campaign)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_down_to_nothing() {
        let of = |first_shifts, signed| Progress { prepares: true, passed: true, first_shifts, signed }.left();
        assert_eq!((of(3, 1), of(3, 3), of(2, 3), of(0, 0)), (2, 0, 0, 0));
    }
}
