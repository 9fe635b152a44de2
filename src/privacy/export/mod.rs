//! The copy of one's own data (GDPR articles 15 and 20): asked for on a page, made in the background, handed out to its
//! owner behind a fresh sign-in, and gone after a few days (privacy.md).
//!
//! Each feature tells what it keeps of the person; here it is put together into one page, one JSON document and the files.

mod archive;
pub mod contents;
pub mod link;
pub mod making;
mod pages;
pub mod request;

pub use contents::Contents;
pub use pages::routes;
