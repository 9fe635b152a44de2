//! One's own account: a new mail address counts once its owner confirmed it, and each chooses among the mails they get.

use axum::http::StatusCode;
use portal::accounts::address_change;
use portal::accounts::link::{self, Purpose};
use portal::accounts::role::Role;
use time::Duration;

use crate::client::Client;
use crate::seed::{self, PASSWORD, Person};
use crate::server::TestPortal;

const NEW: &str = "neu@beispiel.example";

/// Asks for a new address and returns the path of the link that was mailed to it.
async fn ask(portal: &TestPortal, client: &mut Client, new: &str) -> String {
    client.get("/konto/adresse").await;
    client.fill("email", new).fill("current", PASSWORD);
    let page = client.press("Link an die neue Adresse schicken").await;
    assert!(page.text().contains("Sieh ins Postfach der neuen Adresse."), "{}", page.text());
    let mails = portal.mails().await;
    let mail =
        mails.iter().rev().find(|mail| mail.recipient == new.trim().to_lowercase()).expect("a mail to the new address");
    mail.link("/konto/adresse/")
}

async fn address(portal: &TestPortal, person: &Person) -> String {
    sqlx::query_scalar("select email from account where id = $1").bind(person.id).fetch_one(&portal.db).await.unwrap()
}

#[tokio::test]
async fn a_new_address_counts_once_it_is_confirmed() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let (mut here, mut elsewhere) = (portal.client_of(&person).await, portal.client_of(&person).await);
    let reset = seed::link(&portal.db, &person, Purpose::PasswordReset).await;
    let path = ask(&portal, &mut here, " Neu@Beispiel.example ").await;
    assert_eq!(address(&portal, &person).await, person.email, "asked for, not confirmed");
    assert!(here.get("/konto/adresse").await.text().contains("neu@beispiel.example wartet auf deine Bestätigung"));

    // Looking does not use it.
    for _ in 0..2 {
        assert!(here.get(&path).await.has("form[method=post]"));
    }
    let page = here.press("Neue Adresse bestätigen").await;
    assert!(page.text().contains("Ab sofort meldest du dich mit neu@beispiel.example an."), "{}", page.text());
    assert_eq!(address(&portal, &person).await, NEW);
    assert_eq!(here.get("/konto").await.status, StatusCode::OK, "this device stays signed in");
    assert!(elsewhere.get("/konto").await.has("form[action='/anmeldung']"), "another device is signed out");
    assert!(
        link::find(&portal.db, &reset, portal.now()).await.unwrap().is_none(),
        "a link in the old mailbox opens nothing"
    );
    // Once.
    assert_eq!(here.get(&path).await.status, StatusCode::GONE);
    assert_eq!(here.post(&path, &[]).await.status, StatusCode::GONE);
    let mails = portal.mails().await;
    let told = mails.iter().filter(|mail| mail.recipient == person.email && mail.subject.contains("E-Mail-Adresse"));
    assert_eq!(told.count(), 2, "the old address hears of the wish and of the change");
}

#[tokio::test]
async fn what_was_typed_wrongly_is_said_beside_its_field() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    for (email, current, sentence) in [
        ("neu", PASSWORD, "Bitte gib eine E-Mail-Adresse an"),
        (&*person.email, PASSWORD, "Mit dieser Adresse meldest du dich schon an."),
        (NEW, "ein ganz falscher Satz", "Das ist nicht dein bisheriges Passwort."),
    ] {
        client.get("/konto/adresse").await;
        client.fill("email", email).fill("current", current);
        let page = client.press("Link an die neue Adresse schicken").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        let errors = page.texts(".error").join(" ");
        assert!(errors.contains(sentence), "{email}: {errors}");
        assert!(page.has(&format!("input[name=email][value='{email}']")), "{email} is lost");
    }
    assert!(portal.mails().await.is_empty());
}

#[tokio::test]
async fn an_address_that_somebody_has_is_refused_only_to_who_reads_its_mail() {
    let portal = TestPortal::new().await;
    let (person, other) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    let mut client = portal.client_of(&person).await;
    let path = ask(&portal, &mut client, &other.email).await;
    let page = client.post(&path, &[]).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.text().contains("Zu dieser Adresse gibt es schon ein anderes Konto."), "{}", page.text());
    assert_eq!(address(&portal, &person).await, person.email);
    assert_eq!(address(&portal, &other).await, other.email);
}

#[tokio::test]
async fn links_end_with_time_and_with_the_next_one_and_three_are_enough() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let first = ask(&portal, &mut client, "eins@beispiel.example").await;
    let second = ask(&portal, &mut client, "zwei@beispiel.example").await;
    assert_eq!(client.post(&first, &[]).await.status, StatusCode::GONE, "the second replaced it");
    let third = ask(&portal, &mut client, "drei@beispiel.example").await;
    assert_eq!(client.post(&second, &[]).await.status, StatusCode::GONE);
    client.get("/konto/adresse").await;
    client.fill("email", NEW).fill("current", PASSWORD);
    let page = client.press("Link an die neue Adresse schicken").await;
    assert!(page.texts(".error").join(" ").contains("Das waren zu viele Versuche."), "{}", page.text());
    portal.set_time(portal.now() + address_change::LIFETIME - Duration::SECOND);
    assert_eq!(portal.client().get(&third).await.status, StatusCode::OK);
    portal.set_time(portal.now() + Duration::SECOND);
    assert_eq!(portal.client().get(&third).await.status, StatusCode::GONE);
    assert_eq!(portal.client().post(&third, &[]).await.status, StatusCode::GONE);
    assert_eq!(address(&portal, &person).await, person.email);
}

#[tokio::test]
async fn two_who_confirm_at_once_are_one() {
    let portal = TestPortal::new().await;
    for round in 0..20 {
        let person = seed::freelancer(&portal.db).await;
        let new = format!("neu{round}@beispiel.example");
        let path = format!("/konto/adresse/{}", seed::address_change(&portal.db, &person, &new).await);
        let (mut one, mut two) = (portal.client(), portal.client());
        let (one, two) = tokio::join!(one.post(&path, &[]), two.post(&path, &[]));
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::GONE], "round {round}");
    }
}

#[tokio::test]
async fn applicants_switch_their_reminder_off_and_on_again() {
    let portal = TestPortal::new().await;
    let applicant = seed::applicant(&portal.db).await;
    let mut client = portal.client_of(&applicant).await;
    let page = client.get("/konto").await;
    assert_eq!(page.texts("input[name=topic] + span"), ["Erinnerung an ein Kennenlerngespräch"]);
    client.untick_value("topic", "interview").press("Auswahl speichern").await;
    assert!(!client.get("/konto").await.has("input[name=topic][checked]"));
    client.tick_value("topic", "interview").press("Auswahl speichern").await;
    assert!(client.get("/konto").await.has("input[name=topic][checked]"));
    // Staff get no optional mails yet.
    let planner = seed::staff(&portal.db, Role::Planner).await;
    assert!(!portal.client_of(&planner).await.get("/konto").await.has("input[name=topic]"));
}

const SENTENCE: &str = "Neun Kraniche über dem Deich im Nebel";

#[tokio::test]
async fn a_reset_link_is_used_once_and_never_by_looking_and_its_owner_is_told() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let mut elsewhere = portal.client_of(&person).await;
    let mut client = portal.client();
    client.get("/passwort-vergessen").await;
    client.fill("email", &person.email).press("Link schicken").await;
    let path = portal.mails().await.pop().expect("a mail").link("/zugang/");
    for _ in 0..2 {
        assert!(client.get(&path).await.has("input[name=password]"), "looking uses it up");
    }
    client.fill("password", "zu kurz");
    let page = client.press("Passwort setzen und anmelden").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    client.fill("password", SENTENCE).press("Passwort setzen und anmelden").await;
    assert!(client.get("/konto").await.is_signed_in());
    assert!(!elsewhere.get("/konto").await.is_signed_in(), "other devices are signed out");
    let mut late = portal.client();
    assert_eq!(late.get(&path).await.status, StatusCode::GONE);
    assert_eq!(late.post(&path, &[("password", SENTENCE)]).await.status, StatusCode::GONE);
    assert!(portal.mails().await.iter().any(|mail| mail.subject == "Dein Passwort wurde geändert"));
}

#[tokio::test]
async fn links_expire_to_the_second() {
    for purpose in [Purpose::Invitation, Purpose::PasswordReset] {
        let portal = TestPortal::new().await;
        let person = seed::freelancer(&portal.db).await;
        let path = format!("/zugang/{}", seed::link(&portal.db, &person, purpose).await);
        portal.set_time(portal.now() + purpose.lifetime() - Duration::SECOND);
        assert_eq!(portal.client().get(&path).await.status, StatusCode::OK, "{purpose:?}");
        portal.set_time(portal.now() + Duration::SECOND);
        let page = portal.client().post(&path, &[("password", SENTENCE)]).await.clone();
        assert_eq!(page.status, StatusCode::GONE, "{purpose:?}");
    }
}

#[tokio::test]
async fn two_who_use_a_link_at_once_are_one() {
    let portal = TestPortal::new().await;
    for round in 0..10 {
        let person = seed::freelancer(&portal.db).await;
        let path = format!("/zugang/{}", seed::link(&portal.db, &person, Purpose::Invitation).await);
        let (mut one, mut two) = (portal.client(), portal.client());
        let form = [("password", SENTENCE)];
        let (one, two) = tokio::join!(one.post(&path, &form), two.post(&path, &form));
        let gone = [one.status, two.status].iter().filter(|status| **status == StatusCode::GONE).count();
        assert_eq!(gone, 1, "round {round}");
    }
}
