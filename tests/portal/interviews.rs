//! Interviews: slots are offered without overlaps, the last one goes to exactly one person, and everybody is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use icalendar::{Calendar, Component, parser};
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::applications::interview::{self, reminder};
use portal::id::{ApplicationId, SlotId};
use sqlx::PgPool;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio::sync::Barrier;

use crate::client::Client;
use crate::review::open_link;
use crate::seed::{self, Campaign, Person};
use crate::server::{START, TestPortal};

/// Tuesday, 1 December 2026, 09:00 in Berlin.
const NINE: OffsetDateTime = datetime!(2026-12-01 8:00 UTC);
/// Half an hour after.
const HALF: OffsetDateTime = datetime!(2026-12-01 8:30 UTC);

struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    recruiter: Person,
}

impl Scene {
    async fn new() -> Self {
        Self::over(TestPortal::new().await).await
    }

    async fn over(portal: TestPortal) -> Self {
        let campaign = seed::campaign(&portal.db).await;
        seed::posting(&portal.db, &campaign).await;
        let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
        Self { portal, campaign, recruiter }
    }

    fn db(&self) -> &PgPool {
        &self.portal.db
    }

    async fn slot(&self, starts_at: OffsetDateTime) -> SlotId {
        seed::slot(self.db(), &self.recruiter, None, starts_at).await
    }

    async fn invited(&self) -> (Person, ApplicationId) {
        let person = seed::applicant(self.db()).await;
        let application = seed::application(self.db(), &person, &self.campaign, State::Invited).await;
        (person, application)
    }

    /// Somebody invited, with their browser at the page of the interview.
    async fn visitor(&self) -> (Client, ApplicationId) {
        let (person, application) = self.invited().await;
        let mut client = self.portal.client_of(&person).await;
        client.get(&page(application)).await;
        (client, application)
    }

    async fn staff(&self) -> Client {
        self.portal.client_of(&self.recruiter).await
    }

    async fn remind(&self) -> usize {
        reminder::run_due(self.db(), &self.portal.portal.config, self.portal.now()).await.unwrap()
    }

    async fn subjects(&self) -> Vec<String> {
        self.portal.mails().await.into_iter().map(|mail| mail.subject).collect()
    }
}

fn page(application: ApplicationId) -> String {
    format!("/bewerbung/{application}/gespraech")
}

async fn live(db: &PgPool, application: ApplicationId) -> Option<SlotId> {
    interview::of(db, application).await.unwrap().filter(|i| i.is_live()).map(|i| i.slot)
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

const FIRST: &str = "Dienstag, 1. Dezember, 09:00–09:30 Uhr wählen";
const SECOND: &str = "Dienstag, 1. Dezember, 09:30–10:00 Uhr wählen";

#[tokio::test]
async fn an_applicant_chooses_a_slot_and_everybody_is_told() {
    let scene = Scene::new().await;
    let slot = scene.slot(NINE).await;
    let (mut client, application) = scene.visitor().await;
    let answer = client.press(FIRST).await;
    assert!(answer.flash().unwrap().starts_with("Dein Termin steht fest."), "{}", answer.text());
    assert!(answer.text().contains("Dienstag, 1. Dezember, 09:00–09:30 Uhr") && answer.text().contains("0461 5550100"));
    assert_eq!(live(scene.db(), application).await, Some(slot));
    let mails = scene.portal.mails().await;
    let subjects: BTreeSet<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    let expected =
        ["Dein Kennenlerngespräch: Di, 1.12., 09:00–09:30 Uhr", "Termin vergeben: Di, 1.12., 09:00–09:30 Uhr"];
    assert_eq!(subjects, BTreeSet::from(expected));
    assert!(mails.iter().any(|mail| mail.recipient == scene.recruiter.email));
    // Staff see who comes.
    let mut staff = scene.staff().await;
    let list = staff.get("/verwaltung/gespraeche?woche=2026-W49").await;
    assert!(list.text().contains("1 Termin, 1 vergeben"), "{}", list.text());
    assert!(list.has(&format!("a[href='/verwaltung/bewerbungen/{application}']")));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_people_and_one_slot_one_gets_it_and_the_others_see_the_next_ones() {
    const PEOPLE: usize = 50;
    let scene = Scene::over(TestPortal::with_connections(24).await).await;
    let slot = scene.slot(NINE).await;
    scene.slot(HALF).await;
    let barrier = Arc::new(Barrier::new(PEOPLE));
    let mut tasks = Vec::new();
    for _ in 0..PEOPLE {
        let (mut client, application) = scene.visitor().await;
        let barrier = Arc::clone(&barrier);
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            let answer = client.press(FIRST).await.clone();
            (application, answer)
        }));
    }
    let mut winners = Vec::new();
    for task in tasks {
        let (application, answer) = task.await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let flash = answer.flash().expect("a sentence");
        if live(scene.db(), application).await == Some(slot) {
            assert!(flash.starts_with("Dein Termin steht fest."), "{flash}");
            winners.push(application);
        } else {
            assert!(flash.contains("inzwischen vergeben"), "{flash}");
            assert!(answer.has(&format!("button[aria-label='{SECOND}']")), "the next slots are shown");
            assert!(!answer.has(&format!("button[aria-label='{FIRST}']")));
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(count(scene.db(), "select count(*) from interview").await, 1);
    assert_eq!(count(scene.db(), "select count(*) from mail").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_books_once_and_several_tabs_leave_one_slot() {
    let scene = Scene::new().await;
    let (first, second) = (scene.slot(NINE).await, scene.slot(HALF).await);
    let (person, application) = scene.invited().await;
    for wanted in [[first; 6], [first, second, first, second, first, second]] {
        let tabs = wanted.iter().map(async |slot| {
            let mut client = scene.portal.client_of(&person).await;
            let fields = format!("platz={slot}");
            client.send(Method::POST, &page(application), Some(fields)).await.status
        });
        assert!(join_all(tabs).await.iter().all(|status| *status == StatusCode::SEE_OTHER));
        assert_eq!(count(scene.db(), "select count(*) from interview where ended_at is null").await, 1);
    }
    let rows: Vec<i32> =
        sqlx::query_scalar("select sequence from interview order by sequence").fetch_all(scene.db()).await.unwrap();
    assert!(rows.windows(2).all(|pair| pair[0] < pair[1]), "each change has its own number: {rows:?}");
    assert_eq!(count(scene.db(), "select count(*) from mail where subject like 'Dein Kennenlerngespräch:%'").await, 1);
}

#[tokio::test]
async fn moving_frees_the_old_slot_in_the_same_moment() {
    let scene = Scene::new().await;
    let (first, second) = (scene.slot(NINE).await, scene.slot(HALF).await);
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    let answer = client.press(SECOND).await;
    assert!(answer.flash().unwrap().starts_with("Dein Termin ist verschoben."), "{}", answer.text());
    assert_eq!(live(scene.db(), application).await, Some(second));
    let (mut other, theirs) = scene.visitor().await;
    other.press(FIRST).await;
    assert_eq!(live(scene.db(), theirs).await, Some(first));
    // Moving to a slot that is taken changes nothing: the own one stays.
    client.post(&page(application), &[("platz", &first.to_string())]).await;
    assert!(client.page().flash().unwrap().contains("inzwischen vergeben"));
    assert_eq!(live(scene.db(), application).await, Some(second));
    let subjects = scene.subjects().await;
    assert!(subjects.contains(&"Dein Kennenlerngespräch ist verschoben: Di, 1.12., 09:30–10:00 Uhr".into()));
    assert!(subjects.contains(&"Gespräch entfällt: Di, 1.12., 09:00–09:30 Uhr".into()));
}

#[tokio::test]
async fn the_last_instant_before_the_deadline_is_in_time() {
    let scene = Scene::new().await;
    let second = scene.slot(HALF).await;
    scene.slot(NINE).await;
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    let deadline = NINE - Duration::hours(24);
    scene.portal.set_time(deadline);
    client.get(&page(application)).await;
    assert!(client.page().text().contains("Verschieben oder absagen kannst du bis Mo, 30.11.2026, 09:00 Uhr."));
    assert!(client.press("Termin absagen").await.flash().unwrap().contains("abgesagt"));
    client.press(FIRST).await;
    scene.portal.set_time(deadline + Duration::SECOND);
    let contact = format!("{} ({})", scene.recruiter.name, scene.recruiter.email);
    let shown = client.get(&page(application)).await;
    assert!(shown.text().contains(&contact) && !shown.has("button[name=platz]"), "{}", shown.text());
    for (path, slot) in [(page(application), second.to_string()), (page(application) + "/absage", String::new())] {
        let answer = client.post(&path, &[("platz", &slot)]).await;
        assert!(
            answer
                .flash()
                .unwrap()
                .contains(&format!("weniger als 24 Stunden. Wenn etwas dazwischenkommt, schreib bitte an {contact}"))
        );
    }
    assert!(live(scene.db(), application).await.is_some());
}

#[tokio::test]
async fn only_coming_slots_of_the_own_campaign_or_any_are_offered() {
    let scene = Scene::new().await;
    let other = seed::campaign(scene.db()).await;
    seed::slot(scene.db(), &scene.recruiter, Some(&other), NINE).await;
    let own = seed::slot(scene.db(), &scene.recruiter, Some(&scene.campaign), HALF).await;
    let soon = START + Duration::hours(4);
    let in_time = scene.slot(soon).await;
    let late = seed::staff(scene.db(), Role::Recruiter).await;
    let too_soon = seed::slot(scene.db(), &late, None, soon - Duration::SECOND).await;
    let (mut client, application) = scene.visitor().await;
    let offered: BTreeSet<String> = {
        let html = client.page().html();
        let buttons = crate::page::css("button[name=platz]");
        html.select(&buttons).filter_map(|b| b.value().attr("value").map(str::to_owned)).collect()
    };
    assert_eq!(offered, BTreeSet::from([own.to_string(), in_time.to_string()]));
    let answer = client.post(&page(application), &[("platz", &too_soon.to_string())]).await;
    assert!(answer.flash().unwrap().contains("inzwischen vergeben"));
    assert_eq!(live(scene.db(), application).await, None);
}

#[tokio::test]
async fn somebody_elses_interview_is_not_there_and_only_the_invited_choose() {
    let scene = Scene::new().await;
    let slot = scene.slot(NINE).await.to_string();
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    let (mut stranger, own) = scene.visitor().await;
    for path in [page(application), page(application) + ".ics"] {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [page(application), page(application) + "/absage"] {
        assert_eq!(stranger.post(&path, &[("platz", &slot)]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(live(scene.db(), application).await.is_some());
    // A slot of somebody's or of nobody.
    for wanted in [slot.clone(), seed::unknown_id().to_string(), "abc".into()] {
        assert!(
            stranger.post(&page(own), &[("platz", &wanted)]).await.flash().unwrap().starts_with("Nichts geändert.")
        );
    }
    for state in [State::New, State::Introduced, State::Talked, State::Accepted, State::Refused, State::Withdrawn] {
        let person = seed::applicant(scene.db()).await;
        let theirs = seed::application(scene.db(), &person, &scene.campaign, state).await;
        let mut client = scene.portal.client_of(&person).await;
        assert!(!client.get(&page(theirs)).await.has("button[name=platz]"), "{state:?}");
        scene.slot(NINE + Duration::days(state as i64)).await;
        let free: SlotId = sqlx::query_scalar("select id from interview_slot order by starts_at desc limit 1")
            .fetch_one(scene.db())
            .await
            .unwrap();
        let answer = client.post(&page(theirs), &[("platz", &free.to_string())]).await;
        assert!(answer.flash().unwrap().contains("kein Termin zu wählen"), "{state:?}: {}", answer.text());
    }
}

/// What staff wrote about a slot goes with the last application that it belongs to, and not before its day is over.
#[tokio::test]
async fn a_slot_of_the_past_goes_with_the_application_that_chose_it() {
    let scene = Scene::new().await;
    let (mut client, application) = scene.visitor().await;
    let [chosen, free] = [scene.slot(NINE).await, scene.slot(HALF).await];
    client.post(&page(application), &[("platz", &chosen.to_string())]).await;
    let cancel = "update interview_slot set cancelled_at = $2, cancellation = 'Jana ist krank.' where id = $1";
    sqlx::query(cancel).bind(free).bind(START).execute(scene.db()).await.unwrap();
    let left = async |at: OffsetDateTime| {
        scene.portal.set_time(at);
        portal::worker::sweep(scene.portal.portal.clone()).await.unwrap();
        let ids =
            sqlx::query_scalar::<_, SlotId>("select id from interview_slot order by starts_at").fetch_all(scene.db());
        ids.await.unwrap()
    };
    let evening = datetime!(2026-12-01 22:59 UTC);
    let expected: [SlotId; 2] = [chosen, free];
    assert_eq!(left(evening).await, expected, "until its day is over in Berlin");
    assert_eq!(left(evening + Duration::minutes(1)).await, expected[..1], "nobody chose the other one");
    sqlx::query("delete from application where id = $1").bind(application).execute(scene.db()).await.unwrap();
    assert_eq!(left(evening + Duration::minutes(1)).await, [] as [SlotId; 0]);
}

#[tokio::test]
async fn recruiters_offer_a_series_after_a_preview_and_nobody_talks_twice_at_once() {
    let scene = Scene::new().await;
    let second = seed::staff(scene.db(), Role::Administrator).await;
    let planner = seed::staff(scene.db(), Role::Planner).await;
    let mut client = scene.staff().await;
    client.get("/verwaltung/gespraeche/neu").await;
    assert!(!client.page().has(&format!("input[value='{}']", planner.id)), "planners do not lead interviews");
    client.fill("erster", "2026-12-01").fill("letzter", "2026-12-10").tick_value("tag", "2").tick_value("tag", "4");
    client.fill("von", "09:00").fill("bis", "11:00").fill("dauer", "30").fill("pause", "15");
    client.tick_value("wer", &second.id.to_string()).fill("ort", "0461 5550100");
    let preview = client.press("Vorschau").await;
    assert!(preview.text().contains("24 Termine sind möglich."), "{}", preview.text());
    // Somebody else offers one of these times meanwhile: the constraint decides, the rest is offered.
    scene.slot(NINE + Duration::minutes(15)).await;
    let html = client.page().html();
    let first =
        html.select(&crate::page::css("input[name=s]")).next().unwrap().value().attr("value").unwrap().to_owned();
    drop(html);
    let answer = client.untick_value("s", &first).press("Termine anbieten").await;
    let flash = answer.flash().unwrap();
    assert!(
        flash.starts_with("22 Termine sind angeboten.") || flash.starts_with("23 Termine sind angeboten."),
        "{flash}"
    );
    let again = client.get("/verwaltung/gespraeche/neu").await;
    assert_eq!(again.status, StatusCode::OK);
    client.fill("erster", "2026-12-03").fill("von", "09:00").fill("bis", "09:30").fill("ort", "0461 5550100");
    let preview = client.press("Vorschau").await;
    assert!(preview.text().contains("überschneidet sich mit einem anderen Termin"), "{}", preview.text());
    assert!(!preview.has("input[name=s]"));
    let overlaps = "select count(*) from interview_slot a join interview_slot b on a.interviewer_id = b.interviewer_id and a.id < b.id
                    and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)";
    assert_eq!(count(scene.db(), overlaps).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_offer_the_same_times_at_once_make_each_slot_once() {
    let scene = Scene::new().await;
    let barrier = Arc::new(Barrier::new(6));
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let (mut client, barrier) = (scene.staff().await, Arc::clone(&barrier));
        client.get("/verwaltung/gespraeche/neu").await;
        client.fill("erster", "2026-12-01").fill("von", "09:00").fill("bis", "12:00").fill("ort", "0461 5550100");
        client.press("Vorschau").await;
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            client.press("Termine anbieten").await.flash().unwrap()
        }));
    }
    let mut said = Vec::new();
    for task in tasks {
        said.push(task.await.unwrap());
    }
    assert_eq!(count(scene.db(), "select count(*) from interview_slot").await, 6, "{said:?}");
    assert!(said.iter().any(|flash| flash.contains("eine Überschneidung gibt es nicht")), "{said:?}");
}

#[tokio::test]
async fn all_errors_of_an_offer_stand_beside_their_fields() {
    let scene = Scene::new().await;
    let mut client = scene.staff().await;
    client.get("/verwaltung/gespraeche/neu").await;
    client
        .fill("erster", "2026-11-01")
        .fill("letzter", "morgen")
        .fill("von", "25:00")
        .fill("bis", "")
        .fill("dauer", "2");
    client.untick("wer").fill("pause", "-1").fill("ort", "http://evil.example/\"><b>");
    let answer = client.press("Vorschau").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["erster", "letzter", "von", "bis", "dauer", "pause", "wer", "ort"] {
        assert!(answer.error(field).is_some(), "{field}");
    }
    assert_eq!(answer.markup_faults(), Vec::<String>::new());
    assert!(!answer.has("b"));
    // A span of half a year with two hours a day is too much at once.
    client.fill("erster", "2026-12-01").fill("letzter", "2027-05-31").fill("von", "09:00").fill("bis", "18:00");
    client.fill("dauer", "30").fill("pause", "0").fill("ort", "0461 5550100").tick("wer");
    let answer = client.press("Vorschau").await;
    assert!(answer.error("letzter").unwrap().contains("Bitte kürze den Zeitraum."), "{}", answer.text());
}

#[tokio::test]
async fn staff_cancel_with_a_reason_and_the_applicant_chooses_anew() {
    let scene = Scene::new().await;
    let (slot, free) = (scene.slot(NINE).await, scene.slot(HALF).await);
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    let administrator = seed::staff(scene.db(), Role::Administrator).await;
    let mut staff = scene.portal.client_of(&administrator).await;
    staff.get("/verwaltung/gespraeche?woche=2026-W49").await;
    staff.tick_value("s", &slot.to_string()).tick_value("s", &free.to_string());
    let preview = staff.press("Absagen …").await;
    assert!(
        preview.text().contains("Einer davon ist vergeben") && preview.text().contains("Noch ist nichts geändert.")
    );
    let missing = staff.press("Absagen und 1 Mail senden").await;
    assert!(missing.error("grund").is_some() && live(scene.db(), application).await.is_some());
    let done = staff.fill("grund", "Das Büro <b>zieht</b> um.").press("Absagen und 1 Mail senden").await;
    assert!(done.flash().unwrap().starts_with("2 Termine sind abgesagt. 1 Mail ist unterwegs"), "{}", done.text());
    assert!(done.text().contains("Das Büro <b>zieht</b> um."), "shown as text: {}", done.text());
    assert_eq!(live(scene.db(), application).await, None);
    let sequence = "select sequence::bigint from interview where ending = 'cancelled_by_staff'";
    assert_eq!(count(scene.db(), sequence).await, 1, "calendars take the change for a newer one (RFC 5545)");
    let mails = scene.portal.mails().await;
    let told = mails.iter().find(|m| m.subject.starts_with("Wir müssen dein Kennenlerngespräch absagen")).unwrap();
    assert!(told.body.contains("Der Grund: Das Büro <b>zieht</b> um."), "{}", told.body);
    assert!(mails.iter().any(|m| m.subject.starts_with("Gespräch entfällt") && m.recipient == scene.recruiter.email));
    let state: State = sqlx::query_scalar("select state from application where id = $1")
        .bind(application)
        .fetch_one(scene.db())
        .await
        .unwrap();
    assert_eq!(state, State::Invited);
    scene.slot(HALF).await;
    let mut client = open_link(&scene.portal, &told.link("/bewerbung/zugang/"), &page(application)).await;
    let shown = client.page();
    assert!(shown.text().contains("Wir mussten deinen Termin absagen."), "{}", shown.text());
    client.press(SECOND).await;
    assert!(live(scene.db(), application).await.is_some());
    // What is over cannot be cancelled any more.
    scene.portal.set_time(HALF);
    let answer = staff.post("/verwaltung/gespraeche/absage", &[("s", &slot.to_string()), ("grund", "x")]).await;
    assert!(answer.status == StatusCode::UNAUTHORIZED || answer.flash().unwrap().starts_with("Nichts abgesagt."));
}

#[tokio::test]
async fn the_calendar_file_keeps_its_uid_and_counts_its_changes() {
    let scene = Scene::new().await;
    scene.slot(NINE).await;
    scene.slot(HALF).await;
    let (mut client, application) = scene.visitor().await;
    let mut seen = Vec::new();
    for step in [FIRST, SECOND, "Termin absagen", FIRST] {
        client.get(&page(application)).await;
        client.press(step).await;
        let file = client.get(&format!("{}.ics", page(application))).await.clone();
        assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
        assert!(file.body.lines().all(|line| line.len() <= 75), "folded: {}", file.body);
        assert!(file.body.matches("\r\n").count() == file.body.matches('\n').count(), "CRLF");
        let calendar: Calendar = parser::read_calendar(&parser::unfold(&file.body)).expect("a calendar").into();
        let event = calendar.events().next().expect("an event").clone();
        assert_eq!(calendar.events().count(), 1);
        let value = |name: &str| event.property_value(name).unwrap_or_default().to_owned();
        seen.push((value("UID"), event.get_sequence().unwrap(), value("STATUS"), value("DTSTART"), value("DTEND")));
    }
    let uid = &seen[0].0;
    assert!(seen.iter().all(|entry| entry.0 == *uid && uid.contains(&application.to_string())));
    assert!(seen.windows(2).all(|pair| pair[0].1 < pair[1].1), "{seen:?}");
    let states: Vec<_> = seen.iter().map(|entry| (entry.2.as_str(), entry.3.as_str())).collect();
    let expected = [
        ("CONFIRMED", "20261201T080000Z"),
        ("CONFIRMED", "20261201T083000Z"),
        ("CANCELLED", "20261201T083000Z"),
        ("CONFIRMED", "20261201T080000Z"),
    ];
    assert_eq!(states, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reminder_comes_once_a_day_ahead_however_many_servers_run() {
    let scene = Scene::new().await;
    scene.slot(NINE).await;
    let late = scene.slot(HALF).await;
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    scene.portal.set_time(NINE - Duration::hours(24) - Duration::SECOND);
    assert_eq!(scene.remind().await, 0, "not before");
    // Somebody who chooses less than a day ahead knows it already.
    scene.portal.set_time(HALF - Duration::hours(24));
    let (mut other, theirs) = scene.visitor().await;
    other.press(SECOND).await;
    assert_eq!(live(scene.db(), theirs).await, Some(late));
    let sent = join_all((0..8).map(|_| scene.remind())).await;
    assert_eq!(sent.iter().sum::<usize>(), 1, "{sent:?}");
    assert_eq!(scene.remind().await, 0);
    let mails = scene.portal.mails().await;
    let reminders: Vec<_> = mails.iter().filter(|mail| mail.subject.starts_with("Erinnerung: ")).collect();
    assert_eq!(reminders.len(), 1);
    open_link(&scene.portal, &reminders[0].link("/bewerbung/zugang/"), &page(application)).await;
}

#[tokio::test]
async fn nobody_is_reminded_of_what_was_cancelled_or_moved_and_downtime_is_caught_up() {
    let scene = Scene::new().await;
    scene.slot(NINE).await;
    let later = scene.slot(NINE + Duration::days(3)).await;
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    client.post(&page(application), &[("platz", &later.to_string())]).await;
    let (mut other, _) = scene.visitor().await;
    other.press(FIRST).await;
    other.press("Termin absagen").await;
    scene.portal.set_time(NINE - Duration::HOUR);
    assert_eq!(scene.remind().await, 0);
    // The server was away until an hour before.
    scene.portal.set_time(NINE + Duration::days(3) - Duration::HOUR);
    assert_eq!(scene.remind().await, 1);
    scene.portal.set_time(NINE + Duration::days(3));
    assert_eq!(scene.remind().await, 0);
}

#[tokio::test]
async fn an_application_that_ends_frees_its_slot_and_its_interviewer() {
    let scene = Scene::new().await;
    scene.slot(NINE).await;
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    let mut connection = scene.db().acquire().await.unwrap();
    interview::end_for(&mut connection, application, scene.portal.now()).await.unwrap();
    drop(connection);
    let before = scene.subjects().await.len();
    scene.portal.pass(Duration::MINUTE);
    assert_eq!((scene.remind().await, scene.remind().await), (1, 0));
    let subjects = scene.subjects().await;
    assert_eq!(subjects[before..], ["Gespräch entfällt: Di, 1.12., 09:00–09:30 Uhr"]);
    let (mut other, theirs) = scene.visitor().await;
    other.press(FIRST).await;
    assert!(live(scene.db(), theirs).await.is_some());
    // What already took place stays as it was.
    let mut connection = scene.db().acquire().await.unwrap();
    interview::end_for(&mut connection, theirs, NINE).await.unwrap();
    assert!(live(scene.db(), theirs).await.is_some());
}

#[tokio::test]
async fn a_yes_to_an_offer_frees_the_slot_that_was_chosen_before() {
    let scene = Scene::new().await;
    scene.slot(NINE).await;
    let (mut client, application) = scene.visitor().await;
    client.press(FIRST).await;
    // Staff may offer before the interview to somebody who is a freelancer already.
    sqlx::query("update application set offered_at = $1").bind(scene.portal.now()).execute(scene.db()).await.unwrap();
    let answer = client.send(Method::POST, &format!("/bewerbung/{application}/zusage"), Some(String::new())).await;
    assert!(answer.text().contains("Schön, dass du dabei bist"), "{}", answer.text());
    assert_eq!(live(scene.db(), application).await, None);
    scene.remind().await;
    assert!(scene.subjects().await.contains(&"Gespräch entfällt: Di, 1.12., 09:00–09:30 Uhr".into()));
}

#[tokio::test]
async fn nobody_floods_an_interviewer_by_choosing_and_cancelling() {
    let scene = Scene::new().await;
    let slot = scene.slot(NINE).await;
    let (mut client, application) = scene.visitor().await;
    let (choose, cancel) = (page(application), format!("{}/absage", page(application)));
    for _ in 0..10 {
        client.post(&choose, &[("platz", &slot.to_string())]).await;
        client.post(&cancel, &[]).await;
    }
    let told = scene.portal.mails().await.into_iter().filter(|mail| mail.recipient == scene.recruiter.email).count();
    assert_eq!(told, 8);
    let answer = client.post(&choose, &[("platz", &slot.to_string())]).await;
    assert!(answer.flash().unwrap().contains("viele Änderungen nacheinander"), "{}", answer.text());
    assert_eq!(live(scene.db(), application).await, None);
    scene.portal.pass(Duration::minutes(16));
    client.post(&choose, &[("platz", &slot.to_string())]).await;
    assert_eq!(live(scene.db(), application).await, Some(slot));
}

#[tokio::test]
async fn in_the_weeks_of_a_clock_change_the_wall_decides() {
    let scene = Scene::new().await;
    for (day, starts, utc) in [
        ("2027-03-27", "09:00", datetime!(2027-03-27 8:00 UTC)),
        ("2027-03-28", "09:00", datetime!(2027-03-28 7:00 UTC)),
        ("2027-10-31", "02:30", datetime!(2027-10-31 0:30 UTC)),
        ("2027-10-31", "09:00", datetime!(2027-10-31 8:00 UTC)),
    ] {
        let mut client = scene.staff().await;
        client.get("/verwaltung/gespraeche/neu").await;
        let ends = format!("{}:45", &starts[..2]);
        let ends = if starts.ends_with("30") { "03:00".into() } else { ends };
        client
            .fill("erster", day)
            .fill("von", starts)
            .fill("bis", &ends)
            .fill("ort", "https://raum.beispiel.example/kim");
        client.press("Vorschau").await;
        client.press("Termine anbieten").await;
        let spans: Vec<(OffsetDateTime, OffsetDateTime)> =
            sqlx::query_as("select starts_at, ends_at from interview_slot order by starts_at desc limit 1")
                .fetch_all(scene.db())
                .await
                .unwrap();
        assert_eq!(spans, [(utc, utc + Duration::minutes(30))], "{day} {starts}");
    }
    let mut client = scene.staff().await;
    client.get("/verwaltung/gespraeche/neu").await;
    client.fill("erster", "2027-03-28").fill("von", "02:00").fill("bis", "03:00").fill("ort", "0461 5550100");
    let preview = client.press("Vorschau").await;
    assert!(preview.text().contains("gibt es wegen der Zeitumstellung nicht") && !preview.has("input[name=s]"));
    let list = client.get("/verwaltung/gespraeche?woche=2027-W12").await;
    assert!(list.text().contains("Die Woche hat 167 Stunden."), "{}", list.text());
    // Twenty-four hours are twenty-four hours: the deadline of Sunday 09:00 is Saturday 08:00 on the wall.
    let (mut applicant, _) = scene.visitor().await;
    let label = "Sonntag, 28. März, 09:00–09:30 Uhr wählen";
    let shown = applicant.press(label).await;
    assert!(shown.text().contains("bis Sa, 27.3.2027, 08:00 Uhr"), "{}", shown.text());
}

/// Lets people do everything about interviews that causes a mail.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut slots = Vec::new();
    for n in 0..4 {
        let starts_at = portal.now() + Duration::days(2) + Duration::hours(n);
        slots.push(seed::slot(&portal.db, &recruiter, None, starts_at).await.to_string());
    }
    let person = seed::applicant(&portal.db).await;
    let application = seed::application(&portal.db, &person, &campaign, State::Invited).await;
    let mut client = portal.client_of(&person).await;
    client.post(&page(application), &[("platz", &slots[0])]).await;
    client.post(&page(application), &[("platz", &slots[1])]).await;
    client.post(&format!("{}/absage", page(application)), &[]).await;
    client.post(&page(application), &[("platz", &slots[2])]).await;
    let mut staff = portal.client_of(&recruiter).await;
    let fields = [("s", slots[2].as_str()), ("grund", "Kim ist verhindert.")];
    staff.post("/verwaltung/gespraeche/absage", &fields).await;
    client.post(&page(application), &[("platz", &slots[3])]).await;
    portal.pass(Duration::days(1) + Duration::hours(4));
    reminder::run_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap();
    vec![person, recruiter]
}
