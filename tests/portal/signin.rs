//! Signing in and out: who gets in, for how long, how often one may try, and what the cookie looks like.

use axum::http::{Method, StatusCode};
use portal::accounts::limit;
use portal::accounts::role::Role;
use time::Duration;

use crate::client::Client;
use crate::page::Page;
use crate::seed::{self, PASSWORD, Person};
use crate::server::TestPortal;

const MISMATCH: &str = "E-Mail-Adresse und Passwort passen nicht zusammen.";

async fn sign_in<'a>(client: &'a mut Client, email: &str, password: &str) -> &'a Page {
    client.get("/anmeldung").await;
    client.fill("email", email).fill("password", password).press("Anmelden").await
}

/// Whether the client still has a session: `/anmeldung` sends whoever is signed in to their own page.
async fn is_signed_in(client: &mut Client) -> bool {
    client.send(Method::GET, "/anmeldung", None).await.status == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn the_right_password_signs_in_and_the_address_is_not_case_sensitive() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    for email in [person.email.clone(), format!(" {} ", person.email.to_uppercase())] {
        let mut client = portal.client();
        client.get("/anmeldung").await;
        let answer = client.fill("email", &email).fill("password", PASSWORD).press_only("Anmelden").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{email}");
        assert_eq!(answer.headers["location"], "/bereit");
        assert!(is_signed_in(&mut client).await);
    }
}

#[tokio::test]
async fn staff_begin_in_the_administration() {
    let portal = TestPortal::new().await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let mut client = portal.client();
    client.get("/anmeldung").await;
    let answer = client.fill("email", &planner.email).fill("password", PASSWORD).press_only("Anmelden").await;
    assert_eq!(answer.headers["location"], "/verwaltung");
}

#[tokio::test]
async fn wrong_unknown_and_ended_look_the_same() {
    let portal = TestPortal::new().await;
    let (person, ended) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    sqlx::query("update account set access_ended_at = $2 where id = $1")
        .bind(ended.id)
        .bind(portal.now())
        .execute(&portal.db)
        .await
        .unwrap();
    let tries =
        [(&*person.email, "ein ganz falscher Satz"), ("niemand@beispiel.example", PASSWORD), (&*ended.email, PASSWORD)];
    for (email, password) in tries {
        let mut client = portal.client();
        let page = sign_in(&mut client, email, password).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.error("password").as_deref(), Some(MISMATCH));
        assert!(page.has(&format!("input[name=email][value='{email}']")), "the address is kept");
        assert!(!page.body.contains(password), "the password is not sent back");
        assert!(!is_signed_in(&mut client).await);
    }
}

#[tokio::test]
async fn an_empty_form_says_what_is_missing() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let page = sign_in(&mut client, "", "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.error("password").as_deref(), Some("Bitte gib E-Mail-Adresse und Passwort an."));
}

#[tokio::test]
async fn a_zero_byte_is_malformed_and_no_fault_of_the_portal() {
    let portal = TestPortal::new().await;
    let page = portal.client().post("/anmeldung", &[("email", "a\0b"), ("password", "x")]).await.clone();
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn ten_failures_close_an_account_for_fifteen_minutes() {
    let portal = TestPortal::new().await;
    let (person, other) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    let mut client = portal.client();
    for _ in 0..limit::PER_ACCOUNT {
        sign_in(&mut client, &person.email, "falsch").await;
        portal.pass(Duration::seconds(1));
    }
    let page = sign_in(&mut client, &person.email, PASSWORD).await;
    let sentence = page.error("password").unwrap();
    assert!(sentence.starts_with("Das waren zu viele Versuche. Bitte warte 15 Minuten"), "{sentence}");
    assert!(!is_signed_in(&mut client).await);
    // Somebody else on the same network may go on.
    let mut theirs = portal.client();
    sign_in(&mut theirs, &other.email, PASSWORD).await;
    assert!(is_signed_in(&mut theirs).await);
    // The first failure counts for 15 minutes, the others a little longer.
    portal.pass(limit::WINDOW - Duration::seconds(i64::from(limit::PER_ACCOUNT)));
    sign_in(&mut client, &person.email, PASSWORD).await;
    assert!(is_signed_in(&mut client).await);
}

#[tokio::test]
async fn right_passwords_do_not_count_towards_the_limit() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    for _ in 0..=limit::PER_ACCOUNT {
        let mut client = portal.client();
        sign_in(&mut client, &person.email, PASSWORD).await;
        assert!(is_signed_in(&mut client).await);
    }
}

#[tokio::test]
async fn a_hundred_failures_close_a_network_address() {
    let portal = TestPortal::with(&["--trusted-proxies", "127.0.0.1"]).await;
    let person = seed::freelancer(&portal.db).await;
    for number in 0..limit::PER_ADDRESS {
        let address = "203.0.113.7".parse().unwrap();
        limit::count(&portal.db, &format!("{number}@beispiel.example"), address, portal.now()).await.unwrap();
    }
    let mut client = portal.client();
    client.headers.insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
    let page = sign_in(&mut client, &person.email, PASSWORD).await;
    assert!(page.error("password").unwrap().starts_with("Das waren zu viele Versuche."));
    let mut elsewhere = portal.client();
    elsewhere.headers.insert("x-forwarded-for", "203.0.113.8".parse().unwrap());
    sign_in(&mut elsewhere, &person.email, PASSWORD).await;
    assert!(is_signed_in(&mut elsewhere).await);
    portal.pass(limit::WINDOW);
    sign_in(&mut client, &person.email, PASSWORD).await;
    assert!(is_signed_in(&mut client).await);
}

/// Uses the portal every `step` until the session is over; returns how long it lived.
async fn lifetime(portal: &TestPortal, person: &Person, step: Duration, at_most: Duration) -> Duration {
    let began = portal.now();
    let mut client = portal.client_of(person).await;
    while portal.now() - began <= at_most {
        portal.pass(step);
        if !is_signed_in(&mut client).await {
            break;
        }
    }
    portal.now() - began
}

#[tokio::test]
async fn idle_sessions_end() {
    let portal = TestPortal::new().await;
    for (role, limit) in [(Role::Planner, Duration::minutes(30)), (Role::Freelancer, Duration::days(14))] {
        let person = seed::person(&portal.db, &[role]).await;
        let mut client = portal.client_of(&person).await;
        portal.pass(limit - Duration::seconds(1));
        assert!(is_signed_in(&mut client).await, "{role:?} one second before");
        portal.pass(limit);
        assert!(!is_signed_in(&mut client).await, "{role:?} at the limit");
    }
}

#[tokio::test]
async fn used_sessions_end_too() {
    let portal = TestPortal::new().await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let freelancer = seed::freelancer(&portal.db).await;
    let both = seed::person(&portal.db, &[Role::Freelancer, Role::Trainer]).await;
    let day = Duration::days(1);
    assert_eq!(lifetime(&portal, &planner, Duration::minutes(20), day).await, Duration::hours(12));
    assert_eq!(lifetime(&portal, &both, Duration::minutes(20), day).await, Duration::hours(12));
    assert_eq!(lifetime(&portal, &freelancer, day, Duration::days(40)).await, Duration::days(30));
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let token = client.cookie("session").unwrap().to_owned();
    let answer = client.send(Method::POST, "/abmeldung", Some(String::new())).await;
    assert_eq!(answer.headers["location"], "/anmeldung");
    assert_eq!(client.cookie("session"), None, "the cookie is removed");
    client.set_session(&token);
    assert!(!is_signed_in(&mut client).await, "the old token is worth nothing");
}

#[tokio::test]
async fn one_goes_on_to_the_page_one_wanted_but_never_to_another_site() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    for (wanted, target) in [
        ("/konto", "/konto"),
        ("/schichtplan?woche=2026-W49", "/schichtplan?woche=2026-W49"),
        ("https://boese.example", "/bereit"),
        ("//boese.example", "/bereit"),
        ("/\\boese.example", "/bereit"),
    ] {
        let mut client = portal.client();
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("weiter", wanted).finish();
        client.get(&format!("/anmeldung?{query}")).await;
        let answer = client.fill("email", &person.email).fill("password", PASSWORD).press_only("Anmelden").await;
        assert_eq!(answer.headers["location"], target, "{wanted}");
    }
}

#[tokio::test]
async fn the_cookie_is_closed_to_scripts_and_other_sites() {
    let portal = TestPortal::new().await;
    let cookie = session_cookie(&portal).await;
    assert!(cookie.starts_with("session="), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    let portal = TestPortal::with(&["--base-url", "https://portal.example"]).await;
    let cookie = session_cookie(&portal).await;
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(cookie.contains("Secure"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    let answer = portal.client().send(Method::GET, "/", None).await;
    assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
}

async fn session_cookie(portal: &TestPortal) -> String {
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client();
    client.get("/anmeldung").await;
    let answer = client.fill("email", &person.email).fill("password", PASSWORD).press_only("Anmelden").await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(flag), "{flag} is missing in {cookie}");
    }
    assert!(is_signed_in(&mut client).await);
    cookie
}

#[tokio::test]
async fn the_database_keeps_no_token_and_no_password() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client();
    sign_in(&mut client, &person.email, PASSWORD).await;
    let token = client.cookie("session").unwrap().to_owned();
    assert_eq!(token.len(), 64, "256 bits");
    let rows: Vec<String> = sqlx::query_scalar("select t::text from session t union all select a::text from account a")
        .fetch_all(&portal.db)
        .await
        .unwrap();
    assert!(rows.iter().all(|row| !row.contains(&token) && !row.contains(PASSWORD)));
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    client.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let answer = client.send(Method::POST, "/abmeldung", Some(String::new())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.heading(), "Diese Anfrage kam von einer anderen Seite");
    client.headers.clear();
    assert!(is_signed_in(&mut client).await);
}
