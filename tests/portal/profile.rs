//! The profile: filled in through its page, started from the application, read by reviewers only.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::freelancers::missing::{self, Stage};

use crate::client::Client;
use crate::seed::{self, Person};
use crate::server::TestPortal;

async fn fill(client: &mut Client) {
    client.get("/bereit/profil").await;
    client.fill("street", "Hafenstraße 1").fill("postcode", "24937").fill("city", "Flensburg").choose("country", "DE");
    client.fill("phone", "0461 5550100").choose("employed", "nein").choose("tax", "small");
}

async fn stored(portal: &TestPortal, person: &Person) -> (Option<String>, Option<String>, Option<String>) {
    sqlx::query_as("select vat_id, business_id, foreign_registration from profile where freelancer_id = $1")
        .bind(person.id)
        .fetch_one(&portal.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_small_business_saves_its_profile_without_a_vat_id() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    fill(&mut client).await;
    client.tick_value("equipment", "headset").fill("other_clients", "Ein Verlag");
    let page = client.press("Profil speichern").await;
    assert_eq!(page.path, "/bereit/unterlagen");
    assert_eq!(
        page.flash().as_deref(),
        Some("Dein Profil ist gespeichert. Ohne Umsatzsteuer-ID genügt dein Gewerbeschein.")
    );
    assert!(page.text().contains("Gewerbeschein") && !page.text().contains("Nebentätigkeit"), "{}", page.text());
    let missing = missing::load(&portal.db, person.freelancer(), campaign.id, portal.now()).await.unwrap();
    assert_eq!((missing.profile, missing.proof, missing.permission), (Stage::Done, Stage::Open, Stage::Done));
    // What was saved stands in the form again.
    let page = client.get("/bereit/profil").await;
    assert!(page.has("input[name=street][value='Hafenstraße 1']") && page.has("input[value=headset][checked]"));
    assert!(page.has("input[value=small][checked]") && page.has("input[name=employed][value=nein][checked]"));
}

#[tokio::test]
async fn each_number_is_named_and_only_the_right_ones_are_kept() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    for (number, sentence) in [
        ("DE123456789", "stimmt eine Ziffer nicht"),
        ("86 095 742 719", "persönliche Steuer-ID mit 11 Ziffern"),
        ("181/815/08155", "Steuernummer vom Finanzamt"),
        ("ATU12345678", "eines anderen Landes"),
        ("Gewerbe", "DE und 9 Ziffern"),
    ] {
        fill(&mut client).await;
        let page = client.choose("tax", "vat").fill("tax_number", number).press("Profil speichern").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        assert!(page.error("tax_number").unwrap().contains(sentence), "{number}: {:?}", page.error("tax_number"));
        assert!(page.has("input[name=street][value='Hafenstraße 1']"), "nothing is lost");
    }
    let saved: i64 = sqlx::query_scalar("select count(*) from profile").fetch_one(&portal.db).await.unwrap();
    assert_eq!(saved, 0);
    fill(&mut client).await;
    let page = client.choose("tax", "vat").fill("tax_number", "de 136 695 976").press("Profil speichern").await;
    assert!(page.text().contains("ein Gewerbeschein ist nicht nötig"), "{}", page.text());
    assert_eq!(stored(&portal, &person).await, (Some("DE136695976".into()), None, None));
    fill(&mut client).await;
    let page = client.choose("tax", "vat").fill("tax_number", "DE123456788-00001").press("Profil speichern").await;
    assert!(page.flash().unwrap().contains("W-IdNr"), "{:?}", page.flash());
    assert_eq!(stored(&portal, &person).await, (None, Some("DE123456788-00001".into()), None));
    fill(&mut client).await;
    client.choose("tax", "abroad").fill("foreign_registration", "Wien, GISA 12345678");
    let page = client.press("Profil speichern").await;
    assert!(page.text().contains("Anmeldung im Ausland"), "{}", page.text());
    assert_eq!(stored(&portal, &person).await, (None, None, Some("Wien, GISA 12345678".into())));
}

#[tokio::test]
async fn what_the_application_told_is_there_already() {
    let portal = TestPortal::new().await;
    let applicant = seed::applicant(&portal.db).await;
    let mut connection = portal.db.acquire().await.unwrap();
    portal::freelancers::freelancer::from_applicant(&mut connection, applicant.id, None, portal.now()).await.unwrap();
    drop(connection);
    // The password that an accepted applicant sets by the invitation.
    sqlx::query("update account set password_hash = 'gesetzt' where id = $1")
        .bind(applicant.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let mut client = portal.client_of(&applicant).await;
    let page = client.get("/bereit/profil").await;
    assert!(page.has("input[name=city][value='Flensburg']") && page.has("input[name=phone][value='0461 5550100']"));
    assert!(page.has("option[value=DE][selected]") && page.has("input[value=room][checked]"));
    assert!(!page.has("input[name=tax][checked]") && !page.has("input[name=employed][checked]"), "nothing is guessed");
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    assert!(client.get("/bereit/profil").await.has("input[name=city][value='']"));
}

#[tokio::test]
async fn reviewers_read_the_profile_and_nobody_else_does() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    fill(&mut client).await;
    client.press("Profil speichern").await;
    let path = format!("/verwaltung/freelancer/{}", person.id);
    for (role, status) in [
        (Role::Recruiter, StatusCode::OK),
        (Role::Administrator, StatusCode::OK),
        (Role::Planner, StatusCode::FORBIDDEN),
        (Role::Trainer, StatusCode::FORBIDDEN),
        (Role::Freelancer, StatusCode::FORBIDDEN),
    ] {
        let viewer = seed::person(&portal.db, &[role]).await;
        let mut staff = portal.client_of(&viewer).await;
        let page = staff.get(&format!("{path}/unterlagen")).await;
        assert_eq!(page.status, status, "{role:?}");
        assert_eq!(page.text().contains("Hafenstraße 1"), status == StatusCode::OK, "{role:?}");
    }
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut staff = portal.client_of(&recruiter).await;
    staff.get(&path).await;
    assert!(staff.follow("Profil und Unterlagen").await.text().contains("24937 Flensburg, Deutschland"));
}

#[tokio::test]
async fn each_change_is_in_the_history_once() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    for phone in ["0461 5550100", "0461 5550100", "0461 5550111"] {
        fill(&mut client).await;
        client.fill("phone", phone).press("Profil speichern").await;
    }
    let events: Vec<String> =
        sqlx::query_scalar("select event from freelancer_event order by id").fetch_all(&portal.db).await.unwrap();
    assert_eq!(events, ["profile_saved", "profile_changed"]);
}
