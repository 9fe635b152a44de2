//! Privacy across features: the nightly erasure. Each feature erases its own data; here is who is due, when, and that it
//! happens once.

pub mod night;
