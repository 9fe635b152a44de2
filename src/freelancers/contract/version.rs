//! Versions of a campaign's contract papers. One draft at a time; a published one is never changed (the schema sees to it).

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::{confirmation, mails};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, CampaignId, ContractVersionId, FreelancerId};
use crate::mail;

/// Longest title and text, in characters.
pub const LONGEST_TITLE: usize = 120;
pub const LONGEST_BODY: usize = 60_000;
/// A confirmation may be asked for by then at the latest.
const LONGEST_TERM: Duration = Duration::days(366);

/// A version.
#[derive(Debug, Clone)]
pub struct Version {
    pub id: ContractVersionId,
    /// From 1, per campaign.
    pub version: i32,
    pub title: String,
    /// Markdown.
    pub body: String,
    /// None: the draft.
    pub published_at: Option<OffsetDateTime>,
    /// Who works with an earlier version has until this local day (Berlin).
    pub confirm_by: Option<Date>,
    /// How many have confirmed it.
    pub confirmations: i64,
}

/// All versions of a campaign, the latest first.
pub async fn list(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select id as "id: ContractVersionId", version, title, body, published_at, confirm_by,
                  (select count(*) from contract_confirmation c where c.version_id = v.id) as "confirmations!"
           from contract_version v where campaign_id = $1 order by version desc"#,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// The version that holds for a campaign, if there is one.
pub async fn published(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select id as "id: ContractVersionId", version, title, body, published_at, confirm_by,
                  (select count(*) from contract_confirmation c where c.version_id = v.id) as "confirmations!"
           from contract_version v where campaign_id = $1 and published_at <= $2 order by version desc limit 1"#,
        campaign.0,
        now,
    )
    .fetch_optional(db)
    .await
}

/// How a running campaign stands with its contract papers.
#[derive(Debug, Clone)]
pub struct Overview {
    pub slug: String,
    pub client: String,
    pub name: String,
    /// The version that holds.
    pub version: Option<i32>,
    pub published_at: Option<OffsetDateTime>,
    pub has_draft: bool,
    pub confirmations: i64,
}

/// All running campaigns with their contract papers.
pub async fn overview(db: impl PgExecutor<'_>) -> Result<Vec<Overview>, sqlx::Error> {
    sqlx::query_as!(
        Overview,
        r#"select c.slug, c.client, c.name, v.version as "version?", v.published_at as "published_at?",
                  exists (select from contract_version d where d.campaign_id = c.id and d.published_at is null) as "has_draft!",
                  (select count(*) from contract_confirmation k where k.version_id = v.id) as "confirmations!"
           from campaign c
           left join lateral (
               select id, version, published_at from contract_version
               where campaign_id = c.id and published_at is not null order by version desc limit 1
           ) v on true
           where c.ended_at is null order by c.client, c.name"#
    )
    .fetch_all(db)
    .await
}

/// Writes the draft: a new one if there is none.
pub async fn save_draft(
    db: &PgPool,
    campaign: CampaignId,
    (title, body): (&str, &str),
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into contract_version (id, campaign_id, version, title, body, created_at, created_by)
         select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6 from contract_version
         where campaign_id = $2 and published_at is not null
         on conflict (campaign_id) where published_at is null
         do update set title = excluded.title, body = excluded.body, created_at = excluded.created_at,
             created_by = excluded.created_by",
        ContractVersionId::new().0,
        campaign.0,
        title,
        body,
        now,
        by.0,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Why nothing was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Published a moment ago, or never written.
    NoDraft,
    /// People need at least a day.
    TooSoon,
    TooLate,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoDraft => "Es gibt keinen Entwurf, der veröffentlicht werden kann.",
            Self::TooSoon => "Bitte gib mindestens bis morgen Zeit.",
            Self::TooLate => "Bitte gib einen Tag innerhalb eines Jahres an.",
        }
    }
}

/// Publishes the draft. Whoever confirmed an earlier version or may book already is told, has until `confirm_by`, and
/// books nothing new after that day without having confirmed.
pub async fn publish(
    db: &PgPool,
    config: &Config,
    campaign: CampaignId,
    confirm_by: Date,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let today = Zone::berlin().date(now);
    if confirm_by <= today {
        return Ok(Err(Refusal::TooSoon));
    }
    if confirm_by > today + LONGEST_TERM {
        return Ok(Err(Refusal::TooLate));
    }
    let mut tx = db.begin().await?;
    let published = sqlx::query_scalar!(
        r#"update contract_version set published_at = $2, confirm_by = $3
           where campaign_id = $1 and published_at is null returning id as "id: ContractVersionId""#,
        campaign.0,
        now,
        confirm_by,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(version) = published else { return Ok(Err(Refusal::NoDraft)) };
    tell(&mut tx, config, (campaign, version), confirm_by, now).await?;
    confirmation::apply(&mut tx, Some(campaign), None).await?;
    audit::note(&mut *tx, Some(by), "contract.publish", &version.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes to everybody who has to confirm, and notes it in their history.
async fn tell(
    db: &mut PgConnection,
    config: &Config,
    (campaign, version): (CampaignId, ContractVersionId),
    confirm_by: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let people = sqlx::query!(
        r#"select f.id as "id: FreelancerId", a.name, a.email, c.slug, c.client
           from freelancer f
           join account a on a.id = f.id and a.access_ended_at is null
           join campaign c on c.id = $1
           where exists (select from qualification q
                         where q.freelancer_id = f.id and q.campaign_id = $1 and q.ended_at is null)
              or (exists (select from preparation p
                          where p.freelancer_id = f.id and p.campaign_id = $1 and p.ended_at is null)
                  and exists (select from contract_confirmation k join contract_version v on v.id = k.version_id
                              where k.freelancer_id = f.id and v.campaign_id = $1 and v.id <> $2))
           order by f.id"#,
        campaign.0,
        version.0,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut mails = Vec::with_capacity(people.len());
    for person in &people {
        let event = Event::ContractAsked;
        let step = Note { freelancer: person.id, campaign: Some(campaign), event, by: None, note: None };
        history::note(&mut *db, step, now).await?;
        let to = (person.id, person.name.as_str(), person.email.as_str());
        mails.push(mails::new_version(config, to, (&person.slug, &person.client), confirm_by));
    }
    mail::enqueue_all(db, &mails, now).await
}
