//! Erases the mails of a person, and of mails to others what names them.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Topic;
use crate::id::AccountId;

/// What was not sent stays unsent; what was sent loses recipient and words. `topics`: only these; none: everything of the
/// person.
pub async fn erase(
    db: &mut PgConnection,
    account: AccountId,
    topics: Option<&[Topic]>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from mail where account_id = $1 and sent_at is null and failed_at is null
             and ($2::mail_topic[] is null or topic = any ($2))",
        account.0,
        topics as Option<&[Topic]>,
    )
    .execute(&mut *db)
    .await?;
    // A statement of its own: it sees what was being handed over while the first one waited for it.
    sqlx::query!(
        "update mail set recipient = null, subject = null, body = null, scrubbed_at = $3
         where account_id = $1 and scrubbed_at is null and ($2::mail_topic[] is null or topic = any ($2))",
        account.0,
        topics as Option<&[Topic]>,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// What a person switched off, and the links by which they could.
pub async fn forget_choices(db: &mut PgConnection, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_opt_out where account_id = $1", account.0).execute(&mut *db).await?;
    sqlx::query!("delete from mail_sign_off where account_id = $1", account.0).execute(db).await.map(drop)
}

/// Scrubs mails to others that were handed over and name somebody who is erased; what still waits to be sent stays.
pub async fn scrub(db: &PgPool, mails: &[Uuid], now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "update mail set recipient = null, subject = null, body = null, scrubbed_at = $2
         where id = any ($1) and scrubbed_at is null and (sent_at is not null or failed_at is not null)",
        mails,
        now,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Removes from the folder of the default transport whatever the outbox has let go of. Returns the files that stay, but for
/// receipts of erasures that are being handed over.
pub async fn clear_folder(db: &PgPool, folder: &Path) -> Result<Vec<PathBuf>, sqlx::Error> {
    let files = files(folder)?;
    let ids: Vec<Uuid> = files.iter().map(|(id, _)| *id).collect();
    let kept = sqlx::query!("select id, is_receipt from mail where id = any ($1) and scrubbed_at is null", &ids);
    let kept: HashMap<Uuid, bool> = kept.fetch_all(db).await?.into_iter().map(|row| (row.id, row.is_receipt)).collect();
    let mut stay = Vec::new();
    for (id, path) in files {
        match kept.get(&id) {
            // What another server removed meanwhile is gone, too.
            None => drop(std::fs::remove_file(path)),
            Some(true) => {}
            Some(false) => stay.push(path),
        }
    }
    Ok(stay)
}

/// The files of mails in the folder, with the ids that are their names.
fn files(folder: &Path) -> io::Result<Vec<(Uuid, PathBuf)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let id_of = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
    Ok(entries.flatten().filter_map(|entry| Some((id_of(&entry.path())?, entry.path()))).collect())
}
