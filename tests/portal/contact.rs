//! Contact: the guard against spam, the inbox, and answers by mail.

use std::sync::Arc;

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::mail::worker::deliver;
use portal::worker::sweep;
use time::Duration;
use tokio::sync::Barrier;

use crate::client::Client;
use crate::page::Page;
use crate::seed;
use crate::server::TestPortal;

/// Fills the form as a person does and takes that long for it.
async fn write(portal: &TestPortal, client: &mut Client, seconds: i64) -> Page {
    client.get("/kontakt").await;
    portal.pass(Duration::seconds(seconds));
    client.fill("name", "Noa Beispiel").fill("email", "noa@beispiel.example");
    client.fill("subject", "Frage zum Start").fill("body", "Wann geht es los?\r\nDanke");
    client.press("Nachricht senden").await.clone()
}

async fn kept(portal: &TestPortal) -> i64 {
    sqlx::query_scalar("select count(*) from contact_message").fetch_one(&portal.db).await.unwrap()
}

#[tokio::test]
async fn a_message_arrives_and_its_receipt_repeats_nothing_that_was_typed() {
    let portal = TestPortal::new().await;
    let page = write(&portal, &mut portal.client(), 20).await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Danke für deine Nachricht"));
    let stored: (String, String, String, String) =
        sqlx::query_as("select name, email, subject, body from contact_message").fetch_one(&portal.db).await.unwrap();
    let expected = ("Noa Beispiel", "noa@beispiel.example", "Frage zum Start", "Wann geht es los?\nDanke");
    assert_eq!((&*stored.0, &*stored.1, &*stored.2, &*stored.3), expected);
    let mails = portal.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].recipient.as_str(), mails[0].subject.as_str()),
        ("noa@beispiel.example", "Deine Nachricht ist angekommen")
    );
    for typed in ["Noa", "Frage zum Start", "Wann geht"] {
        assert!(!mails[0].body.contains(typed), "{}", mails[0].body);
    }
}

#[tokio::test]
async fn all_errors_are_named_at_once_and_values_stay() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.get("/kontakt").await;
    portal.pass(Duration::seconds(20));
    let page = client.fill("name", "<b>Noa</b>").fill("email", "noa").press("Nachricht senden").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["email", "subject", "body"] {
        assert!(page.error(field).is_some(), "{field}");
    }
    assert_eq!(page.error("name"), None);
    assert!(page.has("input[name=name][value='<b>Noa</b>']"), "kept, as text");
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    // What was missing is added, and it goes through.
    client.fill("email", "noa@beispiel.example").fill("subject", "Hallo").fill("body", "Text");
    assert_eq!(client.press("Nachricht senden").await.status, StatusCode::OK);
    assert_eq!(kept(&portal).await, 1);
}

#[tokio::test]
async fn robots_are_held_up_and_people_are_told_how_to_go_on() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let page = write(&portal, &mut client, 1).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.flash().unwrap().starts_with("Das ging sehr schnell."), "{:?}", page.flash());
    assert!(page.has("input[name=subject][value='Frage zum Start']"), "nothing is lost");
    portal.pass(Duration::seconds(3));
    assert_eq!(client.press("Nachricht senden").await.status, StatusCode::OK, "a person presses again");

    client.get("/kontakt").await;
    portal.pass(Duration::seconds(20));
    client.fill("name", "R").fill("email", "r@beispiel.example").fill("subject", "S").fill("body", "B");
    let page = client.fill("website", "https://spam.example").press("Nachricht senden").await.clone();
    assert!(page.flash().unwrap().starts_with("Ein verstecktes Feld"), "{:?}", page.flash());
    assert!(page.has("input[name=website][value='']"));

    let page = write(&portal, &mut client, 25 * 3600).await;
    assert!(page.flash().unwrap().starts_with("Das Formular war lange offen."), "{:?}", page.flash());
    assert_eq!(kept(&portal).await, 1);
    for stamp in ["", "1795431600.00000000000000000000000000000001.00", "1.2"] {
        let fields =
            [("name", "R"), ("email", "r@beispiel.example"), ("subject", "S"), ("body", "B"), ("stamp", stamp)];
        assert_eq!(client.post("/kontakt", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{stamp}");
    }
    assert_eq!(kept(&portal).await, 1);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_message() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.get("/kontakt").await;
    portal.pass(Duration::seconds(20));
    let html = client.page().html();
    let stamp =
        html.select(&crate::page::css("[name=stamp]")).next().unwrap().value().attr("value").unwrap().to_owned();
    drop(html);
    let barrier = Arc::new(Barrier::new(4));
    let sent = (0..4).map(|_| {
        let (barrier, stamp, mut client) = (Arc::clone(&barrier), stamp.clone(), portal.client());
        tokio::spawn(async move {
            barrier.wait().await;
            let fields =
                [("name", "N"), ("email", "n@beispiel.example"), ("subject", "S"), ("body", "B"), ("stamp", &stamp)];
            client.post("/kontakt", &fields).await.status
        })
    });
    for sent in sent.collect::<Vec<_>>() {
        assert_eq!(sent.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(kept(&portal).await, 1);
    assert_eq!(portal.mails().await.len(), 1);
}

#[tokio::test]
async fn a_network_writes_five_messages_and_a_mailbox_gets_two_receipts() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    for _ in 0..5 {
        assert_eq!(write(&portal, &mut client, 4).await.status, StatusCode::OK);
    }
    let page = write(&portal, &mut client, 4).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.flash().unwrap().contains("Bitte warte 15 Minuten"), "{:?}", page.flash());
    assert_eq!((kept(&portal).await, portal.mails().await.len()), (5, 2));
    portal.pass(Duration::minutes(15));
    assert_eq!(client.press("Nachricht senden").await.status, StatusCode::OK);
    let person = seed::freelancer(&portal.db).await;
    client.get("/anmeldung").await;
    client.fill("email", &person.email).fill("password", seed::PASSWORD);
    assert!(client.press("Anmelden").await.is_signed_in(), "signing in is not held up by it");
}

#[tokio::test]
async fn line_ends_reach_no_header_and_script_stays_text() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.get("/kontakt").await;
    portal.pass(Duration::seconds(20));
    let script = "<script>alert(1)</script>";
    client.fill("name", &format!("N{script}\r\nBcc: x@evil.example")).fill("email", "noa@beispiel.example");
    client
        .fill("subject", &format!("S{script}\r\nBcc: x@evil.example"))
        .fill("body", &format!("{script}\n{{{{ body }}}}"));
    assert_eq!(client.press("Nachricht senden").await.status, StatusCode::OK);
    client.get("/kontakt").await;
    portal.pass(Duration::seconds(20));
    client.fill("name", "N").fill("subject", "S").fill("body", "B");
    client.fill("email", "a@beispiel.example\r\nBcc: x@evil.example");
    assert!(client.press("Nachricht senden").await.error("email").is_some());

    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut staff = portal.client_of(&recruiter).await;
    let list = staff.get("/verwaltung/nachrichten").await.clone();
    let page = staff.follow(&format!("S{script} Bcc: x@evil.example")).await.clone();
    for page in [&list, &page] {
        assert_eq!(page.markup_faults(), Vec::<String>::new());
    }
    assert!(page.text().contains(script) && page.text().contains("{{ body }}"), "{}", page.text());
    staff.fill("body", "Antwort\r\n\r\nzweite Zeile").press("Antwort senden").await;
    let mail = portal.mails().await.pop().unwrap();
    assert_eq!(
        (mail.recipient.as_str(), mail.subject.as_str()),
        ("noa@beispiel.example", "Antwort auf deine Nachricht")
    );
    assert!(mail.body.starts_with("Antwort\n\nzweite Zeile\n"), "{}", mail.body);
    assert!(mail.body.contains(&format!("\n> {script}\n> {{{{ body }}}}")), "{}", mail.body);
}

#[tokio::test]
async fn of_two_people_who_answer_at_once_the_second_sees_the_first_answer() {
    let portal = TestPortal::new().await;
    let id = seed::message(&portal.db).await;
    let path = format!("/verwaltung/nachrichten/{id}");
    let (one, two) =
        (seed::staff(&portal.db, Role::Recruiter).await, seed::staff(&portal.db, Role::Administrator).await);
    let (mut first, mut second) = (portal.client_of(&one).await, portal.client_of(&two).await);
    first.get(&path).await;
    second.get(&path).await;
    let page = first.fill("body", "Ja, auch samstags.").press("Antwort senden").await;
    assert!(page.flash().unwrap().starts_with("Deine Antwort ist unterwegs."), "{:?}", page.flash());
    let page = second.fill("body", "Nein.").press("Antwort senden").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("body").unwrap().contains("siehe oben"));
    assert!(page.text().contains("Ja, auch samstags.") && page.text().contains(&one.name), "{}", page.text());
    assert_eq!(page.texts("textarea"), ["Nein."], "what was typed is still there");
    assert_eq!(portal.mails().await.len(), 1);
    // Having read it, the second may add something.
    second.fill("body", "Und sonntags.").press("Antwort senden").await;
    assert_eq!(portal.mails().await.len(), 2);
    let state: (String, uuid::Uuid) =
        sqlx::query_as("select state::text, assigned_to from contact_message").fetch_one(&portal.db).await.unwrap();
    assert_eq!(state, ("answered".into(), one.id.0), "looked after by whoever answered first");
}

#[tokio::test]
async fn the_inbox_is_narrowed_assigned_closed_and_opened_again() {
    let portal = TestPortal::new().await;
    let id = seed::message(&portal.db).await;
    let path = format!("/verwaltung/nachrichten/{id}");
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let mut client = portal.client_of(&officer).await;
    assert!(client.get("/verwaltung/nachrichten").await.text().contains("Eine Frage"));
    client.get(&path).await;
    let page = client.choose("person", &officer.id.to_string()).press("Zuständigkeit speichern").await;
    assert_eq!(page.flash(), Some(format!("{} kümmert sich.", officer.name)));
    for (query, there) in
        [("wer=ich", true), ("wer=niemand", false), ("stand=abgeschlossen", false), ("stand=alle", true)]
    {
        let page = client.get(&format!("/verwaltung/nachrichten?{query}")).await;
        assert_eq!(page.text().contains("Eine Frage"), there, "{query}");
    }
    client.get(&path).await;
    assert!(client.press("Ohne weitere Antwort abschließen").await.flash().unwrap().starts_with("Abgeschlossen."));
    assert!(!client.get("/verwaltung/nachrichten").await.text().contains("Eine Frage"));
    client.get(&path).await;
    assert_eq!(client.press("Wieder öffnen").await.flash().as_deref(), Some("Wieder offen."));
    // A page that is out of date changes nothing.
    let page = client.post(&format!("{path}/abschluss"), &[("version", "0")]).await;
    assert!(page.flash().unwrap().starts_with("Inzwischen"), "{:?}", page.flash());
    // Nobody is made responsible who may not read it.
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let page = client.post(&format!("{path}/zustaendigkeit"), &[("person", &planner.id.to_string())]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    let noted: Vec<String> = sqlx::query_scalar("select action from audit where subject = $1 order by id")
        .bind(id.to_string())
        .fetch_all(&portal.db)
        .await
        .unwrap();
    assert_eq!(noted, ["contact.assign", "contact.close", "contact.reopen"]);
}

/// Whoever asks us to forget what they wrote is not told to wait six months.
#[tokio::test]
async fn a_message_is_deleted_with_its_answers() {
    let portal = TestPortal::new().await;
    let (id, other) = (seed::message(&portal.db).await, seed::message(&portal.db).await);
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let mut client = portal.client_of(&officer).await;
    let path = format!("/verwaltung/nachrichten/{id}");
    client.get(&path).await;
    client.fill("body", "Gern.").press("Antwort senden").await;
    assert!(client.get(&path).await.text().contains("Gern."));
    assert_eq!(
        client.press("Endgültig löschen").await.flash().unwrap(),
        "Die Nachricht ist gelöscht. Auch die Antworten darauf."
    );
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.post(&format!("{path}/loeschung"), &[]).await.status, StatusCode::NOT_FOUND, "the second click");
    let left: Vec<portal::id::MessageId> =
        sqlx::query_scalar("select id from contact_message").fetch_all(&portal.db).await.unwrap();
    assert_eq!(left, [other]);
    let replies: i64 = sqlx::query_scalar("select count(*) from contact_reply").fetch_one(&portal.db).await.unwrap();
    assert_eq!(replies, 0);
    let noted: i64 = sqlx::query_scalar("select count(*) from audit where action = 'contact.delete' and subject = $1")
        .bind(id.to_string())
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(noted, 1);
}

#[tokio::test]
async fn messages_are_for_recruiters_privacy_officers_and_administrators() {
    let portal = TestPortal::new().await;
    let path = format!("/verwaltung/nachrichten/{}", seed::message(&portal.db).await);
    for (role, status) in [
        (Role::Recruiter, StatusCode::OK),
        (Role::PrivacyOfficer, StatusCode::OK),
        (Role::Administrator, StatusCode::OK),
        (Role::Planner, StatusCode::FORBIDDEN),
        (Role::Trainer, StatusCode::FORBIDDEN),
        (Role::Bookkeeper, StatusCode::FORBIDDEN),
        (Role::Freelancer, StatusCode::FORBIDDEN),
        (Role::Applicant, StatusCode::FORBIDDEN),
    ] {
        let person = seed::person(&portal.db, &[role]).await;
        let mut client = portal.client_of(&person).await;
        for path in [&*path, "/verwaltung/nachrichten"] {
            assert_eq!(client.get(path).await.status, status, "{role:?} {path}");
        }
    }
}

/// Lets a visitor write and staff answer.
pub async fn cause_mails(portal: &TestPortal) {
    assert_eq!(write(portal, &mut portal.client(), 20).await.status, StatusCode::OK);
    let id: uuid::Uuid = sqlx::query_scalar("select id from contact_message").fetch_one(&portal.db).await.unwrap();
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut staff = portal.client_of(&recruiter).await;
    staff.get(&format!("/verwaltung/nachrichten/{id}")).await;
    staff.fill("body", "In zwei Wochen.").press("Antwort senden").await;
}

#[tokio::test]
async fn what_was_sent_to_somebody_without_an_account_is_forgotten_after_7_days() {
    let portal = TestPortal::new().await;
    cause_mails(&portal).await;
    let mails = portal.mails().await;
    assert!(mails.len() == 2 && mails.iter().any(|mail| mail.body.contains("> Wann geht es los?")), "{mails:?}");
    deliver(&portal.db, &portal.portal.mail, &portal.portal.clock).await.unwrap();
    let left = async || {
        let text = "select count(*) from mail where account_id is null and topic = 'contact' and coalesce(recipient, subject, body) is not null";
        let names = "select count(*) from mail where concat(recipient, subject, body) ~* 'noa|wann geht es los'";
        let count = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&portal.db).await.unwrap();
        (count(text).await, count(names).await)
    };
    portal.pass(Duration::days(7));
    sweep(portal.portal.clone()).await.unwrap();
    assert_eq!(left().await, (2, 2), "not before");
    portal.pass(Duration::seconds(1));
    sweep(portal.portal.clone()).await.unwrap();
    assert_eq!(left().await, (0, 0));
}
