//! Campaigns: channels, opening hours and booking rules, and the pages on which staff keep them.

pub mod campaign;
pub mod opening;
