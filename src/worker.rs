//! The clocked tasks: mail, publication, recount, clearing up. Any number of servers may run them at once;
//! a task that fails is logged and tried again, it never ends the worker.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::{audit, limit, link, session};
use crate::database;
use crate::mail;
use crate::portal::Portal;
use crate::shifts::{publication, recount};

/// Runs all tasks until `stop`.
pub async fn run(portal: Portal, stop: CancellationToken) {
    tokio::join!(
        every(Duration::from_secs(2), &portal, &stop, "mail", deliver),
        every(Duration::from_secs(1), &portal, &stop, "publication", publish),
        every(Duration::from_secs(600), &portal, &stop, "recount", recount),
        every(Duration::from_secs(600), &portal, &stop, "sweep", sweep),
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

async fn recount(portal: Portal) -> Result<(), sqlx::Error> {
    recount::run_due(&portal.db, portal.clock.now()).await.map(drop)
}

/// Removes what privacy.md keeps only for hours or days.
async fn sweep(portal: Portal) -> Result<(), sqlx::Error> {
    let (db, now) = (&portal.db, portal.clock.now());
    session::sweep(db, now).await?;
    link::sweep(db, now).await?;
    limit::sweep(db, now).await?;
    audit::sweep(db, now).await?;
    mail::scrub(db, now).await?;
    portal.mail.sweep(now).map_err(sqlx::Error::Io)?;
    Ok(())
}
