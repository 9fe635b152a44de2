//! The pages of first shifts: for trainees, for mentors, for staff.

pub mod mails;
mod pages;

pub use pages::routes;
