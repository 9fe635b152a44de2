//! Requests about one's own data: by mail address without telling who is known, carried out at the hourly drain, proven by a
//! receipt once the files are gone, and watched.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::files;
use portal::mail;
use portal::privacy::export::contents::Contents;
use portal::privacy::{drain, ledger, nights, receipt};
use portal::retention::Rule;
use portal::retention::gone::{Gone, Kind};
use portal::retention::mails;
use portal::retention::wish::{self, Wish};
use portal::worker;
use sqlx::AssertSqlSafe;
use time::Duration;
use time::macros::{date, datetime};
use uuid::Uuid;

use crate::client::Client;
use crate::erasure::{count, fill, night, open_campaign, recording, run, sent};
use crate::page::{Mail, Page};
use crate::seed;
use crate::server::{START, TestPortal};

const FORM: &str = "/datenschutz/anfrage";

async fn ask(client: &mut Client, email: &str, wish: &str) -> Page {
    client.post(FORM, &[("email", email), ("wish", wish)]).await.clone()
}

/// A request's mail, and the text of a receipt (a real one is scrubbed once it is sent).
pub async fn cause_mails(portal: &TestPortal) {
    let person = seed::applicant(&portal.db).await;
    ask(&mut portal.client(), &person.email, "loeschung").await;
    let samples = mails::samples(&portal.portal.config, portal.now());
    let receipt = samples.iter().find(|sample| sample.template == "erasure_receipt").unwrap();
    mail::enqueue(&portal.db, &receipt.mail, portal.now()).await.unwrap();
}

async fn mails_to(portal: &TestPortal, email: &str) -> Vec<Mail> {
    portal.mails().await.into_iter().filter(|mail| mail.recipient == email).collect()
}

fn link(mail: &Mail) -> String {
    let at = mail.body.find("/datenschutz/anfrage/").expect("a link");
    mail.body[at..].split_whitespace().next().unwrap().to_owned()
}

async fn receipts(portal: &TestPortal) -> i64 {
    count(&portal.db, "mail where is_receipt").await
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_answer_and_one_mail_each() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let people = [
        (seed::applicant(db).await.email, "Warst du das? Dann bestätige es hier"),
        (seed::freelancer(db).await.email, "/konto/loeschung"),
        (seed::staff(db, Role::Planner).await.email, "direkt mit der Administration oder dem Datenschutz"),
        ("niemand@beispiel.example".into(), "kein Konto und keine Bewerbung"),
    ];
    let mut bodies = Vec::new();
    for (email, _) in &people {
        let page = ask(&mut portal.client(), email, "loeschung").await;
        assert_eq!(page.status, StatusCode::OK);
        bodies.push(page.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "equal to the byte");
    for (email, said) in &people {
        let mails = mails_to(&portal, email).await;
        assert_eq!(mails.len(), 1, "{email}");
        assert!(mails[0].body.contains(said), "{}", mails[0].body);
    }
    assert_eq!(count(db, "data_request").await, 0, "nothing is wished before the click");
    assert_eq!(count(db, "data_request_link").await, 1, "only the mailbox that has no other proof");
}

#[tokio::test]
async fn what_is_missing_is_said_and_a_mailbox_is_not_flooded() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.get(FORM).await;
    let page = client.press("Anfrage senden").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("email").is_some() && page.error("wish").is_some());
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    let person = seed::applicant(&portal.db).await;
    for _ in 0..5 {
        assert_eq!(
            ask(&mut client, &person.email, "kopie").await.status,
            StatusCode::OK,
            "the same answer all the same"
        );
    }
    assert_eq!(mails_to(&portal, &person.email).await.len(), 3);
    for n in 0..20 {
        ask(&mut client, &format!("n{n}@beispiel.example"), "kopie").await;
    }
    assert_eq!(ask(&mut client, "mehr@beispiel.example", "kopie").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn looking_at_a_link_wishes_nothing_twice_is_once_and_expired_ones_are_not_there() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    ask(&mut portal.client(), &person.email, "loeschung").await;
    let path = link(&mails_to(&portal, &person.email).await[0]);
    let mut client = portal.client();
    let page = client.get(&path).await;
    assert_eq!((page.status, page.markup_faults()), (StatusCode::OK, Vec::new()));
    assert_eq!(count(&portal.db, "data_request").await, 0);
    for odd in ["/datenschutz/anfrage/unbekannt", &path[..path.len() - 1]] {
        assert_eq!(client.get(odd).await.status, StatusCode::NOT_FOUND);
        assert_eq!(client.post(odd, &[]).await.status, StatusCode::NOT_FOUND);
    }
    client.get(&path).await;
    let page = client.press("Alles löschen").await;
    assert!(page.text().contains("Dein Wunsch ist notiert."), "{}", page.text());
    portal.pass(Duration::HOUR);
    assert_eq!(client.post(&path, &[]).await.status, StatusCode::OK);
    assert_eq!(wish::open(&portal.db, person.id, Wish::Erasure).await.unwrap(), Some(START));
    portal.set_time(START + Duration::days(7));
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wish_is_carried_out_within_the_hour_and_the_receipt_waits_for_the_files() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, START - Duration::days(3)).await;
    fill(&portal.db, &person, application).await;
    recording(&portal, application).await;
    let (other, _) = sent(&portal.db, &campaign, START).await;
    let mut client = portal.client_of(&person).await;
    client.get("/bewerbung/loeschung").await;
    client.press("Alles löschen").await;
    let config = &portal.portal.config;
    let drained = drain::run(&portal.db, config, portal.now()).await.unwrap().unwrap();
    assert_eq!((drained.people, drained.failed), (1, 0));
    assert_eq!(count(&portal.db, "application").await, 1, "the other person stays");
    assert_eq!(count(&portal.db, &format!("account where id = '{}'", other.id)).await, 1);
    // The files are not gone yet: no mail, and the address stands nowhere but in the receipt.
    assert_eq!(receipt::send_due(&portal.db, config, portal.now()).await.unwrap(), 0);
    assert_eq!(receipts(&portal).await, 0);
    assert_eq!(count(&portal.db, &format!("erasure_receipt where recipient = '{}'", person.email)).await, 1);
    files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    worker::delete_files(portal.portal.clone()).await.unwrap();
    assert_eq!((receipts(&portal).await, count(&portal.db, "erasure_receipt").await), (1, 0));
    let (to, body): (String, String) =
        sqlx::query_as("select recipient, body from mail where is_receipt").fetch_one(&portal.db).await.unwrap();
    let number: String = sqlx::query_scalar("select id::text from erasure_entry order by position desc limit 1")
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(to, person.email);
    for said in [number.as_str(), "du hast gewünscht", "1 Bewerbung mit", "1 Datei aus dem Speicher", "Was bleibt"] {
        assert!(body.contains(said), "{said}: {body}");
    }
    // Handed over, it leaves nothing behind.
    portal.mails().await;
    assert_eq!(
        count(&portal.db, "mail where is_receipt and sent_at is not null and recipient is null and body is null").await,
        1
    );
    assert_eq!(count(&portal.db, &format!("mail where recipient = '{}'", person.email)).await, 0);
    assert_eq!(drain::run(&portal.db, config, portal.now()).await.unwrap().unwrap().people, 0, "once");
}

/// The statement was planned while there was nothing to send.
#[tokio::test]
async fn a_night_of_thousands_sends_its_receipts_bit_by_bit() {
    let portal = TestPortal::with_connections(1).await;
    let (db, config) = (&portal.db, &portal.portal.config);
    let gone = Gone { kind: Kind::Dossier, subject: Uuid::new_v4(), rule: Rule::Period, files: 0 };
    let number = ledger::append(&mut db.acquire().await.unwrap(), &[gone], 0, START).await.unwrap().unwrap();
    sqlx::query("analyze erasure_receipt").execute(db).await.unwrap();
    for _ in 0..10 {
        assert_eq!(receipt::send_due(db, config, START).await.unwrap(), 0);
    }
    sqlx::query(
        "insert into erasure_receipt select gen_random_uuid(), $1, n || '@receipts.example', '{dossier}', 0, false, $2, true
         from generate_series(1, 1000) n",
    )
    .bind(number)
    .bind(START)
    .execute(db)
    .await
    .unwrap();
    assert_eq!(receipt::send_due(db, config, START).await.unwrap(), 50);
    assert_eq!((receipts(&portal).await, count(db, "erasure_receipt").await), (50, 950));
}

#[tokio::test]
async fn nobody_is_written_to_whose_address_was_never_confirmed() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, START).await;
    sqlx::query("update applicant set confirmed_at = null").execute(&portal.db).await.unwrap();
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    let password = "update account set password_hash = null where id = $1";
    sqlx::query(password).bind(person.id).execute(&portal.db).await.unwrap();
    assert_eq!(drain::run(&portal.db, &portal.portal.config, START).await.unwrap().unwrap().people, 1);
    assert_eq!(count(&portal.db, "erasure_receipt").await, 0);
}

/// The link of the request itself came by mail: whoever used it has the mailbox.
#[tokio::test]
async fn whoever_confirmed_the_request_gets_the_receipt_without_having_confirmed_before() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, START).await;
    sqlx::query("update applicant set confirmed_at = null").execute(&portal.db).await.unwrap();
    sqlx::query("update account set password_hash = null").execute(&portal.db).await.unwrap();
    let token = seed::request_link(&portal.db, &person).await;
    portal.client().post(&format!("/datenschutz/anfrage/{token}"), &[]).await;
    assert_eq!(drain::run(&portal.db, &portal.portal.config, START).await.unwrap().unwrap().people, 1);
    assert_eq!(count(&portal.db, "erasure_receipt").await, 1);
}

/// A receipt tells nobody that everything is gone, or their address forgotten, who is still here.
#[tokio::test]
async fn the_receipt_says_whether_the_account_went_too() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let long_ago = datetime!(2026-05-01 10:00 UTC);
    let (stays, _) = sent(db, &campaign, long_ago).await;
    let (goes, _) = sent(db, &campaign, long_ago).await;
    seed::taken_on(db, &stays).await;
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    portal::worker::delete_files(portal.portal.clone()).await.unwrap();
    for (person, subject, is_whole) in [
        (&goes, "Löschnachweis: Deine Daten sind gelöscht", true),
        (&stays, "Löschnachweis: Bewerbungsdaten von dir sind gelöscht", false),
    ] {
        let found = sqlx::query_as("select subject, body from mail where is_receipt and recipient = $1");
        let (said, body): (String, String) = found.bind(&person.email).fetch_one(db).await.unwrap();
        assert_eq!(said, subject);
        assert_eq!(body.contains("Deine Adresse vergessen wir"), is_whole, "{body}");
        assert_eq!(body.contains("dein Zugang mit allem"), !is_whole, "{body}");
        assert!(!body.contains("Nutzungsbeiträge"), "no freelancer's account went: {body}");
    }
}

/// Whoever worked in the house never had fees or contracts: the receipt does not say that any stay.
#[tokio::test]
async fn the_receipt_of_staff_tells_of_no_fees() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (freelancer, clerk) = (seed::freelancer(db).await, seed::staff(db, Role::Planner).await);
    sqlx::query("update account set access_ended_at = '2026-08-01' where id = any($1)")
        .bind([freelancer.id, clerk.id])
        .execute(db)
        .await
        .unwrap();
    assert_eq!(run(&portal, night(date!(2026 - 11 - 24))).await.unwrap().accounts, 2);
    portal::worker::delete_files(portal.portal.clone()).await.unwrap();
    for (person, is_freelancer) in [(&freelancer, true), (&clerk, false)] {
        let body: String = sqlx::query_scalar("select body from mail where is_receipt and recipient = $1")
            .bind(&person.email)
            .fetch_one(db)
            .await
            .unwrap();
        for said in ["das Buch der Nutzungsbeiträge", "Bestätigungen von Vertragsunterlagen", "kommenden Schichten"] {
            assert_eq!(body.contains(said), is_freelancer, "{body}");
        }
    }
}

#[tokio::test]
async fn a_held_person_waits_and_a_failing_one_holds_up_nobody() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (held, _) = sent(&portal.db, &campaign, START).await;
    let (free, _) = sent(&portal.db, &campaign, START).await;
    let (unconfirmed, _) = sent(&portal.db, &campaign, START).await;
    let (one, second) =
        (seed::staff(&portal.db, Role::PrivacyOfficer).await, seed::staff(&portal.db, Role::Administrator).await);
    let new = portal::retention::hold::NewHold {
        account: held.id,
        reason: "Klage".into(),
        held_until: date!(2026 - 12 - 31),
    };
    let id = portal::retention::hold::set(&portal.db, &new, one.id, START).await.unwrap().unwrap();
    portal::retention::hold::confirm(&portal.db, id, second.id, START).await.unwrap().unwrap();
    seed::hold(&portal.db, &unconfirmed, &one).await;
    let (stuck, _) = sent(&portal.db, &campaign, START).await;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "create function hinder() returns trigger language plpgsql as $$ begin if old.id = '{}' then raise exception 'no'; end if; return old; end $$;
         create trigger hinder before delete on applicant for each row execute function hinder()", stuck.id)))
    .execute(&portal.db)
    .await
    .unwrap();
    for person in [&stuck, &held, &free, &unconfirmed] {
        wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    }
    let drained = drain::run(&portal.db, &portal.portal.config, START).await.unwrap().unwrap();
    assert_eq!((drained.people, drained.failed), (2, 1));
    let failures = nights::failures(&portal.db, 9).await.unwrap();
    assert_eq!(
        failures.iter().map(|one| (one.subject, one.sqlstate.as_str(), one.is_open)).collect::<Vec<_>>(),
        [(stuck.id.0, "P0001", true)]
    );
    sqlx::query("drop trigger hinder on applicant").execute(&portal.db).await.unwrap();
    let hour_later = START + Duration::HOUR;
    assert_eq!(drain::run(&portal.db, &portal.portal.config, hour_later).await.unwrap().unwrap().people, 1);
    assert!(!nights::failures(&portal.db, 9).await.unwrap()[0].is_open, "it needs no night any more");
    nights::sweep_failures(&portal.db, START).await.unwrap();
    assert_eq!(count(&portal.db, "erasure_failure").await, 1, "kept for its months");
    nights::sweep_failures(&portal.db, START + Duration::SECOND).await.unwrap();
    assert_eq!(count(&portal.db, "erasure_failure").await, 0);
    assert!(wish::open(&portal.db, held.id, Wish::Erasure).await.unwrap().is_some(), "it rests");
    // The clock of a wish that rests does not ring.
    portal.set_time(START + Duration::days(10));
    assert!(!portal.client().get("/readyz").await.body.contains("Löschw"));
    portal.set_time(datetime!(2027-01-01 10:00 UTC));
    assert_eq!(drain::run(&portal.db, &portal.portal.config, portal.now()).await.unwrap().unwrap().people, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_carry_a_wish_out_once() {
    let portal = TestPortal::with_connections(16).await;
    let campaign = open_campaign(&portal.db).await;
    let config = &portal.portal.config;
    for _ in 0..10 {
        let (person, _) = sent(&portal.db, &campaign, START).await;
        wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
        let both = tokio::join!(drain::run(&portal.db, config, START), drain::run(&portal.db, config, START));
        let people: i64 = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().map(|drained| drained.people).sum();
        assert_eq!(people, 1);
    }
    assert_eq!(count(&portal.db, "erasure_entry where kind = 'person'").await, 10);
}

#[tokio::test]
async fn an_open_wish_rings_at_60_hours_and_is_overdue_at_72() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    for (minutes, late, overdue) in
        [(60 * 60 - 1, false, false), (60 * 60, true, false), (72 * 60 - 1, true, false), (72 * 60, false, true)]
    {
        portal.set_time(START + Duration::minutes(minutes));
        let ready = portal.client().get("/readyz").await.body.clone();
        assert_eq!(
            ready.contains("1 Wunsch nach Löschung oder Kopie muss in den nächsten Stunden ausgeführt sein."),
            late,
            "{minutes}: {ready}"
        );
        assert_eq!(
            ready.contains("1 Wunsch nach Löschung oder Kopie ist länger offen, als wir zusagen."),
            overdue,
            "{minutes}: {ready}"
        );
    }
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    assert!(
        portal
            .client_of(&officer)
            .await
            .get("/verwaltung")
            .await
            .text()
            .contains("Löschung oder Kopie ist länger offen")
    );
}

#[tokio::test]
async fn a_freelancer_wishes_after_the_password_and_takes_it_back() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let shift = seed::shift(&portal.db, &campaign, date!(2026 - 12 - 01), 9, 4, 2).await;
    seed::booking(&portal.db, &person, shift).await;
    let mut client = portal.client_of(&person).await;
    sqlx::query("update session set confirmed_at = null").execute(&portal.db).await.unwrap();
    assert_eq!(client.get("/konto/loeschung").await.heading(), "Bist du es?");
    let page = client.fill("password", seed::PASSWORD).press("Bestätigen").await.clone();
    let text = page.text();
    for said in ["8 Jahre", "6 Jahre", "3 Jahre", "1 gebuchte Schicht wird freigegeben", "72 Stunden"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    client.press("Zugang und Daten löschen").await;
    client.post("/konto/loeschung", &[]).await;
    assert_eq!(count(&portal.db, "data_request").await, 1, "a double click wishes once");
    client.get("/konto/loeschung").await;
    let page = client.press("Wunsch zurücknehmen").await;
    assert!(page.flash().unwrap().starts_with("Dein Wunsch ist zurückgenommen."));
    assert_eq!(count(&portal.db, "data_request").await, 0);
    let page = client.post("/konto/loeschung/ende", &[]).await;
    assert!(page.flash().unwrap().starts_with("Es gab keinen offenen Wunsch."));
}

#[tokio::test]
async fn staff_are_told_whom_to_turn_to_and_wish_nothing_here() {
    let portal = TestPortal::new().await;
    let mut client = portal.client_of(&seed::staff(&portal.db, Role::Planner).await).await;
    let page = client.get("/konto/loeschung").await;
    assert!(page.text().contains("Sprich die Administration an") && !page.has("main form"), "{}", page.text());
    client.post("/konto/loeschung", &[]).await;
    assert_eq!(count(&portal.db, "data_request").await, 0);
}

#[tokio::test]
async fn a_confirmed_request_for_a_copy_has_it_made_and_the_copy_names_the_holds() {
    let portal = TestPortal::new().await;
    let (person, officer) = (seed::applicant(&portal.db).await, seed::staff(&portal.db, Role::PrivacyOfficer).await);
    seed::hold(&portal.db, &person, &officer).await;
    let token = portal::accounts::token::new();
    sqlx::query("insert into data_request_link values ($1, $2, 'copy', $3, $3 + interval '7 days')")
        .bind(&token.hash[..])
        .bind(person.id)
        .bind(portal.now())
        .execute(&portal.db)
        .await
        .unwrap();
    let (mut client, path) = (portal.client(), format!("/datenschutz/anfrage/{}", token.plain));
    client.get(&path).await;
    assert_eq!(count(&portal.db, "data_copy").await, 0, "looking asks for nothing");
    for _ in 0..2 {
        client.post(&path, &[]).await;
    }
    assert_eq!(count(&portal.db, "data_copy where finished_at is null").await, 1, "twice is once");
    let contents = Contents::read(&portal.db, person.id, "Musterruf", portal.now()).await.unwrap().unwrap();
    let json = String::from_utf8(contents.json().unwrap()).unwrap();
    assert!(json.contains("Klage"), "{json}");
    assert_eq!(json.matches("Kopie der Daten").count(), 2, "the request by mail, and the wish that it became: {json}");
}

/// A recording that waits for its deletion since the refusal is promised, too.
#[tokio::test]
async fn a_receipt_waits_for_files_that_were_doomed_before_the_wish() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, START).await;
    recording(&portal, application).await;
    // A body that is still being streamed.
    portal.portal.files.begin(&portal.db, person.id, portal.now()).await.unwrap();
    let mut client = portal.client_of(&person).await;
    client.post(&format!("/bewerbung/{application}/zurueckziehen"), &[]).await;
    assert_eq!(count(&portal.db, "blob where state = 'doomed' and doomed_with is null").await, 1);
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    let config = &portal.portal.config;
    assert_eq!(drain::run(&portal.db, config, portal.now()).await.unwrap().unwrap().people, 1);
    assert_eq!(count(&portal.db, "blob where state = 'doomed' and doomed_with is not null").await, 2);
    assert_eq!(receipt::send_due(&portal.db, config, portal.now()).await.unwrap(), 0, "both are still there");
    worker::delete_files(portal.portal.clone()).await.unwrap();
    assert_eq!((receipts(&portal).await, count(&portal.db, "blob").await), (1, 0));
}

#[tokio::test]
async fn a_copy_that_nobody_gets_rings_as_well() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    // A hold keeps data; it keeps nobody from a copy of them.
    let (one, second) =
        (seed::staff(&portal.db, Role::PrivacyOfficer).await, seed::staff(&portal.db, Role::Administrator).await);
    let hold = seed::hold(&portal.db, &person, &one).await;
    portal::retention::hold::confirm(&portal.db, hold, second.id, START).await.unwrap().unwrap();
    wish::record(&portal.db, person.id, Wish::Copy, START).await.unwrap();
    portal.pass(Duration::hours(72));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("1 Wunsch nach Löschung oder Kopie ist länger offen"), "{ready}");
}
