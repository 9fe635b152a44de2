//! The privacy briefing: reading, quiz and confirmation through the pages; a new version asks again by its day, bars new
//! bookings after it, and lifts them with the confirmation.

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::config::Config;
use portal::database::constraint;
use portal::freelancers::briefing::draft::{self, NewDraft};
use portal::freelancers::briefing::{publication, reminder};
use portal::id::BriefingId;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::client::Client;
use crate::page::css;
use crate::seed::{self, Campaign, Person};
use crate::server::{START, TestPortal};

const DAY: Date = date!(2026 - 12 - 18);

/// Chooses this answer of every open question.
fn answer(client: &mut Client, number: &str) {
    let names: Vec<String> = {
        let html = client.page().html();
        let first = css("input[type=radio][value='1']");
        html.select(&first).map(|input| input.value().attr("name").unwrap().to_owned()).collect()
    };
    for name in names {
        client.choose(&name, number);
    }
}

/// From when on a person's new bookings are barred, as the booking gate reads it.
async fn barred_from(db: &PgPool, person: &Person) -> Option<OffsetDateTime> {
    sqlx::query_scalar("select barred_from from qualification where freelancer_id = $1")
        .bind(person.id)
        .fetch_one(db)
        .await
        .unwrap()
}

/// A portal in which a version is published and another waits as a draft; with somebody who confirmed the first.
async fn second_version() -> (TestPortal, Campaign, Person, Person) {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::qualified(db, &campaign).await;
    let first = seed::briefing(db, 1, date!(2026 - 11 - 30)).await;
    seed::briefing_confirmation(db, &person, first).await;
    seed::briefing_draft(db, 2).await;
    let officer = seed::staff(db, Role::PrivacyOfficer).await;
    (portal, campaign, person, officer)
}

async fn publish(portal: &TestPortal, officer: &Person, day: Date) {
    let config: &Config = &portal.portal.config;
    publication::publish(&portal.db, config, 0, day, officer.id, portal.now()).await.unwrap().unwrap();
}

#[tokio::test]
async fn one_reads_answers_until_all_is_right_and_confirms() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::freelancer(db).await;
    seed::prepare(db, &person, &campaign).await;
    seed::briefing(db, 1, DAY).await;
    let mut client = portal.client_of(&person).await;
    client.get("/bereit").await;
    client.get("/bereit/unterweisung").await;
    assert!(client.page().text().contains("2 Fragen") && client.page().text().contains("Fr, 18.12.2026"));
    client.follow("Weiter zu den Fragen").await;
    let page = client.press("Antworten prüfen").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts("p.error"), ["Bitte wähle eine Antwort."; 2]);
    // One right, one wrong: the wrong one is explained, the right one is kept.
    let first =
        client.page().html().select(&css("input[type=radio]")).next().unwrap().value().attr("name").unwrap().to_owned();
    answer(&mut client, "3");
    client.choose(&first, "2");
    let page = client.press("Antworten prüfen").await.clone();
    assert_eq!(page.texts("p.error"), ["Das stimmt nicht. Denn so ist es sicher."]);
    assert!(page.text().contains("1 von 2 Fragen sind richtig."));
    assert!(page.has("input[value='3'][checked]"), "what was chosen stays");
    // Another day, another device: progress is kept.
    let mut client = portal.client_of(&person).await;
    let page = client.get("/bereit/unterweisung/fragen").await;
    assert_eq!(page.texts("fieldset").len(), 1);
    answer(&mut client, "2");
    let page = client.press("Antworten prüfen").await.clone();
    assert_eq!(page.path, "/bereit/unterweisung/bestaetigung");
    let page = client.press("Bestätigen").await.clone();
    assert_eq!(page.path, "/bereit");
    assert!(page.flash().unwrap().starts_with("Die Unterweisung ist bestätigt."));
    assert!(client.get("/bereit/unterweisung").await.text().contains("Am Mo, 23.11.2026, 12:00 Uhr"));
    let events: Vec<String> = sqlx::query_scalar("select event from freelancer_event where freelancer_id = $1")
        .bind(person.id)
        .fetch_all(db)
        .await
        .unwrap();
    assert_eq!(events, ["briefing_confirmed"]);
}

#[tokio::test]
async fn no_step_can_be_taken_out_of_order_and_a_double_click_counts_once() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = seed::freelancer(db).await;
    let (first, second) = (seed::briefing(db, 1, DAY).await, seed::briefing(db, 2, DAY).await);
    let mut client = portal.client_of(&person).await;
    assert_eq!(client.get("/bereit/unterweisung/bestaetigung").await.path, "/bereit/unterweisung/fragen");
    let confirm = |id: Uuid| [("version", id.to_string())];
    let path = "/bereit/unterweisung/bestaetigung";
    let send = async |client: &mut Client, id: Uuid| {
        let fields = confirm(id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.post(path, &fields).await.flash()
    };
    assert!(send(&mut client, second).await.unwrap().contains("Fragen sind noch offen"));
    seed::briefing_answers(db, &person, first).await;
    assert!(send(&mut client, first).await.unwrap().contains("neuere Fassung"));
    assert!(send(&mut client, Uuid::new_v4()).await.unwrap().contains("neuere Fassung"));
    let none: i64 = sqlx::query_scalar("select count(*) from briefing_confirmation").fetch_one(db).await.unwrap();
    assert_eq!(none, 0);
    seed::briefing_answers(db, &person, second).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(portal.client_of(&person).await);
    }
    join_all(clients.iter_mut().map(|client| send(client, second))).await;
    let counts: (i64, i64) =
        sqlx::query_as("select (select count(*) from briefing_confirmation), (select count(*) from freelancer_event)")
            .fetch_one(db)
            .await
            .unwrap();
    assert_eq!(counts, (1, 1));
}

#[tokio::test]
async fn a_new_version_bars_from_the_midnight_after_its_day_and_the_confirmation_lifts_it() {
    let (portal, campaign, person, officer) = second_version().await;
    let db = &portal.db;
    let preparing = seed::freelancer(db).await;
    seed::prepare(db, &preparing, &campaign).await;
    let outsider = seed::freelancer(db).await;
    let mut client = portal.client_of(&officer).await;
    client.get("/verwaltung/unterweisung").await;
    client.follow("Veröffentlichen …").await;
    let page = client.fill("confirm_by", "2026-11-23").press("Veröffentlichen und 2 Mails senden").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("confirm_by").unwrap().contains("ab morgen"));
    // The day on whose end clocks go back in Berlin lies in another year; this one ends at 23:00 UTC.
    let page = client.fill("confirm_by", "2026-12-18").press("Veröffentlichen und 2 Mails senden").await.clone();
    assert!(
        page.flash().unwrap().contains("2 Personen bekommen eine Mail und haben bis Fr, 18.12.2026 Zeit"),
        "{:?}",
        page.flash()
    );
    assert_eq!(barred_from(db, &person).await, Some(datetime!(2026-12-18 23:00 UTC)));
    let mails = portal.mails().await;
    let told: Vec<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    assert!(told.contains(&&*person.email) && told.contains(&&*preparing.email) && !told.contains(&&*outsider.email));
    assert_eq!(mails[0].subject, "Neue Datenschutz-Unterweisung für dich");
    // The gate of bookings: before, at, and after the confirmation.
    let books = async |at: OffsetDateTime| -> bool {
        sqlx::query_scalar("select lets_book(q, $2) from qualification q where freelancer_id = $1")
            .bind(person.id)
            .bind(at)
            .fetch_one(db)
            .await
            .unwrap()
    };
    assert!(books(datetime!(2026-12-18 22:59:59 UTC)).await);
    assert!(!books(datetime!(2026-12-18 23:00 UTC)).await);
    portal.set_time(datetime!(2026-12-20 9:00 UTC));
    let mut client = portal.client_of(&person).await;
    client.get("/bereit/unterweisung/fragen").await;
    answer(&mut client, "1");
    client.press("Antworten prüfen").await;
    client.press("Bestätigen").await;
    assert_eq!(barred_from(db, &person).await, None);
    assert!(books(portal.now()).await);
}

#[tokio::test]
async fn one_is_reminded_once_seven_days_before_and_latecomers_are_barred_too() {
    let (portal, campaign, person, officer) = second_version().await;
    let db = &portal.db;
    publish(&portal, &officer, DAY).await;
    let remind = async |at: OffsetDateTime| reminder::run_due(db, &portal.portal.config, at).await.unwrap();
    assert_eq!(remind(datetime!(2026-12-10 22:59 UTC)).await, 0, "eight days before");
    let late = seed::qualified(db, &campaign).await;
    assert_eq!(remind(datetime!(2026-12-10 23:00 UTC)).await, 2, "from Berlin's midnight on");
    assert_eq!(barred_from(db, &late).await, Some(datetime!(2026-12-18 23:00 UTC)));
    let both = join_all((0..4).map(|_| remind(datetime!(2026-12-11 9:00 UTC)))).await;
    assert_eq!(both, [0; 4], "once each");
    portal.set_time(datetime!(2026-12-11 9:00 UTC));
    let mails = portal.mails().await;
    let reminders: Vec<_> = mails.iter().filter(|mail| mail.subject.starts_with("Erinnerung")).collect();
    assert_eq!(reminders.len(), 2);
    assert!(reminders.iter().any(|mail| mail.recipient == person.email));
    assert_eq!(reminders[0].subject, "Erinnerung: Datenschutz-Unterweisung bis Fr, 18.12.");
}

#[tokio::test]
async fn an_earlier_bar_stays_when_the_next_version_comes() {
    let (portal, campaign, person, officer) = second_version().await;
    let db = &portal.db;
    publish(&portal, &officer, date!(2026 - 12 - 01)).await;
    portal.set_time(datetime!(2026-12-10 9:00 UTC));
    seed::briefing_draft(db, 3).await;
    publish(&portal, &officer, DAY).await;
    assert_eq!(barred_from(db, &person).await, Some(datetime!(2026-12-01 23:00 UTC)));
    let bars: i64 = sqlx::query_scalar("select count(*) from bar where campaign_id = $1 and cause = 'briefing'")
        .bind(campaign.id)
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(bars, 1);
}

#[tokio::test]
async fn whoever_confirms_while_the_next_version_is_published_is_asked_again() {
    for _ in 0..20 {
        let (portal, _, person, officer) = second_version().await;
        let db = &portal.db;
        let first: BriefingId =
            sqlx::query_scalar("select id from briefing_version where version = 1").fetch_one(db).await.unwrap();
        sqlx::query("delete from briefing_confirmation").execute(db).await.unwrap();
        seed::briefing_answers(db, &person, first.0).await;
        let confirm =
            portal::freelancers::briefing::confirmation::confirm(db, person.freelancer(), first, portal.now());
        let (confirmed, ()) = tokio::join!(confirm, publish(&portal, &officer, DAY));
        confirmed.unwrap().ok();
        assert!(barred_from(db, &person).await.is_some(), "the bar of the new version is there in either order");
    }
}

#[tokio::test]
async fn the_officer_begins_with_the_template_edits_looks_and_publishes() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let officer = seed::staff(db, Role::PrivacyOfficer).await;
    let mut client = portal.client_of(&officer).await;
    client.get("/verwaltung/unterweisung").await;
    let page = client.press("Vorlage übernehmen").await.clone();
    assert_eq!(page.texts("fieldset legend").len(), 6);
    let page = client.fill("title", "").press("Entwurf speichern").await.clone();
    assert_eq!((page.status, page.error("title").is_some()), (StatusCode::UNPROCESSABLE_ENTITY, true));
    assert_eq!(page.texts("fieldset legend").len(), 6, "nothing is lost");
    let page = client.fill("title", "Unser Datenschutz").press("Frage hinzufügen").await.clone();
    assert_eq!(page.texts("fieldset legend").len(), 7);
    let page = client.press("Vorschau").await;
    assert!(page.texts(".panel.hot h3").contains(&"Unser Datenschutz".to_owned()) && page.markup_faults().is_empty());
    let stale = client.page().clone();
    assert!(client.press("Entwurf speichern").await.flash().unwrap().starts_with("Der Entwurf ist gespeichert."));
    // Somebody who still has the older state in front of them.
    let field = |name: &str| {
        stale
            .html()
            .select(&css(&format!("[name={name}]")))
            .next()
            .unwrap()
            .value()
            .attr("value")
            .unwrap_or("x")
            .to_owned()
    };
    let (revision, title) = (field("revision"), field("title"));
    let old = [("step", "save"), ("revision", revision.as_str()), ("title", title.as_str()), ("body", "Überschrieben")];
    let page = client.post("/verwaltung/unterweisung/entwurf", &old).await;
    assert!(page.error("body").unwrap().contains("Inzwischen"), "{}", page.text());
    client.get("/verwaltung/unterweisung/entwurf/veroeffentlichung").await;
    assert!(client.page().text().contains("Unser Datenschutz"));
    let page = client.press("Veröffentlichen und 0 Mails senden").await.clone();
    assert!(page.flash().unwrap().starts_with("Die Unterweisung ist veröffentlicht."), "{:?}", page.flash());
    client.follow("1. Unser Datenschutz").await;
    assert!(client.page().text().contains("Die vier Regeln für jeden Tag"));
    client.get("/verwaltung/unterweisung").await;
    client.press("Neue Fassung beginnen").await;
    assert!(client.page().text().contains("Fassung 2"));
}

#[tokio::test]
async fn what_is_published_never_changes() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    seed::briefing(db, 1, DAY).await;
    for sql in [
        "update briefing_version set title = 'x'",
        "delete from briefing_version",
        "update briefing_question set right_answer = 1",
        "delete from briefing_question",
        "insert into briefing_question (id, version_id, position, wording, answers, right_answer, explanation)
         select gen_random_uuid(), id, 9, 'x', '{a,b}', 1, 'x' from briefing_version",
    ] {
        let error = sqlx::query(sql).execute(db).await.unwrap_err();
        assert_eq!(constraint(&error), Some("briefing_immutable"), "{sql}");
    }
    // A draft may change as often as one likes, and there is one.
    seed::briefing_draft(db, 2).await;
    sqlx::query("update briefing_version set title = 'x' where published_at is null").execute(db).await.unwrap();
    let second = "insert into briefing_version (id, version, title, body, created_at) values (gen_random_uuid(), 3, 'x', 'x', $1)";
    let error = sqlx::query(second).bind(START).execute(db).await.unwrap_err();
    assert_eq!(constraint(&error), Some("briefing_draft_one"));
}

#[tokio::test]
async fn a_publication_that_was_not_previewed_and_a_draft_of_nothing_are_refused() {
    let (portal, _, _, officer) = second_version().await;
    let (db, config) = (&portal.db, &portal.portal.config);
    let publish =
        async |revision| publication::publish(db, config, revision, DAY, officer.id, portal.now()).await.unwrap();
    assert_eq!(publish(7).await, Err(publication::Refusal::Changed));
    sqlx::query("delete from briefing_question where version_id in (select id from briefing_version where published_at is null)")
        .execute(db)
        .await
        .unwrap();
    assert_eq!(publish(0).await, Err(publication::Refusal::NoQuestion));
    assert_eq!(portal.mails().await.len(), 0);
    let mut client = portal.client_of(&officer).await;
    let form = "revision=7&confirm_by=2026-12-18".to_owned();
    let path = "/verwaltung/unterweisung/entwurf/veroeffentlichung";
    let page = client.send(Method::POST, path, Some(form)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let published: i64 = sqlx::query_scalar("select count(*) from briefing_version where published_at is not null")
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(published, 1);
}

#[tokio::test]
async fn only_those_who_work_or_prepare_now_are_asked() {
    let (portal, campaign, person, officer) = second_version().await;
    let db = &portal.db;
    let (over, left) = (seed::campaign(db).await, seed::qualified(db, &campaign).await);
    let (invited, finished) = (seed::qualified(db, &campaign).await, seed::qualified(db, &over).await);
    let done = seed::qualified(db, &campaign).await;
    for (sql, whom) in [
        ("update account set access_ended_at = $2 where id = $1", left.id.0),
        ("update account set password_hash = null where $2 is not null and id = $1", invited.id.0),
        ("update campaign set ended_at = $2 where id = $1", over.id.0),
        ("update qualification set ended_at = $2 where freelancer_id = $1", done.id.0),
    ] {
        assert_eq!(sqlx::query(sql).bind(whom).bind(START).execute(db).await.unwrap().rows_affected(), 1, "{sql}");
    }
    publish(&portal, &officer, DAY).await;
    let told: Vec<String> = portal.mails().await.into_iter().map(|mail| mail.recipient).collect();
    assert_eq!(told, std::slice::from_ref(&person.email));
    let barred: Vec<Uuid> = sqlx::query_scalar("select freelancer_id from bar").fetch_all(db).await.unwrap();
    assert_eq!(barred, [person.id.0], "and nobody else: {finished:?}");
}

#[tokio::test]
async fn of_two_drafts_begun_at_once_there_is_one() {
    let portal = TestPortal::new().await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let new = NewDraft { title: "Neu".into(), body: "Text".into(), questions: Vec::new() };
    let begin = || draft::begin(&portal.db, &new, officer.id, START);
    let begun = join_all([begin(), begin(), begin()]).await.into_iter().map(Result::unwrap);
    assert_eq!(begun.filter(|begun| *begun).count(), 1);
}

#[tokio::test]
async fn the_database_takes_no_half_a_briefing() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    seed::briefing(db, 1, DAY).await;
    seed::briefing_draft(db, 2).await;
    let draft = "(select id from briefing_version where version = 2)";
    let question = |position: i16, answers: &str, right: i16| {
        format!(
            "insert into briefing_question (id, version_id, position, wording, answers, right_answer, explanation)
             values (gen_random_uuid(), {draft}, {position}, 'x', '{answers}', {right}, 'x')"
        )
    };
    let cases = [
        (question(1, "{a,b}", 1), "briefing_question_place"),
        (question(2, "{a}", 1), "briefing_question_answers"),
        (question(2, "{a,b,c,d,e}", 1), "briefing_question_answers"),
        (question(2, "{a,b}", 3), "briefing_question_right"),
        (question(2, "{a,b}", 0), "briefing_question_right"),
        ("update briefing_version set version = 1 where version = 2".into(), "briefing_version_once"),
        ("update briefing_version set title = '' where version = 2".into(), "briefing_version_title"),
        ("update briefing_version set body = '' where version = 2".into(), "briefing_version_body"),
        (
            "update briefing_version set published_at = created_at where version = 2".into(),
            "briefing_version_published",
        ),
    ];
    for (sql, name) in cases {
        let error = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(db).await.expect_err(&sql);
        assert_eq!(constraint(&error), Some(name), "{sql}");
    }
}

/// Everything of this feature that causes a mail.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::qualified(db, &campaign).await;
    let officer = seed::staff(db, Role::PrivacyOfficer).await;
    seed::briefing_draft(db, 1).await;
    let day = portal::clock::Zone::berlin().date(portal.now()) + Duration::days(20);
    publish(portal, &officer, day).await;
    portal.pass(Duration::days(14));
    reminder::run_due(db, &portal.portal.config, portal.now()).await.unwrap();
    vec![person, officer]
}
