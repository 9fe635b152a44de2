//! Mentors: freelancers who offered to have trainees beside them. They offer it themselves, staff confirm it once, and it
//! can be taken back at any time.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::settle;
use crate::accounts::audit;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, CampaignId, FreelancerId, ShiftId};

/// How far somebody's offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not offered, or taken back.
    None,
    /// Offered, and waiting for staff.
    Offered,
    Confirmed,
}

/// A campaign for which somebody can be a mentor.
#[derive(Debug, Clone)]
pub struct Possible {
    pub campaign: CampaignId,
    pub slug: String,
    pub title: String,
    pub stage: Stage,
}

/// The campaigns that somebody is qualified for, by title.
pub async fn possible(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Vec<Possible>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id as "campaign: CampaignId", c.slug, c.client || ' · ' || c.name as "title!",
                  coalesce(m.withdrawn_at is null and m.offered_at is not null, false) as "offered!",
                  m.confirmed_at is not null as "confirmed!"
           from qualification q
           join campaign c on c.id = q.campaign_id
           left join mentor m on m.freelancer_id = q.freelancer_id and m.campaign_id = q.campaign_id
           where q.freelancer_id = $1 and lets_book(q, $2) and c.ended_at is null
           order by 3"#,
        freelancer.0,
        now,
    )
    .fetch_all(db)
    .await?;
    let stage = |offered, confirmed| match (offered, confirmed) {
        (false, _) => Stage::None,
        (true, false) => Stage::Offered,
        (true, true) => Stage::Confirmed,
    };
    let of = |campaign, slug, title, stage| Possible { campaign, slug, title, stage };
    Ok(rows.into_iter().map(|r| of(r.campaign, r.slug, r.title, stage(r.offered, r.confirmed))).collect())
}

/// Somebody offers to be a mentor; false if they may not book there, or have offered it already.
pub async fn offer(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let offered = sqlx::query!(
        "insert into mentor (freelancer_id, campaign_id, offered_at)
         select q.freelancer_id, q.campaign_id, $3 from qualification q
         where q.freelancer_id = $1 and q.campaign_id = $2 and lets_book(q, $3)
         on conflict on constraint mentor_once do update
         set offered_at = excluded.offered_at, confirmed_at = null, confirmed_by = null, withdrawn_at = null
         where mentor.withdrawn_at is not null",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if offered.rows_affected() == 0 {
        return Ok(false);
    }
    let by = Some(freelancer.into());
    let step = Note { freelancer, campaign: Some(campaign), event: Event::MentorOffered, by, note: None };
    history::note(&mut *tx, step, now).await?;
    tx.commit().await.map(|()| true)
}

/// Takes the offer back; false if there was none. Trainees beside them join somebody else or are told.
pub async fn withdraw(
    db: &PgPool,
    config: &Config,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let gone = sqlx::query!(
        "update mentor set withdrawn_at = $3 where freelancer_id = $1 and campaign_id = $2 and withdrawn_at is null",
        freelancer.0,
        campaign.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    // Whoever sat down before is seen by this statement; whoever comes later sees the offer withdrawn.
    let shifts = sqlx::query_scalar!(
        r#"update booking t set mentor_booking_id = null, alone_since = $3
           from booking m join shift s on s.id = m.shift_id
           where t.mentor_booking_id = m.id and t.released_at is null
             and m.freelancer_id = $1 and s.campaign_id = $2 and s.starts_at > $3
           returning s.id as "id: ShiftId""#,
        freelancer.0,
        campaign.0,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    settle(&mut tx, config, &shifts, now).await?;
    let by = Some(freelancer.into());
    let step = Note { freelancer, campaign: Some(campaign), event: Event::MentorWithdrew, by, note: None };
    history::note(&mut *tx, step, now).await?;
    tx.commit().await.map(|()| true)
}

/// Staff confirm an offer; false if there is none that waits. Trainees who sit alone in a shift of theirs join them.
pub async fn confirm(
    db: &PgPool,
    config: &Config,
    freelancer: FreelancerId,
    campaign: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let confirmed = sqlx::query!(
        "update mentor set confirmed_at = $3, confirmed_by = $4
         where freelancer_id = $1 and campaign_id = $2 and withdrawn_at is null and confirmed_at is null",
        freelancer.0,
        campaign.0,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    if confirmed.rows_affected() == 0 {
        return Ok(false);
    }
    let shifts = sqlx::query_scalar!(
        r#"select s.id as "id: ShiftId" from booking b join shift s on s.id = b.shift_id
           where b.freelancer_id = $1 and b.kind = 'seat' and b.released_at is null and s.campaign_id = $2 and s.starts_at > $3"#,
        freelancer.0,
        campaign.0,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    settle(&mut tx, config, &shifts, now).await?;
    let step = Note { freelancer, campaign: Some(campaign), event: Event::MentorConfirmed, by: Some(by), note: None };
    history::note(&mut *tx, step, now).await?;
    audit::note(&mut *tx, Some(by), "mentor.confirm", &format!("{freelancer} {campaign}"), now).await?;
    tx.commit().await.map(|()| true)
}

/// A mentor, or somebody who waits for the confirmation.
#[derive(Debug, Clone)]
pub struct Mentor {
    pub freelancer: FreelancerId,
    pub name: String,
    pub campaign: CampaignId,
    pub title: String,
    pub offered_at: OffsetDateTime,
    pub confirmed_at: Option<OffsetDateTime>,
    /// Their coming shifts of the campaign.
    pub shifts: i64,
}

/// All offers of running campaigns, those that wait first.
pub async fn all(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Mentor>, sqlx::Error> {
    sqlx::query_as!(
        Mentor,
        r#"select m.freelancer_id as "freelancer: FreelancerId", a.name, c.id as "campaign: CampaignId",
                  c.client || ' · ' || c.name as "title!", m.offered_at, m.confirmed_at,
                  (select count(*) from booking b join shift s on s.id = b.shift_id
                   where b.freelancer_id = m.freelancer_id and b.kind = 'seat' and b.released_at is null
                     and s.campaign_id = c.id and s.starts_at > $1) as "shifts!"
           from mentor m join account a on a.id = m.freelancer_id join campaign c on c.id = m.campaign_id
           where m.withdrawn_at is null and c.ended_at is null and a.access_ended_at is null
           order by m.confirmed_at is not null, c.client, c.name, a.name, a.id"#,
        now,
    )
    .fetch_all(db)
    .await
}
