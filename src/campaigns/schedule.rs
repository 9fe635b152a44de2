//! When a campaign's plan is published: Wednesdays at its hour, in its wall time (FAQ fact 12).

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, Weekday};

use crate::clock::Zone;

/// The plan is published on Wednesdays (FAQ fact 12).
pub const DAY: Weekday = Weekday::Wednesday;

/// The latest Wednesday whose hour has come, and that instant.
pub fn last_due(zone: &Zone, at: Time, now: OffsetDateTime) -> (Date, OffsetDateTime) {
    let today = zone.date(now);
    let since = (today.weekday().number_days_from_monday() + 7 - DAY.number_days_from_monday()) % 7;
    let day = today - Duration::days(i64::from(since));
    let due = zone.instant_or_next(PrimitiveDateTime::new(day, at));
    if due <= now {
        return (day, due);
    }
    let before = day - Duration::WEEK;
    (before, zone.instant_or_next(PrimitiveDateTime::new(before, at)))
}

/// The next publication of a campaign.
pub fn next_due(zone: &Zone, at: Time, now: OffsetDateTime) -> OffsetDateTime {
    let (day, _) = last_due(zone, at, now);
    zone.instant_or_next(PrimitiveDateTime::new(day + Duration::WEEK, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime, time};

    #[test]
    fn wednesday_noon_is_due_from_that_second_on() {
        let zone = Zone::berlin();
        let due = |now| last_due(&zone, time!(12:00), now).0;
        assert_eq!(due(datetime!(2026-11-25 10:59:59 UTC)), date!(2026 - 11 - 18));
        assert_eq!(due(datetime!(2026-11-25 11:00:00 UTC)), date!(2026 - 11 - 25));
        assert_eq!(due(datetime!(2026-12-01 23:00 UTC)), date!(2026 - 11 - 25));
    }

    #[test]
    fn the_next_one_is_a_week_later_on_the_wall() {
        let zone = Zone::berlin();
        // Over the clock change of 28 March 2027: 12:00 in Berlin is 11:00 UTC before and 10:00 UTC after.
        assert_eq!(next_due(&zone, time!(12:00), datetime!(2027-03-24 11:00 UTC)), datetime!(2027-03-31 10:00 UTC));
    }

    #[test]
    fn at_the_very_second_the_next_one_is_a_week_away() {
        let next = |now| next_due(&Zone::berlin(), time!(12:00), now);
        assert_eq!(next(datetime!(2026-11-23 10:00 UTC)), datetime!(2026-11-25 11:00 UTC));
        assert_eq!(next(datetime!(2026-11-25 10:59:59 UTC)), datetime!(2026-11-25 11:00 UTC));
        assert_eq!(next(datetime!(2026-11-25 11:00 UTC)), datetime!(2026-12-02 11:00 UTC));
        // In summer, noon in Berlin is 10:00 UTC.
        assert_eq!(next(datetime!(2027-06-30 10:30 UTC)), datetime!(2027-07-07 10:00 UTC));
    }
}
