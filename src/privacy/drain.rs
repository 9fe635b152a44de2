//! The hourly drain: carries out wishes for erasure, person by person, as the night does. It holds the night's lock, so that
//! the two never meet over the same person; one failing case holds up nobody else.

use std::io;

use sqlx::{Connection, PgConnection, PgPool, PgTransaction};
use time::OffsetDateTime;

use super::begun::Begun;
use super::{leftover, night, nights, person};
use crate::clock::Zone;
use crate::config::Config;
use crate::database;
use crate::files::master::Master;
use crate::id::AccountId;
use crate::policy;
use crate::retention::gone::{Outcome, Turn};

/// How often a person whose rows somebody else holds is tried again, and after which pause.
const ROUNDS: usize = 20;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

/// What a drain did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// People of whom something was erased.
    pub people: i64,
    pub failed: i64,
}

/// Carries out the wishes that stand; none if another server, or the night, is at it.
pub async fn run(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<Option<Drained>, sqlx::Error> {
    let wishing = wishing(db).await?;
    if wishing.is_empty() {
        return Ok(Some(Drained::default()));
    }
    let Some(mut guard) = night::lock(db).await? else { return Ok(None) };
    let master = Master::open(config).map_err(io::Error::other)?;
    let mut drained = Drained::default();
    for account in wishing {
        match patiently(&mut guard, config, &master, account, now).await {
            Ok(erased) => drained.people += i64::from(erased),
            Err(error) if database::is_unavailable(&error) => return Err(error),
            // It stands until it succeeds; health calls for help in time.
            Err(error) => {
                tracing::error!(%account, detail = database::describe(&error), "a wish for erasure failed; it is tried again");
                drained.failed += 1;
                nights::note_failure(&mut guard, account.0, &error, now).await?;
            }
        }
    }
    leftover::check_all(db, config, &master, now).await?;
    night::unlock(guard).await?;
    Ok(Some(drained))
}

/// The people with an open wish, the oldest first.
async fn wishing(db: &PgPool) -> Result<Vec<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select account_id as "id: AccountId" from data_request where wish = 'erasure' and done_at is null
           order by requested_at, id"#
    )
    .fetch_all(db)
    .await
}

/// One person's turn, and another one for as long as somebody else holds their rows: nobody should wait a further hour for a
/// click. In between everything is let go of.
async fn patiently(
    db: &mut PgConnection,
    config: &Config,
    master: &Master,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    for _ in 0..ROUNDS {
        let mut tx = db.begin().await?;
        match person::lock(&mut tx, account).await {
            Ok(()) => return erase(tx, config, master, account, now).await,
            Err(error) if !database::is_contention(&error) => return Err(error),
            Err(_) => tx.rollback().await?,
        }
        tokio::time::sleep(PAUSE).await;
    }
    let mut tx = db.begin().await?;
    person::lock(&mut tx, account).await?;
    erase(tx, config, master, account, now).await
}

/// The turn of a person whose rows are locked, in a transaction of its own; whether something went.
async fn erase(
    mut tx: PgTransaction<'_>,
    config: &Config,
    master: &Master,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let begun = Begun::of(&mut *tx, account).await?;
    let today = Zone::berlin().date(now);
    let outcome = person::erase_wished(&mut tx, config, account, today, Turn::Wait, now).await?;
    let Outcome::Done(erased) = outcome else { return Ok(false) };
    let version = policy::version(&mut *tx, today).await?;
    begun.end(&mut tx, master, &erased, version, now).await?;
    tx.commit().await?;
    Ok(!erased.gone.is_empty())
}
