//! Contract papers: a versioned text per campaign that staff publish and freelancers confirm.

pub mod confirmation;
pub mod mails;
pub mod version;
