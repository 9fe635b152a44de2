//! What planners want to know first of each running campaign: open seats of the next days, drafts that wait for Wednesday.

use sqlx::PgExecutor;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

use crate::clock::Zone;
use crate::shifts::week::Week;

/// Open seats are counted for so long ahead.
pub const AHEAD: Duration = Duration::days(7);

/// A running campaign in figures.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub slug: String,
    pub client: String,
    pub name: String,
    pub zone: String,
    pub publication_time: Time,
    /// Open seats of published shifts that begin within [`AHEAD`].
    pub open_seats: i64,
    /// Shifts in draft that the next publication takes along.
    pub drafts: i64,
    /// Monday of the first week with such a draft.
    pub first_draft: Option<Date>,
    /// The Wednesday of the next publication, in the campaign's wall time.
    pub publishes_on: Date,
}

impl Campaign {
    /// The wall time of the next publication.
    pub fn publishes_at(&self) -> PrimitiveDateTime {
        PrimitiveDateTime::new(self.publishes_on, self.publication_time)
    }

    /// The present week, in the campaign's wall time.
    pub fn this_week(&self, now: OffsetDateTime) -> Week {
        Week::at(now, &Zone::named(&self.zone).unwrap_or_else(Zone::berlin))
    }

    /// The first week with a draft that the next publication takes along.
    pub fn draft_week(&self) -> Option<Week> {
        self.first_draft.map(Week::of)
    }
}

/// The running campaigns.
///
/// The next publication is Wednesday at the campaign's hour; it takes along the drafts from the Monday
/// after it through the campaign's horizon, as `shifts::publication` does (product.md part 4).
pub async fn campaigns(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Campaign>, sqlx::Error> {
    sqlx::query_as!(
        Campaign,
        r#"select c.slug, c.client, c.name, c.zone, c.publication_time,
                  coalesce(soon.seats, 0) as "open_seats!", draft.shifts as "drafts!", draft.first as first_draft,
                  next.wednesday as "publishes_on!"
           from campaign c
           cross join lateral (
               -- From the publication's minute on, the next one is a week later.
               select date_trunc('week', ($1 at time zone c.zone) - interval '2 days' - c.publication_time)::date + 9 as wednesday
           ) next
           cross join lateral (
               select sum(s.seats - s.booked) as seats from shift s
               where s.campaign_id = c.id and s.published_at is not null and s.withdrawn_at is null
                 and s.starts_at > $1 and s.starts_at <= $2
                 and s.week between ($1::timestamptz)::date - 8 and ($2::timestamptz)::date + 1
           ) soon
           cross join lateral (
               select count(*) as shifts, min(s.week) as first from shift s
               where s.campaign_id = c.id and s.published_at is null and s.withdrawn_at is null
                 and s.week between next.wednesday + 5 and next.wednesday + 5 + 7 * (c.horizon_weeks - 1)
           ) draft
           where c.ended_at is null
           order by c.client, c.name"#,
        now,
        now + AHEAD,
    )
    .fetch_all(db)
    .await
}
