//! The reminder on the day before a training begins: exactly once, however many servers run, and caught up after downtime.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use super::{date, mails, participant};
use crate::config::Config;
use crate::id::EnrolmentId;
use crate::mail;

/// The reminder goes out so long before the first day begins.
pub const REMINDER: Duration = Duration::hours(24);

/// Reminds of the trainings that begin within 24 hours; returns how many mails. Whoever got a seat later than that knows it.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    // The row is claimed and the mail written in one transaction: a second server finds nothing left.
    let due = sqlx::query_scalar!(
        r#"update enrolment set reminded_at = $1
           where id in (
               select e.id from enrolment e
               join lateral (select min(y.starts_at) as first from training_day y where y.date_id = e.date_id) days on true
               where e.state = 'enrolled' and e.reminded_at is null
                 and days.first > $1 and days.first <= $2 and days.first - e.enrolled_at > $2::timestamptz - $1::timestamptz
               for update of e skip locked
           ) and reminded_at is null
           returning id as "id: EnrolmentId""#,
        now,
        now + REMINDER,
    )
    .fetch_all(&mut *tx)
    .await?;
    let people = participant::all(&mut *tx, &due).await?;
    let ids: Vec<_> = people.iter().map(|person| person.date).collect();
    let dates = date::list(&mut *tx, &date::Wanted { ids: Some(&ids), ..date::Wanted::default() }).await?;
    let mails: Vec<_> = people
        .iter()
        .filter_map(|person| Some(mails::reminder(config, dates.iter().find(|date| date.id == person.date)?, person)))
        .collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(mails.len())
}
