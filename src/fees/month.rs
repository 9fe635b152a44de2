//! The month that a fee is for: a calendar month in Berlin, and which of them somebody had access through.

use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use crate::clock::{YEARS, Zone, german};

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// The month that a day belongs to.
    pub fn of(day: Date) -> Self {
        Self(day.replace_day(1).unwrap_or(day))
    }

    /// The month of an instant.
    pub fn at(now: OffsetDateTime) -> Self {
        Self::of(Zone::berlin().date(now))
    }

    /// The month of `2026-10`.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Date::parse(&format!("{}-01", text.trim()), format_description!("[year]-[month]-[day]")).ok()?;
        YEARS.contains(&day.year()).then_some(Self(day))
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.0
    }

    /// The month after it.
    pub fn next(self) -> Self {
        Self::of(self.0 + Duration::days(31))
    }

    /// The instant at which it begins in Berlin.
    pub fn begins_at(self) -> OffsetDateTime {
        Zone::berlin().midnight(self.0)
    }

    /// The instant at which the next one begins.
    pub fn ends_at(self) -> OffsetDateTime {
        self.next().begins_at()
    }

    /// Whether access from `joined` until `ended` (none: goes on) covers all of it.
    pub fn is_full(self, joined: OffsetDateTime, ended: Option<OffsetDateTime>) -> bool {
        joined <= self.begins_at() && ended.is_none_or(|ended| ended >= self.ends_at())
    }

    /// `2026-10`, as in addresses and forms.
    pub fn key(self) -> String {
        format!("{}-{:02}", self.0.year(), u8::from(self.0.month()))
    }

    /// `Oktober 2026`
    pub fn said(self) -> String {
        format!("{} {}", german::month(self.0), self.0.year())
    }
}

/// The months that are over and were never run, oldest first: all of them after a long standstill.
/// `last`: the last one that was run; `earliest`: when the first freelancer joined.
pub fn due(last: Option<Month>, earliest: Option<OffsetDateTime>, now: OffsetDateTime) -> Vec<Month> {
    let first = match (last, earliest) {
        (Some(last), _) => last.next(),
        (None, Some(joined)) => Month::at(joined),
        (None, None) => return Vec::new(),
    };
    std::iter::successors(Some(first), |month| Some(month.next())).take_while(|month| month.ends_at() <= now).collect()
}

/// Whether a month's row may still be written for somebody who joined then: it must not lie before or after the access.
pub fn concerns(month: Month, joined: OffsetDateTime, now: OffsetDateTime) -> bool {
    (Month::at(joined)..=Month::at(now)).contains(&month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    fn month(text: &str) -> Month {
        Month::parse(text).expect("a month")
    }

    #[test]
    fn months_follow_each_other() {
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2027-01").next(), month("2027-02"));
        assert_eq!(Month::of(date!(2028 - 02 - 29)).said(), "Februar 2028");
        assert_eq!(month("2026-10").key(), "2026-10");
        for bad in ["", "2026", "2026-13", "1999-12", "2026-1-1", "9999-12"] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_month_is_full_from_berlins_first_midnight_to_the_next() {
        // March begins in winter time and ends in summer time.
        let march = month("2027-03");
        assert_eq!(march.begins_at(), datetime!(2027-02-28 23:00 UTC));
        assert_eq!(march.ends_at(), datetime!(2027-03-31 22:00 UTC));
        let october = month("2027-10");
        assert_eq!(october.begins_at(), datetime!(2027-09-30 22:00 UTC));
        assert_eq!(october.ends_at(), datetime!(2027-10-31 23:00 UTC));
        for month in [march, october] {
            let (begin, end) = (month.begins_at(), month.ends_at());
            assert!(month.is_full(begin, None) && month.is_full(begin, Some(end)));
            assert!(!month.is_full(begin + Duration::SECOND, None));
            assert!(!month.is_full(begin, Some(end - Duration::SECOND)));
        }
    }

    #[test]
    fn what_was_missed_is_due() {
        let joined = Some(datetime!(2026-01-15 9:00 UTC));
        let keys = |last, now| due(last, joined, now).into_iter().map(Month::key).collect::<Vec<_>>();
        assert_eq!(keys(None, datetime!(2026-01-31 22:59:59 UTC)), Vec::<String>::new());
        assert_eq!(keys(None, datetime!(2026-01-31 23:00 UTC)), ["2026-01"]);
        assert_eq!(keys(Some(month("2026-01")), datetime!(2027-02-28 23:00 UTC)).len(), 13);
        assert_eq!(due(None, None, datetime!(2027-02-28 23:00 UTC)), []);
    }

    #[test]
    fn a_row_is_about_a_month_of_access() {
        let (joined, now) = (datetime!(2026-03-31 21:59 UTC), datetime!(2026-05-01 9:00 UTC));
        let fitting = ["2026-02", "2026-03", "2026-05", "2026-06"].map(|text| concerns(month(text), joined, now));
        assert_eq!(fitting, [false, true, true, false]);
    }
}
