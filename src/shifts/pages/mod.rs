//! Pages about shifts: for freelancers here, for planners in `staff`.

mod book;
mod cells;
mod free;
mod grid;
mod hours;
mod own;
mod shift;
pub mod staff;

use crate::web::{Audience, Routes};

/// The routes of freelancers.
pub fn freelancer_routes() -> Routes {
    Routes::default()
        .get("/schichten/frei", Audience::Freelancer, free::show)
        .get("/schichtplan", Audience::Freelancer, grid::show)
        .get("/meine-schichten", Audience::Freelancer, own::show)
        .get("/schichten/{id}", Audience::Freelancer, shift::show)
        .post("/schichten/buchungen", Audience::Freelancer, book::create_many)
        .post("/schichten/{id}/buchung", Audience::Freelancer, book::create)
        .post("/schichten/{id}/freigabe", Audience::Freelancer, book::delete)
}
