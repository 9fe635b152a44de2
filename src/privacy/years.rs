//! What the law keeps for whole years beyond an account: confirmations of contract papers, results of the briefing, bookings
//! and the fee ledger. Each goes on the first of January after its last year, person by person.

use sqlx::{PgConnection, PgPool};
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

use crate::clock::Zone;
use crate::retention::account::{Periods, last_year_gone};
use crate::retention::gone::Kind;
use crate::{fees, freelancers, readiness, shifts, training};

/// The kinds that go by years.
pub const KINDS: [Kind; 4] = [Kind::Contracts, Kind::Briefings, Kind::Bookings, Kind::Fees];

/// The last year of which nothing of this kind may exist on `today`.
pub fn last(kind: Kind, periods: &Periods, today: Date) -> i32 {
    let years = match kind {
        Kind::Contracts => periods.contract_years,
        Kind::Briefings => periods.briefing_years,
        Kind::Bookings => periods.booking_years,
        Kind::Fees => periods.fee_years,
        // These go by days and months, not by years: nothing of them is ever old enough here.
        Kind::Dossier | Kind::Person | Kind::Account => i32::MAX,
    };
    last_year_gone(today, years.min(9999))
}

/// Those of whom something of this kind is of that year or before: people, or results under their random ids.
pub async fn due(db: &PgPool, kind: Kind, year: i32) -> Result<Vec<Uuid>, sqlx::Error> {
    match kind {
        Kind::Contracts => freelancers::erasure::contracts_due(db, year).await,
        Kind::Briefings => freelancers::erasure::briefings_due(db, year).await,
        Kind::Bookings => shifts::erasure::people_before(db, end_of(year)).await,
        Kind::Fees => fees::erasure::people_until(db, year).await,
        Kind::Dossier | Kind::Person | Kind::Account => Ok(Vec::new()),
    }
}

/// Erases what one of them has of that year or before; a step in a transaction of its own. Returns how many rows went.
pub async fn erase(db: &mut PgConnection, kind: Kind, subject: Uuid, year: i32) -> Result<u64, sqlx::Error> {
    match kind {
        Kind::Contracts => freelancers::erasure::erase_contracts(db, subject).await,
        Kind::Briefings => freelancers::erasure::erase_briefing(db, subject).await,
        Kind::Bookings => {
            let before = end_of(year);
            readiness::erasure::erase_before(&mut *db, subject, before).await?;
            training::erasure::erase_before(&mut *db, subject, before).await?;
            shifts::erasure::erase_before(db, subject, before).await
        }
        Kind::Fees => fees::erasure::erase_until(db, subject, year).await,
        Kind::Dossier | Kind::Person | Kind::Account => Ok(0),
    }
}

/// The instant at which a year ends in Berlin.
fn end_of(year: i32) -> OffsetDateTime {
    let first = Date::from_calendar_date(year + 1, Month::January, 1).unwrap_or(Date::MIN);
    Zone::berlin().midnight(first)
}
