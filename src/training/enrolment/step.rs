//! Enrolling in a training date, its waiting list, and leaving both.
//!
//! The date's row is locked first, facts are read under that lock, a pure function decides; a lost race is decided anew.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::{Facts, Refusal, State, end, facts, insert, note};
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::history::Event;
use crate::id::{EnrolmentId, FreelancerId, TrainingDateId};
use crate::mail;
use crate::shifts::training_day::{self, Overlap};
use crate::training::date::{self, TrainingDate};
use crate::training::{mails, offer, participant};

/// How often a lost race is decided anew before the person is asked to look again.
const ROUNDS: usize = 3;

/// What became of an attempt, with the date it was about (none: there is no such date).
#[derive(Debug, Clone)]
pub struct Outcome {
    pub date: Option<TrainingDate>,
    pub result: Result<(), Refusal>,
}

/// A step of enrolling or leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes a free seat.
    Enrol,
    /// Joins the waiting list.
    Wait,
    /// Takes the offered seat.
    Accept,
    /// Gives the seat, the offer or the place on the list back.
    Leave,
}

/// Takes one step for a person, with mails and history; a lost race is decided anew.
pub async fn take(
    db: &PgPool,
    config: &Config,
    step: Step,
    (id, freelancer): (TrainingDateId, FreelancerId),
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    for _ in 0..ROUNDS {
        match attempt(db, config, step, (id, freelancer), now).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) if is_contention(&error) => {}
            // Lost to another window; the facts of the next round say how.
            Err(error) if matches!(constraint(&error), Some("enrolment_live" | "training_date_seats")) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome { date: date::find(db, id).await?, result: Err(Refusal::Unsettled) })
}

async fn attempt(
    db: &PgPool,
    config: &Config,
    step: Step,
    (id, freelancer): (TrainingDateId, FreelancerId),
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(locked) = date::lock(&mut tx, id).await? else {
        return Ok(Outcome { date: None, result: Err(Refusal::Unknown) });
    };
    let facts = facts(&mut tx, locked, freelancer, now).await?;
    let result = match step {
        Step::Enrol => enrol(&mut tx, &facts, freelancer, now).await?,
        Step::Wait => wait(&mut tx, &facts, freelancer, now).await?,
        Step::Accept => offer::accept(&mut tx, &facts, freelancer, now).await?,
        Step::Leave => leave(&mut tx, &facts, freelancer, now).await?,
    };
    let (enrolment, event) = match result {
        Ok(done) => done,
        // Nothing of this transaction remains.
        Err(refusal) => return Ok(Outcome { date: Some(facts.date), result: Err(refusal) }),
    };
    note(&mut tx, &facts.date, freelancer, event, now).await?;
    if let Some(person) = participant::find(&mut *tx, enrolment).await? {
        let mail = match event {
            Event::TrainingEnrolled => mails::enrolled(config, &facts.date, &person),
            Event::TrainingWaiting => mails::waiting(config, &facts.date, &person),
            _ => mails::left(config, &facts.date, &person),
        };
        mail::enqueue(&mut *tx, &mail, now).await?;
    }
    if step == Step::Leave {
        offer::advance(&mut tx, config, id, now).await?;
    }
    tx.commit().await?;
    Ok(Outcome { date: Some(facts.date), result: Ok(()) })
}

/// What a step wrote: the enrolment, and the event of the history.
type Done = Result<(EnrolmentId, Event), Refusal>;

async fn enrol(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    if let Err(refusal) = facts.admit_seat(now) {
        return Ok(Err(refusal));
    }
    if let Err(overlap) = training_day::hold(&mut *db, freelancer, &facts.date.day_ids, now).await? {
        return Ok(Err(refused(&overlap, &facts.date)));
    }
    date::count(&mut *db, facts.date.id, 1).await?;
    let id = insert(db, facts, freelancer, State::Enrolled, now).await?;
    Ok(Ok((id, Event::TrainingEnrolled)))
}

async fn wait(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    if let Err(refusal) = facts.admit_waiting(now) {
        return Ok(Err(refusal));
    }
    let id = insert(db, facts, freelancer, State::Waiting, now).await?;
    Ok(Ok((id, Event::TrainingWaiting)))
}

async fn leave(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    let live = match facts.admit_leaving(now) {
        Ok(live) => live,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if live.state == State::Enrolled {
        training_day::free(&mut *db, freelancer, &facts.date.day_ids, now).await?;
    }
    if live.state.has_seat() {
        date::count(&mut *db, facts.date.id, -1).await?;
    }
    end(db, live.id, State::Left, now).await?;
    Ok(Ok((live.id, Event::TrainingLeft)))
}

/// An overlap as a refusal.
pub(in crate::training) fn refused(overlap: &Overlap, date: &TrainingDate) -> Refusal {
    match overlap {
        Overlap::Unsettled => Refusal::Unsettled,
        overlap => Refusal::Overlap(overlap.sentence(&date.zone)),
    }
}
