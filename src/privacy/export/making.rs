//! Making a copy: one at a time on each server, made anew by another if this one is killed.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::StreamExt;

use super::archive::Archive;
use super::contents::Contents;
use super::link as ended;
use super::request::{self, Claim};
use crate::accounts::account;
use crate::applications::form::{link, mails, mails::Way};
use crate::files::Draft;
use crate::files::blob;
use crate::mail::{self, Recipient};
use crate::policy::{self, Figure};
use crate::portal::Portal;

/// The maker is heard of each time that so many bytes are written.
const STEP: i64 = 2 * 1024 * 1024;

/// Makes the copy that waits longest. False if none waits.
pub async fn run_due(portal: &Portal) -> Result<bool, sqlx::Error> {
    let Some(claim) = request::claim(&portal.db, portal.clock.now()).await? else { return Ok(false) };
    let draft = portal.files.begin(&portal.db, claim.account, portal.clock.now()).await?;
    match make(portal, claim, draft).await {
        Ok(true) => tracing::info!(copy = %claim.id, attempt = claim.attempt, "copy of somebody's data made"),
        // Somebody else makes it by now, or the person is erased: what was written goes.
        Ok(false) => leave(portal, draft).await?,
        Err(error) => {
            tracing::error!(copy = %claim.id, attempt = claim.attempt, kind = ?error.kind(), "copy of somebody's data failed");
            leave(portal, draft).await?;
            request::fail(&portal.db, claim, portal.clock.now()).await?;
        }
    }
    Ok(true)
}

async fn leave(portal: &Portal, draft: Draft) -> Result<(), sqlx::Error> {
    let mut tx = portal.db.begin().await?;
    blob::doom(&mut tx, &[draft.id], portal.clock.now()).await?;
    tx.commit().await
}

async fn make(portal: &Portal, claim: Claim, draft: Draft) -> io::Result<bool> {
    let (db, now) = (&portal.db, || portal.clock.now());
    let operator = &portal.config.operator_name;
    let Some(contents) = Contents::read(db, claim.account, operator, now()).await.map_err(io::Error::other)? else {
        return Ok(false);
    };
    let archive = Archive::of(&contents)?;
    let total = i64::try_from(archive.bytes()).unwrap_or(i64::MAX);
    if !request::progress(db, claim, (draft, 0, total), now()).await.map_err(io::Error::other)? {
        return Ok(false);
    }
    let (written, noted) = (AtomicI64::new(0), AtomicI64::new(0));
    let (written_ref, noted_ref) = (&written, &noted);
    let bytes = archive.stream(portal.files.clone(), db.clone()).then(async |chunk| {
        let chunk = chunk?;
        let length = i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        let done = written_ref.fetch_add(length, Ordering::Relaxed) + length;
        if done - noted_ref.load(Ordering::Relaxed) >= STEP {
            noted_ref.store(done, Ordering::Relaxed);
            let is_ours = request::progress(db, claim, (draft, done, total), now()).await.map_err(io::Error::other)?;
            if !is_ours {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        Ok::<_, io::Error>(chunk)
    });
    portal.files.write(draft, bytes).await?;
    hand_over(portal, claim, draft, written.into_inner()).await.map_err(io::Error::other)
}

/// Row, file, mail in one step: the person hears of a copy exactly when it is there.
async fn hand_over(portal: &Portal, claim: Claim, draft: Draft, bytes: i64) -> Result<bool, sqlx::Error> {
    let now = portal.clock.now();
    let policy = policy::at(&portal.db, now).await?;
    let mut tx = portal.db.begin().await?;
    let until = now + policy.duration(Figure::CopyDays);
    let is_ours = request::finish(&mut tx, claim, until, now).await?;
    if !is_ours || !blob::go_live(&mut tx, draft.id, "application/zip", bytes).await? {
        return Ok(false);
    }
    if let Some(person) = account::find(&mut *tx, claim.account).await? {
        let way = if person.access_ended_at.is_some() {
            Way::Copy(ended::path(&ended::make(&mut *tx, claim.id, now).await?))
        } else {
            Way::of(link::to_copy(&mut *tx, claim.account.into(), now).await?)
        };
        let to = Recipient::of(claim.account, &person.email);
        mail::enqueue(&mut *tx, &mails::data_copy(&portal.config, to, &way, until), now).await?;
    }
    tx.commit().await?;
    Ok(true)
}
