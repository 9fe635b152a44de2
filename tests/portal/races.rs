//! Many at once: the invariants of booking hold over HTTP, with a barrier and many rounds.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use portal::shifts::recount;
use sqlx::PgPool;
use time::Duration;
use time::macros::date;
use tokio::sync::{Barrier, Mutex};

use crate::client::Client;
use crate::seed;
use crate::server::TestPortal;

async fn scalar(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

async fn assert_sound(db: &PgPool) {
    assert_eq!(recount::count(db).await.unwrap().1, [], "counters fit the bookings");
    let overbooked = "select count(*) from shift s where (select count(*) from booking b where b.shift_id = s.id and b.released_at is null) > s.seats";
    assert_eq!(scalar(db, overbooked).await, 0, "overbooked shifts");
    let overlaps = "select count(*) from booking a join booking b on a.freelancer_id = b.freelancer_id and a.id < b.id and a.during && b.during
                    where a.released_at is null and b.released_at is null";
    assert_eq!(scalar(db, overlaps).await, 0, "overlapping bookings");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(scalar(db, deadlocks).await, 0, "deadlocks");
}

/// The answer to a booking form is always a redirect to a page with a sentence.
async fn post(client: &mut Client, path: &str) -> bool {
    let answer = client.send(Method::POST, path, Some(String::new())).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    // Only a booking that was made leads back to its own row.
    answer.headers["location"].to_str().unwrap().contains('#')
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_five_seats_two_hundred_rounds() {
    const PEOPLE: usize = 50;
    const ROUNDS: i64 = 200;
    let portal = TestPortal::with_connections(24).await;
    let campaign = seed::campaign(&portal.db).await;
    let mut shifts = Vec::new();
    for round in 0..ROUNDS {
        let day = date!(2026 - 11 - 30) + Duration::days(round / 20);
        shifts.push(seed::shift(&portal.db, &campaign, day, (round % 20) as i16, 1, 5).await);
    }
    let barrier = Arc::new(Barrier::new(PEOPLE));
    let wins = Arc::new(Mutex::new(vec![0; shifts.len()]));
    let mut tasks = Vec::new();
    for _ in 0..PEOPLE {
        let person = seed::qualified(&portal.db, &campaign).await;
        let mut client = portal.client_of(&person).await;
        let (barrier, wins, shifts) = (Arc::clone(&barrier), Arc::clone(&wins), shifts.clone());
        tasks.push(tokio::spawn(async move {
            for (round, shift) in shifts.iter().enumerate() {
                barrier.wait().await;
                if post(&mut client, &format!("/schichten/{shift}/buchung")).await {
                    wins.lock().await[round] += 1;
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(wins.lock().await.iter().all(|won| *won == 5), "five in each round: {:?}", wins.lock().await);
    let wrong = "select count(*) from shift where booked <> 5";
    assert_eq!(scalar(&portal.db, wrong).await, 0);
    assert_sound(&portal.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_sixty_four_connections_overlapping_shifts() {
    const CONNECTIONS: usize = 64;
    const ROUNDS: i64 = 20;
    let portal = TestPortal::with_connections(24).await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(portal.client_of(&person).await);
    }
    for round in 0..ROUNDS {
        // Eight shifts that all overlap each other.
        let day = date!(2026 - 11 - 30) + Duration::days(round);
        let mut shifts = Vec::new();
        for hour in 8..16 {
            shifts.push(seed::shift(&portal.db, &campaign, day, hour, 9, 3).await);
        }
        let tries = clients.iter_mut().zip(shifts.iter().cycle());
        let won =
            join_all(tries.map(async |(client, shift)| post(client, &format!("/schichten/{shift}/buchung")).await))
                .await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "round {round}: one shift, told once");
        // Released from many windows at once, and booked again meanwhile.
        let back = clients.iter_mut().zip(shifts.iter().cycle()).enumerate();
        join_all(back.map(async |(n, (client, shift))| {
            let what = if n % 3 == 0 { "buchung" } else { "freigabe" };
            post(client, &format!("/schichten/{shift}/{what}")).await
        }))
        .await;
    }
    assert_sound(&portal.db).await;
}
