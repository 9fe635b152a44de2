//! The pages of applications, for applicants and for staff.

mod access;
mod begin;
mod data;
mod frame;
mod home;
mod interview;
mod keeping;
pub mod introduction;
mod offer;
pub mod playback;
mod profile;
mod questions;
mod short;
mod slots;
mod submission;
mod staff;
pub mod uploading;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const RECRUITING: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);

/// The feature's routes.
pub fn routes() -> Routes {
    form_routes()
        .join(introduction_routes())
        .join(interview::routes())
        .join(offer::routes())
        .join(slots::routes())
        .join(staff::routes())
}

fn form_routes() -> Routes {
    Routes::default()
        .get("/stellen/{slug}/bewerbung", Audience::Public, begin::new)
        .post("/stellen/{slug}/bewerbung", Audience::Public, begin::create)
        .get("/bewerbung/link", Audience::Public, access::new_link)
        .post("/bewerbung/link", Audience::Public, access::send_link)
        .get("/bewerbung/zugang/{token}", Audience::Public, access::show)
        .post("/bewerbung/zugang/{token}", Audience::Public, access::create)
        .post("/bewerbung/zugang/{token}/neu", Audience::Public, access::renew)
        .get("/bewerbung", Audience::Applicant, home::list)
        .get("/bewerbung/{id}", Audience::Applicant, home::show)
        .get("/bewerbung/{id}/angaben", Audience::Applicant, profile::edit)
        .post("/bewerbung/{id}/angaben", Audience::Applicant, profile::update)
        .get("/bewerbung/{id}/fragen", Audience::Applicant, questions::edit)
        .post("/bewerbung/{id}/fragen", Audience::Applicant, questions::update)
        .get("/bewerbung/{id}/absenden", Audience::Applicant, submission::new)
        .post("/bewerbung/{id}/absenden", Audience::Applicant, submission::create)
        .get("/bewerbung/{id}/zurueckziehen", Audience::Applicant, data::confirm_withdrawal)
        .post("/bewerbung/{id}/zurueckziehen", Audience::Applicant, data::withdraw)
        .post("/bewerbung/{id}/behalten", Audience::Applicant, keeping::create)
        .post("/bewerbung/{id}/behalten/ende", Audience::Applicant, keeping::end)
        .get("/bewerbung/einwilligung/{token}", Audience::Public, keeping::show)
        .post("/bewerbung/einwilligung/{token}", Audience::Public, keeping::end_by_link)
        .post("/bewerbung/{id}/link", Audience::Applicant, data::send_link)
        .get("/bewerbung/loeschung", Audience::Applicant, data::confirm_erasure)
        .post("/bewerbung/loeschung", Audience::Applicant, data::erase)
        .post("/bewerbung/zugaenge/ende", Audience::Applicant, data::end_access)
}

fn introduction_routes() -> Routes {
    let applicant = Audience::Applicant;
    Routes::default()
        .get("/bewerbung/{id}/vorstellung", applicant, introduction::show)
        .post("/bewerbung/{id}/vorstellung", applicant, introduction::write)
        .get("/bewerbung/{id}/vorstellung/datei", applicant, playback::show_own)
        .post("/bewerbung/{id}/vorstellung/datei", applicant, introduction::send)
        .streaming()
        .options("/bewerbung/{id}/hochladen", applicant, uploading::options)
        .post("/bewerbung/{id}/hochladen", applicant, uploading::create)
        .head("/bewerbung/{id}/hochladen/{upload}", applicant, uploading::show)
        .patch("/bewerbung/{id}/hochladen/{upload}", applicant, uploading::update)
        .streaming()
        .delete("/bewerbung/{id}/hochladen/{upload}", applicant, uploading::delete)
        .get("/verwaltung/bewerbungen/{id}/vorstellung/datei", RECRUITING, playback::show)
}
