//! The receipt of an erasure (privacy.md): written in the erasing transaction, held until the bytes of the person's files are
//! gone, then a mail whose address and text are scrubbed at hand-over. The one thing of a person that outlives the erasure,
//! for the minutes that the files take.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Config;
use crate::mail;
use crate::policy;
use crate::retention::Rule;
use crate::retention::gone::{Erased, Kind};
use crate::retention::mails::{self, Receipt};

/// Receipts that become mails at a time, every few seconds: a night that erases thousands neither floods the mail server nor
/// slows down whoever is in the portal.
const BATCH: i64 = 50;

/// Writes the receipt of what this transaction erased. `number`: the last of its entries in the ledger; `erasure` marks the
/// files that it waits for.
pub async fn write(
    db: impl PgExecutor<'_>,
    (erasure, number): (Uuid, Uuid),
    recipient: &str,
    erased: &Erased,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let kinds: Vec<Kind> = erased.gone.iter().map(|gone| gone.kind).collect();
    sqlx::query!(
        "insert into erasure_receipt (erasure_id, entry_id, recipient, kinds, files, by_wish, is_whole, erased_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        erasure,
        number,
        recipient,
        kinds as Vec<Kind>,
        erased.gone.iter().map(|gone| gone.files).sum::<i32>(),
        erased.gone.last().is_some_and(|last| last.rule == Rule::Wish),
        erased.account,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Turns receipts into mails whose erasure has no file left, [`BATCH`] at most; returns how many.
pub async fn send_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    // The limit holds for an array alone: what stands behind `in` may be read once for each row, and locks more each time.
    let due = sqlx::query_as!(
        Receipt,
        r#"delete from erasure_receipt where erasure_id = any(array(
               select r.erasure_id from erasure_receipt r
               where not exists (select from blob b where b.doomed_with = r.erasure_id)
               limit $1 for update skip locked))
           returning entry_id as number, recipient, kinds as "kinds: Vec<Kind>", files, by_wish, is_whole, erased_at,
               exists (select from erasure_entry e join freelancer f on f.id = e.subject
                       where e.id = entry_id and e.kind = 'account') as "is_freelancers!""#,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    for of_run in due.chunk_by(|one, next| one.erased_at == next.erased_at) {
        let policy = policy::at(&mut *tx, of_run[0].erased_at).await?;
        let mails: Vec<_> = of_run.iter().map(|receipt| mails::receipt(config, &policy, receipt)).collect();
        mail::enqueue_receipts(&mut *tx, &mails, now).await?;
    }
    tx.commit().await?;
    Ok(due.len())
}
