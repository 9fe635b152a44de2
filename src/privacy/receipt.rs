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

/// To whom a receipt will go, read before the address is erased.
#[derive(Debug, Clone)]
pub struct Addressee {
    /// Marks the files that go with this erasure.
    erasure: Uuid,
    /// None: nobody ever confirmed that the address is theirs, so that nobody is written to.
    recipient: Option<String>,
}

/// Begins the erasure of a person: remembers their address, and marks the files that are doomed from here to the end of the
/// transaction.
pub async fn begin(db: &mut PgConnection, account: AccountId) -> Result<Addressee, sqlx::Error> {
    let erasure = Uuid::new_v4();
    sqlx::query!(r#"select set_config('portal.erasure', $1, true) as "set!""#, erasure.to_string())
        .fetch_one(&mut *db)
        .await?;
    let recipient = sqlx::query_scalar!(
        "select a.email from account a left join applicant p on p.id = a.id
         where a.id = $1 and (a.password_hash is not null or a.access_ended_at is not null or p.confirmed_at is not null)
         and a.email not like '%@geloescht.invalid'",
        account.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(Addressee { erasure, recipient })
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

/// Turns receipts into mails whose erasure has no file left; returns how many.
pub async fn send_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut sent = 0;
    loop {
        let mut tx = db.begin().await?;
        let due = sqlx::query_as!(
            Receipt,
            r#"delete from erasure_receipt where erasure_id = (
                   select r.erasure_id from erasure_receipt r
                   where not exists (select from blob b where b.doomed_with = r.erasure_id)
                   order by r.erased_at, r.erasure_id limit 1 for update skip locked)
               returning entry_id as number, recipient, kinds as "kinds: Vec<Kind>", files, by_wish, erased_at"#
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(receipt) = due else { return Ok(sent) };
        let policy = policy::at(&mut *tx, receipt.erased_at).await?;
        mail::enqueue_receipt(&mut *tx, &mails::receipt(config, &policy, &receipt), now).await?;
        tx.commit().await?;
        sent += 1;
    }
}
