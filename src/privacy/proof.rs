//! The check of the ledger of erasures: of its chain, and of the copy outside the database. Once a day by itself, and at the
//! privacy officer's word; what the last one found is kept, for health and for whoever looks.

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use super::ledger::{self, Broken, Copy, Trouble};
use super::night;
use crate::clock::Zone;

/// The copy gets an entry within minutes; one that it lacks for so long it will not get by itself.
const LATE: Duration = Duration::HOUR;

/// What a check found.
#[derive(Debug)]
pub struct Proof {
    /// The number of entries, or where the chain is broken.
    pub chain: Result<i64, Broken>,
    /// How many entries the copy still lacks, or why it does not go with the database.
    pub copy: Result<i64, Trouble>,
}

impl Proof {
    /// Whether the ledger is what was written.
    pub fn is_intact(&self) -> bool {
        self.chain.is_ok() && self.copy.is_ok()
    }
}

/// What is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "ledger_state", rename_all = "snake_case")]
pub enum State {
    Intact,
    /// An entry does not follow from the one before.
    Broken,
    /// The copy is unreadable, differs, has more than the database, or gets nothing new.
    CopyDiffers,
}

/// The last check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    pub at: OffsetDateTime,
    pub state: State,
    /// Entries of a whole chain; of a broken one the position of the first that does not follow.
    pub position: i64,
}

/// Checks the ledger and keeps what was found. An error: the database could not be asked.
pub async fn check(db: &PgPool, copy: &Copy, now: OffsetDateTime) -> Result<Proof, sqlx::Error> {
    let chain = ledger::verify(db).await?;
    let copy = match copy.lag(db).await {
        Err(Trouble::Database(error)) => return Err(error),
        Ok(lag) if lag > 0 && is_late(db, lag, now).await? => Err(Trouble::Late(lag)),
        lag => lag,
    };
    let (state, position) = match (chain, &copy) {
        (Err(Broken(at)), _) => (State::Broken, at),
        (Ok(entries), Err(_)) => (State::CopyDiffers, entries),
        (Ok(entries), Ok(_)) => (State::Intact, entries),
    };
    sqlx::query!(
        "insert into ledger_check (at, state, position) values ($1, $2, $3)
         on conflict (one) do update set at = excluded.at, state = excluded.state, position = excluded.position",
        now,
        state as State,
        position,
    )
    .execute(db)
    .await?;
    if let Err(trouble) = &copy {
        tracing::error!(%trouble, "the copy of the ledger of erasures does not go with the database");
    }
    Ok(Proof { chain, copy })
}

/// Whether the copy lacks so many entries for longer than it takes to write them.
async fn is_late(db: &PgPool, lag: i64, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let known = ledger::length(db).await? - lag;
    let missing = ledger::after(db, known, 1).await?;
    Ok(missing.first().is_some_and(|entry| entry.erased_at < now - LATE))
}

/// Today's check, after the hour of the nightly erasure, the first one ever at once, and one after trouble until it is over;
/// none if it is not time.
pub async fn check_due(db: &PgPool, copy: &Copy, now: OffsetDateTime) -> Result<Option<Proof>, sqlx::Error> {
    let local = Zone::berlin().local(now);
    let is_due = match last(db).await? {
        Some(last) if last.state != State::Intact => true,
        Some(last) => local.time() >= night::FROM && Zone::berlin().date(last.at) < local.date(),
        None => true,
    };
    if !is_due {
        return Ok(None);
    }
    check(db, copy, now).await.map(Some)
}

/// What the last check found; none: there was none yet.
pub async fn last(db: impl PgExecutor<'_>) -> Result<Option<Check>, sqlx::Error> {
    sqlx::query_as!(Check, r#"select at, state as "state: State", position from ledger_check"#).fetch_optional(db).await
}
