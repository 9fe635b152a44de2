//! What a change of a campaign would meet: its coming shifts. Read only; shifts are written by `shifts` alone.

use std::collections::BTreeMap;

use sqlx::PgPool;
use time::{Date, OffsetDateTime};

use super::campaign::Campaign;
use super::opening::Hours;
use crate::clock::german;

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
