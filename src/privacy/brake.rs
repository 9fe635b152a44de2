//! What stops the nightly erasure before it begins (privacy.md, "Brakes"): far too much is due, or the clock is wrong.

use sqlx::PgExecutor;
use time::{Date, Duration, OffsetDateTime};

/// So many dossiers, or accounts, may always be due.
const ALWAYS: i64 = 50;
/// So many in a hundred of the living ones may be due.
const PER_CENT: i64 = 20;
/// The clock may be so far ahead of the last run, and the day that an operator asks for so far ahead of the clock.
const AHEAD: Duration = Duration::days(40);

/// Why the run does not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "erasure_brake_reason", rename_all = "snake_case")]
pub enum Reason {
    /// Of dossiers or of accounts more than [`ALWAYS`], and more than [`PER_CENT`] of all.
    TooMany,
    /// Today is before the last run.
    ClockBehind,
    /// The last run is longer ago than [`AHEAD`], or the day that is asked for lies further ahead: a year that was mistyped.
    ClockAhead,
}

/// A run that does not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    pub reason: Reason,
    /// Dossiers and accounts together.
    pub due: i64,
    pub live: i64,
}

/// How many would go, and how many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub due: i64,
    pub live: i64,
}

impl Share {
    fn is_too_much(self) -> bool {
        self.due > ALWAYS && self.due * 100 > self.live * PER_CENT
    }
}

/// What decides whether a run begins. What goes by whole years counts for nothing here: on the first of January that is
/// everything of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub dossiers: Share,
    /// Accounts that can still be told.
    pub accounts: Share,
    /// The business date of the last run; none: there was none.
    pub last_run: Option<Date>,
    /// The date of the clock (Berlin).
    pub clock: Date,
    /// The day for which the erasure is reckoned.
    pub day: Date,
}

impl Facts {
    /// Whether the run may begin; `confirmed` is the number of due dossiers and accounts that an operator has looked at.
    pub fn admit(&self, confirmed: Option<i64>) -> Result<(), Brake> {
        let (due, live) = (self.dossiers.due + self.accounts.due, self.dossiers.live + self.accounts.live);
        let reason = match self.last_run {
            _ if confirmed == Some(due) => return Ok(()),
            Some(last) if self.clock < last => Reason::ClockBehind,
            Some(last) if self.clock - last > AHEAD => Reason::ClockAhead,
            _ if self.day - self.clock > AHEAD => Reason::ClockAhead,
            _ if self.dossiers.is_too_much() || self.accounts.is_too_much() => Reason::TooMany,
            _ => return Ok(()),
        };
        Err(Brake { reason, due, live })
    }
}

/// Reads the last run, and how many dossiers and accounts there are.
pub async fn facts(
    db: impl PgExecutor<'_>,
    (dossiers_due, accounts_due): (usize, usize),
    (clock, day): (Date, Date),
) -> Result<Facts, sqlx::Error> {
    let found = sqlx::query!(
        r#"select (select count(*) from application) as "dossiers!",
                  (select count(*) from account where erased_at is null) as "accounts!",
                  (select max(business_date) from erasure_run) as last_run"#
    )
    .fetch_one(db)
    .await?;
    let share = |due, live| Share { due: i64::try_from(due).unwrap_or(i64::MAX), live };
    let (dossiers, accounts) = (share(dossiers_due, found.dossiers), share(accounts_due, found.accounts));
    Ok(Facts { dossiers, accounts, last_run: found.last_run, clock, day })
}

/// Notes that the nightly run stands still, since it first did: health and staff are told.
pub async fn note(db: impl PgExecutor<'_>, brake: Brake, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erasure_brake (at, reason, due, live) values ($1, $2, $3, $4)
         on conflict (one) do update set reason = excluded.reason, due = excluded.due, live = excluded.live",
        now,
        brake.reason as Reason,
        brake.due,
        brake.live,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A run has begun and ended: nothing stands still any more.
pub async fn release(db: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from erasure_brake").execute(db).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 24);

    fn facts(due: i64, live: i64, last_run: Option<Date>) -> Option<Reason> {
        let dossiers = Share { due, live };
        Facts { dossiers, accounts: Share::default(), last_run, clock: TODAY, day: TODAY }
            .admit(None)
            .err()
            .map(|brake| brake.reason)
    }

    #[test]
    fn more_than_fifty_and_more_than_a_fifth() {
        assert_eq!(facts(50, 50, None), None);
        assert_eq!(facts(51, 255, None), None, "20 %");
        assert_eq!(facts(51, 254, None), Some(Reason::TooMany));
        assert_eq!(facts(210, 1000, None), Some(Reason::TooMany), "21 %");
        assert_eq!(facts(200, 1000, None), None);
    }

    #[test]
    fn many_dossiers_do_not_hide_that_too_many_accounts_go() {
        let share = |due, live| Share { due, live };
        let admit = |accounts| {
            Facts { dossiers: share(0, 100_000), accounts, last_run: None, clock: TODAY, day: TODAY }.admit(None).err()
        };
        assert_eq!(admit(share(20, 100)), None);
        assert_eq!(admit(share(60, 100)), Some(Brake { reason: Reason::TooMany, due: 60, live: 100_100 }));
    }

    #[test]
    fn the_clock_may_go_forty_days_and_never_back() {
        assert_eq!(facts(0, 10, Some(TODAY)), None);
        assert_eq!(facts(0, 10, Some(TODAY.next_day().unwrap_or(TODAY))), Some(Reason::ClockBehind));
        assert_eq!(facts(0, 10, Some(TODAY - Duration::days(40))), None);
        assert_eq!(facts(0, 10, Some(TODAY - Duration::days(41))), Some(Reason::ClockAhead));
    }

    #[test]
    fn an_operator_confirms_the_very_number_of_dossiers_and_accounts() {
        let (dossiers, accounts) = (Share { due: 60, live: 100 }, Share { due: 5, live: 100 });
        let facts = Facts { dossiers, accounts, last_run: None, clock: TODAY, day: TODAY };
        assert_eq!(facts.admit(Some(65)), Ok(()));
        for wrong in [0, 60, 64, 66] {
            assert!(facts.admit(Some(wrong)).is_err());
        }
    }

    #[test]
    fn a_day_far_ahead_of_the_clock_may_be_a_slip() {
        let (dossiers, accounts) = (Share { due: 1, live: 9 }, Share::default());
        let admit =
            |days| Facts { dossiers, accounts, last_run: None, clock: TODAY, day: TODAY + Duration::days(days) };
        assert_eq!(admit(40).admit(None), Ok(()));
        assert_eq!(admit(41).admit(None).map_err(|brake| brake.reason), Err(Reason::ClockAhead));
        assert_eq!(admit(41).admit(Some(1)), Ok(()));
    }
}
