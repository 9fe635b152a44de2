//! The first page of staff: what is late, what waits for Wednesday, and the ways to everything their roles may use.

mod figures;
mod pages;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default().get("/verwaltung", Audience::Staff(&Role::STAFF), pages::show)
}
