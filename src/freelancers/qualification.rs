//! "Einsatzbereit": who may book shifts of a campaign. For now granted by hand, with a reason that is kept.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::id::{AccountId, CampaignId, FreelancerId};

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// A freelancer's qualification for a campaign, live or ended.
#[derive(Debug, Clone)]
pub struct Qualification {
    pub campaign: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
    pub granted_at: OffsetDateTime,
    /// The name of who granted it, if that was a person.
    pub granted_by: Option<String>,
    pub reason: String,
    pub ended_at: Option<OffsetDateTime>,
}

/// The qualifications of a freelancer, live ones first.
pub async fn list(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Qualification>, sqlx::Error> {
    sqlx::query_as!(
        Qualification,
        r#"select q.campaign_id as "campaign: CampaignId", c.slug, c.client, c.name, q.granted_at,
                  by_whom.name as "granted_by?", q.reason, q.ended_at
           from qualification q
           join campaign c on c.id = q.campaign_id
           left join account by_whom on by_whom.id = q.granted_by
           where q.freelancer_id = $1
           order by q.ended_at is not null, c.client, c.name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}

/// A campaign as the lists of these pages name it.
#[derive(Debug, Clone)]
pub struct CampaignName {
    pub id: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
}

/// All campaigns that are running.
pub async fn campaigns(db: impl PgExecutor<'_>) -> Result<Vec<CampaignName>, sqlx::Error> {
    sqlx::query_as!(
        CampaignName,
        r#"select id as "id: CampaignId", slug, client, name from campaign where ended_at is null order by client, name"#
    )
    .fetch_all(db)
    .await
}

/// Running campaigns that the freelancer is not qualified for yet.
pub async fn grantable(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<CampaignName>, sqlx::Error> {
    sqlx::query_as!(
        CampaignName,
        r#"select id as "id: CampaignId", slug, client, name from campaign c
           where ended_at is null and not exists (
               select from qualification q where q.campaign_id = c.id and q.freelancer_id = $1 and q.ended_at is null)
           order by client, name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}

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

/// Lets a freelancer book shifts of a campaign. An ended qualification comes back with the new reason.
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
    let granted = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, granted_by, reason) values ($1, $2, $3, $4, $5)
         on conflict on constraint qualification_once do update
         set granted_at = excluded.granted_at, granted_by = excluded.granted_by, reason = excluded.reason, ended_at = null
         where qualification.ended_at is not null",
        freelancer.0,
        campaign.0,
        now,
        by.0,
        reason,
    )
    .execute(&mut *tx)
    .await?;
    if granted.rows_affected() == 0 {
        return Ok(Err(GrantRefusal::Already));
    }
    audit::note(&mut *tx, Some(by), "qualification.grant", &format!("{freelancer} {campaign}"), now).await?;
    tx.commit().await.map(Ok)
}

/// Ends a qualification; false if there is no live one. Bookings made before stay.
pub async fn end(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let ended = sqlx::query!(
        "update qualification set ended_at = $3 where freelancer_id = $1 and campaign_id = $2 and ended_at is null",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(&mut *tx, Some(by), "qualification.end", &format!("{freelancer} {campaign}"), now).await?;
    tx.commit().await.map(|()| true)
}

/// Somebody who may book a campaign's shifts.
#[derive(Debug, Clone)]
pub struct Qualified {
    pub account: AccountId,
    pub name: String,
    pub email: String,
}

/// Everybody with access who may book shifts of this campaign: the recipients of its mails. Who has not accepted the
/// invitation yet cannot book, and is not written to.
pub async fn qualified(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<Qualified>, sqlx::Error> {
    sqlx::query_as!(
        Qualified,
        r#"select a.id as "account: AccountId", a.name, a.email
           from qualification q join account a on a.id = q.freelancer_id
           where q.campaign_id = $1 and q.ended_at is null and a.access_ended_at is null and a.password_hash is not null
           order by a.id"#,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// Begins a qualification by itself: nobody grants it, the way to it is complete. One that was ended or suspended by a person
/// stays as it is; `false` if nothing began.
pub async fn begin(
    db: &mut sqlx::PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, reason)
         select $1, id, $3, 'Schulung und erste Schichten abgeschlossen' from campaign where id = $2 and ended_at is null
         on conflict on constraint qualification_once do nothing",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    super::bar::apply(&mut *db, freelancer, campaign).await?;
    let step = super::history::Note {
        freelancer,
        campaign: Some(campaign),
        event: super::history::Event::Qualified,
        by: None,
        note: None,
    };
    super::history::note(db, step, now).await?;
    Ok(true)
}
