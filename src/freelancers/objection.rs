//! The person's words against a suspension or a revocation: once per decision, answered by staff with words.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::history::{self, Event, Note};
use super::mails;
use crate::accounts::audit;
use crate::config::Config;
use crate::id::{AccountId, CampaignId, FreelancerId};
use crate::mail;

/// Longest objection and answer, in characters.
pub const LONGEST: usize = 2000;

/// An objection, answered or not.
#[derive(Debug, Clone)]
pub struct Objection {
    pub decided_at: OffsetDateTime,
    pub words: String,
    pub raised_at: OffsetDateTime,
    pub answer: Option<String>,
    pub answered_at: Option<OffsetDateTime>,
    /// The name of who answered.
    pub answered_by: Option<String>,
}

/// A person's objections in a campaign, latest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Vec<Objection>, sqlx::Error> {
    sqlx::query_as!(
        Objection,
        r#"select o.decided_at, o.words, o.raised_at, o.answer, o.answered_at, a.name as "answered_by?"
           from objection o left join account a on a.id = o.answered_by
           where o.freelancer_id = $1 and o.campaign_id = $2 order by o.raised_at desc"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// Raises an objection to the decision that stands; false if none stands, or it was objected to before.
pub async fn raise(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    words: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let raised = sqlx::query!(
        "insert into objection (id, freelancer_id, campaign_id, decided_at, words, raised_at)
         select $1, q.freelancer_id, q.campaign_id, coalesce(q.ended_at, q.suspended_at), $4, $5 from qualification q
         where q.freelancer_id = $2 and q.campaign_id = $3 and coalesce(q.ended_at, q.suspended_at) is not null
         on conflict on constraint objection_once do nothing",
        Uuid::new_v4(),
        freelancer.0,
        campaign.0,
        words,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if raised.rows_affected() == 0 {
        return Ok(false);
    }
    let (by, event) = (Some(freelancer.into()), Event::ObjectionRaised);
    history::note(&mut *tx, Note { freelancer, campaign: Some(campaign), event, by, note: Some(words) }, now).await?;
    tx.commit().await.map(|()| true)
}

/// Answers the open objection and tells the person; false if none is open.
pub async fn answer(
    db: &PgPool,
    config: &Config,
    (freelancer, campaign): (FreelancerId, CampaignId),
    words: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let told = sqlx::query!(
        r#"with answered as (
               update objection set answer = $3, answered_at = $4, answered_by = $5
               where freelancer_id = $1 and campaign_id = $2 and answered_at is null
               returning freelancer_id, campaign_id
           )
           select a.id as "id: AccountId", a.name, a.email, c.client || ' · ' || c.name as "title!", c.slug
           from answered o join account a on a.id = o.freelancer_id join campaign c on c.id = o.campaign_id limit 1"#,
        freelancer.0,
        campaign.0,
        words,
        now,
        by.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(told) = told else { return Ok(false) };
    let (event, note) = (Event::ObjectionAnswered, Some(words));
    history::note(&mut *tx, Note { freelancer, campaign: Some(campaign), event, by: Some(by), note }, now).await?;
    audit::note(&mut *tx, Some(by), "objection.answer", &format!("{freelancer} {campaign}"), now).await?;
    let to = mails::To { account: told.id, name: &told.name, email: &told.email };
    let letter = mails::objection_answered(config, to, (&told.title, &told.slug), words);
    mail::enqueue(&mut *tx, &letter, now).await?;
    tx.commit().await.map(|()| true)
}

/// An objection that waits for an answer.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub freelancer: FreelancerId,
    pub campaign: CampaignId,
    pub name: String,
    pub title: String,
    pub raised_at: OffsetDateTime,
}

/// All that wait, oldest first.
pub async fn waiting(db: impl PgExecutor<'_>) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select o.freelancer_id as "freelancer: FreelancerId", o.campaign_id as "campaign: CampaignId", a.name,
                  c.client || ' · ' || c.name as "title!", o.raised_at
           from objection o join account a on a.id = o.freelancer_id join campaign c on c.id = o.campaign_id
           where o.answered_at is null order by o.raised_at"#
    )
    .fetch_all(db)
    .await
}
