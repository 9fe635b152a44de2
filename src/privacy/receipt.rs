//! The receipt of an erasure (privacy.md): written in the erasing transaction, held until the bytes of the person's files are
//! gone, then a mail whose address and text are scrubbed at hand-over. The one thing of a person that outlives the erasure,
//! for the minutes that the files take.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Config;
use crate::id::AccountId;
use crate::mail;
use crate::policy;
use crate::retention::Rule;
use crate::retention::gone::{Erased, Kind};
use crate::retention::mails::{self, Receipt};

/// Receipts that become mails at a time, every few seconds: a night that erases thousands neither floods the mail server nor
/// slows down whoever is in the portal.
const BATCH: i64 = 50;

/// To whom a receipt will go, read before the address is erased.
#[derive(Debug, Clone)]
pub struct Addressee {
    /// Marks the files that go with this erasure.
    erasure: Uuid,
    /// None: nobody ever confirmed that the address is theirs, so that nobody is written to.
    recipient: Option<String>,
}

/// Begins the erasure of a person: remembers their address, and marks the files that are doomed from here to the end of the
/// transaction. Nobody waits until its commit is on the disk: what a crash of the database takes back is due again, and
/// files that were deleted meanwhile count as deleted.
pub async fn begin(db: &mut PgConnection, account: AccountId) -> Result<Addressee, sqlx::Error> {
    let erasure = Uuid::new_v4();
    let begun = sqlx::query!(
        r#"select set_config('portal.erasure', $2, true) as "erasure!", set_config('synchronous_commit', 'off', true) as "commit!",
                  (select a.email from account a left join applicant p on p.id = a.id
                   where a.id = $1 and a.email not like '%@geloescht.invalid' and
                         (a.password_hash is not null or a.access_ended_at is not null or p.confirmed_at is not null)
                  ) as recipient"#,
        account.0,
        erasure.to_string(),
    )
    .fetch_one(db)
    .await?;
    Ok(Addressee { erasure, recipient: begun.recipient })
}

/// Writes the receipt of what this transaction erased and entered into the ledger.
pub async fn write(
    db: &mut PgConnection,
    to: Addressee,
    erased: &Erased,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (Some(recipient), Some(last)) = (to.recipient, erased.gone.last()) else { return Ok(()) };
    let kinds: Vec<Kind> = erased.gone.iter().map(|gone| gone.kind).collect();
    // The ledger's lock is ours until the commit, so that its last entry is our last one.
    sqlx::query!(
        "insert into erasure_receipt (erasure_id, entry_id, recipient, kinds, files, by_wish, erased_at)
         select $1, e.id, $2, $3::erasure_kind[], $4, $5, $6 from erasure_entry e
         where e.position = (select max(position) from erasure_entry)",
        to.erasure,
        recipient,
        kinds as Vec<Kind>,
        erased.gone.iter().map(|gone| gone.files).sum::<i32>(),
        last.rule == Rule::Wish,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Turns receipts into mails whose erasure has no file left, [`BATCH`] at most; returns how many.
pub async fn send_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let due = sqlx::query_as!(
        Receipt,
        r#"delete from erasure_receipt where erasure_id in (
               select r.erasure_id from erasure_receipt r
               where not exists (select from blob b where b.doomed_with = r.erasure_id)
               limit $1 for update skip locked)
           returning entry_id as number, recipient, kinds as "kinds: Vec<Kind>", files, by_wish, erased_at"#,
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
