//! Races about seats of trainings: rounds with a barrier, and the same conditions always: never more people than seats, the
//! counter is right, nobody in two places at once.

use std::sync::Arc;

use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::id::{FreelancerId, TrainingDateId};
use portal::shifts::booking;
use portal::training::enrolment::{self, State, Step};
use portal::training::offer;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};
use tokio::sync::Barrier;

use crate::seed::{self, Campaign, Person};
use crate::seed_training as training;
use crate::server::TestPortal;

const MONDAY: OffsetDateTime = datetime!(2026-12-07 8:00 UTC);

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

/// What must hold at any time.
async fn assert_sound(db: &PgPool) {
    let wrong = "select count(*) from training_date d where taken <> (
        select count(*) from enrolment e where e.date_id = d.id and e.state in ('offered', 'enrolled', 'passed', 'repeat')) or taken > seats";
    assert_eq!(count(db, wrong).await, 0, "seats");
    let unheld = "select count(*) from enrolment e join training_day y on y.date_id = e.date_id
        where (e.state = 'enrolled') <> exists (
            select from booking b where b.training_day_id = y.id and b.freelancer_id = e.freelancer_id and b.released_at is null)
          and not exists (select from enrolment o where o.date_id = e.date_id and o.freelancer_id = e.freelancer_id and o.id <> e.id)";
    assert_eq!(count(db, unheld).await, 0, "a seat holds the person's time");
    let overlaps = "select count(*) from booking a join booking b
        on a.freelancer_id = b.freelancer_id and a.id < b.id and a.during && b.during and a.released_at is null and b.released_at is null";
    assert_eq!(count(db, overlaps).await, 0, "overlapping bookings");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(count(db, deadlocks).await, 0, "deadlocks");
}

async fn scene() -> (TestPortal, Campaign, Person) {
    let portal = TestPortal::with_connections(24).await;
    let campaign = seed::campaign(&portal.db).await;
    let trainer = seed::staff(&portal.db, Role::Trainer).await;
    (portal, campaign, trainer)
}

async fn take(portal: &TestPortal, step: Step, date: TrainingDateId, who: FreelancerId, now: OffsetDateTime) -> bool {
    let outcome = enrolment::take(&portal.db, &portal.portal.config, step, (date, who), now).await.unwrap();
    outcome.result.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_on_the_last_seat_two_hundred_rounds() {
    const PEOPLE: usize = 50;
    const ROUNDS: i64 = 200;
    let (portal, campaign, trainer) = scene().await;
    let mut dates = Vec::new();
    for round in 0..ROUNDS {
        // Each round a course of its own: one live enrolment per course.
        let course = training::course(&portal.db, &campaign).await;
        let starts = [MONDAY + Duration::days(round), MONDAY + Duration::days(round) + Duration::hours(5)];
        dates.push(training::date(&portal.db, course, &trainer, &starts, 1).await);
    }
    let (portal, dates) = (Arc::new(portal), Arc::new(dates));
    let barrier = Arc::new(Barrier::new(PEOPLE));
    let mut tasks = Vec::new();
    for _ in 0..PEOPLE {
        let person = training::preparing(&portal.db, &campaign).await.freelancer();
        let (portal, dates, barrier) = (Arc::clone(&portal), Arc::clone(&dates), Arc::clone(&barrier));
        tasks.push(tokio::spawn(async move {
            let mut won = Vec::new();
            for date in dates.iter() {
                barrier.wait().await;
                won.push(take(&portal, Step::Enrol, *date, person, portal.now()).await);
            }
            won
        }));
    }
    let mut wins = vec![0; dates.len()];
    for task in tasks {
        for (round, won) in task.await.unwrap().into_iter().enumerate() {
            wins[round] += i32::from(won);
        }
    }
    assert!(wins.iter().all(|won| *won == 1), "one in each round: {wins:?}");
    assert_sound(&portal.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_expires_while_it_is_accepted_ends_in_exactly_one_of_both() {
    const ROUNDS: i64 = 100;
    let (portal, campaign, trainer) = scene().await;
    let (first, second) =
        (training::preparing(&portal.db, &campaign).await, training::preparing(&portal.db, &campaign).await);
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let course = training::course(&portal.db, &campaign).await;
        let date = training::date(&portal.db, course, &trainer, &[MONDAY + Duration::days(round)], 1).await;
        training::enrolment(&portal.db, &first, date, State::Offered).await;
        training::enrolment(&portal.db, &second, date, State::Waiting).await;
        let until: OffsetDateTime =
            sqlx::query_scalar("select offered_until from enrolment where date_id = $1 and state = 'offered'")
                .bind(date)
                .fetch_one(&portal.db)
                .await
                .unwrap();
        // One clock is a moment behind the other: two windows and three workers at once.
        let accept =
            async || take(&portal, Step::Accept, date, first.freelancer(), until - Duration::MILLISECOND).await;
        let expire = async || offer::run_due(&portal.db, &portal.portal.config, until).await.unwrap();
        let (one, two, ..) = tokio::join!(accept(), accept(), expire(), expire(), expire());
        assert!(!(one && two), "round {round}: accepted twice");
        let states: (State, State) = sqlx::query_as(
            "select (select state from enrolment where date_id = $1 and freelancer_id = $2),
                    (select state from enrolment where date_id = $1 and freelancer_id = $3)",
        )
        .bind(date)
        .bind(first.id)
        .bind(second.id)
        .fetch_one(&portal.db)
        .await
        .unwrap();
        let expected = if one || two { (State::Enrolled, State::Waiting) } else { (State::Lapsed, State::Offered) };
        assert_eq!(states, expected, "round {round}");
        accepted += i32::from(one || two);
    }
    assert_sound(&portal.db).await;
    println!("{accepted} of {ROUNDS} accepted in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_and_enrolling_at_once_keeps_the_counter_and_the_order() {
    const PEOPLE: usize = 12;
    const ROUNDS: usize = 40;
    let (portal, campaign, trainer) = scene().await;
    let course = training::course(&portal.db, &campaign).await;
    let date = training::date(&portal.db, course, &trainer, &[MONDAY], 3).await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(training::preparing(&portal.db, &campaign).await.freelancer());
    }
    for round in 0..ROUNDS {
        let steps = [Step::Enrol, Step::Leave, Step::Wait, Step::Accept];
        let now = portal.now() + Duration::minutes(round as i64);
        let tries = people.iter().enumerate().map(|(n, who)| take(&portal, steps[(n + round) % 4], date, *who, now));
        join_all(tries).await;
        // Free seats and people who wait never go together.
        let idle = "select count(*) from training_date d where taken < seats
            and exists (select from enrolment e where e.date_id = d.id and e.state = 'waiting')";
        assert_eq!(count(&portal.db, idle).await, 0, "round {round}");
    }
    let wrong = "select count(*) from training_date d where taken <> (
        select count(*) from enrolment e where e.date_id = d.id and e.state in ('offered', 'enrolled'))";
    assert_eq!(count(&portal.db, wrong).await, 0);
    let held = "select count(*) from booking where kind = 'training' and released_at is null";
    let enrolled = "select count(*) from enrolment where state = 'enrolled'";
    assert_eq!(count(&portal.db, held).await, count(&portal.db, enrolled).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_and_an_overlapping_shift_never_both() {
    const CONNECTIONS: usize = 16;
    const ROUNDS: i64 = 40;
    let (portal, campaign, trainer) = scene().await;
    let person = training::preparing(&portal.db, &campaign).await;
    seed::qualify(&portal.db, &person, &campaign).await;
    let mut trained = 0;
    for round in 0..ROUNDS {
        let course = training::course(&portal.db, &campaign).await;
        let start = MONDAY + Duration::days(2 * round);
        let day = date!(2026 - 12 - 07) + Duration::days(2 * round);
        // The shift overlaps the second day, so that the first is held already when they meet.
        let dates = [start - Duration::DAY, start];
        let date = training::date(&portal.db, course, &trainer, &dates, 3).await;
        let shift = seed::shift(&portal.db, &campaign, day, 11, 4, 3).await;
        let who = booking::Person { id: person.freelancer(), email: &person.email };
        let barrier = Barrier::new(CONNECTIONS);
        let tries = (0..CONNECTIONS).map(async |n| {
            barrier.wait().await;
            if n % 2 == 0 {
                take(&portal, Step::Enrol, date, person.freelancer(), portal.now()).await
            } else {
                let config = &portal.portal.config;
                // Enrolling asks more before it writes: so that both meet, this one looks first, too.
                for _ in 0..round % 16 {
                    booking::facts(&portal.db, shift, who.id, portal.now()).await.unwrap();
                }
                booking::book(&portal.db, config, shift, who, portal.now()).await.unwrap().result.is_ok()
            }
        });
        let won = join_all(tries).await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}: one of both, once");
        trained += i64::from(won.iter().step_by(2).any(|won| *won));
    }
    assert_sound(&portal.db).await;
    assert!((1..ROUNDS).contains(&trained), "no race took place: the training won {trained} of {ROUNDS}");
}
