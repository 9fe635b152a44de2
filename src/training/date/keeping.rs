//! Dates as staff keep them: offering one, and changing what can be changed of one that stands.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::lock;
use crate::accounts::audit;
use crate::clock::german;
use crate::config::Config;
use crate::id::{AccountId, CourseId, TrainingDateId};
use crate::training::{offer, participant};

/// What staff typed, proven: days do not overlap and lie ahead.
#[derive(Debug, Clone)]
pub struct NewDate {
    pub trainer: AccountId,
    pub place: String,
    pub seats: i16,
    pub leave_until: OffsetDateTime,
    /// Earliest first, at least one.
    pub days: Vec<(OffsetDateTime, OffsetDateTime)>,
}

/// Offers a date; `None` if the course is retired or its campaign over.
pub async fn create(
    db: &PgPool,
    course: CourseId,
    new: &NewDate,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Option<TrainingDateId>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let made = sqlx::query_scalar!(
        r#"insert into training_date (id, course_id, trainer_id, place, seats, leave_until, created_at)
           select $1, k.id, $3, $4, $5, $6, $7 from course k join campaign c on c.id = k.campaign_id
           where k.id = $2 and k.retired_at is null and c.ended_at is null
           returning id as "id: TrainingDateId""#,
        TrainingDateId::new().0,
        course.0,
        new.trainer.0,
        new.place,
        new.seats,
        new.leave_until,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(id) = made else { return Ok(None) };
    let (ids, (starts, ends)): (Vec<Uuid>, (Vec<_>, Vec<_>)) =
        new.days.iter().map(|(from, to)| (Uuid::new_v4(), (*from, *to))).unzip();
    sqlx::query!(
        "insert into training_day (id, date_id, starts_at, ends_at)
         select n.id, $1, n.starts_at, n.ends_at from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) as n (id, starts_at, ends_at)",
        id.0,
        &ids,
        &starts,
        &ends,
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "training_date.create", &id.to_string(), now).await?;
    tx.commit().await.map(|()| Some(id))
}

/// What can be changed of a date that stands.
#[derive(Debug, Clone)]
pub struct Change {
    pub trainer: AccountId,
    pub place: String,
    pub seats: i16,
}

/// Why a date cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefusal {
    Unknown,
    Cancelled,
    Over,
    /// So many seats are taken or held.
    Taken(i16),
}

impl ChangeRefusal {
    /// The reason and the nearest way on.
    pub fn sentence(self) -> String {
        match self {
            Self::Unknown => "Diesen Termin gibt es nicht mehr.".into(),
            Self::Cancelled => "Dieser Termin ist abgesagt und lässt sich nicht mehr ändern.".into(),
            Self::Over => "Dieser Termin ist vorbei und lässt sich nicht mehr ändern.".into(),
            Self::Taken(taken) => {
                format!(
                    "{} schon vergeben. Weniger geht nicht.",
                    german::count(taken.into(), "Platz ist", "Plätze sind")
                )
            }
        }
    }
}

/// Changes place, seats and trainer. More seats go to the waiting list first; a new place is told to everybody who takes part.
pub async fn change(
    db: &PgPool,
    config: &Config,
    id: TrainingDateId,
    new: &Change,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), ChangeRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(before) = lock(&mut tx, id).await? else { return Ok(Err(ChangeRefusal::Unknown)) };
    match () {
        () if before.cancelled_at.is_some() => return Ok(Err(ChangeRefusal::Cancelled)),
        () if before.ends_at() <= now => return Ok(Err(ChangeRefusal::Over)),
        () if new.seats < before.taken => return Ok(Err(ChangeRefusal::Taken(before.taken))),
        () => {}
    }
    sqlx::query!(
        "update training_date set trainer_id = $2, place = $3, seats = $4 where id = $1",
        id.0,
        new.trainer.0,
        new.place,
        new.seats,
    )
    .execute(&mut *tx)
    .await?;
    if before.place != new.place {
        participant::tell_place(&mut tx, config, id, now).await?;
    }
    offer::advance(&mut tx, config, id, now).await?;
    audit::note(&mut *tx, Some(by), "training_date.change", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}
