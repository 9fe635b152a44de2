//! Shifts: planning, publication and booking.

pub mod batch;
pub mod booking;
pub mod change;
pub mod coverage;
pub mod disclosure;
pub mod ending;
pub mod erasure;
pub mod export;
pub mod help;
pub mod kind;
pub mod mails;
pub mod mine;
pub mod pages;
pub mod pair;
pub mod pattern;
pub mod plan;
pub mod publication;
pub mod recount;
pub mod shift;
pub mod taking_off;
pub mod training_day;
pub mod undecided;

use time::OffsetDateTime;

pub use crate::clock::week;
use crate::clock::{Zone, german};

/// A shift as it is said: `Mi, 2.12., 09:00–13:00 Uhr`, in wall time.
pub fn said(zone: &Zone, starts_at: OffsetDateTime, ends_at: OffsetDateTime) -> String {
    let (from, to) = (zone.local(starts_at), zone.local(ends_at));
    format!("{}, {} Uhr", german::short_day(from.date()), german::span(from.time(), to.time()))
}
