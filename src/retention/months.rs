//! Calendar months: privacy.md counts in them, never in 30 or 180 days.

use time::{Date, Duration, Month};

/// The same day of the month, `months` later; where that month is too short, its last day. As PostgreSQL's
/// `date + make_interval(months => …)`, which a test compares day by day. None beyond the calendar's end.
pub fn add(day: Date, months: i32) -> Option<Date> {
    let count = day.year() * 12 + i32::from(u8::from(day.month())) - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12));
    let month = Month::try_from(u8::try_from(month).ok()? + 1).ok()?;
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).ok()
}

/// The first day on which something may no longer exist that is kept so many months from `day` on.
pub fn first_day_after(day: Date, months: i32) -> Option<Date> {
    add(day, months)?.checked_add(Duration::DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_day_is_clamped() {
        for (day, months, later) in [
            (date!(2025 - 08 - 31), 6, date!(2026 - 02 - 28)),
            (date!(2027 - 08 - 31), 6, date!(2028 - 02 - 29)),
            (date!(2024 - 02 - 29), 6, date!(2024 - 08 - 29)),
            (date!(2024 - 02 - 29), 12, date!(2025 - 02 - 28)),
            (date!(2025 - 12 - 31), 6, date!(2026 - 06 - 30)),
            (date!(2026 - 01 - 15), 0, date!(2026 - 01 - 15)),
        ] {
            assert_eq!(add(day, months), Some(later), "{day} + {months}");
        }
        assert_eq!(add(date!(9999 - 12 - 31), 1), None);
    }
}
