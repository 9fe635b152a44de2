//! One person across the features: erased at their own wish, and erased again after a restore. Each feature erases its own
//! rows; the ledger gets an entry in the same transaction.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::ledger;
use crate::applications::erasure;
use crate::id::{AccountId, ApplicantId};
use crate::policy;
use crate::retention::Periods;
use crate::retention::gone::{Kind, Outcome, Turn};

/// Erases whatever may no longer exist of a person whose wish for erasure is recorded; a step in a transaction of its own,
/// with its entries in the ledger. The rule is reckoned again under the lock: a wish that was taken back, or a hold,
/// leaves nothing to do.
pub async fn erase_wished(
    db: &mut PgConnection,
    account: AccountId,
    today: Date,
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let periods = Periods::from(&policy::load(&mut *db, today).await?);
    let outcome = erasure::erase_due(&mut *db, ApplicantId(account.0), (&periods, today), turn, now).await?;
    if let Outcome::Done(erased) = &outcome {
        let version = policy::version(&mut *db).await?;
        ledger::append(db, &erased.gone, version, now).await?;
    }
    Ok(outcome)
}

/// Erases again what a restored backup brought back; what is not there is erased already.
pub async fn again(db: &mut PgConnection, kind: Kind, subject: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    match kind {
        Kind::Dossier => erasure::dossier_again(db, subject, now).await,
        Kind::Person => erasure::person_again(db, subject, now).await,
        // Nothing erases these yet, so that no ledger names them.
        Kind::Account | Kind::Contracts | Kind::Briefings | Kind::Bookings | Kind::Fees => Ok(()),
    }
}
