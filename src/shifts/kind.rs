//! What a booking is: all that takes a person's time is one, so that one rule keeps it from overlapping.

/// The kind of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "booking_kind", rename_all = "snake_case")]
pub enum Kind {
    /// An ordinary seat of a shift.
    Seat,
    /// A trainee's place beside a mentor; takes no seat.
    Beside,
    /// A day of a training.
    Training,
}
