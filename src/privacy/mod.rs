//! Privacy across features: the nightly erasure and the hourly drain of wishes, requests, legal holds, receipts, the copy
//! of one's own data, and the privacy officer's pages. Each feature erases and tells its own; here is who is due, when, and that it happens once, is
//! proven, and stops where something looks wrong.

pub mod begun;
pub mod brake;
pub mod drain;
pub mod export;
pub mod finding;
mod holds;
pub mod leftover;
pub mod ledger;
pub mod map;
pub mod night;
pub mod nights;
pub mod outlook;
mod pages;
pub mod person;
pub mod pending;
pub mod proof;
pub mod receipt;
pub mod requests;
pub mod traces;
pub mod years;

use crate::web::Routes;

/// The feature's routes.
pub fn routes() -> Routes {
    requests::routes().join(holds::routes()).join(export::routes()).join(pages::routes())
}
