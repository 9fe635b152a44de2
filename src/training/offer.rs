//! A freed seat is offered to the first on the waiting list for a limited time; the offer holds the seat. What is not
//! accepted in time goes to the next. Accepting and expiring lock the same date, and the offer's instant divides them.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::date::{self, TrainingDate};
use super::enrolment::{self, Facts, Refusal, State};
use super::{mails, participant};
use crate::config::Config;
use crate::freelancers::history::Event;
use crate::id::{EnrolmentId, FreelancerId, TrainingDateId};
use crate::mail;
use crate::policy::{self, Figure};
use crate::shifts::training_day;

/// Takes the offered seat: the person's time is held now. A step of [`enrolment::take`].
pub(super) async fn accept(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Result<(EnrolmentId, Event), Refusal>, sqlx::Error> {
    let live = match facts.admit_acceptance(now) {
        Ok(live) => live,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(overlap) = training_day::hold(&mut *db, freelancer, &facts.date.day_ids, now).await? {
        return Ok(Err(enrolment::refused(&overlap, &facts.date)));
    }
    sqlx::query!(
        "update enrolment set state = 'enrolled', enrolled_at = $2, offered_until = null where id = $1",
        live.id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(Ok((live.id, Event::TrainingEnrolled)))
}

/// Offers every free seat to the first on the list. The caller has locked the date.
pub(super) async fn advance(
    db: &mut PgConnection,
    config: &Config,
    id: TrainingDateId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Some(date) = date::find(&mut *db, id).await? else { return Ok(()) };
    if date.cancelled_at.is_some() || date.starts_at() <= now || date.free() <= 0 {
        return Ok(());
    }
    let until = until(&date, policy::at(&mut *db, now).await?.duration(Figure::TrainingOfferHours), now);
    let offered = sqlx::query_scalar!(
        r#"update enrolment set state = 'offered', offered_until = $2
           where id in (
               select e.id from enrolment e join account a on a.id = e.freelancer_id
               where e.date_id = $1 and e.state = 'waiting' and a.access_ended_at is null
               order by e.joined_at, e.id limit $3
           )
           returning id as "id: EnrolmentId""#,
        id.0,
        until,
        i64::from(date.free()),
    )
    .fetch_all(&mut *db)
    .await?;
    date::count(&mut *db, id, i16::try_from(offered.len()).unwrap_or_default()).await?;
    for enrolment in offered {
        let Some(person) = participant::find(&mut *db, enrolment).await? else { continue };
        enrolment::note(&mut *db, &date, person.freelancer, Event::TrainingOffered, now).await?;
        mail::enqueue(&mut *db, &mails::offered(config, &date, &person), now).await?;
    }
    Ok(())
}

/// Until when a seat is offered: for the policy's time, never beyond the start.
fn until(date: &TrainingDate, time: time::Duration, now: OffsetDateTime) -> OffsetDateTime {
    (now + time).min(date.starts_at())
}

/// Ends offers that ran out and the waiting lists of dates that began, and offers freed seats to the next; returns how many
/// ended. Any number of servers may do so at once.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let dates = sqlx::query_scalar!(
        r#"select distinct e.date_id as "id: TrainingDateId" from enrolment e
           where e.state = 'offered' and e.offered_until <= $1
              or e.state = 'waiting' and exists (select from training_day y where y.date_id = e.date_id and y.starts_at <= $1)"#,
        now,
    )
    .fetch_all(db)
    .await?;
    let mut ended = 0;
    for date in dates {
        ended += expire(db, config, date, now).await?;
    }
    Ok(ended)
}

async fn expire(db: &PgPool, config: &Config, id: TrainingDateId, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(date) = date::lock(&mut tx, id).await? else { return Ok(0) };
    let has_begun = date.starts_at() <= now;
    let over = sqlx::query!(
        r#"select id as "id: EnrolmentId", state as "state: State" from enrolment
           where date_id = $1 and (state = 'offered' and offered_until <= $2 or state = 'waiting' and $3)
           order by joined_at, id"#,
        id.0,
        now,
        has_begun,
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in &over {
        if row.state == State::Offered {
            date::count(&mut tx, id, -1).await?;
        }
        enrolment::end(&mut tx, row.id, State::Lapsed, now).await?;
        let Some(person) = participant::find(&mut *tx, row.id).await? else { continue };
        enrolment::note(&mut tx, &date, person.freelancer, Event::TrainingLapsed, now).await?;
        let mail = mails::lapsed(config, &date, &person, row.state == State::Offered);
        mail::enqueue(&mut *tx, &mail, now).await?;
    }
    advance(&mut tx, config, id, now).await?;
    tx.commit().await?;
    Ok(over.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::date::tests::date;
    use time::Duration;

    #[test]
    fn an_offer_never_lasts_beyond_the_start() {
        let date = date();
        let day = Duration::hours(24);
        let early = date.starts_at() - Duration::days(3);
        assert_eq!(until(&date, day, early), early + day);
        assert_eq!(until(&date, day, date.starts_at() - Duration::HOUR), date.starts_at());
    }
}
