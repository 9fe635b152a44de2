//! Privacy across features: the nightly erasure. Each feature erases its own data; here is who is due, when, and that it
//! happens once, is proven, and stops where something looks wrong.

pub mod brake;
pub mod leftover;
pub mod ledger;
pub mod map;
pub mod night;
pub mod person;
pub mod traces;
pub mod years;
