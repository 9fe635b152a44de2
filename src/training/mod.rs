//! Trainings: courses of a campaign, their dates with seats, who takes part, and what comes of it.
//!
//! Three constraints carry it: `training_date_seats` (never more people than seats), `enrolment_live` (one live enrolment per
//! person and course) and `booking_overlap` (nobody in two places at once, shifts included). Each step locks in this order:
//! training date, bookings, enrolment. The lock of the date is also what keeps its waiting list in order.

pub mod attendance;
pub mod calendar;
pub mod cancellation;
pub mod course;
pub mod date;
pub mod enrolment;
pub mod mails;
pub mod offer;
mod pages;
pub mod participant;
pub mod reminder;
pub mod result;
pub mod upcoming;

pub use pages::routes;
