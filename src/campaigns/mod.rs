//! Campaigns: channels, opening hours and booking rules, and the pages on which staff keep them.

pub mod campaign;
pub mod country;
pub mod holiday;
pub mod language;
pub mod opening;
mod pages;
pub mod posting;
pub mod question;
pub mod recruiting;
pub mod search;
pub mod schedule;
pub mod slug;
pub mod upcoming;
pub mod wording;

pub use pages::routes;
