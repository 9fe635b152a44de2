//! A freelancer's own pages about what they bring: profile, papers, contract papers.

mod contract;
mod file;
mod papers;
mod profile;
mod standing;
mod upload;

use crate::web::{Audience, Routes};

const ME: Audience = Audience::Freelancer;

/// The routes of these pages.
pub fn routes() -> Routes {
    Routes::default()
        .get("/bereit/profil", ME, profile::edit)
        .post("/bereit/profil", ME, profile::update)
        .get("/bereit/unterlagen", ME, papers::list)
        .get("/bereit/unterlagen/{kind}", ME, upload::new)
        .post("/bereit/unterlagen/{kind}", ME, upload::create)
        .streaming()
        .get("/bereit/dateien/{id}", ME, file::show)
        .streaming()
        .get("/bereit/vertrag/{slug}", ME, contract::show)
        .post("/bereit/vertrag/{slug}", ME, contract::create)
        .get("/bereit/einsatzbereit", Audience::Freelancer, standing::list)
        .get("/bereit/einsatzbereit/{slug}", Audience::Freelancer, standing::show)
        .post("/bereit/einsatzbereit/{slug}", Audience::Freelancer, standing::object)
}
