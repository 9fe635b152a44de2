//! The next date that visitors can hope for, and when one could then start on one's own.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration, OffsetDateTime};

use super::date::{self, TrainingDate, Wanted};
use crate::clock::{Zone, german};
use crate::id::{CampaignId, CourseId, TrainingDateId};

/// A coming date with free seats, of a campaign.
#[derive(Debug, Clone)]
pub struct Next {
    pub campaign: CampaignId,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    /// When its last day ends.
    pub ends_at: OffsetDateTime,
    /// Seats that nobody has.
    pub free: i16,
    /// First shifts beside a mentor that follow.
    pub first_shifts: i16,
}

impl Next {
    /// `Mo, 7.12.`
    pub fn day_said(&self) -> String {
        german::short_day(self.zone.date(self.starts_at))
    }

    /// `3 Plätze frei`
    pub fn seats_said(&self) -> String {
        german::count(self.free.into(), "Platz frei", "Plätze frei")
    }

    /// `Mo, 7.12., 3 Plätze frei`
    pub fn said(&self) -> String {
        format!("{}, {}", self.day_said(), self.seats_said())
    }

    /// From when on one could book by oneself: after the last day, and the first shifts at one a day.
    pub fn could_start(&self) -> Date {
        self.zone.date(self.ends_at) + Duration::days(i64::from(self.first_shifts) + 1)
    }
}

/// The next date with free seats of each campaign: on this local day (Berlin) or later, and not before the day that its
/// posting names. Whoever applies today cannot be there sooner.
pub async fn of_campaigns(db: impl PgExecutor<'_>, from: Date) -> Result<BTreeMap<CampaignId, Next>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Next,
        r#"select distinct on (c.id) c.id as "campaign: CampaignId", c.zone as "zone: Zone", days.first as "starts_at!",
                  days.last as "ends_at!", d.seats - d.taken as "free!: i16", c.first_shifts
           from training_date d
           join course k on k.id = d.course_id and k.retired_at is null
           join campaign c on c.id = k.campaign_id and c.ended_at is null
           left join posting p on p.campaign_id = c.id
           join lateral (
               select min(y.starts_at) as first, max(y.ends_at) as last from training_day y where y.date_id = d.id
           ) days on days.first >= greatest($1, p.starts_on::timestamp at time zone c.zone)
           where d.cancelled_at is null and d.taken < d.seats
           order by c.id, days.first"#,
        Zone::berlin().midnight(from),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|next| (next.campaign, next)).collect())
}

/// The next date of a course that has not begun, one with free seats before one without; `but` this one.
pub async fn of_course(
    db: &mut PgConnection,
    course: CourseId,
    now: OffsetDateTime,
    but: Option<TrainingDateId>,
) -> Result<Option<TrainingDate>, sqlx::Error> {
    let wanted = Wanted { course: Some(course), ending_after: Some(now), ..Wanted::default() };
    let mut dates = date::list(db, &wanted).await?;
    dates.retain(|date| date.cancelled_at.is_none() && date.starts_at() > now && Some(date.id) != but);
    // The sort is stable: by start among equals.
    dates.sort_by_key(|date| date.free() <= 0);
    Ok(dates.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn the_start_is_reckoned_after_training_and_first_shifts() {
        let next = Next {
            campaign: CampaignId::new(),
            zone: Zone::berlin(),
            starts_at: datetime!(2026-12-07 8:00 UTC),
            ends_at: datetime!(2026-12-10 12:00 UTC),
            free: 1,
            first_shifts: 3,
        };
        assert_eq!(next.said(), "Mo, 7.12., 1 Platz frei");
        assert_eq!(next.could_start(), date!(2026 - 12 - 14));
        assert_eq!(Next { first_shifts: 0, ..next }.could_start(), date!(2026 - 12 - 11));
    }
}
