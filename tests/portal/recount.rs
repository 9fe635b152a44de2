//! The nightly recount: once a night whatever the clock does, and staff learn of every difference.

use portal::accounts::role::Role;
use portal::shifts::recount::{self, Difference};
use portal::training;
use portal::training::enrolment::State;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};

use crate::seed;
use crate::seed_training;
use crate::server::TestPortal;

/// The business dates on which it ran.
async fn nights(db: &PgPool) -> Vec<Date> {
    sqlx::query_scalar("select business_date from recount order by business_date").fetch_all(db).await.unwrap()
}

async fn runs(portal: &TestPortal, now: OffsetDateTime) -> bool {
    recount::run_due(&portal.db, now).await.unwrap().is_some()
}

#[tokio::test]
async fn it_runs_once_a_night_from_a_quarter_past_three_on() {
    let portal = TestPortal::new().await;
    let due = datetime!(2026-11-24 2:15 UTC);
    assert!(!runs(&portal, due - Duration::SECOND).await);
    assert!(runs(&portal, due).await);
    for hours in [0, 1, 12, 20] {
        assert!(!runs(&portal, due + Duration::hours(hours)).await, "{hours} hours later");
    }
    // 23:30 UTC is past midnight in Berlin, yet not past a quarter past three.
    assert!(!runs(&portal, datetime!(2026-11-24 23:30 UTC)).await);
    // The portal was away in the night: it is caught up.
    assert!(runs(&portal, datetime!(2026-11-25 15:00 UTC)).await);
    assert_eq!(nights(&portal.db).await, [date!(2026 - 11 - 24), date!(2026 - 11 - 25)]);
}

#[tokio::test]
async fn the_nights_in_which_the_clock_changes_have_one_each() {
    for (midnight, due, night) in [
        // 03:15 comes an hour early, after 01:59:59; the day has 23 hours.
        (datetime!(2027-03-27 23:00 UTC), datetime!(2027-03-28 1:15 UTC), date!(2027 - 03 - 28)),
        // 02:15 comes twice, 03:15 once; the day has 25 hours.
        (datetime!(2027-10-30 22:00 UTC), datetime!(2027-10-31 2:15 UTC), date!(2027 - 10 - 31)),
    ] {
        let portal = TestPortal::new().await;
        let mut ran = Vec::new();
        let mut now = midnight;
        while portal::clock::Zone::berlin().date(now) == night {
            if runs(&portal, now).await {
                ran.push(now);
            }
            now += Duration::minutes(15);
        }
        assert_eq!(ran, [due], "{night}");
        assert_eq!(nights(&portal.db).await, [night]);
    }
}

#[tokio::test]
async fn a_counter_that_was_tampered_with_is_found_and_staff_are_told() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let shift = seed::shift(&portal.db, &campaign, date!(2026 - 12 - 02), 9, 4, 3).await;
    seed::booking(&portal.db, &seed::qualified(&portal.db, &campaign).await, shift).await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    portal.set_time(datetime!(2026-11-24 2:15 UTC));
    let found = recount::run_due(&portal.db, portal.now()).await.unwrap();
    assert_eq!(found, Some(Vec::new()));
    let mut client = portal.client_of(&planner).await;
    assert!(!client.get("/verwaltung").await.has(".flash[data-s=warn]"));
    assert_eq!(client.get("/readyz").await.body, "ok");

    sqlx::query("update shift set booked = 3 where id = $1").bind(shift).execute(&portal.db).await.unwrap();
    portal.pass(Duration::DAY);
    let found = recount::run_due(&portal.db, portal.now()).await.unwrap();
    assert_eq!(found, Some(vec![Difference { shift: shift.0, counter: 3, bookings: 1 }]));
    let sentence = "Die nächtliche Nachzählung fand eine Schicht, deren Zähler nicht zu den Buchungen passt.";
    let ready = client.get("/readyz").await.clone();
    assert_eq!((ready.status.as_u16(), ready.body.as_str()), (200, &*format!("ok\n{sentence}")));
    let mut client = portal.client_of(&planner).await;
    let banner = client.get("/verwaltung").await.texts(".flash[data-s=warn]").join(" ");
    assert!(banner.contains(sentence), "{banner}");

    // Mended, it is over with the next night.
    sqlx::query("update shift set booked = 1 where id = $1").bind(shift).execute(&portal.db).await.unwrap();
    portal.pass(Duration::DAY);
    recount::run_due(&portal.db, portal.now()).await.unwrap();
    assert_eq!(client.get("/readyz").await.body, "ok");
}

#[tokio::test]
async fn a_trainings_counter_is_counted_too() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let course = seed_training::course(db, &campaign).await;
    let trainer = seed::staff(db, Role::Trainer).await;
    let date = seed_training::date(db, course, &trainer, &[datetime!(2026-12-07 8:00 UTC)], 4).await;
    for state in [State::Enrolled, State::Offered, State::Waiting] {
        let person = seed_training::preparing(db, &campaign).await;
        seed_training::enrolment(db, &person, date, state).await;
    }
    portal.set_time(datetime!(2026-11-24 2:15 UTC));
    recount::run_due(db, portal.now()).await.unwrap();
    assert_eq!(training::recount::run_due(db, portal.now()).await.unwrap(), Some(Vec::new()));
    assert_eq!(training::recount::run_due(db, portal.now()).await.unwrap(), None, "once a night");
    sqlx::query("update training_date set taken = 1 where id = $1").bind(date).execute(db).await.unwrap();
    portal.pass(Duration::DAY);
    let found = training::recount::run_due(db, portal.now()).await.unwrap();
    assert_eq!(found, Some(vec![training::recount::Difference { date, counter: 1, enrolments: 2 }]));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("fand einen Schulungstermin, dessen Zähler nicht zu den Anmeldungen passt."), "{ready}");
    // Only one of the two goes on running: that is noticed.
    portal.pass(Duration::DAY * 3);
    recount::run_due(db, portal.now()).await.unwrap();
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("seit über zwei Tagen nicht gelaufen"), "{ready}");
}

#[tokio::test]
async fn a_recount_that_does_not_run_is_noticed() {
    let portal = TestPortal::new().await;
    seed::campaign(&portal.db).await;
    portal.set_time(datetime!(2026-11-24 2:15 UTC));
    recount::run_due(&portal.db, portal.now()).await.unwrap();
    let mut client = portal.client();
    portal.pass(Duration::hours(50));
    assert_eq!(client.get("/readyz").await.body, "ok");
    portal.pass(Duration::SECOND);
    assert!(client.get("/readyz").await.body.contains("seit über zwei Tagen nicht gelaufen"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_at_once_record_once() {
    let portal = TestPortal::new().await;
    for day in 0..20 {
        let now = datetime!(2026-11-24 2:15 UTC) + Duration::days(day);
        let (one, other) = tokio::join!(runs(&portal, now), runs(&portal, now));
        assert!(one != other, "exactly one has recorded");
    }
    assert_eq!(nights(&portal.db).await.len(), 20);
}
