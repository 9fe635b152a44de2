//! Sending what is in the outbox: several workers at once, each mail by one of them.
//!
//! A mail is claimed by pushing its next attempt into the future. A crash before the hand-over leaves it to be
//! claimed again; a crash between hand-over and note sends it again under the same Message-ID (or file name).

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::transport::{Failure, Letter, Transport};
use super::{Topic, sign_off};
use crate::clock::Clock;
use crate::id::AccountId;

/// How long a claimed mail stays with its worker: longer than a handful takes, however slow the server is.
const CLAIM: Duration = Duration::minutes(2);
/// Mails claimed at once; each may take [`super::transport::PATIENCE`].
const HANDFUL: i64 = 5;
/// After so many attempts a mail counts as failed.
const ATTEMPTS: i16 = 12;

/// The pause after the n-th failed attempt: 2, 4, 8 … minutes, at most 6 hours.
pub fn pause(attempts: i16) -> Duration {
    Duration::minutes(1 << attempts.clamp(0, 9)).min(Duration::hours(6))
}

/// Sends what is due; returns how many mails were handed over.
pub async fn deliver(db: &PgPool, transport: &Transport, clock: &Clock) -> Result<usize, sqlx::Error> {
    let mut sent = 0;
    loop {
        // Anew for each handful: a claim counts from when it was made.
        let now = clock.now();
        // An array: behind `in` the limit might be reached anew for each row of the table.
        let handful = sqlx::query!(
            r#"update mail set due_at = $1 + $2::interval, attempts = attempts + 1
               where id = any(array(
                   select id from mail where sent_at is null and failed_at is null and due_at <= $1
                   order by due_at limit $3 for update skip locked
               ))
               returning id, account_id as "account: AccountId", topic as "topic: Topic", recipient as "recipient!",
                         subject as "subject!", body as "body!", attempts,
                         exists (select from account a where a.id = account_id and a.erased_at is not null) as "is_erased!""#,
            now,
            sqlx::postgres::types::PgInterval::try_from(CLAIM).map_err(sqlx::Error::Encode)?,
            HANDFUL,
        )
        .fetch_all(db)
        .await?;
        if handful.is_empty() {
            return Ok(sent);
        }
        for mail in handful {
            if mail.is_erased {
                // Written while the person was erased.
                sqlx::query!("delete from mail where id = $1", mail.id).execute(db).await?;
                continue;
            }
            let sign_off = match mail.account.filter(|_| mail.topic.is_optional()) {
                Some(account) => Some(sign_off::create(db, account, mail.topic, now).await?),
                None => None,
            };
            let letter = Letter {
                id: mail.id,
                to: &mail.recipient,
                subject: &mail.subject,
                body: &mail.body,
                sign_off: sign_off.as_deref(),
            };
            let result = transport.send(&letter, now).await;
            let now = clock.now();
            match result {
                Ok(()) => {
                    note_sent(db, mail.id, now).await?;
                    sent += 1;
                }
                Err(failure) => note_failure(db, mail.id, mail.attempts, &failure, now).await?,
            }
        }
    }
}

async fn note_sent(db: &PgPool, id: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update mail set sent_at = $2 where id = $1", id, now).execute(db).await.map(drop)
}

async fn note_failure(
    db: &PgPool,
    id: Uuid,
    attempts: i16,
    failure: &Failure,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let last = matches!(failure, Failure::Permanent(_)) || attempts >= ATTEMPTS;
    tracing::warn!(mail = %id, attempts, last, reason = %failure, "mail not handed over");
    sqlx::query!(
        "update mail set due_at = $2, failed_at = case when $3 then $4::timestamptz end where id = $1",
        id,
        now + pause(attempts),
        last,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::transport::PATIENCE;
    use super::*;

    #[test]
    fn a_claim_outlasts_a_handful() {
        assert!(CLAIM > Duration::try_from(PATIENCE).expect("seconds") * HANDFUL as i32);
    }

    #[test]
    fn pauses_grow_and_end_at_six_hours() {
        assert_eq!(pause(1), Duration::minutes(2));
        assert_eq!(pause(12), Duration::hours(6));
    }
}
