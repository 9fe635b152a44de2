//! Requests about one's own data: by mail address for everybody, with a confirmation link; for freelancers at their account,
//! after the password again.

pub mod link;
mod pages;

pub use pages::routes;
