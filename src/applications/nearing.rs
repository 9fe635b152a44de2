//! Applications whose erasure date comes near: staff are reminded of undecided ones at 30 and at 7 days (privacy.md). An
//! undecided application is erased, too.

use std::collections::BTreeMap;

use sqlx::{PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use crate::clock::Zone;
use crate::id::ApplicationId;
use crate::policy;
use crate::retention::{Periods, dossier, erase_on};

/// How near an erasure date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Before today: a run should have erased it.
    Overdue,
    /// Until in seven days.
    Week,
    /// Until in thirty days.
    Month,
}

impl Near {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Overdue, Self::Week, Self::Month];

    /// Its word in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Overdue => "ueberfaellig",
            Self::Week => "woche",
            Self::Month => "monat",
        }
    }

    /// Its words in the form.
    pub fn label(self) -> &'static str {
        match self {
            Self::Overdue => "überfällig",
            Self::Week => "in 7 Tagen",
            Self::Month => "in 30 Tagen",
        }
    }

    /// The last erasure date that is so near.
    fn until(self, today: Date) -> Date {
        match self {
            Self::Overdue => today - Duration::DAY,
            Self::Week => today + Duration::days(7),
            Self::Month => today + Duration::days(30),
        }
    }

    /// Whether this date is so near.
    pub fn is(self, erase_on: Date, today: Date) -> bool {
        erase_on <= self.until(today)
    }
}

/// The applications, drafts included, that are erased within thirty days, with their dates.
pub async fn load(db: &PgPool, now: OffsetDateTime) -> Result<BTreeMap<ApplicationId, Date>, sqlx::Error> {
    let periods = Periods::from(&policy::at(db, now).await?);
    let due = dossier::due(db, &periods, Near::Month.until(Zone::berlin().date(now))).await?;
    Ok(due.into_iter().filter_map(|one| Some((one.application, erase_on(&one.facts, &periods)?))).collect())
}

/// How many undecided applications are how near.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Undecided {
    /// Those of the next seven days, and overdue ones, included.
    pub month: i64,
    pub week: i64,
    pub overdue: i64,
}

/// Counts the undecided ones among applications that are near.
pub async fn undecided(
    db: impl PgExecutor<'_>,
    near: &BTreeMap<ApplicationId, Date>,
    today: Date,
) -> Result<Undecided, sqlx::Error> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: ApplicationId" from application
           where id = any($1) and state in ('new', 'introduced', 'invited', 'talked')"#,
        &near.keys().map(|id| id.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let count = |how: Near| open.iter().filter_map(|id| near.get(id)).filter(|on| how.is(**on, today)).count() as i64;
    Ok(Undecided { month: count(Near::Month), week: count(Near::Week), overdue: count(Near::Overdue) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn near_is_counted_in_days_from_today() {
        let today = date!(2026 - 11 - 23);
        for (how, last) in [
            (Near::Overdue, date!(2026 - 11 - 22)),
            (Near::Week, date!(2026 - 11 - 30)),
            (Near::Month, date!(2026 - 12 - 23)),
        ] {
            assert!(how.is(last, today) && !how.is(last + Duration::DAY, today), "{how:?}");
        }
    }
}
