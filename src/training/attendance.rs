//! On which days somebody took part ("teilgenommen"): ticks of the trainer, from the day's beginning on.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::date::TrainingDate;
use super::result::{self, Writer};
use crate::accounts::audit;
use crate::id::{EnrolmentId, TrainingDayId};

/// Why ticks cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotYours,
    Cancelled,
    /// No day has begun yet.
    TooSoon,
}

impl Refusal {
    /// The reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotYours => "Das trägt ein, wer den Termin leitet, oder die Administration.",
            Self::Cancelled => "Dieser Termin ist abgesagt.",
            Self::TooSoon => "Die Schulung hat noch nicht begonnen. Die Häkchen setzt du ab dem ersten Tag.",
        }
    }
}

/// Writes the ticks of all days that have begun: what is in `ticks` took part, who is not there did not.
pub async fn note(
    db: &PgPool,
    date: &TrainingDate,
    ticks: &[(EnrolmentId, TrainingDayId)],
    by: Writer,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    if !result::may_write(date, by) {
        return Ok(Err(Refusal::NotYours));
    }
    if date.cancelled_at.is_some() {
        return Ok(Err(Refusal::Cancelled));
    }
    let begun: Vec<Uuid> = date.days().iter().filter(|day| day.starts_at <= now).map(|day| day.id.0).collect();
    if begun.is_empty() {
        return Ok(Err(Refusal::TooSoon));
    }
    let (people, days): (Vec<Uuid>, Vec<Uuid>) = ticks.iter().map(|(who, day)| (who.0, day.0)).unzip();
    let mut tx = db.begin().await?;
    sqlx::query!("select id from training_date where id = $1 for update", date.id.0).fetch_optional(&mut *tx).await?;
    sqlx::query!(
        "delete from attended_day t using enrolment e
         where e.id = t.enrolment_id and e.date_id = $1 and t.day_id = any ($2)
           and not exists (select from unnest($3::uuid[], $4::uuid[]) as n (who, day) where n.who = t.enrolment_id and n.day = t.day_id)",
        date.id.0,
        &begun,
        &people,
        &days,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into attended_day (enrolment_id, day_id, noted_at, noted_by)
         select e.id, n.day, $5, $6 from unnest($3::uuid[], $4::uuid[]) as n (who, day)
         join enrolment e on e.id = n.who and e.date_id = $1 and e.state in ('enrolled', 'passed', 'repeat')
         where n.day = any ($2)
         on conflict do nothing",
        date.id.0,
        &begun,
        &people,
        &days,
        now,
        by.account.0,
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by.account), "training_date.attendance", &date.id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}
