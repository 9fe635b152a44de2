//! Booking a seat; [`rule`] decides, [`release`] gives it back.
//!
//! Facts are read without locks, a pure function decides, one guarded statement writes. Constraints catch every race:
//! `shift_seats` (never more bookings than seats), `booking_overlap` (nobody in two shifts at once), `booking_once`.
//! The statement takes its locks in the same order everywhere: booking, then shift.

mod release;
mod rule;

pub use release::release;
pub(super) use rule::other_said;
pub use rule::{FREE_RELEASE, Facts, Refusal, ReleaseRefusal};

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::kind::Kind;
use super::{mails, pair};
use crate::campaigns::campaign::Channel;
use crate::clock::Zone;
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::qualification;
use crate::id::{BookingId, CampaignId, FreelancerId, ShiftId};
use crate::mail::Topic;

/// How often a lost race is decided anew before the person is asked to look again.
const ROUNDS: usize = 3;

/// The person who books.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub id: FreelancerId,
    pub email: &'a str,
}

/// What became of an attempt, with the shift it was about (none: there is no such shift).
#[derive(Debug, Clone)]
pub struct Outcome<E> {
    pub facts: Option<Facts>,
    pub result: Result<(), E>,
}

/// Reads the facts of a published shift for a person at an instant; one statement, no locks.
pub async fn facts(
    db: &PgPool,
    shift: ShiftId,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<Option<Facts>, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        r#"select s.id as "shift: ShiftId", s.campaign_id as "campaign: CampaignId", c.client, c.name as campaign_name,
                  s.channel as "channel: Channel", c.zone as "zone: Zone", s.starts_at, s.ends_at, s.seats, s.booked, s.withdrawn_at,
                  c.release_deadline_hours, c.planner_contact,
                  c.ended_at as campaign_ended_at,
                  exists (select from qualification q
                          where q.freelancer_id = $2 and q.campaign_id = s.campaign_id and lets_book(q, $3)) as "qualified!",
                  exists (select from mentor m where m.freelancer_id = $2 and m.campaign_id = s.campaign_id) as "mentors!",
                  own.id as "booking?: BookingId", own.booked_at as "booked_at?", own.kind as "kind?: Kind",
                  other.starts_at as "other_starts_at?", other.ends_at as "other_ends_at?",
                  (select k.title from training_day d join training_date t on t.id = d.date_id join course k on k.id = t.course_id
                   where d.id = other.training_day_id) as other_course
           from shift s
           join campaign c on c.id = s.campaign_id
           left join booking own on own.shift_id = s.id and own.freelancer_id = $2 and own.released_at is null
           left join lateral (
               select lower(b.during) as starts_at, upper(b.during) as ends_at, b.training_day_id from booking b
               where b.freelancer_id = $2 and b.released_at is null and b.during && s.during and b.shift_id is distinct from s.id
               order by lower(b.during) limit 1
           ) other on true
           where s.id = $1 and s.published_at is not null"#,
        shift.0,
        person.0,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Books a seat, and queues the confirmation. A double click books once and is told so.
pub async fn book(
    db: &PgPool,
    config: &Config,
    shift: ShiftId,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Outcome<Refusal>, sqlx::Error> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(facts) = facts(db, shift, person.id, now).await? else {
            return Ok(Outcome { facts: None, result: Err(Refusal::Unknown) });
        };
        if let Err(mut refusal) = facts.admit(now) {
            if let Refusal::NotQualified(lack) = &mut refusal {
                *lack = qualification::explain(db, person.id, facts.campaign, now).await?;
            }
            return Ok(Outcome { facts: Some(facts), result: Err(refusal) });
        }
        match take(db, config, &facts, person, now).await {
            Ok(true) => return Ok(Outcome { facts: Some(facts), result: Ok(()) }),
            // Something changed between the look and the statement: the facts say what.
            Ok(false) => {}
            Err(error) => match constraint(&error) {
                Some("shift_seats") => return Ok(Outcome { facts: Some(facts), result: Err(Refusal::Full) }),
                Some("shift_withdrawn_unbooked" | "booking_shift" | "booking_overlap" | "booking_once") => {}
                _ if is_contention(&error) => {}
                _ => return Err(error),
            },
        }
        last = Some(facts);
    }
    Ok(Outcome { facts: last, result: Err(Refusal::Unsettled) })
}

/// Takes the seat. A mentor's may be what a trainee without one waits for.
async fn take(
    db: &PgPool,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    if !facts.mentors {
        return take_seat(db, config, facts, person, now).await;
    }
    let mut tx = db.begin().await?;
    let taken = take_seat(&mut *tx, config, facts, person, now).await?;
    pair::settle(&mut tx, config, &[facts.shift], now).await?;
    tx.commit().await?;
    Ok(taken)
}

/// The guarded statement: booking, seat counter and mail, or nothing. `false`: a condition no longer holds.
async fn take_seat(
    db: impl PgExecutor<'_>,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mail = mails::booked(config, facts, now);
    sqlx::query_scalar!(
        r#"with wanted as (
               select s.id, s.during from shift s
               where s.id = $1 and s.published_at is not null and s.withdrawn_at is null and s.starts_at > $3 and s.booked < s.seats
                 and exists (select from qualification q join campaign c on c.id = q.campaign_id
                             where q.freelancer_id = $2 and q.campaign_id = s.campaign_id and lets_book(q, $3) and c.ended_at is null)
           ), made as (
               insert into booking (id, shift_id, freelancer_id, during, booked_at)
               select $4, id, $2, during, $3 from wanted
               on conflict do nothing
               returning shift_id
           ), told as (
               insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
               select $5, $2, $6, $7, $8, $9, $3, $3 from made
               where not exists (select from mail_opt_out o where o.account_id = $2 and o.topic = $6)
           ), counted as (
               update shift set booked = booked + 1 from made where shift.id = made.shift_id
               returning shift.id
           )
           select exists (select from counted) as "taken!""#,
        facts.shift.0,
        person.id.0,
        now,
        BookingId::new().0,
        Uuid::new_v4(),
        Topic::Booking as Topic,
        person.email,
        mail.subject,
        mail.body,
    )
    .fetch_one(db)
    .await
}
