//! The equipment check: measures the line against our own server, listens to the microphone, asks about the rest. It
//! informs and never rejects anybody; nothing is kept unless the person attaches it to their application.

mod attach;
mod line;
pub mod meter;
mod page;
mod system;

use crate::web::{Audience, Routes};

/// The routes of the equipment check.
pub fn routes() -> Routes {
    Routes::default()
        .get("/technik", Audience::Public, page::show)
        .get("/technik/puls", Audience::Public, line::pulse)
        .get("/technik/daten", Audience::Public, line::down)
        .post("/technik/daten", Audience::Public, line::up)
        .post("/bewerbung/{id}/technik", Audience::Applicant, attach::create)
}
