//! Decisions about a qualification: only by a person and with a reason, told by mail, kept in the history. Bookings made
//! before stay until staff decide about each.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::history::{self, Event, Note};
use super::mails;
use crate::accounts::audit;
use crate::config::Config;
use crate::id::{AccountId, CampaignId, FreelancerId};
use crate::mail;

/// What staff decide about a qualification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It rests until it is resumed.
    Suspend,
    Resume,
    Revoke,
    /// From then on nothing new is booked; none: without end.
    Limit(Option<OffsetDateTime>),
}

impl Decision {
    fn event(self) -> Event {
        match self {
            Self::Suspend => Event::QualificationSuspended,
            Self::Resume => Event::QualificationResumed,
            Self::Revoke => Event::QualificationRevoked,
            Self::Limit(_) => Event::QualificationLimited,
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Suspend => "qualification.suspend",
            Self::Resume => "qualification.resume",
            Self::Revoke => "qualification.end",
            Self::Limit(_) => "qualification.limit",
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It rests already, or does not rest, or was revoked: perhaps by somebody else a moment ago.
    OutOfOrder,
    /// The end lies before the beginning.
    EndsBeforeItBegins,
}

impl Refusal {
    /// The sentence for staff.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OutOfOrder => "Inzwischen ist der Stand ein anderer. Sieh bitte nach und entscheide dann.",
            Self::EndsBeforeItBegins => "Das Ende läge vor dem Beginn. Bitte wähle einen späteren Tag.",
        }
    }
}

/// Carries a decision out and tells the person.
pub async fn decide(
    db: &PgPool,
    config: &Config,
    (freelancer, campaign): (FreelancerId, CampaignId),
    decision: Decision,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    match write(&mut tx, (freelancer, campaign), decision, reason, now).await {
        Ok(true) => {}
        Ok(false) => return Ok(Err(Refusal::OutOfOrder)),
        Err(error) if crate::database::constraint(&error) == Some("qualification_span") => {
            return Ok(Err(Refusal::EndsBeforeItBegins));
        }
        Err(error) => return Err(error),
    }
    let (event, note) = (decision.event(), Some(reason));
    history::note(&mut *tx, Note { freelancer, campaign: Some(campaign), event, by: Some(by), note }, now).await?;
    audit::note(&mut *tx, Some(by), decision.action(), &format!("{freelancer} {campaign}"), now).await?;
    let told = sqlx::query!(
        r#"select a.id as "id: AccountId", a.name, a.email, c.client || ' · ' || c.name as "title!", c.slug
           from account a, campaign c where a.id = $1 and c.id = $2"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    let to = mails::To { account: told.id, name: &told.name, email: &told.email };
    let letter = mails::decided(config, to, decision, (&told.title, &told.slug), reason);
    mail::enqueue(&mut *tx, &letter, now).await?;
    tx.commit().await.map(Ok)
}

/// The one guarded statement of each decision.
async fn write(
    db: &mut PgConnection,
    (freelancer, campaign): (FreelancerId, CampaignId),
    decision: Decision,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let statement = match decision {
        Decision::Suspend => sqlx::query!(
            "update qualification set suspended_at = $3, decision_reason = $4
             where freelancer_id = $1 and campaign_id = $2 and ended_at is null and suspended_at is null",
            freelancer.0,
            campaign.0,
            now,
            reason,
        ),
        Decision::Resume => sqlx::query!(
            "update qualification set suspended_at = null, decision_reason = null
             where freelancer_id = $1 and campaign_id = $2 and ended_at is null and suspended_at is not null",
            freelancer.0,
            campaign.0,
        ),
        Decision::Revoke => sqlx::query!(
            "update qualification set ended_at = $3, suspended_at = null, decision_reason = $4
             where freelancer_id = $1 and campaign_id = $2 and ended_at is null",
            freelancer.0,
            campaign.0,
            now,
            reason,
        ),
        Decision::Limit(until) => sqlx::query!(
            "update qualification set valid_until = $3 where freelancer_id = $1 and campaign_id = $2 and ended_at is null",
            freelancer.0,
            campaign.0,
            until,
        ),
    };
    Ok(statement.execute(db).await?.rows_affected() == 1)
}

/// What a qualification was before its campaign ended.
#[derive(Debug, Clone, Default)]
pub struct Before {
    pub suspended_at: Option<OffsetDateTime>,
    pub decision_reason: Option<String>,
}

/// Ends a qualification because its campaign ends; what it was before, or `None` if there is no live one.
pub async fn close(
    db: &mut PgConnection,
    (freelancer, campaign): (FreelancerId, CampaignId),
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Before>, sqlx::Error> {
    let before = sqlx::query_as!(
        Before,
        "with old as (
             select freelancer_id, campaign_id, suspended_at, decision_reason from qualification
             where freelancer_id = $1 and campaign_id = $2 and ended_at is null for update
         )
         update qualification q set ended_at = $3, suspended_at = null, decision_reason = $4
         from old where q.freelancer_id = old.freelancer_id and q.campaign_id = old.campaign_id
         returning old.suspended_at, old.decision_reason",
        freelancer.0,
        campaign.0,
        now,
        reason,
    )
    .fetch_optional(&mut *db)
    .await?;
    if before.is_some() {
        note(db, (freelancer, campaign), Event::QualificationClosed, reason, by, now).await?;
    }
    Ok(before)
}

/// Gives it back as it was; false if somebody did so meanwhile.
pub async fn reopen(
    db: &mut PgConnection,
    (freelancer, campaign): (FreelancerId, CampaignId),
    before: &Before,
    (reason, by): (&str, AccountId),
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let opened = sqlx::query!(
        "update qualification set ended_at = null, suspended_at = $3, decision_reason = $4
         where freelancer_id = $1 and campaign_id = $2 and ended_at is not null",
        freelancer.0,
        campaign.0,
        before.suspended_at,
        before.decision_reason,
    )
    .execute(&mut *db)
    .await?;
    if opened.rows_affected() == 0 {
        return Ok(false);
    }
    note(db, (freelancer, campaign), Event::QualificationResumed, reason, by, now).await.map(|()| true)
}

async fn note(
    db: &mut PgConnection,
    (freelancer, campaign): (FreelancerId, CampaignId),
    event: Event,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let step = Note { freelancer, campaign: Some(campaign), event, by: Some(by), note: Some(reason) };
    history::note(db, step, now).await
}
