//! Confirmations of contract papers: kept as proof (privacy.md: 6 years), with the time and the version that was read.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::version;
use crate::clock::Zone;
use crate::freelancers::bar::{self, Cause};
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::profile;
use crate::id::{CampaignId, ContractVersionId, FreelancerId};

/// When somebody confirmed this version, if they did.
pub async fn of(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    version: ContractVersionId,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select confirmed_at from contract_confirmation where freelancer_id = $1 and version_id = $2",
        freelancer.0,
        version.0,
    )
    .fetch_optional(db)
    .await
}

/// A campaign whose contract papers concern somebody.
#[derive(Debug, Clone)]
pub struct Concerned {
    pub campaign: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
    /// Of the version that holds.
    pub version: i32,
    pub confirm_by: Option<Date>,
    pub confirmed_at: Option<OffsetDateTime>,
}

/// The campaigns that somebody prepares for or works in, as far as they have contract papers.
pub async fn list(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Vec<Concerned>, sqlx::Error> {
    sqlx::query_as!(
        Concerned,
        r#"select c.id as "campaign: CampaignId", c.slug, c.client, c.name, v.version, v.confirm_by,
                  k.confirmed_at as "confirmed_at?"
           from campaign c
           join lateral (
               select id, version, confirm_by from contract_version
               where campaign_id = c.id and published_at <= $2 order by version desc limit 1
           ) v on true
           left join contract_confirmation k on k.version_id = v.id and k.freelancer_id = $1
           where c.ended_at is null
             and (exists (select from preparation p
                          where p.campaign_id = c.id and p.freelancer_id = $1 and p.ended_at is null)
                  or exists (select from qualification q
                             where q.campaign_id = c.id and q.freelancer_id = $1 and q.ended_at is null))
           order by c.client, c.name"#,
        freelancer.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// Why nothing was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A newer version was published while this one was read.
    Outdated,
}

impl Refusal {
    /// The sentence for the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Outdated => "Inzwischen gibt es eine neue Fassung. Bitte lies sie und bestätige dann.",
        }
    }
}

/// Confirms the version that was read; a second time changes nothing.
pub async fn confirm(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    read: ContractVersionId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    profile::lock_own(&mut tx, freelancer).await?;
    let Some(version) = version::published(&mut *tx, campaign, now).await?.filter(|version| version.id == read) else {
        return Ok(Err(Refusal::Outdated));
    };
    let confirmed = sqlx::query!(
        "insert into contract_confirmation (version_id, freelancer_id, confirmed_at) values ($1, $2, $3)
         on conflict on constraint contract_confirmation_once do nothing",
        read.0,
        freelancer.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if confirmed.rows_affected() == 1 {
        let said = format!("Fassung {}: {}", version.version, version.title);
        let event = Event::ContractConfirmed;
        let step = Note { freelancer, campaign: Some(campaign), event, by: Some(freelancer.into()), note: Some(&said) };
        history::note(&mut *tx, step, now).await?;
        apply(&mut tx, Some(campaign), Some(freelancer)).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Brings the bars in line with what is confirmed, of one campaign and person or (none) of all: whoever may book or
/// confirmed an earlier version books nothing new after the day by which the latest one is to be confirmed.
pub async fn apply(
    db: &mut PgConnection,
    campaign: Option<CampaignId>,
    freelancer: Option<FreelancerId>,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"with member as (
               select freelancer_id, campaign_id, true as books from qualification where ended_at is null
               union select freelancer_id, campaign_id, false from preparation where ended_at is null
           ), latest as (
               select distinct on (campaign_id) id, campaign_id, confirm_by from contract_version
               where published_at is not null order by campaign_id, version desc
           ), wanted as (
               select m.freelancer_id, m.campaign_id,
                      case when not exists (select from contract_confirmation k
                                            where k.version_id = l.id and k.freelancer_id = m.freelancer_id)
                            and (bool_or(m.books)
                                 or exists (select from contract_confirmation k join contract_version v on v.id = k.version_id
                                            where k.freelancer_id = m.freelancer_id and v.campaign_id = m.campaign_id))
                           then l.confirm_by end as confirm_by
               from member m join latest l on l.campaign_id = m.campaign_id
               group by m.freelancer_id, m.campaign_id, l.id, l.confirm_by
           )
           select w.freelancer_id as "freelancer!: FreelancerId", w.campaign_id as "campaign!: CampaignId", w.confirm_by,
                  b.from_at as "from_at?"
           from wanted w
           left join bar b on b.freelancer_id = w.freelancer_id and b.campaign_id = w.campaign_id and b.cause = 'contract'
           where ($1::uuid is null or w.campaign_id = $1) and ($2::uuid is null or w.freelancer_id = $2)
           order by w.freelancer_id, w.campaign_id"#,
        campaign.map(|id| id.0),
        freelancer.map(|id| id.0),
    )
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let from = row.confirm_by.map(bars_from);
        if from != row.from_at {
            bar::set(&mut *db, row.freelancer, row.campaign, Cause::Contract, from).await?;
        }
    }
    Ok(())
}

/// The instant from which on a version not confirmed by this day (Berlin) bars new bookings.
fn bars_from(confirm_by: Date) -> OffsetDateTime {
    Zone::berlin().midnight(confirm_by + Duration::DAY)
}
