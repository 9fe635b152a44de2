//! Training days take a person's time as shifts do: they are bookings, so that one constraint (`booking_overlap`) keeps
//! both apart. Steps of a training's transaction; who may take part is decided there.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::said;
use crate::clock::Zone;
use crate::id::{AccountId, BookingId, FreelancerId, TrainingDayId};

/// How often a lost race is looked at anew.
const ROUNDS: usize = 3;

/// What a person has at the time of a training day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    Shift {
        starts_at: OffsetDateTime,
        ends_at: OffsetDateTime,
    },
    Training {
        starts_at: OffsetDateTime,
        ends_at: OffsetDateTime,
    },
    /// It kept changing while it was tried.
    Unsettled,
}

impl Overlap {
    /// The reason, in this zone's wall time.
    pub fn sentence(&self, zone: &Zone) -> String {
        match *self {
            Self::Shift { starts_at, ends_at } => {
                format!("Sie überlappt deine Schicht {}.", said(zone, starts_at, ends_at))
            }
            Self::Training { starts_at, ends_at } => {
                format!("Sie überlappt deine Schulung {}.", said(zone, starts_at, ends_at))
            }
            Self::Unsettled => "Dein Plan ändert sich gerade. Bitte sieh noch einmal nach.".into(),
        }
    }
}

/// Takes a person's time for these days. On an overlap some of them may be held already: the caller rolls back.
pub async fn hold(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    days: &[TrainingDayId],
    now: OffsetDateTime,
) -> Result<Result<(), Overlap>, sqlx::Error> {
    let days: Vec<Uuid> = days.iter().map(|day| day.0).collect();
    for _ in 0..ROUNDS {
        let ids: Vec<Uuid> = days.iter().map(|_| BookingId::new().0).collect();
        // In the order of time: two trainings that are tried at once wait for each other in one direction only.
        sqlx::query!(
            "insert into booking (id, kind, training_day_id, freelancer_id, during, booked_at)
             select n.id, 'training', d.id, $3, d.during, $4
             from unnest($1::uuid[], $2::uuid[]) as n (id, day) join training_day d on d.id = n.day
             order by d.starts_at
             on conflict do nothing",
            &ids,
            &days,
            freelancer.0,
            now,
        )
        .execute(&mut *db)
        .await?;
        let held = sqlx::query_scalar!(
            r#"select count(*) as "n!" from booking where training_day_id = any ($1) and freelancer_id = $2 and released_at is null"#,
            &days,
            freelancer.0,
        )
        .fetch_one(&mut *db)
        .await?;
        if usize::try_from(held) == Ok(days.len()) {
            return Ok(Ok(()));
        }
        if let Some(overlap) = overlap(db, freelancer, &days).await? {
            return Ok(Err(overlap));
        }
    }
    Ok(Err(Overlap::Unsettled))
}

/// The first of a person's other bookings at the time of one of these days.
async fn overlap(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    days: &[Uuid],
) -> Result<Option<Overlap>, sqlx::Error> {
    let other = sqlx::query!(
        r#"select b.training_day_id is not null as "training!", lower(b.during) as "starts_at!", upper(b.during) as "ends_at!"
           from booking b join training_day d on d.id = any ($2) and d.during && b.during
           where b.freelancer_id = $1 and b.released_at is null and coalesce(b.training_day_id <> all ($2), true)
           order by lower(b.during) limit 1"#,
        freelancer.0,
        days,
    )
    .fetch_optional(db)
    .await?;
    Ok(other.map(|other| match (other.training, other.starts_at, other.ends_at) {
        (true, starts_at, ends_at) => Overlap::Training { starts_at, ends_at },
        (false, starts_at, ends_at) => Overlap::Shift { starts_at, ends_at },
    }))
}

/// What these days overlap of each person's other bookings, for pages that say beforehand what can be enrolled in.
pub async fn overlaps(
    db: impl sqlx::PgExecutor<'_>,
    freelancer: FreelancerId,
    days: &[TrainingDayId],
) -> Result<Vec<(TrainingDayId, Overlap)>, sqlx::Error> {
    let days: Vec<Uuid> = days.iter().map(|day| day.0).collect();
    let rows = sqlx::query!(
        r#"select distinct on (d.id) d.id as "day: TrainingDayId", b.training_day_id is not null as "training!",
                  lower(b.during) as "starts_at!", upper(b.during) as "ends_at!"
           from training_day d join booking b on b.freelancer_id = $1 and b.released_at is null and b.during && d.during
           where d.id = any ($2) and coalesce(b.training_day_id <> d.id, true)
           order by d.id, lower(b.during)"#,
        freelancer.0,
        &days,
    )
    .fetch_all(db)
    .await?;
    let overlap = |training, starts_at, ends_at| match training {
        true => Overlap::Training { starts_at, ends_at },
        false => Overlap::Shift { starts_at, ends_at },
    };
    Ok(rows.into_iter().map(|row| (row.day, overlap(row.training, row.starts_at, row.ends_at))).collect())
}

/// Gives a person's time back, because they leave the training.
pub async fn free(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    days: &[TrainingDayId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let days: Vec<Uuid> = days.iter().map(|day| day.0).collect();
    sqlx::query!(
        "update booking set released_at = $3, release_kind = 'own', released_by = $1
         where freelancer_id = $1 and training_day_id = any ($2) and released_at is null",
        freelancer.0,
        &days,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives a person's time back, because staff end their enrolment.
pub async fn take_off(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    days: &[TrainingDayId],
    (reason, by): (&str, AccountId),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let days: Vec<Uuid> = days.iter().map(|day| day.0).collect();
    sqlx::query!(
        "update booking set released_at = $3, release_kind = 'staff', released_by = $4, release_reason = $5
         where freelancer_id = $1 and training_day_id = any ($2) and released_at is null",
        freelancer.0,
        &days,
        now,
        by.0,
        reason,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives everybody's time back, because staff cancel the training.
pub async fn free_all(
    db: &mut PgConnection,
    days: &[TrainingDayId],
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let days: Vec<Uuid> = days.iter().map(|day| day.0).collect();
    sqlx::query!(
        "update booking set released_at = $2, release_kind = 'staff', released_by = $3, release_reason = $4
         where training_day_id = any ($1) and released_at is null",
        &days,
        now,
        by.0,
        reason,
    )
    .execute(db)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn an_overlap_names_what_it_is() {
        let (starts_at, ends_at) = (datetime!(2026-12-02 8:00 UTC), datetime!(2026-12-02 12:00 UTC));
        let zone = Zone::berlin();
        assert_eq!(
            Overlap::Shift { starts_at, ends_at }.sentence(&zone),
            "Sie überlappt deine Schicht Mi, 2.12., 09:00–13:00 Uhr."
        );
        assert_eq!(
            Overlap::Training { starts_at, ends_at }.sentence(&zone),
            "Sie überlappt deine Schulung Mi, 2.12., 09:00–13:00 Uhr."
        );
    }
}
