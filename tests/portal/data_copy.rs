//! The copy of one's own data: whole, only for its owner, made once, gone after its days.

use std::io::Read;

use axum::http::{Method, StatusCode};
use portal::accounts::role::Role;
use portal::accounts::session::CONFIRMED;
use portal::applications::application::State;
use portal::freelancers::papers::kind::Kind;
use portal::id::DataCopyId;
use portal::privacy::export::{making, request};
use portal::retention::data_copy;
use portal::training::enrolment::State as Enrolment;
use portal::web::headers::SANDBOX;
use portal::worker;
use sqlx::AssertSqlSafe;
use time::Duration;
use time::macros::{date, datetime};

use crate::client::Client;
use crate::erasure::{count, fill, night, open_campaign, run, sent};
use crate::seed::{self, PASSWORD, Person};
use crate::seed_training as training;
use crate::server::{START, TestPortal};
use crate::tus::Sender;

/// What somebody of the house or the person may have written, by table: each gets a text of its own.
const WRITTEN: [(&str, &[&str]); 21] = [
    ("applicant", &["phone", "place", "other_clients", "experience"]),
    ("application", &["refusal"]),
    ("answer", &["value"]),
    ("note", &["body"]),
    ("opinion", &["body"]),
    ("equipment_check", &["system"]),
    ("interview_slot", &["place"]),
    ("profile", &["street", "city", "phone", "other_clients", "foreign_registration"]),
    ("document", &["refusal"]),
    ("qualification", &["reason", "decision_reason"]),
    ("objection", &["words"]),
    ("freelancer_event", &["note"]),
    ("booking", &["release_reason"]),
    ("training_date", &["place"]),
    ("enrolment", &["word"]),
    ("campaign_system", &["name"]),
    ("session", &["device"]),
    ("mail", &["recipient", "subject", "body"]),
    ("contact_message", &["name", "subject", "body"]),
    ("contact_reply", &["body"]),
    ("posting", &["title"]),
];

/// Somebody who has left a trace everywhere.
async fn somebody(portal: &TestPortal) -> (Person, Vec<String>) {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    seed::posting(db, &campaign).await;
    let person = seed::qualified(db, &campaign).await;
    let staff = seed::staff(db, Role::Trainer).await;
    portal::accounts::account::grant(db, person.id, &[Role::Applicant], None, START).await.unwrap();
    sqlx::query("insert into applicant (id, confirmed_at, country, languages, created_at, updated_at) values ($1, $2, 'DE', '{de}', $2, $2)")
        .bind(person.id)
        .bind(START)
        .execute(db)
        .await
        .unwrap();
    let application = seed::application(db, &person, &campaign, State::Refused).await;
    fill(db, &person, application).await;
    seed::recording(portal, application).await;
    training::profile(db, &person).await;
    seed::document(db, &person, "conduct_certificate", "refused", None).await;
    sqlx::query("update document set blob_id = null").execute(db).await.unwrap();
    seed::paper(portal, &person, Kind::TradeLicence).await;
    let booking = seed::booking(db, &person, seed::shift(db, &campaign, date!(2026 - 12 - 01), 9, 4, 2).await).await;
    let course = training::course(db, &campaign).await;
    let running = training::date(db, course, &staff, &[START - Duration::DAY], 4).await;
    training::enrolment(db, &person, running, Enrolment::Enrolled).await;
    let system = seed::system(db, &campaign, "Telefon").await;
    let briefing = seed::briefing(db, 1, date!(2026 - 12 - 01)).await;
    seed::briefing_answers(db, &person, briefing).await;
    seed::briefing_confirmation(db, &person, briefing).await;
    seed::message(db).await;
    person.session(portal).await;
    for sql in [
        "update application set refusal = 'x' where applicant_id = $1",
        "update booking set released_at = $2, release_kind = 'own', released_by = $1 where id = $4",
        "update qualification set suspended_at = $2, decision_reason = 'x' where freelancer_id = $1",
        "update enrolment set state = 'passed', result_at = $2, result_by = $3 where freelancer_id = $1",
        "insert into objection select gen_random_uuid(), $1, campaign_id, $2, 'x', $2 from qualification where freelancer_id = $1",
        "insert into freelancer_event (freelancer_id, at, event) values ($1, $2, 'joined')",
        "insert into system_access values ($5, $1, $2, $3)",
        "update contact_message set email = (select email from account where id = $1)",
        "insert into contact_reply select gen_random_uuid(), id, $3, $2, 'x' from contact_message",
        "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at)
         values ('charge', $1, '2026-10-01', 290, 'Kanari-fee-name', 'Kanari-fee-address', $2)",
    ] {
        // Each statement takes all five, used or not.
        let sql = format!("with given as (select $1::uuid, $2::timestamptz, $3::uuid, $4::uuid, $5::uuid) {sql}");
        sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(person.id)
            .bind(START)
            .bind(staff.id)
            .bind(booking)
            .bind(system)
            .execute(db)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let mut canaries = vec!["Kanari-fee-name".into(), "Kanari-fee-address".into(), person.email.clone()];
    for (table, columns) in WRITTEN {
        for column in columns {
            let canary = format!("Kanari-{table}-{column}");
            let only = if table == "document" { "where refusal is not null" } else { "" };
            let done = sqlx::query(AssertSqlSafe(format!("update {table} set {column} = $1 {only}")))
                .bind(&canary)
                .execute(db)
                .await
                .unwrap_or_else(|error| panic!("{table}.{column}: {error}"));
            assert!(done.rows_affected() > 0, "{table} is empty");
            canaries.push(canary);
        }
    }
    (person, canaries)
}

/// Asks for a copy, has it made, fetches it.
async fn copy_of(portal: &TestPortal, client: &mut Client) -> Vec<u8> {
    client.get("/konto/daten").await;
    client.press("Kopie anfordern").await;
    assert!(making::run_due(&portal.portal).await.unwrap());
    client.get("/konto/daten").await;
    let html = client.page().html();
    let href = html.select(&crate::page::css("main a[role=button]")).next().expect("the copy is there");
    let path = href.value().attr("href").unwrap().to_owned();
    drop(html);
    fetch(portal, client, &path).await
}

async fn fetch(portal: &TestPortal, client: &Client, path: &str) -> Vec<u8> {
    let sender = Sender::new(&portal.origin, client.cookie("session").expect("signed in"));
    let answer = sender.ask(Method::GET, path, &[], "").await;
    assert_eq!(answer.status, 200, "{path}");
    answer.body.to_vec()
}

/// The mail of a copy that is there.
pub async fn cause_mails(portal: &TestPortal) -> Person {
    let person = seed::applicant(&portal.db).await;
    request::ask(&portal.db, person.id, portal.now()).await.unwrap();
    assert!(making::run_due(&portal.portal).await.unwrap());
    person
}

fn entry(archive: &[u8], name: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap_or_else(|_| panic!("{name}")).read_to_end(&mut bytes).unwrap();
    bytes
}

async fn latest(portal: &TestPortal, person: &Person) -> Option<request::Copy> {
    request::latest(&portal.db, person.id, portal.now()).await.unwrap()
}

#[tokio::test]
async fn everything_written_by_or_about_a_person_is_in_their_copy() {
    let portal = TestPortal::new().await;
    let (person, canaries) = somebody(&portal).await;
    sqlx::query("update note set body = body || ' <script>alert(1)</script>'").execute(&portal.db).await.unwrap();
    let mut client = portal.client_of(&person).await;
    let archive = copy_of(&portal, &mut client).await;
    let page = String::from_utf8(entry(&archive, "daten.html")).unwrap();
    let json = String::from_utf8(entry(&archive, "daten.json")).unwrap();
    for canary in &canaries {
        assert!(page.contains(canary.as_str()), "{canary} is not on the page");
        assert!(json.contains(canary.as_str()), "{canary} is not in the JSON");
    }
    // What was typed stays text.
    assert!(!page.contains("<script") && page.contains("&#60;script&#62;alert(1)"), "a stored script");
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    assert_eq!(entry(&archive, "dateien/vorstellung-1.webm"), crate::tus::webm(5000));
    assert!(page.contains("dateien/vorstellung-1.webm") && page.contains("dateien/unterlage-"));
    // Nobody of the house is named, and nobody else's data is in it.
    let others: Vec<String> = sqlx::query_scalar("select email from account where id <> $1")
        .bind(person.id)
        .fetch_all(&portal.db)
        .await
        .unwrap();
    assert!(others.len() > 1);
    for other in others {
        assert!(!json.contains(&other), "{other}");
    }
}

#[tokio::test]
async fn a_copy_is_for_its_owner_after_the_password_and_nobody_else() {
    let portal = TestPortal::new().await;
    let (person, other) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    let path = format!("/konto/daten/kopie/{}", seed::data_copy(&portal, &person).await);
    let mut client = portal.client_of(&person).await;
    let page = client.send(Method::GET, &path, None).await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, "PK-zip!"));
    assert_eq!(page.headers["content-disposition"], "attachment; filename=\"deine-daten.zip\"");
    assert_eq!(
        (page.headers["content-type"].as_bytes(), page.headers["content-length"].as_bytes()),
        (&b"application/zip"[..], &b"7"[..])
    );
    assert_eq!(page.headers["content-security-policy"], SANDBOX);
    client.headers.insert("range", "bytes=3-5".parse().unwrap());
    let part = client.send(Method::GET, &path, None).await;
    assert_eq!((part.status, part.body.as_str()), (StatusCode::PARTIAL_CONTENT, "zip"));
    client.headers.remove("range");
    assert_eq!(count(&portal.db, "data_copy_download").await, 2, "each fetch is noted");
    let mut stranger = portal.client_of(&other).await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    portal.pass(CONFIRMED);
    assert_eq!(client.get(&path).await.heading(), "Bist du es?");
    let asked = client.post("/konto/daten/kopie", &[]).await;
    assert_eq!(asked.heading(), "Kopie deiner Daten", "what was opened in time is still taken");
    let page = client.get(&path).await;
    assert_eq!(page.heading(), "Bist du es?");
    client.fill("password", PASSWORD);
    assert_eq!(client.press("Bestätigen").await.body, "PK-zip!");
}

#[tokio::test]
async fn somebody_who_applies_gets_the_copy_by_a_link_that_works_once() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    portal.pass(Duration::DAY);
    client.get("/konto/daten").await;
    client.press("Kopie anfordern").await;
    assert!(making::run_due(&portal.portal).await.unwrap());
    let page = client.get("/konto/daten").await;
    assert!(!page.text().contains("Kopie herunterladen"), "{}", page.text());
    let copy = latest(&portal, &person).await.unwrap();
    let path = format!("/konto/daten/kopie/{}", copy.id);
    assert_eq!(client.get(&path).await.path, "/konto/daten", "an old session does not open it");
    let mail = portal.mails().await.pop().unwrap();
    assert_eq!(
        (mail.recipient.as_str(), mail.subject.as_str()),
        (person.email.as_str(), "Die Kopie deiner Daten ist fertig")
    );
    let link = mail.link("/bewerbung/zugang/");
    let mut fresh = portal.client();
    // Mail programs look first.
    for _ in 0..2 {
        assert_eq!(fresh.get(&link).await.status, StatusCode::OK);
    }
    assert_eq!(fresh.press("Kopie deiner Daten öffnen").await.path, "/konto/daten");
    let archive = fetch(&portal, &fresh, &path).await;
    assert!(String::from_utf8(entry(&archive, "daten.html")).unwrap().contains(&person.email));
    assert_eq!(portal.client().get(&link).await.status, StatusCode::GONE, "it worked once");
    // Another one on demand.
    portal.pass(Duration::MINUTE);
    client.get("/konto/daten").await;
    client.press("Link schicken").await;
    assert_ne!(portal.mails().await.pop().unwrap().link("/bewerbung/zugang/"), link);
}

#[tokio::test]
async fn a_copy_is_there_for_seven_days_and_then_gone() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let id = seed::data_copy(&portal, &person).await;
    let end = portal.now() + Duration::days(7);
    for (at, there) in [(end - Duration::SECOND, true), (end, false), (end + Duration::SECOND, false)] {
        portal.set_time(at);
        let file = request::file(&portal.db, id, person.id, at).await.unwrap();
        assert_eq!(file.is_some(), there, "{at}");
        assert_eq!(latest(&portal, &person).await.is_some(), there, "{at}");
        worker::sweep(portal.portal.clone()).await.unwrap();
        assert_eq!(count(&portal.db, "data_copy").await, i64::from(there), "{at}");
        assert_eq!(count(&portal.db, "blob where state = 'doomed'").await, i64::from(!there), "{at}");
    }
}

#[tokio::test]
async fn a_double_click_and_two_servers_make_one_copy() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let asking = || request::ask(&portal.db, person.id, START);
    let (one, two) = tokio::join!(asking(), asking());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(count(&portal.db, "data_copy").await, 1);
    let making = || making::run_due(&portal.portal);
    let (one, two, three) = tokio::join!(making(), making(), making());
    let made = [one, two, three].map(Result::unwrap).into_iter().filter(|made| *made).count();
    assert_eq!((made, count(&portal.db, "blob").await), (1, 1));
    assert_eq!(count(&portal.db, "data_request where done_at is not null").await, 1);
    assert_eq!(portal.mails().await.len(), 1, "told once");
}

#[tokio::test]
async fn a_copy_whose_maker_died_is_made_anew_and_nothing_of_it_is_left() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = seed::freelancer(db).await;
    request::ask(db, person.id, START).await.unwrap();
    // A maker that was killed after half of the file.
    let dead = request::claim(db, START).await.unwrap().unwrap();
    let half = portal.portal.files.begin(db, person.id, START).await.unwrap();
    portal.portal.files.put(half, bytes::Bytes::from_static(b"half")).await.unwrap();
    assert!(request::progress(db, dead, (half, 1, 2), START).await.unwrap());
    let mut client = portal.client_of(&person).await;
    assert!(client.get("/konto/daten").await.text().contains("50 % sind geschrieben"));
    portal.pass(request::LEASE - Duration::SECOND);
    assert!(!making::run_due(&portal.portal).await.unwrap(), "it may still live");
    portal.pass(Duration::SECOND);
    // The dead one, if it was only slow, may not finish any more: neither while another one is at it nor afterwards.
    let may_finish = async || {
        let mut tx = db.begin().await.unwrap();
        request::finish(&mut tx, dead, START, START).await.unwrap()
    };
    request::claim(db, portal.now()).await.unwrap().unwrap();
    assert!(!may_finish().await);
    portal.pass(request::LEASE);
    assert!(making::run_due(&portal.portal).await.unwrap());
    assert!(!may_finish().await);
    assert_eq!(count(db, "blob where state = 'live'").await, 1);
    portal::files::sweep_doomed(&portal.portal.files, db, portal.now()).await.unwrap();
    assert_eq!(count(db, "blob").await, 1, "the half one is gone");
}

#[tokio::test]
async fn a_copy_that_fails_is_tried_again_and_the_end_is_told() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    let application = seed::application(&portal.db, &person, &campaign, State::Introduced).await;
    // Its bytes are not in the store.
    seed::recorded_introduction(&portal.db, application).await;
    request::ask(&portal.db, person.id, portal.now()).await.unwrap();
    let mut client = portal.client_of(&person).await;
    for attempt in 1..=request::MOST {
        assert!(making::run_due(&portal.portal).await.unwrap());
        let state = latest(&portal, &person).await.unwrap().state;
        match attempt {
            request::MOST => assert_eq!(state, request::State::Failed),
            _ => assert_eq!(state, request::State::Waiting { attempts: attempt }),
        }
        portal.pass(Duration::minutes(i64::from(attempt)));
    }
    let page = client.get("/konto/daten").await;
    assert!(page.text().contains("5-mal versucht"), "{}", page.text());
    assert_eq!(count(&portal.db, "blob where state = 'uploading'").await, 0, "nothing half made is left");
    client.press("Noch einmal anfordern").await;
    assert!(matches!(latest(&portal, &person).await.unwrap().state, request::State::Waiting { attempts: 0 }));
}

#[tokio::test]
async fn copies_go_with_what_is_erased() {
    let portal = TestPortal::new().await;
    let (person, other) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    seed::data_copy(&portal, &person).await;
    let left: DataCopyId = seed::data_copy(&portal, &other).await;
    request::ask(&portal.db, person.id, portal.now()).await.unwrap();
    let claim = request::claim(&portal.db, portal.now()).await.unwrap().unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    data_copy::erase(&mut tx, person.id, portal.now()).await.unwrap();
    assert!(!request::finish(&mut tx, claim, START, START).await.unwrap(), "nor is one finished afterwards");
    tx.commit().await.unwrap();
    let ids: Vec<DataCopyId> = sqlx::query_scalar("select id from data_copy").fetch_all(&portal.db).await.unwrap();
    assert_eq!(ids, [left]);
    assert_eq!(count(&portal.db, "blob where state = 'doomed'").await, 1);
}

/// Whoever stays still gets the copy that they asked for, without what was erased meanwhile.
#[tokio::test]
async fn a_copy_that_is_waited_for_is_made_anew_after_an_erasure() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, _) = sent(db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    seed::taken_on(db, &person).await;
    seed::data_copy(&portal, &person).await;
    request::ask(db, person.id, portal.now()).await.unwrap();
    let claim = request::claim(db, portal.now()).await.unwrap().unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.dossiers, report.accounts), (1, 0));
    assert_eq!(count(db, "data_copy").await, 1, "the finished one is gone");
    let mut connection = db.acquire().await.unwrap();
    assert!(!request::finish(&mut connection, claim, START, START).await.unwrap(), "it held what is erased");
    assert!(making::run_due(&portal.portal).await.unwrap());
    assert_eq!(count(db, "data_copy where finished_at is not null").await, 1);
    assert_eq!(count(db, "data_request where wish = 'copy' and done_at is null").await, 0);
}

/// Whoever has left has no page of their own any more: the copy comes by a link from their mailbox.
#[tokio::test]
async fn somebody_whose_access_has_ended_fetches_the_copy_once_by_a_link() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    seed::profile(&portal.db, &person).await;
    sqlx::query("update account set access_ended_at = $2 where id = $1")
        .bind(person.id)
        .bind(START - Duration::days(3))
        .execute(&portal.db)
        .await
        .unwrap();
    let mut client = portal.client();
    client.post("/datenschutz/anfrage", &[("email", &person.email), ("wish", "kopie")]).await;
    let confirm = portal.mails().await.pop().unwrap().link("/datenschutz/anfrage/");
    client.get(&confirm).await;
    client.press("Kopie anfordern").await;
    assert!(making::run_due(&portal.portal).await.unwrap());
    worker::sweep(portal.portal.clone()).await.unwrap();
    let mails = portal.mails().await;
    let mail = mails.iter().find(|mail| mail.subject == "Die Kopie deiner Daten ist fertig").unwrap();
    let link = mail.link("/datenschutz/kopie/");
    // Mail programs look first; other words are no link.
    for _ in 0..2 {
        let page = client.get(&link).await;
        assert_eq!((page.status, page.markup_faults()), (StatusCode::OK, Vec::new()));
    }
    for odd in ["/datenschutz/kopie/unbekannt", &link[..link.len() - 1]] {
        assert_eq!(client.get(odd).await.status, StatusCode::NOT_FOUND);
        assert_eq!(client.post(odd, &[]).await.status, StatusCode::NOT_FOUND);
    }
    // A file that cannot be read does not use the link up.
    let copy = latest(&portal, &person).await.unwrap();
    let request::State::Ready { blob, .. } = copy.state else { panic!("{:?}", copy.state) };
    let (object, away) = (portal.store.join(blob.to_string()), portal.store.join("away"));
    std::fs::rename(&object, &away).unwrap();
    assert!(client.post(&link, &[]).await.status.is_server_error());
    std::fs::rename(&away, &object).unwrap();
    let sender = crate::tus::Sender::new(&portal.origin, "");
    let (one, two) = tokio::join!(
        sender.ask(axum::http::Method::POST, &link, &[], ""),
        sender.ask(axum::http::Method::POST, &link, &[], "")
    );
    let mut answers = [one, two];
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 404], "once");
    let page = String::from_utf8(entry(&answers[0].body, "daten.html")).unwrap();
    assert!(page.contains(&person.email));
    assert_eq!(count(&portal.db, "data_copy_download").await, 1);
    assert_eq!(client.get(&link).await.status, StatusCode::NOT_FOUND);
    // Over, it is not there, used or not.
    sqlx::query("update data_copy_link set used_at = null").execute(&portal.db).await.unwrap();
    portal.pass(Duration::days(7));
    assert_eq!(client.get(&link).await.status, StatusCode::NOT_FOUND);
    worker::sweep(portal.portal.clone()).await.unwrap();
    assert_eq!((count(&portal.db, "data_copy").await, count(&portal.db, "data_copy_link").await), (0, 0));
}
