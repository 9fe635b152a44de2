//! What planners want to know first of each running campaign: open seats of the next days, drafts that wait for Wednesday.

use std::collections::HashMap;

use sqlx::PgPool;
use time::{Date, Duration, OffsetDateTime};

use crate::campaigns::campaign::{self, Campaign};
use crate::campaigns::schedule::next_due;
use crate::id::CampaignId;
use crate::shifts::publication;
use crate::shifts::week::Week;

/// Open seats are counted for so long ahead.
pub const AHEAD: Duration = Duration::days(7);

/// A running campaign in figures.
#[derive(Debug, Clone)]
pub struct Figures {
    pub campaign: Campaign,
    /// The instant of the next publication.
    pub publishes_at: OffsetDateTime,
    /// Open seats of published shifts that begin within [`AHEAD`].
    pub open_seats: i64,
    /// Shifts in draft that the next publication takes along.
    pub drafts: i64,
    /// The first week with such a draft.
    pub draft_week: Option<Week>,
}

/// The running campaigns, by client and name.
pub async fn load(db: &PgPool, now: OffsetDateTime) -> Result<Vec<Figures>, sqlx::Error> {
    let running: Vec<Campaign> = campaign::all(db).await?.into_iter().filter(|c| c.ended_at.is_none()).collect();
    let due = |c: &Campaign| next_due(&c.zone, c.publication_time, now);
    let opened = |c: &Campaign| publication::weeks(c.zone.date(due(c)), c.horizon_weeks);
    let mut counts = count(db, &running.iter().map(|c| (c.id, opened(c))).collect::<Vec<_>>(), now).await?;
    let figures = |campaign: Campaign| {
        let counts = counts.remove(&campaign.id).unwrap_or_default();
        let publishes_at = due(&campaign);
        let draft_week = counts.first_draft.map(Week::of);
        Figures { campaign, publishes_at, open_seats: counts.open_seats, drafts: counts.drafts, draft_week }
    };
    Ok(running.into_iter().map(figures).collect())
}

#[derive(Default)]
struct Counts {
    open_seats: i64,
    drafts: i64,
    /// Monday of the first week with a draft.
    first_draft: Option<Date>,
}

/// Counts open seats of the next days, and drafts between each campaign's first and last week.
async fn count(
    db: &PgPool,
    campaigns: &[(CampaignId, (Week, Week))],
    now: OffsetDateTime,
) -> Result<HashMap<CampaignId, Counts>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select asked.campaign as "campaign!: CampaignId", coalesce(soon.seats, 0) as "open_seats!",
                  draft.shifts as "drafts!", draft.first as first_draft
           from unnest($1::uuid[], $2::date[], $3::date[]) as asked (campaign, first, last)
           cross join lateral (
               select sum(s.seats - s.booked) as seats from shift s
               where s.campaign_id = asked.campaign and s.published_at is not null and s.withdrawn_at is null
                 and s.starts_at > $4 and s.starts_at <= $5
                 and s.week between ($4::timestamptz)::date - 8 and ($5::timestamptz)::date + 1
           ) soon
           cross join lateral (
               select count(*) as shifts, min(s.week) as first from shift s
               where s.campaign_id = asked.campaign and s.published_at is null and s.withdrawn_at is null
                 and s.week between asked.first and asked.last
           ) draft"#,
        &campaigns.iter().map(|(id, _)| id.0).collect::<Vec<_>>(),
        &campaigns.iter().map(|(_, (first, _))| first.monday()).collect::<Vec<_>>(),
        &campaigns.iter().map(|(_, (_, last))| last.monday()).collect::<Vec<_>>(),
        now,
        now + AHEAD,
    )
    .fetch_all(db)
    .await?;
    let counts = rows
        .into_iter()
        .map(|r| (r.campaign, Counts { open_seats: r.open_seats, drafts: r.drafts, first_draft: r.first_draft }));
    Ok(counts.collect())
}
