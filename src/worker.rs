//! The clocked tasks: mail, publication, recount, fees, clearing up. Any number of servers may run them at once;
//! a task that fails is logged and tried again, it never ends the worker.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::{address_change, audit, limit, link, session};
use crate::applications;
use crate::applications::form::keeping;
use crate::applications::interview::reminder;
use crate::clock::pace;
use crate::database;
use crate::fees;
use crate::files;
use crate::freelancers::briefing;
use crate::freelancers::contract::confirmation;
use crate::freelancers::papers::{expiry, quarantine, viewing};
use crate::freelancers::qualification;
use crate::health;
use crate::mail;
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::privacy::ledger::Copy;
use crate::privacy::requests::link as request_link;
use crate::privacy::{drain, export, night, nights, proof, receipt};
use crate::retention::consent;
use crate::shifts::{publication, recount};
use crate::training;

/// Runs all tasks until `stop`.
pub async fn run(portal: Portal, stop: CancellationToken) {
    tokio::join!(
        every(Duration::from_secs(2), &portal, &stop, "mail", deliver),
        every(Duration::from_secs(1), &portal, &stop, "publication", publish),
        every(Duration::from_secs(60), &portal, &stop, "interviews", remind),
        every(Duration::from_secs(60), &portal, &stop, "papers", watch_papers),
        every(Duration::from_secs(5), &portal, &stop, "quarantine", look_through),
        every(Duration::from_secs(20), &portal, &stop, "trainings", train),
        every(Duration::from_secs(10), &portal, &stop, "qualifications", qualify),
        every(Duration::from_secs(600), &portal, &stop, "recount", recount),
        every(Duration::from_secs(600), &portal, &stop, "briefing", remind_of_briefing),
        every(Duration::from_secs(600), &portal, &stop, "fees", charge),
        every(Duration::from_secs(600), &portal, &stop, "sweep", sweep),
        every(Duration::from_secs(600), &portal, &stop, "erasure", erase),
        every(Duration::from_secs(3600), &portal, &stop, "wishes", drain),
        every(Duration::from_secs(5), &portal, &stop, "files", delete_files),
        every(Duration::from_secs(600), &portal, &stop, "keys", rewrap_keys),
        every(Duration::from_secs(600), &portal, &stop, "comparison", compare_files),
        every(Duration::from_secs(5), &portal, &stop, "copies", make_copies),
    );
}

async fn every<F, Fut>(pause: Duration, portal: &Portal, stop: &CancellationToken, name: &'static str, task: F)
where
    F: Fn(Portal) -> Fut,
    Fut: Future<Output = Result<(), sqlx::Error>> + Send + 'static,
{
    loop {
        // A task of its own per round: not even a panic ends the loop.
        let failed = match tokio::spawn(task(portal.clone())).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(database::describe(&error)),
            Err(panic) if panic.is_panic() => Some("panic".into()),
            Err(_) => return,
        };
        if let Some(detail) = failed {
            tracing::error!(task = name, detail, "task failed; it will be tried again");
            metrics::counter!("portal_task_failures_total", "task" => name).increment(1);
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn deliver(portal: Portal) -> Result<(), sqlx::Error> {
    let sent = mail::worker::deliver(&portal.db, &portal.mail, &portal.clock).await?;
    metrics::counter!("portal_mails_sent_total").increment(sent as u64);
    Ok(())
}

/// Looks every second: the plan is out within two seconds of its hour.
async fn publish(portal: Portal) -> Result<(), sqlx::Error> {
    for (campaign, done) in publication::run_due(&portal.db, &portal.config, portal.clock.now()).await? {
        tracing::info!(%campaign, shifts = done.shifts, recipients = done.recipients, "plan published");
        metrics::counter!("portal_publications_total").increment(1);
    }
    Ok(())
}

/// Interview reminders, and consents to longer keeping that end.
async fn remind(portal: Portal) -> Result<(), sqlx::Error> {
    let now = portal.clock.now();
    reminder::run_due(&portal.db, &portal.config, now).await?;
    keeping::remind_due(&portal.db, &portal.config, now).await.map(drop)
}

/// Reminds of papers that end, lets go of replaced ones, and brings the bars in line with campaigns that changed.
pub async fn watch_papers(portal: Portal) -> Result<(), sqlx::Error> {
    let (db, now) = (&portal.db, portal.clock.now());
    let policy = policy::at(db, now).await?;
    expiry::run_due(db, &portal.config, now).await?;
    expiry::forget(db, now - policy.duration(Figure::ReplacedDocumentDays), now).await?;
    let mut tx = db.begin().await?;
    expiry::apply(&mut tx, None, now).await?;
    confirmation::apply(&mut tx, None, None).await?;
    tx.commit().await
}

/// Has papers looked through for malware: soon, since a reviewer may be waiting.
async fn look_through(portal: Portal) -> Result<(), sqlx::Error> {
    quarantine::run_due(&portal.files, &portal.db, &portal.config, portal.clock.now()).await.map(drop)
}

/// Offered seats of trainings that ran out, and reminders.
async fn train(portal: Portal) -> Result<(), sqlx::Error> {
    let now = portal.clock.now();
    training::offer::run_due(&portal.db, &portal.config, now).await?;
    training::reminder::run_due(&portal.db, &portal.config, now).await.map(drop)
}

/// Qualifications that waited for a paper only.
async fn qualify(portal: Portal) -> Result<(), sqlx::Error> {
    qualification::begin_due(&portal.db, &portal.config, portal.clock.now()).await.map(drop)
}

async fn recount(portal: Portal) -> Result<(), sqlx::Error> {
    let now = portal.clock.now();
    recount::run_due(&portal.db, now).await?;
    training::recount::run_due(&portal.db, now).await.map(drop)
}

/// Reminders of a new version of the privacy briefing.
async fn remind_of_briefing(portal: Portal) -> Result<(), sqlx::Error> {
    briefing::reminder::run_due(&portal.db, &portal.config, portal.clock.now()).await.map(drop)
}

/// Looks every ten minutes whether a month is over.
async fn charge(portal: Portal) -> Result<(), sqlx::Error> {
    let charged = fees::run::run_due(&portal.db, portal.clock.now()).await?;
    metrics::counter!("portal_fees_charged_total").increment(charged.unsigned_abs());
    Ok(())
}

/// Looks every ten minutes whether tonight's erasure, and today's check of its ledger, are still to run. What watches the
/// erasure runs however that went.
pub async fn erase(portal: Portal) -> Result<(), sqlx::Error> {
    let of_night = portal.clone();
    let erased = pace::aside(async move { erase_night(&of_night).await }).await.map_err(sqlx::Error::Io).flatten();
    let watched = watch_erasure(&portal).await;
    erased.and(watched)
}

async fn erase_night(portal: &Portal) -> Result<(), sqlx::Error> {
    if let Some(report) = night::run_due(&portal.db, &portal.config, portal.clock.now()).await? {
        let (dossiers, accounts, leftovers) = (report.dossiers, report.accounts, report.leftovers);
        tracing::info!(dossiers, accounts, leftovers, failed = report.failed, "nightly erasure done");
        metrics::counter!("portal_dossiers_erased_total").increment(report.dossiers.unsigned_abs());
        metrics::counter!("portal_erasure_failures_total").increment(report.failed.unsigned_abs());
    }
    Ok(())
}

async fn watch_erasure(portal: &Portal) -> Result<(), sqlx::Error> {
    let now = portal.clock.now();
    // Whatever was committed before a kill is in the copy ten minutes later.
    let copy = Copy::in_folder(&portal.config.data_dir);
    if copy_ledger(portal).await {
        proof::check_due(&portal.db, &copy, now).await?;
    } else {
        proof::check(&portal.db, &copy, now).await?;
    }
    let health = health::look(&portal.db, now).await?;
    metrics::gauge!("portal_erasure_overdue").set(health.erasure_overdue as f64);
    metrics::gauge!("portal_accounts_overdue").set(health.accounts_overdue as f64);
    metrics::gauge!("portal_erasure_leftovers").set(health.leftovers as f64);
    metrics::gauge!("portal_erasure_braked").set(if health.braked_at.is_some() { 1.0 } else { 0.0 });
    metrics::gauge!("portal_ledger_intact").set(if health.is_ledger_broken { 0.0 } else { 1.0 });
    metrics::gauge!("portal_wishes_late").set(health.wishes_late as f64);
    metrics::gauge!("portal_wishes_overdue").set(health.wishes_overdue as f64);
    metrics::gauge!("portal_deletion_oldest_seconds").set(health.deletion_age(now).as_seconds_f64());
    metrics::gauge!("portal_troubles").set(health.troubles(now).len() as f64);
    if let Some(at) = health.erased_at {
        metrics::gauge!("portal_erasure_last_success_seconds").set(at.unix_timestamp() as f64);
    }
    Ok(())
}

/// Whether the copy of the ledger has everything now.
async fn copy_ledger(portal: &Portal) -> bool {
    let renewed = Copy::in_folder(&portal.config.data_dir).renew(&portal.db).await;
    if let Err(trouble) = &renewed {
        tracing::error!(%trouble, "the copy of the ledger of erasures is not up to date");
        metrics::counter!("portal_ledger_copy_failures_total").increment(1);
    }
    renewed.is_ok()
}

/// Carries out the wishes for erasure that stand; what was erased is in the copy of the ledger at once.
pub async fn drain(portal: Portal) -> Result<(), sqlx::Error> {
    let drained = drain::run(&portal.db, &portal.config, portal.clock.now()).await;
    copy_ledger(&portal).await;
    if let Some(drained) = drained? {
        metrics::counter!("portal_wishes_carried_out_total").increment(drained.people.unsigned_abs());
        metrics::counter!("portal_wish_failures_total").increment(drained.failed.unsigned_abs());
    }
    Ok(())
}

/// Deletes what was doomed: soon, since the person may be waiting for it; then the receipts go out that waited for it.
pub async fn delete_files(portal: Portal) -> Result<(), sqlx::Error> {
    let deleting = async move {
        let gone = files::sweep_doomed(&portal.files, &portal.db, portal.clock.now()).await?;
        metrics::counter!("portal_files_deleted_total").increment(gone);
        receipt::send_due(&portal.db, &portal.config, portal.clock.now()).await.map(drop)
    };
    pace::aside(deleting).await.map_err(sqlx::Error::Io).flatten()
}

/// After a new master key was set.
async fn rewrap_keys(portal: Portal) -> Result<(), sqlx::Error> {
    match portal.files.rewrap_keys(&portal.db).await? {
        0 => {}
        keys => tracing::info!(keys, "keys wrapped with the new master key"),
    }
    Ok(())
}

/// Looks every ten minutes whether this week's comparison of store and rows is still to run.
pub async fn compare_files(portal: Portal) -> Result<(), sqlx::Error> {
    if let Some(found) = files::comparison::run_due(&portal.files, &portal.db, portal.clock.now()).await? {
        tracing::info!(
            deleted = found.deleted,
            spared = found.spared,
            missing = found.missing,
            "store and rows compared"
        );
        metrics::counter!("portal_files_without_row_deleted_total").increment(u64::from(found.deleted.unsigned_abs()));
        metrics::gauge!("portal_files_without_row").set(f64::from(found.spared));
        metrics::gauge!("portal_files_missing").set(f64::from(found.missing));
    }
    Ok(())
}

/// Makes the copies of their data that people asked for, one after the other.
async fn make_copies(portal: Portal) -> Result<(), sqlx::Error> {
    while export::making::run_due(&portal).await? {
        metrics::counter!("portal_copies_total").increment(1);
    }
    Ok(())
}

/// Removes what privacy.md keeps only for hours or days. One step that fails holds up no other.
pub async fn sweep(portal: Portal) -> Result<(), sqlx::Error> {
    let (db, now) = (&portal.db, portal.clock.now());
    let policy = policy::at(db, now).await?;
    let before = |figure| now - policy.duration(figure);
    let steps = [
        session::sweep(db, before(Figure::SessionDays)).await.map(drop),
        link::sweep(db, before(Figure::LinkHours)).await.map(drop),
        address_change::sweep(db, before(Figure::LinkHours)).await.map(drop),
        limit::sweep(db, before(Figure::CounterHours)).await.map(drop),
        audit::sweep(db, before(Figure::AuditMonths)).await.map(drop),
        nights::sweep_failures(db, before(Figure::AuditMonths)).await.map(drop),
        viewing::sweep(db, before(Figure::ViewLogMonths)).await.map(drop),
        mail::scrub(db, before(Figure::MailSentDays), before(Figure::MailFailedDays), now).await.map(drop),
        export::request::sweep(db, before(Figure::CopyDays), now).await.map(drop),
        files::sweep::unfinished(db, now).await,
        portal.mail.sweep(before(Figure::MailSentDays)).map(drop).map_err(sqlx::Error::Io),
        applications::form::link::sweep(db, now).await.map(drop),
        applications::closing::sweep(db, now).await,
        applications::interview::slot::sweep(db, now).await.map(drop),
        mail::sign_off::sweep(db, now).await.map(drop),
        consent::sweep(db, before(Figure::LinkHours)).await.map(drop),
        request_link::sweep(db, before(Figure::LinkHours)).await.map(drop),
    ];
    steps.into_iter().collect()
}
