//! The nightly erasure (privacy.md): once per business date over all servers, caught up after downtime, person by person.
//!
//! It is no cron tick but a comparison of dates, so a change of the clocks neither skips nor doubles it. Each person has a
//! transaction of their own: a kill at any point leaves nothing half done, and the next run does the rest. Files go
//! by their own queue afterwards.

use std::fmt;

use sqlx::{Connection, PgConnection, PgPool};
use time::{Date, OffsetDateTime, Time, macros::time};

use super::brake::{self, Brake};
use super::ledger;
use crate::applications::erasure;
use crate::clock::Zone;
use crate::database;
use crate::id::ApplicantId;
use crate::policy::{self, Figure, Policy};
use crate::retention::gone::{Erased, Kind, Outcome, Turn};
use crate::retention::{Periods, dossier};
use crate::site::erasure as site;

/// The run of a business date begins when Berlin's clock has reached this time.
const FROM: Time = time!(03:15);
/// The advisory lock of the run, over all servers: "erasure" in ASCII.
pub const LOCK: i64 = 0x0065_7261_7375_7265;

/// What a run did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub dossiers: i64,
    pub files: i64,
    pub profiles: i64,
    pub accounts: i64,
    /// Lines of the log of views.
    pub views: u64,
    /// Visitors' messages.
    pub messages: u64,
    /// People whose erasure failed: recorded, skipped, tried again by the next run.
    pub failed: i64,
}

impl Report {
    fn add(&mut self, erased: &Erased) {
        for gone in &erased.gone {
            self.files += i64::from(gone.files);
            match gone.kind {
                Kind::Dossier => self.dossiers += 1,
                Kind::Person => self.profiles += 1,
                Kind::Account | Kind::Contracts | Kind::Briefings | Kind::Bookings | Kind::Fees => {}
            }
        }
        self.accounts += i64::from(erased.account);
    }
}

/// Counts for an operator's terminal and the log.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dossiers, files, profiles, accounts, views, messages, failed } = self;
        write!(f, "{dossiers} dossiers, {files} recordings, {profiles} profiles, {accounts} accounts, ")?;
        write!(f, "{views} views, {messages} messages, {failed} failed")
    }
}

/// Whether a run keeps what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Erase,
    /// Does everything, counts it, and takes it all back.
    DryRun,
}

/// Why a run at an operator's word did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("another erasure is going on; try again later")]
    Running,
    #[error("{} of {} dossiers are due, or the clock is wrong ({:?}): look at it with --dry-run and go on with --confirm {}", .0.due, .0.live, .0.reason, .0.due)]
    Brake(Brake),
}

/// What an operator asks for.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Reckons what is due on this day; everything else keeps the real time.
    pub today: Date,
    pub mode: Mode,
    /// The number of due dossiers that the operator has looked at.
    pub confirmed: Option<i64>,
}

/// Runs tonight's erasure if it is time and has not succeeded yet; none if there was nothing to run, or it stands still.
pub async fn run_due(db: &PgPool, now: OffsetDateTime) -> Result<Option<Report>, sqlx::Error> {
    let local = Zone::berlin().local(now);
    if local.time() < FROM || has_run(db, local.date()).await? {
        return Ok(None);
    }
    let Some(guard) = lock(db).await? else { return Ok(None) };
    // Another server may have finished between the look and the lock.
    if has_run(db, local.date()).await? {
        unlock(guard).await?;
        return Ok(None);
    }
    let order = Order { today: local.date(), mode: Mode::Erase, confirmed: None };
    let report = match erase(db, order, now).await? {
        Ok(report) => Some(report),
        Err(brake) => {
            tracing::error!(reason = ?brake.reason, due = brake.due, live = brake.live, "the nightly erasure stands still");
            brake::note(db, brake, now).await?;
            None
        }
    };
    if let Some(report) = report {
        note_run(db, local.date(), &report, now).await?;
    }
    unlock(guard).await?;
    Ok(report)
}

/// Runs the erasure at an operator's word. Confirmed, it counts as tonight's run; otherwise it does not.
pub async fn run(db: &PgPool, order: Order, now: OffsetDateTime) -> Result<Result<Report, Stopped>, sqlx::Error> {
    let Some(guard) = lock(db).await? else { return Ok(Err(Stopped::Running)) };
    let report = erase(db, order, now).await?;
    if let (Ok(report), Mode::Erase, Some(_)) = (report, order.mode, order.confirmed) {
        note_run(db, Zone::berlin().date(now), &report, now).await?;
    }
    unlock(guard).await?;
    Ok(report.map_err(Stopped::Brake))
}

async fn note_run(db: &PgPool, date: Date, report: &Report, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erasure_run (business_date, started_at, finished_at, erased, failed) values ($1, $2, $2, $3, $4)
         on conflict do nothing",
        date,
        now,
        i32::try_from(report.dossiers).unwrap_or(i32::MAX),
        i32::try_from(report.failed).unwrap_or(i32::MAX),
    )
    .execute(db)
    .await?;
    brake::release(db).await
}

async fn has_run(db: &PgPool, date: Date) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from erasure_run where business_date = $1) as "ran!""#, date)
        .fetch_one(db)
        .await
}

/// The lock of the run, if nobody holds it. It belongs to a connection of its own and ends with it, so that neither an
/// error nor a kill leaves it behind.
async fn lock(db: &PgPool) -> Result<Option<PgConnection>, sqlx::Error> {
    let mut guard = db.acquire().await?.detach();
    let got = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "got!""#, LOCK).fetch_one(&mut guard).await?;
    if got {
        return Ok(Some(guard));
    }
    guard.close().await?;
    Ok(None)
}

/// Lets go at once: the server notices a closed connection only a moment later.
async fn unlock(mut guard: PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"select pg_advisory_unlock($1) as "gone!""#, LOCK).fetch_one(&mut guard).await?;
    guard.close().await
}

/// Everything that may no longer exist on the order's day, unless a brake holds. A dry run looks past the brakes.
async fn erase(db: &PgPool, order: Order, now: OffsetDateTime) -> Result<Result<Report, Brake>, sqlx::Error> {
    let policy = policy::load(db, order.today).await?;
    let periods = Periods::from(&policy);
    let due = dossier::due(db, &periods, order.today).await?.len();
    let facts = brake::facts(db, i64::try_from(due).unwrap_or(i64::MAX), Zone::berlin().date(now)).await?;
    if let (Mode::Erase, Err(brake)) = (order.mode, facts.admit(order.confirmed)) {
        return Ok(Err(brake));
    }
    let version = policy::version(db).await?;
    let run = Run { db, mode: order.mode, periods, version, today: order.today, now };
    let mut report = Report::default();
    let people = erasure::people_due(&mut *db.acquire().await?, &run.periods, order.today).await?;
    // Whoever is busy right now comes last, and is then waited for.
    let mut busy = Vec::new();
    for person in people {
        match run.person(person, Turn::Skip).await {
            Ok(Outcome::Done(erased)) => report.add(&erased),
            Ok(Outcome::Busy) => busy.push(person),
            Err(error) if database::is_contention(&error) => busy.push(person),
            Err(error) => run.note_failure(&mut report, person, error).await?,
        }
    }
    for person in busy {
        match run.person(person, Turn::Wait).await {
            Ok(Outcome::Done(erased)) => report.add(&erased),
            // Gone meanwhile.
            Ok(Outcome::Busy) => {}
            Err(error) => run.note_failure(&mut report, person, error).await?,
        }
    }
    (report.views, report.messages) = run.sweep(&policy).await?;
    Ok(Ok(report))
}

/// What one run goes by.
struct Run<'a> {
    db: &'a PgPool,
    mode: Mode,
    periods: Periods,
    /// The policy's version, for the ledger.
    version: i64,
    today: Date,
    now: OffsetDateTime,
}

impl Run<'_> {
    /// One person's turn, in a short transaction.
    async fn person(&self, person: ApplicantId, turn: Turn) -> Result<Outcome, sqlx::Error> {
        let mut tx = self.db.begin().await?;
        let outcome = erasure::erase_due(&mut tx, person, (&self.periods, self.today), turn, self.now).await?;
        if let Outcome::Done(erased) = &outcome {
            ledger::append(&mut tx, &erased.gone, self.version, self.now).await?;
        }
        self.end(tx).await?;
        Ok(outcome)
    }

    /// What has a period of its own beside the dossiers: lines of the log of views, visitors' messages.
    async fn sweep(&self, policy: &Policy) -> Result<(u64, u64), sqlx::Error> {
        let mut tx = self.db.begin().await?;
        let views = erasure::sweep_views(&mut *tx, policy.value(Figure::ViewLogMonths), self.today).await?;
        let messages = site::sweep_messages(&mut *tx, policy.value(Figure::ContactMonths), self.today).await?;
        self.end(tx).await?;
        Ok((views, messages))
    }

    async fn end(&self, tx: sqlx::PgTransaction<'_>) -> Result<(), sqlx::Error> {
        match self.mode {
            Mode::Erase => tx.commit().await,
            Mode::DryRun => tx.rollback().await,
        }
    }

    /// One failing case holds up nobody else; a database that is away holds up the whole run.
    async fn note_failure(
        &self,
        report: &mut Report,
        person: ApplicantId,
        error: sqlx::Error,
    ) -> Result<(), sqlx::Error> {
        if database::is_unavailable(&error) {
            return Err(error);
        }
        tracing::error!(applicant = %person, detail = database::describe(&error), "erasure failed; the next run tries again");
        report.failed += 1;
        if self.mode == Mode::DryRun {
            return Ok(());
        }
        let sqlstate = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
        sqlx::query!(
            "insert into erasure_failure (applicant_id, at, sqlstate) values ($1, $2, $3)",
            person.0,
            self.now,
            sqlstate
        )
        .execute(self.db)
        .await
        .map(drop)
    }
}
