//! The password again, before papers and tax data open (privacy.md).

use axum::http::StatusCode;
use portal::accounts::session::{CONFIRMED, FINISHING};
use time::Duration;

use crate::seed::{self, PASSWORD};
use crate::server::TestPortal;

const WANTING: [&str; 2] = ["/bereit/profil", "/bereit/unterlagen/gewerbeschein"];

#[tokio::test]
async fn papers_want_the_password_again_after_a_quarter_of_an_hour() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    for path in WANTING {
        let mut client = portal.client();
        client.get("/anmeldung").await;
        client.fill("email", &person.email).fill("password", PASSWORD).press("Anmelden").await;
        assert_eq!(client.get(path).await.path, path, "just signed in");
        portal.pass(CONFIRMED - Duration::SECOND);
        assert_eq!(client.get(path).await.path, path, "in time");
        portal.pass(Duration::SECOND);
        assert_eq!(client.get(path).await.heading(), "Bist du es?");
        let wrong = client.fill("password", "Acht Möwen warten am Kai").press("Bestätigen").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.error("password").as_deref(), Some("Das ist nicht dein Passwort."));
        let page = client.fill("password", PASSWORD).press("Bestätigen").await;
        assert_eq!(page.path, path, "and on to where one wanted to go");
    }
}

#[tokio::test]
async fn what_was_opened_in_time_can_be_sent_and_nothing_later() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    client.get("/bereit/unterlagen/gewerbeschein").await;
    portal.pass(CONFIRMED + FINISHING - Duration::SECOND);
    let page = client.choose_file("file", "schein.jpg", &seed::photo()).press("Hochladen").await;
    assert_eq!(
        page.flash().as_deref(),
        Some("Deine Unterlage ist da. Wir sehen sie uns an. Du hörst von uns, falls noch etwas fehlt.")
    );
    let papers =
        async || -> i64 { sqlx::query_scalar("select count(*) from document").fetch_one(&portal.db).await.unwrap() };
    assert_eq!(papers().await, 1);
    portal.pass(Duration::SECOND);
    let page = client.post("/bereit/profil", &[("street", "Hafenstraße 1")]).await;
    assert_eq!(page.heading(), "Bist du es?");
    let profiles: i64 = sqlx::query_scalar("select count(*) from profile").fetch_one(&portal.db).await.unwrap();
    assert_eq!(profiles, 0);
}

#[tokio::test]
async fn guesses_are_limited_like_those_at_the_door() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    client.get("/anmeldung/bestaetigen").await;
    for _ in 0..10 {
        client.fill("password", "geraten").press("Bestätigen").await;
    }
    let page = client.fill("password", PASSWORD).press("Bestätigen").await;
    assert!(
        page.error("password").unwrap().starts_with("Das waren zu viele Versuche."),
        "{:?}",
        page.error("password")
    );
}

#[tokio::test]
async fn nobody_is_led_away_by_it() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    client.get("/anmeldung/bestaetigen?weiter=https%3A%2F%2Fevil.example%2F").await;
    let page = client.fill("password", PASSWORD).press("Bestätigen").await;
    assert_eq!(page.path, "/bereit");
}
