//! Requests that stand, with their clock (privacy.md): an alarm some hours before the promise is broken, and what holds
//! one back.

use sqlx::PgExecutor;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::clock::Zone;
use crate::health::WISH_ALARM;
use crate::retention::wish::Wish;

/// A wish that is not carried out yet.
#[derive(Debug, Clone)]
pub struct Request {
    pub account: Uuid,
    pub wish: Wish,
    pub requested_at: OffsetDateTime,
    /// Whether the person applies, or is a freelancer.
    pub applies: bool,
    pub is_freelancer: bool,
    /// Whether somebody has to end the person's access to staff's pages first.
    pub is_staff: bool,
    /// The last day of a confirmed legal hold.
    pub held_until: Option<Date>,
}

/// How a wish stands against the promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    InTime,
    /// Time to look.
    Alarm,
    Late,
    /// A legal hold keeps everything until this day: the promise rests.
    Held(Date),
}

impl Request {
    /// How it stands, if what the policy promises is `allowed`.
    pub fn clock(&self, allowed: Duration, now: OffsetDateTime) -> Clock {
        match self.held_until {
            Some(until) if self.wish == Wish::Erasure => Clock::Held(until),
            _ => judge(now - self.requested_at, allowed),
        }
    }
}

fn judge(stands: Duration, allowed: Duration) -> Clock {
    match () {
        () if stands >= allowed => Clock::Late,
        () if stands >= allowed - WISH_ALARM => Clock::Alarm,
        () => Clock::InTime,
    }
}

/// Every wish that stands, the oldest first.
pub async fn list(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Request>, sqlx::Error> {
    sqlx::query_as!(
        Request,
        r#"select w.account_id as account, w.wish as "wish: Wish", w.requested_at,
                  exists (select from applicant p where p.id = w.account_id) as "applies!",
                  exists (select from freelancer f where f.id = w.account_id) as "is_freelancer!",
                  a.access_ended_at is null and exists (
                      select from account_role r where r.account_id = w.account_id and r.role not in ('freelancer', 'applicant')
                  ) as "is_staff!",
                  (select max(h.held_until) from legal_hold h
                   where h.account_id = w.account_id and h.confirmed_at is not null and h.lifted_at is null
                     and h.held_until >= $1) as held_until
           from data_request w join account a on a.id = w.account_id
           where w.done_at is null order by w.requested_at, w.id"#,
        Zone::berlin().date(now),
    )
    .fetch_all(db)
    .await
}

/// Requests by mail address whose link nobody has used yet: no wish before that.
pub async fn unconfirmed(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from data_request_link where used_at is null and expires_at > $1"#,
        now
    )
    .fetch_one(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    const ALLOWED: Duration = Duration::hours(72);
    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    #[test]
    fn a_wish_is_alarmed_at_60_hours_and_late_at_72() {
        let hours = |n: i64| Duration::hours(n);
        for (stands, clock) in [
            (hours(60) - Duration::MINUTE, Clock::InTime),
            (hours(60), Clock::Alarm),
            (hours(72) - Duration::MINUTE, Clock::Alarm),
            (hours(72), Clock::Late),
        ] {
            assert_eq!(judge(stands, ALLOWED), clock, "{stands}");
        }
    }

    #[test]
    fn a_hold_stops_the_clock_of_an_erasure_and_not_of_a_copy() {
        let request = |wish| Request {
            account: Uuid::nil(),
            wish,
            requested_at: NOW - Duration::hours(80),
            applies: true,
            is_freelancer: false,
            is_staff: false,
            held_until: Some(date!(2026 - 12 - 31)),
        };
        assert_eq!(request(Wish::Erasure).clock(ALLOWED, NOW), Clock::Held(date!(2026 - 12 - 31)));
        assert_eq!(request(Wish::Copy).clock(ALLOWED, NOW), Clock::Late);
    }
}
