//! What is said without anybody asking: the reminder on the day before, exactly once, and the note to an interviewer whose
//! interview ended with its application.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::{REMINDER, mails};
use crate::config::Config;
use crate::id::InterviewId;
use crate::mail;
use crate::retention::dossier;
use crate::retention::mails::with_day;

/// Writes what is due; returns how many mails. Any number of servers may do so at once.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    Ok(remind(db, config, now).await? + tell(db, config, now).await?)
}

/// Reminds of the interviews of the next 24 hours. Whoever chose later than that knows it already.
async fn remind(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    // The row is claimed and the mail written in one transaction: a second server finds nothing left. Whoever is just being
    // erased is left out: the mail would wait for the erasure, which waits for the row.
    let due = sqlx::query_scalar!(
        r#"update interview set reminded_at = $1
           where id in (
               select i.id from interview i
               join interview_slot s on s.id = i.slot_id
               join application a on a.id = i.application_id
               join applicant p on p.id = a.applicant_id
               where i.ended_at is null and i.reminded_at is null and a.state = 'invited'
                 and s.starts_at > $1 and s.starts_at <= $2 and s.starts_at - i.chosen_at > $2::timestamptz - $1::timestamptz
               for share of p skip locked for update of i skip locked
           ) and reminded_at is null
           returning id as "id: InterviewId""#,
        now,
        now + REMINDER,
    )
    .fetch_all(&mut *tx)
    .await?;
    let interviews = super::all(&mut *tx, &due).await?;
    let mut mails = Vec::with_capacity(interviews.len());
    for interview in &interviews {
        let path = mails::personal_path(&mut tx, interview, now).await?;
        let erased = dossier::day_of(&mut tx, interview.application, now).await?;
        mails.push(with_day(mails::reminder(config, interview, &path), erased));
    }
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(mails.len())
}

/// Tells interviewers of coming interviews that ended because the application did.
async fn tell(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let ended = sqlx::query_scalar!(
        r#"update interview set told_at = $1
           where id in (
               select id from interview where ending = 'application_ended' and told_at is null for update skip locked
           ) and told_at is null
           returning id as "id: InterviewId""#,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    let interviews = super::all(&mut *tx, &ended).await?;
    let coming = interviews.iter().filter(|interview| interview.starts_at > now);
    let mails: Vec<_> = coming.map(|interview| mails::interviewer_gone(config, interview)).collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(mails.len())
}
