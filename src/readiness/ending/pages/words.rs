//! What the pages say of numbers of people, bookings and enrolments.

use crate::clock::german;
use crate::readiness::ending::Affected;

pub(super) fn people(n: usize) -> String {
    german::count(n as i64, "Person", "Personen")
}

/// `12 kommende Buchungen`
pub(super) fn bookings(n: usize) -> String {
    german::count(n as i64, "kommende Buchung", "kommende Buchungen")
}

/// `3 Anmeldungen zu Schulungen`
pub(super) fn enrolments(n: usize) -> String {
    german::count(n as i64, "Anmeldung zu einer Schulung", "Anmeldungen zu Schulungen")
}

/// `1 Platz in einer kommenden Schulung, 2 Plätze auf Wartelisten`; `None` if there is neither.
pub(super) fn trainings(affected: &Affected) -> Option<String> {
    let (seats, waits) = (affected.training_seats() as i64, affected.training_waits() as i64);
    let seats = (seats > 0)
        .then(|| german::count(seats, "Platz in einer kommenden Schulung", "Plätze in kommenden Schulungen"));
    let waits = (waits > 0).then(|| german::count(waits, "Platz auf einer Warteliste", "Plätze auf Wartelisten"));
    let said: Vec<String> = seats.into_iter().chain(waits).collect();
    (!said.is_empty()).then(|| said.join(", "))
}
