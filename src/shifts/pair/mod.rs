//! First shifts: a trainee's place beside a mentor. It takes no seat; there is one per mentor booked on the shift.
//!
//! As with seats: facts, a pure decision, one guarded statement. The statement locks the mentor's booking, so that a
//! mentor who leaves meanwhile and a trainee who comes see each other; `booking_mentor_once` keeps a second trainee out,
//! and the trigger `booking_mentor_leaves` lets no live place point to a released seat.

mod facts;
pub mod mails;
pub mod mentor;
mod places;
mod settle;

pub use facts::{Facts, Refusal, facts};
pub use places::{Company, MOST, Open, Own, Unaccompanied, company, open, own, unaccompanied};
pub use settle::settle;

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::booking::Person;
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::missing;
use crate::id::{AccountId, BookingId, ShiftId};
use crate::mail;

/// How often a lost race is decided anew before the person is asked to look again.
const ROUNDS: usize = 3;

/// What became of an attempt, with the shift it was about (none: there is no such shift) and beside whom.
#[derive(Debug)]
pub struct Outcome {
    pub facts: Option<Facts>,
    pub result: Result<String, Refusal>,
}

/// One of a pair, as mails address them.
#[derive(Debug, Clone)]
pub struct Somebody {
    pub account: AccountId,
    pub name: String,
    pub email: String,
}

/// Books a place beside the mentor who booked the shift first and has nobody beside them. Both get a mail.
pub async fn book(
    db: &PgPool,
    config: &Config,
    shift: ShiftId,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(facts) = facts(db, shift, person.id, now).await? else {
            return Ok(Outcome { facts: None, result: Err(Refusal::Unknown) });
        };
        let mut decided = facts.admit(now);
        if decided.is_ok() {
            let missing = missing::load(db, person.id, facts.campaign, now).await?;
            decided = if missing.is_nothing() { Ok(()) } else { Err(Refusal::Missing(missing.said())) };
        }
        if let Err(refusal) = decided {
            return Ok(Outcome { facts: Some(facts), result: Err(refusal) });
        }
        match sit_down(db, config, &facts, person, now).await {
            Ok(Some(mentor)) => return Ok(Outcome { facts: Some(facts), result: Ok(mentor) }),
            // Something changed between the look and the statement: the facts say what.
            Ok(None) => {}
            Err(error) => match constraint(&error) {
                Some("booking_shift" | "booking_overlap" | "booking_once" | "booking_mentor_once") => {}
                _ if is_contention(&error) => {}
                _ => return Err(error),
            },
        }
        last = Some(facts);
    }
    Ok(Outcome { facts: last, result: Err(Refusal::Unsettled) })
}

/// Takes the place and tells both; the mentor's name, or `None` if a condition no longer holds.
async fn sit_down(
    db: &PgPool,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let id = BookingId::new();
    let made = sqlx::query_scalar!(
        r#"with wanted as (
               select s.id, s.during, s.campaign_id from shift s join campaign c on c.id = s.campaign_id
               where s.id = $1 and s.published_at is not null and s.withdrawn_at is null and s.starts_at > $3 and c.ended_at is null
                 and exists (select from preparation p
                             where p.freelancer_id = $2 and p.campaign_id = c.id and p.ended_at is null)
                 and exists (select from training_result r where r.freelancer_id = $2 and r.campaign_id = c.id)
                 and not exists (select from qualification q where q.freelancer_id = $2 and q.campaign_id = c.id)
           ), beside as (
               select m.id from wanted w
               join booking m on m.shift_id = w.id and m.kind = 'seat' and m.released_at is null
               join mentor o on o.freelancer_id = m.freelancer_id and o.campaign_id = w.campaign_id
                            and o.confirmed_at is not null and o.withdrawn_at is null
               where m.freelancer_id <> $2 and m.id in (select f.booking_id from free_mentor f where f.shift_id = w.id)
               order by m.booked_at, m.id limit 1
               for no key update of m for share of o
           )
           insert into booking (id, shift_id, freelancer_id, during, booked_at, kind, mentor_booking_id)
           select $4, w.id, $2, w.during, $3, 'beside', m.id from wanted w, beside m
           on conflict do nothing
           returning mentor_booking_id as "mentor!""#,
        facts.shift.0,
        person.id.0,
        now,
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if made.is_none() {
        return Ok(None);
    }
    let Some(mentor) = mentor_of(&mut tx, Some(id)).await? else { return Ok(None) };
    let (title, said) = (facts.campaign_title(), facts.said());
    let trainee = mails::booked(config, facts, person, &mentor.name, now);
    let beside = mails::trainee_comes(config, &mentor, &title, &said);
    mail::enqueue_all(&mut *tx, &[trainee, beside], now).await?;
    tx.commit().await?;
    Ok(Some(mentor.name))
}

/// The mentor beside whom a place is.
pub(super) async fn mentor_of(
    db: &mut PgConnection,
    place: Option<BookingId>,
) -> Result<Option<Somebody>, sqlx::Error> {
    sqlx::query_as!(
        Somebody,
        r#"select a.id as "account: AccountId", a.name, a.email
           from booking b join booking m on m.id = b.mentor_booking_id join account a on a.id = m.freelancer_id
           where b.id = $1"#,
        place.map(|id| id.0) as Option<Uuid>,
    )
    .fetch_optional(db)
    .await
}
