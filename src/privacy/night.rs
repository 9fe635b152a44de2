//! The nightly erasure (privacy.md): once per business date over all servers, caught up after downtime, person by person.
//!
//! It is no cron tick but a comparison of dates, so a change of the clocks neither skips nor doubles it. Each person has a
//! transaction of their own: a kill at any point leaves nothing half done, and the next run does the rest. Files go
//! by their own queue afterwards.

use std::ops::Range;
use std::time::{Duration, Instant};
use std::{fmt, io};

use sqlx::{Connection, PgConnection, PgPool};
use time::{Date, OffsetDateTime, Time, macros::time};
use uuid::Uuid;

use super::begun::Begun;
use super::brake::{self, Brake};
use super::{ledger, leftover, nights, person, years};
use crate::applications::erasure as dossiers;
use crate::clock::Zone;
use crate::clock::pace::Pace;
use crate::config::Config;
use crate::database;
use crate::files::master::Master;
use crate::id::{AccountId, ApplicantId};
use crate::policy::{self, Figure, Policy};
use crate::retention::gone::{self, Erased, Gone, Kind, Outcome, Turn};
use crate::retention::{Periods, Rule, account, dossier};
use crate::site::erasure as site;

/// The run of a business date begins when Berlin's clock has reached this time.
pub(super) const FROM: Time = time!(03:15);
/// The advisory lock of the run, over all servers: "erasure" in ASCII.
pub const LOCK: i64 = 0x0065_7261_7375_7265;

/// After so much work a run rests for [`REST`]: it has until the morning, and whoever is in the portal waits for nothing.
const STRETCH: Duration = Duration::from_millis(20);
const REST: Duration = Duration::from_millis(10);

/// An account that was erased in the time before a run is erased once more: no request that had begun before is under way.
const LATELY: time::Duration = time::Duration::days(2);

/// What a run did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub dossiers: i64,
    pub files: i64,
    pub profiles: i64,
    pub accounts: i64,
    /// People whose confirmations of contract papers went.
    pub contracts: i64,
    /// Results of the briefing.
    pub briefings: i64,
    /// People with bookings of past years that went.
    pub bookings: i64,
    /// People with rows of the fee ledger that went.
    pub fees: i64,
    /// Lines of the log of views.
    pub views: u64,
    /// Visitors' messages.
    pub messages: u64,
    /// People whose erasure failed: recorded, skipped, tried again by the next run.
    pub failed: i64,
    /// Places in which the leftover check found somebody who was erased.
    pub leftovers: i64,
}

impl Report {
    fn add(&mut self, erased: &Erased) {
        for gone in &erased.gone {
            self.files += i64::from(gone.files);
            match gone.kind {
                Kind::Dossier => self.dossiers += 1,
                Kind::Person => self.profiles += 1,
                // Counted below.
                Kind::Account => {}
                Kind::Contracts => self.contracts += 1,
                Kind::Briefings => self.briefings += 1,
                Kind::Bookings => self.bookings += 1,
                Kind::Fees => self.fees += 1,
            }
        }
        self.accounts += i64::from(erased.account);
    }
}

/// Counts for an operator's terminal and the log.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dossiers, files, profiles, accounts, contracts, briefings, bookings, fees, .. } = self;
        write!(f, "{dossiers} dossiers, {files} recordings, {profiles} profiles, {accounts} accounts, ")?;
        write!(f, "{contracts} people's contracts, {briefings} briefings, {bookings} people's bookings, ")?;
        let Self { views, messages, failed, leftovers, .. } = self;
        write!(f, "{fees} people's fees, {views} views, {messages} messages, {failed} failed, {leftovers} leftovers")
    }
}

/// Whether a run keeps what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Erase,
    /// Does everything, counts it, and takes it all back.
    DryRun,
}

impl Mode {
    async fn end(self, tx: sqlx::PgTransaction<'_>) -> Result<(), sqlx::Error> {
        match self {
            Self::Erase => tx.commit().await,
            Self::DryRun => tx.rollback().await,
        }
    }
}

/// Why a run at an operator's word did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("another erasure is going on; try again later")]
    Running,
    #[error("{} of {} dossiers and accounts are due, or the clock is wrong ({:?}): look at it with --dry-run and go on with --confirm {}", .0.due, .0.live, .0.reason, .0.due)]
    Brake(Brake),
}

/// What an operator asks for.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Reckons what is due on this day; everything else keeps the real time.
    pub today: Date,
    pub mode: Mode,
    /// The number of due dossiers and accounts that the operator has looked at.
    pub confirmed: Option<i64>,
}

/// Runs tonight's erasure if it is time and has not succeeded yet; none if there was nothing to run, or it stands still.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<Option<Report>, sqlx::Error> {
    let local = Zone::berlin().local(now);
    if local.time() < FROM || has_run(db, local.date()).await? {
        return Ok(None);
    }
    let Some(mut guard) = lock(db).await? else { return Ok(None) };
    // Another server may have finished between the look and the lock.
    if has_run(db, local.date()).await? {
        unlock(guard).await?;
        return Ok(None);
    }
    let order = Order { today: local.date(), mode: Mode::Erase, confirmed: None };
    let began = Instant::now();
    let report = match erase(&mut guard, db, config, order, now).await? {
        Ok(report) => Some(report),
        Err(brake) => {
            tracing::error!(reason = ?brake.reason, due = brake.due, live = brake.live, "the nightly erasure stands still");
            brake::note(db, brake, now).await?;
            None
        }
    };
    if let Some(report) = report {
        note_run(db, local.date(), &report, now..now + began.elapsed()).await?;
    }
    unlock(guard).await?;
    Ok(report)
}

/// Runs the erasure at an operator's word. Confirmed, it lets go of the brake, and for today it counts as tonight's run.
pub async fn run(
    db: &PgPool,
    config: &Config,
    order: Order,
    now: OffsetDateTime,
) -> Result<Result<Report, Stopped>, sqlx::Error> {
    let Some(mut guard) = lock(db).await? else { return Ok(Err(Stopped::Running)) };
    let began = Instant::now();
    let report = erase(&mut guard, db, config, order, now).await?;
    let today = Zone::berlin().date(now);
    if let (Ok(report), Mode::Erase, Some(_)) = (report, order.mode, order.confirmed) {
        if order.today == today {
            note_run(db, today, &report, now..now + began.elapsed()).await?;
        }
        brake::release(db).await?;
    }
    unlock(guard).await?;
    Ok(report.map_err(Stopped::Brake))
}

async fn note_run(db: &PgPool, date: Date, report: &Report, span: Range<OffsetDateTime>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erasure_run (business_date, started_at, finished_at, erased, failed, accounts, leftovers)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        date,
        span.start,
        span.end,
        count(report.dossiers),
        count(report.failed),
        count(report.accounts),
        count(report.leftovers),
    )
    .execute(db)
    .await?;
    brake::release(db).await
}

fn count(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

async fn has_run(db: &PgPool, date: Date) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from erasure_run where business_date = $1) as "ran!""#, date)
        .fetch_one(db)
        .await
}

/// The lock of the run, if nobody holds it. It belongs to a connection of its own and ends with it, so that neither an
/// error nor a kill leaves it behind; and whoever erases does so over this connection, so that nobody goes on without it.
pub(super) async fn lock(db: &PgPool) -> Result<Option<PgConnection>, sqlx::Error> {
    let mut guard = db.acquire().await?.detach();
    let got = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "got!""#, LOCK).fetch_one(&mut guard).await?;
    if !got {
        guard.close().await?;
        return Ok(None);
    }
    // Each plan is made once, for thousands of people. A table that is empty by then, as the ledger is before the first
    // night, must not be read from end to end for each of them. Where there is no index a table is read nevertheless, and
    // its plan looks so dear that it would be compiled.
    sqlx::query!(
        r#"select set_config('plan_cache_mode', 'force_generic_plan', false) as "plans!",
                  set_config('enable_seqscan', 'off', false) as "scans!", set_config('jit', 'off', false) as "jit!""#
    )
    .fetch_one(&mut guard)
    .await?;
    Ok(Some(guard))
}

/// Lets go at once: the server notices a closed connection only a moment later.
pub(super) async fn unlock(mut guard: PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"select pg_advisory_unlock($1) as "gone!""#, LOCK).fetch_one(&mut guard).await?;
    guard.close().await
}

/// Everything that may no longer exist on the order's day, unless a brake holds. A dry run looks past the brakes.
async fn erase(
    guard: &mut PgConnection,
    db: &PgPool,
    config: &Config,
    order: Order,
    now: OffsetDateTime,
) -> Result<Result<Report, Brake>, sqlx::Error> {
    let policy = policy::load(db, order.today).await?;
    let periods = Periods::from(&policy);
    let of_accounts = account::Periods::from(&policy);
    let dossiers = dossier::due(db, &periods, order.today).await?.len();
    let accounts = person::accounts_due(db, &of_accounts, order.today).await?.len();
    let facts = brake::facts(db, (dossiers, accounts), (Zone::berlin().date(now), order.today)).await?;
    if let (Mode::Erase, Err(brake)) = (order.mode, facts.admit(order.confirmed)) {
        return Ok(Err(brake));
    }
    let version = policy::version(db, order.today).await?;
    let (mode, today) = (order.mode, order.today);
    let mut run = Run {
        db: guard,
        config,
        master: Master::open(config).map_err(io::Error::other)?,
        mode,
        periods,
        of_accounts,
        version,
        today,
        now,
        report: Report::default(),
    };
    let people = dossiers::people_due(&mut *db.acquire().await?, &run.periods, today).await?;
    run.all(people.into_iter().map(Case::Applicant)).await?;
    // With the last dossier somebody's account may have become free to go.
    let accounts = person::accounts_due(db, &run.of_accounts, today).await?;
    run.all(accounts.into_iter().map(Case::Account)).await?;
    let lately = person::accounts_erased(db, now - LATELY..now).await?;
    run.all(lately.into_iter().map(Case::AccountAgain)).await?;
    for kind in years::KINDS {
        let subjects = years::due(db, kind, years::last(kind, &run.of_accounts, today)).await?;
        run.all(subjects.into_iter().map(|subject| Case::Years(kind, subject))).await?;
    }
    (run.report.views, run.report.messages) = run.sweep(&policy).await?;
    // Those whose accounts went, now or in a run that was killed. A dry run has left everything where it was.
    if mode == Mode::Erase {
        let found = leftover::check_all(db, config, &run.master, now).await?;
        run.report.leftovers = i64::try_from(found.len()).unwrap_or(i64::MAX);
    }
    Ok(Ok(run.report))
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
enum Case {
    Applicant(ApplicantId),
    Account(AccountId),
    /// Erased lately: whatever came in at that moment.
    AccountAgain(AccountId),
    /// What is kept for whole years.
    Years(Kind, Uuid),
}

impl Case {
    fn subject(self) -> Uuid {
        match self {
            Self::Applicant(id) => id.0,
            Self::Account(id) | Self::AccountAgain(id) => id.0,
            Self::Years(_, id) => id,
        }
    }
}

/// What one run goes by, and what it did.
struct Run<'a> {
    /// The connection that holds the lock.
    db: &'a mut PgConnection,
    config: &'a Config,
    /// Seals what the leftover check will search for.
    master: Master,
    mode: Mode,
    periods: Periods,
    of_accounts: account::Periods,
    /// The policy's version, for the ledger.
    version: i64,
    today: Date,
    now: OffsetDateTime,
    report: Report,
}

impl Run<'_> {
    /// Everybody's turn. Whoever is busy right now comes last, and is then waited for.
    async fn all(&mut self, cases: impl Iterator<Item = Case>) -> Result<(), sqlx::Error> {
        let mut busy = Vec::new();
        let mut pace = Pace::new(STRETCH, REST);
        for case in cases {
            pace.keep().await;
            match self.one(case, Turn::Skip).await {
                Ok(true) => {}
                Ok(false) => busy.push(case),
                Err(error) if database::is_contention(&error) => busy.push(case),
                Err(error) => self.note_failure(case, error).await?,
            }
        }
        for case in busy {
            // Still busy: gone meanwhile.
            if let Err(error) = self.one(case, Turn::Wait).await {
                self.note_failure(case, error).await?;
            }
        }
        Ok(())
    }

    /// One person's turn, in a short transaction; false: somebody else holds their rows.
    async fn one(&mut self, case: Case, turn: Turn) -> Result<bool, sqlx::Error> {
        let mut tx = self.db.begin().await?;
        if self.mode == Mode::DryRun {
            sqlx::query!(r#"select set_config('portal.dry_run', 'on', true) as "on!""#).fetch_one(&mut *tx).await?;
        }
        // Whoever is waited for may change until then.
        if let (Case::Applicant(id), Turn::Wait) = (case, turn) {
            gone::wait_for(&mut tx, id.into()).await?;
        }
        let begun = match case {
            Case::Applicant(_) | Case::Account(_) => Some(Begun::of(&mut *tx, AccountId(case.subject())).await?),
            Case::AccountAgain(_) | Case::Years(..) => None,
        };
        let (on, now) = (self.today, self.now);
        let outcome = match case {
            Case::Applicant(id) => dossiers::erase_due(&mut tx, id, (&self.periods, on), turn, now).await?,
            Case::Account(id) => {
                person::erase_account_due(&mut tx, self.config, id, (&self.of_accounts, on), turn, now).await?
            }
            Case::AccountAgain(id) => person::erase_account_again(&mut tx, self.config, id, turn, now).await?,
            Case::Years(_, subject) if person::is_held(&mut tx, AccountId(subject), on).await? => {
                Outcome::Done(Erased::default())
            }
            Case::Years(kind, subject) => {
                let rows = years::erase(&mut tx, kind, subject, years::last(kind, &self.of_accounts, on)).await?;
                let gone = (rows > 0).then_some(Gone { kind, subject, rule: Rule::Period, files: 0 });
                Outcome::Done(Erased { gone: gone.into_iter().collect(), account: false })
            }
        };
        let Outcome::Done(erased) = outcome else { return Ok(false) };
        match begun {
            Some(begun) => begun.end(&mut tx, &self.master, &erased, self.version, now).await?,
            None => drop(ledger::append(&mut tx, &erased.gone, self.version, now).await?),
        }
        self.mode.end(tx).await?;
        self.report.add(&erased);
        Ok(true)
    }

    /// What has a period of its own beside the dossiers: lines of the log of views, visitors' messages.
    async fn sweep(&mut self, policy: &Policy) -> Result<(u64, u64), sqlx::Error> {
        let mut tx = self.db.begin().await?;
        let views = dossiers::sweep_views(&mut *tx, policy.value(Figure::ViewLogMonths), self.today).await?;
        let messages = site::sweep_messages(&mut *tx, policy.value(Figure::ContactMonths), self.today).await?;
        self.mode.end(tx).await?;
        Ok((views, messages))
    }

    /// One failing case holds up nobody else; a database that is away holds up the whole run.
    async fn note_failure(&mut self, case: Case, error: sqlx::Error) -> Result<(), sqlx::Error> {
        if database::is_unavailable(&error) {
            return Err(error);
        }
        tracing::error!(?case, detail = database::describe(&error), "erasure failed; the next run tries again");
        self.report.failed += 1;
        if self.mode == Mode::DryRun {
            return Ok(());
        }
        nights::note_failure(&mut *self.db, case.subject(), &error, self.now).await
    }
}
