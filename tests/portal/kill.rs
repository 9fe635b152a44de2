//! kill -9 of the portal and of PostgreSQL under booking load: no acknowledged booking is lost, none is doubled.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portal::accounts::session;
use portal::clock::Clock;
use portal::database::connect;
use portal::shifts::recount;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use crate::cluster::{Folder, Server, signal, wait_for};
use crate::seed::{self, Person};

/// Half of them hit the portal, half its PostgreSQL.
const KILLS: usize = 100;
const PEOPLE: usize = 40;
const SHIFTS: i64 = 600;
const CLIENTS: usize = 6;

/// What the clients saw.
#[derive(Default)]
struct Seen {
    acknowledged: Mutex<HashSet<(Uuid, i64)>>,
    statuses: Mutex<BTreeMap<u16, u64>>,
    stop: AtomicBool,
    port: AtomicU16,
}

async fn database(server: &Server) -> PgPool {
    let socket = server.data.join("postgres/socket");
    connect(PgConnectOptions::new().socket(socket).username("postgres").database("portal"), 4).await.unwrap()
}

/// People with sessions, and shifts of an hour from the day after tomorrow on.
async fn prepare(db: &PgPool) -> (Vec<(Person, String)>, Vec<i64>) {
    let now = Clock::system().now();
    let campaign = seed::campaign(db).await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        let person = seed::qualified(db, &campaign).await;
        let token = session::create(db, person.id, &person.roles, "Test", now).await.unwrap();
        people.push((person, token));
    }
    let mut shifts = Vec::new();
    for n in 0..SHIFTS {
        let day = now.date() + time::Duration::days(2 + n / 20);
        shifts.push(seed::shift(db, &campaign, day, 3 + (n % 20) as i16, 1, 8).await.0);
    }
    (people, shifts)
}

/// Books until told to stop; notes every booking that was acknowledged.
fn book_on(seen: &Seen, people: &[(Person, String)], shifts: &[i64], mut at: usize) {
    while !seen.stop.load(Ordering::SeqCst) {
        // A walk over all pairs in an order that differs for each client.
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let ((person, token), shift) = (&people[(at >> 33) % people.len()], shifts[(at >> 40) % shifts.len()]);
        match post(seen.port.load(Ordering::SeqCst), token, shift) {
            Some((303, location)) => {
                *seen.statuses.lock().unwrap().entry(303).or_default() += 1;
                // Only a booking that was made leads back to its own row.
                if location.ends_with(&format!("#s{shift}")) {
                    let new = seen.acknowledged.lock().unwrap().insert((person.id.0, shift));
                    assert!(new, "acknowledged twice");
                }
            }
            Some((status, _)) => *seen.statuses.lock().unwrap().entry(status).or_default() += 1,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Status and target of a booking; none if the connection broke.
fn post(port: u16, token: &str, shift: i64) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = "Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\nConnection: close";
    write!(stream, "POST /schichten/{shift}/buchung HTTP/1.1\r\n{head}\r\nCookie: session={token}\r\n\r\n").ok()?;
    let mut lines = BufReader::new(stream).lines();
    let status = lines.next()?.ok()?.split(' ').nth(1)?.parse().ok()?;
    let mut location = String::new();
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            // Only a whole head counts as an answer.
            return Some((status, location));
        }
        if let Some(target) = line.strip_prefix("location: ") {
            location = target.to_owned();
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn no_booking_is_lost_or_doubled_by_a_hundred_kills() {
    let folder = Folder::new();
    let mut server = Server::start(&folder.data());
    let db = database(&server).await;
    let (people, shifts) = prepare(&db).await;
    db.close().await;
    let seen = Arc::new(Seen::default());
    seen.port.store(server.port, Ordering::SeqCst);
    let (people, shifts) = (Arc::new(people), Arc::new(shifts));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (seen, people, shifts) = (Arc::clone(&seen), Arc::clone(&people), Arc::clone(&shifts));
            std::thread::spawn(move || book_on(&seen, &people, &shifts, n * 7919 + 1))
        })
        .collect();

    for round in 0..KILLS {
        std::thread::sleep(Duration::from_millis(40 + (round as u64 * 37) % 120));
        if round % 2 == 0 {
            let postgres = server.postgres().expect("PostgreSQL runs");
            signal(postgres, "KILL");
            wait_for("PostgreSQL is back", || {
                server.status("/readyz") == Some(200) && server.postgres().is_some_and(|pid| pid != postgres)
            });
        } else {
            server.child.kill().unwrap();
            server.child.wait().unwrap();
            server = Server::start(&folder.data());
            seen.port.store(server.port, Ordering::SeqCst);
        }
    }
    seen.stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.join().unwrap();
    }

    let db = database(&server).await;
    let live: Vec<(Uuid, i64)> =
        sqlx::query_as("select freelancer_id, shift_id from booking where released_at is null")
            .fetch_all(&db)
            .await
            .unwrap();
    let kept: HashSet<(Uuid, i64)> = live.iter().copied().collect();
    let acknowledged = std::mem::take(&mut *seen.acknowledged.lock().unwrap());
    let statuses = std::mem::take(&mut *seen.statuses.lock().unwrap());
    println!("{} kills, {} acknowledged, {} kept, answers {statuses:?}", KILLS, acknowledged.len(), kept.len());
    assert!(acknowledged.len() > KILLS, "there was load: {}", acknowledged.len());
    assert_eq!(acknowledged.difference(&kept).count(), 0, "acknowledged and lost");
    assert_eq!(kept.len(), live.len(), "booked twice");
    assert_eq!(recount::count(&db).await.unwrap().1, [], "counters fit");
    let mails: i64 =
        sqlx::query_scalar("select count(*) from mail where topic = 'booking'").fetch_one(&db).await.unwrap();
    assert_eq!(mails, live.len() as i64, "one confirmation for each booking");
    let other: Vec<u16> = statuses.keys().copied().filter(|status| ![303, 503].contains(status)).collect();
    assert_eq!(other, [0; 0], "answers: {statuses:?}");
    db.close().await;
}
