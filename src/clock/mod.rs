//! Time: the only caller of `now()`, and the rules of wall time.
//!
//! Everywhere else an instant is a value that is passed in, so that every boundary can be tested.
//! Instants are `OffsetDateTime` in UTC; wall time is `PrimitiveDateTime` together with a [`Zone`].

pub mod german;
pub mod pace;
pub mod week;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::{AmbiguousOffset, TimeZone};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Where the portal gets its time from: the system, or a value that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The computer's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at `now` until [`Clock::set`] moves it.
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self(Some(Arc::new(AtomicI64::new(micros(now)))))
    }

    /// Moves a fixed clock (and all its clones); the system's clock cannot be moved.
    pub fn set(&self, now: OffsetDateTime) {
        if let Some(value) = &self.0 {
            value.store(micros(now), Ordering::SeqCst);
        }
    }

    /// The present instant in UTC, cut to microseconds as PostgreSQL keeps them.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            None => from_micros(micros(OffsetDateTime::now_utc())),
            Some(value) => from_micros(value.load(Ordering::SeqCst)),
        }
    }
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

fn from_micros(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A time zone of the IANA database, `Europe/Berlin` for instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// The wall time does not exist: the clock was put forward over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this local time does not exist")]
pub struct Gap;

impl Zone {
    /// The zone of this IANA name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The operator's own zone: privacy.md counts days in Berlin.
    #[expect(clippy::expect_used, reason = "the zone database is part of the binary; a test reads this zone")]
    pub fn berlin() -> Self {
        Self::named("Europe/Berlin").expect("Europe/Berlin is in the bundled zone database")
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The wall time at this instant.
    pub fn local(&self, at: OffsetDateTime) -> PrimitiveDateTime {
        let shifted = at.to_offset(self.offset(at));
        PrimitiveDateTime::new(shifted.date(), shifted.time())
    }

    /// The date on the wall at this instant.
    pub fn date(&self, at: OffsetDateTime) -> Date {
        self.local(at).date()
    }

    /// The offset from UTC at this instant.
    pub fn offset(&self, at: OffsetDateTime) -> UtcOffset {
        let Ok(timestamp) = jiff::Timestamp::from_second(at.unix_timestamp()) else { return UtcOffset::UTC };
        UtcOffset::from_whole_seconds(self.0.to_offset(timestamp).seconds()).unwrap_or(UtcOffset::UTC)
    }

    /// The instant of a wall time. One that exists twice means the first.
    ///
    /// # Errors
    /// [`Gap`] if the clock was put forward over it.
    pub fn instant(&self, local: PrimitiveDateTime) -> Result<OffsetDateTime, Gap> {
        let offset = match self.ambiguity(local) {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => return Err(Gap),
        };
        Ok(at_offset(local, offset))
    }

    /// The first instant that is not before this wall time: like [`Zone::instant`], but a time
    /// in a gap becomes the gap's end. For boundaries of days and opening hours.
    pub fn instant_or_next(&self, local: PrimitiveDateTime) -> OffsetDateTime {
        match self.ambiguity(local) {
            AmbiguousOffset::Unambiguous { offset } => at_offset(local, offset),
            AmbiguousOffset::Fold { before, .. } => at_offset(local, before),
            AmbiguousOffset::Gap { before, after } => {
                // All of a gap is one instant: the transition. Between both readings of the wall time lies exactly it.
                let (early, late) = (at_offset(local, after), at_offset(local, before));
                self.transition_between(early, late).unwrap_or(late)
            }
        }
    }

    /// The instant at which a local day begins.
    pub fn midnight(&self, day: Date) -> OffsetDateTime {
        self.instant_or_next(PrimitiveDateTime::new(day, Time::MIDNIGHT))
    }

    /// The instant `minutes` of wall time after the midnight that begins `day`; may be past 1440.
    ///
    /// # Errors
    /// [`Gap`] if that wall time does not exist.
    pub fn wall(&self, day: Date, minutes: i16) -> Result<OffsetDateTime, Gap> {
        self.instant(wall_time(day, minutes))
    }

    /// As [`Zone::wall`], but a time in a gap becomes the gap's end.
    pub fn wall_or_next(&self, day: Date, minutes: i16) -> OffsetDateTime {
        self.instant_or_next(wall_time(day, minutes))
    }

    fn ambiguity(&self, local: PrimitiveDateTime) -> AmbiguousOffset {
        let (date, time) = (local.date(), local.time());
        let civil = jiff::civil::DateTime::new(
            i16::try_from(date.year()).unwrap_or(9999),
            i8::try_from(u8::from(date.month())).unwrap_or(1),
            i8::try_from(date.day()).unwrap_or(1),
            i8::try_from(time.hour()).unwrap_or(0),
            i8::try_from(time.minute()).unwrap_or(0),
            i8::try_from(time.second()).unwrap_or(0),
            0,
        )
        .unwrap_or(jiff::civil::DateTime::ZERO);
        self.0.to_ambiguous_timestamp(civil).offset()
    }

    fn transition_between(&self, early: OffsetDateTime, late: OffsetDateTime) -> Option<OffsetDateTime> {
        let from = jiff::Timestamp::from_second(early.unix_timestamp() - 1).ok()?;
        let at = self.0.following(from).next()?.timestamp().as_second();
        let at = OffsetDateTime::from_unix_timestamp(at).ok()?;
        (at <= late).then_some(at)
    }
}

impl sqlx::Type<sqlx::Postgres> for Zone {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <String as sqlx::Type<sqlx::Postgres>>::type_info()
    }
}

/// A zone is kept by its IANA name.
impl<'r> sqlx::Decode<'r, sqlx::Postgres> for Zone {
    fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        let name = <&str as sqlx::Decode<sqlx::Postgres>>::decode(value)?;
        Self::named(name).ok_or_else(|| format!("unknown time zone {name}").into())
    }
}

/// The years that people plan in: far enough from the ends of the calendar (and of PostgreSQL's) that no arithmetic on
/// such a date can fail.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2200;

fn at_offset(local: PrimitiveDateTime, offset: jiff::tz::Offset) -> OffsetDateTime {
    local.assume_utc() - time::Duration::seconds(i64::from(offset.seconds()))
}

/// Wall time `minutes` after the midnight that begins `day`, reckoned on the dial: 1500 is 01:00 of the next day.
pub fn wall_time(day: Date, minutes: i16) -> PrimitiveDateTime {
    PrimitiveDateTime::new(day, Time::MIDNIGHT) + time::Duration::minutes(i64::from(minutes))
}

/// Minutes since midnight of a time as typed: `09:30`, `9:30` or `09:30:00`.
pub fn minutes_of(text: &str) -> Option<i16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes) = (hours.parse::<i16>().ok()?, minutes.get(..2)?.parse::<i16>().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn a_time_that_does_not_exist_is_refused() {
        let berlin = Zone::berlin();
        assert_eq!(berlin.instant(datetime!(2027-03-28 02:30)), Err(Gap));
        assert_eq!(berlin.instant(datetime!(2027-03-28 03:00)), Ok(datetime!(2027-03-28 01:00 UTC)));
    }

    #[test]
    fn a_time_in_the_gap_moves_to_its_end() {
        assert_eq!(Zone::berlin().instant_or_next(datetime!(2027-03-28 02:30)), datetime!(2027-03-28 01:00 UTC));
    }

    #[test]
    fn a_time_that_exists_twice_means_the_first() {
        assert_eq!(Zone::berlin().instant(datetime!(2027-10-31 02:30)), Ok(datetime!(2027-10-31 00:30 UTC)));
    }

    #[test]
    fn wall_minutes_may_pass_midnight() {
        assert_eq!(Zone::berlin().wall(date!(2026 - 12 - 31), 1500), Ok(datetime!(2027-01-01 00:00 UTC)));
    }

    #[test]
    fn local_date_is_berlins() {
        assert_eq!(Zone::berlin().date(datetime!(2026-08-31 22:30 UTC)), date!(2026 - 09 - 01));
    }

    #[test]
    fn a_fixed_clock_moves_with_its_clones() {
        let clock = Clock::fixed(datetime!(2026-11-23 12:00 UTC));
        let clone = clock.clone();
        clock.set(datetime!(2026-11-25 11:00 UTC));
        assert_eq!(clone.now(), datetime!(2026-11-25 11:00 UTC));
    }

    #[test]
    fn times_of_a_field() {
        assert_eq!(minutes_of("09:30"), Some(570));
        assert_eq!(minutes_of("00:00"), Some(0));
        for wrong in ["", "24:00", "9", "09:60", "-1:00", "09:3"] {
            assert_eq!(minutes_of(wrong), None, "{wrong}");
        }
    }
}
