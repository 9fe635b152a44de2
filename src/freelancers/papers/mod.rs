//! Papers: from the upload over the review to their end, and what bars new bookings when one has run out.

pub mod document;
pub mod expiry;
pub mod intake;
pub mod kind;
pub mod mails;
pub mod quarantine;
pub mod required;
pub mod review;
pub mod viewing;
