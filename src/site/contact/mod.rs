//! Contact: the form for visitors, and the inbox in which staff answer.
//!
//! The guard against spam is our own and asks nobody else: a field that only robots fill in, a signed stamp that says
//! how long somebody took, and limits per address in the database.

mod answer;
pub mod disclosure;
mod form;
mod inbox;
pub mod mails;
pub mod message;
pub mod stamp;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

/// Who reads and answers what visitors write.
pub const READERS: &[Role] = &[Role::Recruiter, Role::PrivacyOfficer, Role::Administrator];
const READ: Audience = Audience::Staff(READERS);

/// The routes of contact.
pub fn routes() -> Routes {
    Routes::default()
        .get("/kontakt", Audience::Public, form::new)
        .post("/kontakt", Audience::Public, form::create)
        .get("/verwaltung/nachrichten", READ, inbox::list)
        .get("/verwaltung/nachrichten/{id}", READ, answer::show)
        .post("/verwaltung/nachrichten/{id}/antwort", READ, answer::create)
        .post("/verwaltung/nachrichten/{id}/zustaendigkeit", READ, answer::assign)
        .post("/verwaltung/nachrichten/{id}/abschluss", READ, answer::close)
        .post("/verwaltung/nachrichten/{id}/wiederaufnahme", READ, answer::reopen)
        .post("/verwaltung/nachrichten/{id}/loeschung", READ, answer::delete)
}
