//! What leads from the papers to the qualification: trainings with their dates, seats and results, and the first shifts
//! beside a mentor.
//!
//! Three constraints carry the trainings: `training_date_seats` (never more people than seats), `enrolment_live` (one live
//! enrolment per person and course) and `booking_overlap` (nobody in two places at once, shifts included). Each step locks in
//! this order: training date, bookings, enrolment. The lock of the date is also what keeps its waiting list in order.

pub mod attendance;
pub mod calendar;
pub mod cancellation;
pub mod course;
pub mod date;
pub mod disclosure;
pub mod ending;
pub mod enrolment;
pub mod erasure;
pub mod first_shifts;
pub mod mails;
pub mod material;
pub mod offer;
mod pages;
pub mod participant;
pub mod passed;
pub mod recount;
pub mod reminder;
pub mod result;
pub mod sign_off;
pub mod upcoming;

use crate::web::Routes;

/// The feature's routes.
pub fn routes() -> Routes {
    pages::routes().join(first_shifts::routes())
}
