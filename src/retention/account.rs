//! When an account may no longer tell whose it was, and until which year what the law keeps is kept.

use sqlx::PgExecutor;
use time::{Date, Duration, OffsetDateTime};

use super::Rule;
use crate::clock::Zone;
use crate::id::AccountId;
use crate::policy::{Figure, Policy};

/// How long what belongs to an account is kept (privacy.md, "Periods").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// Days from the end of access on.
    pub account_days: i32,
    /// Years from the end of a year on.
    pub contract_years: i32,
    pub briefing_years: i32,
    pub booking_years: i32,
    pub fee_years: i32,
}

impl From<&Policy> for Periods {
    fn from(policy: &Policy) -> Self {
        Self {
            account_days: policy.value(Figure::AccountDays),
            contract_years: policy.value(Figure::ContractYears),
            briefing_years: policy.value(Figure::BriefingYears),
            booking_years: policy.value(Figure::BookingYears),
            fee_years: policy.value(Figure::FeeYears),
        }
    }
}

/// What decides an account's erasure date; both dates are Berlin's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub access_ended_on: Option<Date>,
    /// A wish for erasure that is not carried out yet.
    pub erasure_wished_on: Option<Date>,
}

impl Facts {
    /// The facts of these instants.
    pub fn new(access_ended_at: Option<OffsetDateTime>, erasure_wished_at: Option<OffsetDateTime>) -> Self {
        let date = |at| Zone::berlin().date(at);
        Self { access_ended_on: access_ended_at.map(date), erasure_wished_on: erasure_wished_at.map(date) }
    }

    /// The rule by which [`erase_on`] decides.
    pub fn rule(&self) -> Rule {
        if self.erasure_wished_on.is_some() { Rule::Wish } else { Rule::Period }
    }
}

/// The first local date on which the account may no longer tell whose it is; none: access goes on.
pub fn erase_on(facts: &Facts, periods: &Periods) -> Option<Date> {
    let days = Duration::days(i64::from(periods.account_days));
    let by_clock = facts.access_ended_on.and_then(|day| day.checked_add(days));
    match (by_clock, facts.erasure_wished_on) {
        (Some(by_clock), Some(wished)) => Some(by_clock.min(wished)),
        (by_clock, wished) => by_clock.or(wished),
    }
}

/// Links by which requests are confirmed go with the account.
pub async fn forget_links(db: impl PgExecutor<'_>, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from data_request_link where account_id = $1", account.0).execute(db).await.map(drop)
}

/// The last year of which nothing may exist any more on `today`, of what is kept so many years from the end of its year on.
pub fn last_year_gone(today: Date, years: i32) -> i32 {
    today.year() - years - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn an_account_is_kept_for_its_days_and_a_wish_ends_it_at_once() {
        let periods = Periods::from(&Policy::default());
        let facts = |ended, wished| Facts { access_ended_on: ended, erasure_wished_on: wished };
        let ended = Some(date!(2026 - 11 - 24));
        assert_eq!(erase_on(&facts(ended, None), &periods), Some(date!(2027 - 02 - 22)));
        assert_eq!(erase_on(&facts(ended, Some(date!(2026 - 12 - 01))), &periods), Some(date!(2026 - 12 - 01)));
        assert_eq!(erase_on(&facts(None, Some(date!(2026 - 12 - 01))), &periods), Some(date!(2026 - 12 - 01)));
        assert_eq!(erase_on(&facts(None, None), &periods), None);
    }

    #[test]
    fn years_end_with_new_years_eve() {
        assert_eq!(last_year_gone(date!(2032 - 12 - 31), 6), 2025);
        assert_eq!(last_year_gone(date!(2033 - 01 - 01), 6), 2026);
    }
}
