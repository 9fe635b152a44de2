//! Shifts: planning, publication and booking.

pub mod week;
