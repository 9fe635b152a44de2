//! What a change of a campaign would meet: its coming shifts. Read only; shifts are written by `shifts` alone.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};

use super::campaign::Campaign;
use super::opening::Hours;
use crate::clock::german;
use crate::id::CampaignId;

/// Shifts of one week that lie outside the opening hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Monday of the week.
    pub week: Date,
    pub shifts: i64,
}

impl Outside {
    /// `2026-W49`, as the plan's addresses have it.
    pub fn key(self) -> String {
        let (year, week, _) = self.week.to_iso_week_date();
        format!("{year}-W{week:02}")
    }

    /// `KW 49 (3 Schichten)`
    pub fn label(self) -> String {
        format!("KW {} ({})", self.week.iso_week(), german::count(self.shifts, "Schicht", "Schichten"))
    }
}

/// The coming shifts, drafts included, that these opening hours do not cover, per week. They stay as they are.
pub async fn outside(
    db: &PgPool,
    campaign: &Campaign,
    hours: &Hours,
    now: OffsetDateTime,
) -> Result<Vec<Outside>, sqlx::Error> {
    let shifts = sqlx::query!(
        "select week, starts_at, ends_at from shift where campaign_id = $1 and starts_at > $2 and withdrawn_at is null",
        campaign.id.0,
        now,
    )
    .fetch_all(db)
    .await?;
    let mut weeks: BTreeMap<Date, i64> = BTreeMap::new();
    for shift in shifts.iter().filter(|shift| !hours.cover(&campaign.zone, shift.starts_at, shift.ends_at)) {
        *weeks.entry(shift.week).or_default() += 1;
    }
    Ok(weeks.into_iter().map(|(week, shifts)| Outside { week, shifts }).collect())
}

/// How many bookings the campaign's coming shifts have.
/// Locks them out, so that none slips in before the caller's transaction ends.
pub async fn bookings(db: &mut PgConnection, campaign: CampaignId, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    // A lock of the shifts would not do: a booking that waits for one has looked at the campaign already.
    sqlx::query!("lock table booking in share row exclusive mode").execute(&mut *db).await?;
    sqlx::query_scalar!(
        r#"select coalesce(sum(booked), 0) as "n!" from shift
           where campaign_id = $1 and starts_at > $2 and published_at is not null and withdrawn_at is null"#,
        campaign.0,
        now,
    )
    .fetch_one(db)
    .await
}
