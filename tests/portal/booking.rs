//! Booking and releasing as a freelancer does it, and every reason for which it is refused.

use axum::http::{Method, StatusCode};
use portal::accounts::role::Role;
use portal::id::ShiftId;
use portal::shifts::recount;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Date, Duration};

use crate::client::Client;
use crate::seed::{self, Campaign, CampaignSeed, Person};
use crate::server::TestPortal;

const DAY: Date = date!(2026 - 12 - 02);

/// A portal, a campaign with a published shift (Wednesday 09:00–13:00, two seats) and somebody who may book it.
struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    shift: ShiftId,
    person: Person,
    client: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let shift = seed::shift(&portal.db, &campaign, DAY, 9, 4, 2).await;
        let person = seed::qualified(&portal.db, &campaign).await;
        let client = portal.client_of(&person).await;
        Self { portal, campaign, shift, person, client }
    }

    async fn open_list(&mut self) {
        self.client.get(&format!("/schichten/frei?ab={DAY}")).await;
    }

    /// Sends the form that books this shift, as a stale page would; returns the message that follows.
    async fn book(&mut self, shift: ShiftId) -> String {
        let page = self.client.post(&format!("/schichten/{shift}/buchung"), &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        page.flash().expect("a message")
    }

    async fn release(&mut self, shift: ShiftId) -> String {
        let page = self.client.post(&format!("/schichten/{shift}/freigabe"), &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        page.flash().expect("a message")
    }
}

async fn live(db: &PgPool, shift: ShiftId) -> i64 {
    sqlx::query_scalar("select count(*) from booking where shift_id = $1 and released_at is null")
        .bind(shift)
        .fetch_one(db)
        .await
        .unwrap()
}

async fn assert_counters_right(db: &PgPool) {
    assert_eq!(recount::count(db).await.unwrap().1, []);
}

#[tokio::test]
async fn a_shift_is_booked_from_the_list_and_given_back() {
    let mut scene = Scene::new().await;
    scene.open_list().await;
    let label = "Mittwoch, 2. Dezember, 09:00–13:00 Uhr buchen";
    let page = scene.client.press(label).await;
    let flash = page.flash().unwrap();
    assert!(flash.starts_with("Gebucht: Mi, 2.12., 09:00–13:00 Uhr."), "{flash}");
    assert!(flash.contains("Freigeben kannst du sie bis Di, 1.12.2026, 09:00 Uhr."), "{flash}");
    assert!(page.has("li.own"), "the row is the person's own");
    assert_eq!(live(&scene.portal.db, scene.shift).await, 1);

    scene.portal.pass(Duration::MINUTE);
    let page = scene.client.press("Mittwoch, 2. Dezember, 09:00–13:00 Uhr freigeben").await;
    assert!(page.flash().unwrap().starts_with("Freigegeben: Mi, 2.12., 09:00–13:00 Uhr."));
    assert_eq!(live(&scene.portal.db, scene.shift).await, 0);
    assert_counters_right(&scene.portal.db).await;

    let mails = scene.portal.mails().await;
    let subjects: Vec<&str> = mails.iter().map(|m| m.subject.as_str()).collect();
    assert_eq!(subjects, ["Gebucht: Mi, 2.12., 09:00–13:00 Uhr", "Freigegeben: Mi, 2.12., 09:00–13:00 Uhr"]);
    assert!(mails.iter().all(|m| m.recipient == scene.person.email));
}

#[tokio::test]
async fn several_ticked_shifts_each_have_a_result() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let free = seed::shift(&db, &scene.campaign, DAY, 14, 4, 1).await;
    let overlapping = seed::shift(&db, &scene.campaign, DAY, 12, 4, 1).await;
    let page = scene.client.get(&format!("/schichtplan?kampagne={}&woche=2026-W49", scene.campaign.slug)).await;
    assert_eq!(page.status, StatusCode::OK);
    for shift in [scene.shift, free, overlapping] {
        scene.client.tick_value("s", &shift.to_string());
    }
    let flash = scene.client.press("Jetzt buchen").await.flash().unwrap();
    assert!(flash.contains("2 Schichten von 3 gebucht."), "{flash}");
    assert!(flash.contains("Mi, 2.12., 12:00–16:00 Uhr"), "{flash}");
    assert!(flash.contains("Sie überlappt deine Schicht Mi, 2.12., 09:00–13:00 Uhr."), "{flash}");
    assert_eq!((live(&db, free).await, live(&db, overlapping).await), (1, 0));
    assert_counters_right(&db).await;
}

#[tokio::test]
async fn ticking_nothing_is_answered() {
    let mut scene = Scene::new().await;
    scene.open_list().await;
    let flash = scene.client.press("Alle buchen").await.flash().unwrap();
    assert!(flash.contains("Kreuze zuerst Schichten an."), "{flash}");
}

#[tokio::test]
async fn a_double_click_books_once() {
    let mut scene = Scene::new().await;
    assert!(scene.book(scene.shift).await.starts_with("Gebucht"));
    assert!(scene.book(scene.shift).await.contains("Diese Schicht hast du schon gebucht."));
    assert_eq!(live(&scene.portal.db, scene.shift).await, 1);
    assert!(scene.release(scene.shift).await.starts_with("Freigegeben"));
    assert!(scene.release(scene.shift).await.contains("es gibt nichts freizugeben"));
    assert_eq!(scene.portal.mails().await.len(), 2);
}

#[tokio::test]
async fn every_refusal_is_a_sentence() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let full = seed::shift(&db, &scene.campaign, DAY, 14, 2, 1).await;
    seed::booking(&db, &seed::qualified(&db, &scene.campaign).await, full).await;
    assert!(scene.book(full).await.contains("Inzwischen sind alle Plätze vergeben."));

    let other = seed::campaign(&db).await;
    let foreign = seed::shift(&db, &other, DAY, 16, 2, 1).await;
    assert!(scene.book(foreign).await.contains("Für diese Kampagne bist du noch nicht einsatzbereit."));

    let withdrawn = seed::shift(&db, &scene.campaign, DAY, 18, 2, 1).await;
    sqlx::query("update shift set withdrawn_at = $2 where id = $1")
        .bind(withdrawn)
        .bind(scene.portal.now())
        .execute(&db)
        .await
        .unwrap();
    assert!(scene.book(withdrawn).await.contains("Diese Schicht wurde inzwischen aus dem Plan genommen."));

    let draft = seed::draft(&db, &scene.campaign, DAY, 20, 2, 1).await;
    for unknown in [draft, ShiftId(987_654)] {
        let page = scene.client.post(&format!("/schichten/{unknown}/buchung"), &[]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert_eq!(scene.client.get(&format!("/schichten/{unknown}")).await.status, StatusCode::NOT_FOUND);
    }
    assert_counters_right(&db).await;
}

#[tokio::test]
async fn shifts_that_meet_do_not_overlap_in_any_campaign() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let other = seed::campaign(&db).await;
    seed::qualify(&db, &scene.person, &other).await;
    let after = seed::shift(&db, &other, DAY, 13, 2, 1).await;
    let across = seed::shift(&db, &other, DAY, 12, 2, 1).await;
    scene.book(scene.shift).await;
    assert!(scene.book(across).await.contains("überlappt"));
    assert!(scene.book(after).await.starts_with("Gebucht"));
    // The last word has the database: even a direct insert is refused.
    let error = sqlx::query(
        "insert into booking (id, shift_id, freelancer_id, during, booked_at)
         select gen_random_uuid(), id, $2, during, $3 from shift where id = $1",
    )
    .bind(across)
    .bind(scene.person.id)
    .bind(scene.portal.now())
    .execute(&db)
    .await
    .unwrap_err();
    assert_eq!(portal::database::constraint(&error), Some("booking_overlap"));
    let error =
        sqlx::query("update shift set booked = seats + 1 where id = $1").bind(across).execute(&db).await.unwrap_err();
    assert_eq!(portal::database::constraint(&error), Some("shift_seats"));
}

#[tokio::test]
async fn a_shift_can_be_booked_until_the_second_it_starts() {
    let mut scene = Scene::new().await;
    let second = seed::shift(&scene.portal.db, &scene.campaign, date!(2026 - 12 - 03), 9, 4, 2).await;
    scene.portal.set_time(datetime!(2026-12-02 7:59:59 UTC));
    assert!(scene.book(scene.shift).await.starts_with("Gebucht"));
    scene.portal.set_time(datetime!(2026-12-03 8:00:00 UTC));
    assert!(scene.book(second).await.contains("Diese Schicht hat schon begonnen."));
}

#[tokio::test]
async fn releasing_ends_with_the_deadline_and_names_the_planner() {
    let mut scene = Scene::new().await;
    scene.book(scene.shift).await;
    // The deadline is 24 hours before: the last second still counts, the next does not.
    scene.portal.set_time(datetime!(2026-12-01 8:00:01 UTC));
    let sentence = scene.release(scene.shift).await;
    assert!(sentence.contains("weniger als 24 Stunden") && sentence.contains("planung@beispiel.example"), "{sentence}");
    scene.portal.set_time(datetime!(2026-12-01 8:00:00 UTC));
    assert!(scene.release(scene.shift).await.starts_with("Freigegeben"));
}

#[tokio::test]
async fn within_five_minutes_a_booking_can_always_be_released() {
    let mut scene = Scene::new().await;
    let booked = datetime!(2026-12-02 6:00 UTC);
    scene.portal.set_time(booked);
    assert!(scene.book(scene.shift).await.contains("Bis 07:05 Uhr kannst du ohne Weiteres wieder freigeben."));
    scene.portal.set_time(booked + Duration::minutes(5) + Duration::SECOND);
    assert!(scene.release(scene.shift).await.contains("Melde dich bei der Planung"));
    scene.portal.set_time(booked + Duration::minutes(5));
    assert!(scene.release(scene.shift).await.starts_with("Freigegeben"));
}

#[tokio::test]
async fn mails_can_be_switched_off_one_by_one() {
    let mut scene = Scene::new().await;
    let topics = vec![portal::mail::Topic::Booking];
    portal::mail::set_opt_outs(&scene.portal.db, scene.person.id, topics, scene.portal.now()).await.unwrap();
    scene.book(scene.shift).await;
    scene.release(scene.shift).await;
    let mails = scene.portal.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.starts_with("Freigegeben"));
}

#[tokio::test]
async fn hours_are_those_of_the_week_and_the_average_of_four_full_weeks() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    for day in [date!(2026 - 11 - 10), date!(2026 - 11 - 18), date!(2026 - 11 - 19)] {
        let past = seed::shift(&db, &scene.campaign, day, 9, 6, 1).await;
        seed::booking(&db, &scene.person, past).await;
    }
    scene.book(scene.shift).await;
    let page = scene.client.get(&format!("/schichtplan?kampagne={}&woche=2026-W49", scene.campaign.slug)).await;
    let figures = page.texts(".figures dd");
    assert_eq!(figures[..3], ["4 h", "4,5 h", "15–20 h"]);
    let page = scene.client.get("/meine-schichten").await;
    let text = page.text();
    assert!(text.contains("12 h gebucht, davon 12 h geleistet") && text.contains(": 4 h gebucht."), "{text}");
}

#[tokio::test]
async fn the_grid_says_why() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    seed::shift(&db, &scene.campaign, DAY, 12, 4, 1).await;
    let full = seed::shift(&db, &scene.campaign, DAY, 18, 4, 1).await;
    seed::booking(&db, &seed::qualified(&db, &scene.campaign).await, full).await;
    scene.book(scene.shift).await;
    let page = scene.client.get(&format!("/schichtplan?kampagne={}&woche=2026-W49", scene.campaign.slug)).await;
    assert_eq!(page.texts("td.own"), ["gebucht"]);
    assert_eq!(page.texts("td.no"), ["überlappt 9–13 Uhr"]);
    assert_eq!(page.texts("td.full"), ["voll"]);
    // Without a qualification every cell says so.
    let guest = seed::freelancer(&db).await;
    let mut client = scene.portal.client_of(&guest).await;
    let page = client.get(&format!("/schichtplan?kampagne={}&woche=2026-W49", scene.campaign.slug)).await;
    assert!(page.texts("td.no").iter().all(|reason| reason == "nicht einsatzbereit"));
    assert!(!page.has("td input"));
}

#[tokio::test]
async fn weeks_with_a_clock_change_are_shown_rightly() {
    let portal = TestPortal::new().await;
    let night = CampaignSeed { horizon_weeks: 8, ..CampaignSeed::default() }.create(&portal.db).await;
    let person = seed::qualified(&portal.db, &night).await;
    for (week, now, day, sentence, hours) in [
        ("2027-W12", datetime!(2027-03-22 8:00 UTC), date!(2027 - 03 - 28), "Die Woche hat 167 Stunden.", "3 h"),
        ("2027-W43", datetime!(2027-10-25 8:00 UTC), date!(2027 - 10 - 31), "Die Woche hat 169 Stunden.", "5 h"),
    ] {
        portal.set_time(now);
        // From midnight to 04:00 on the wall: three real hours in spring, five in autumn.
        let wall = |hour: i16| night.zone.wall(day, hour * 60).unwrap();
        let length = (wall(4) - wall(0)).whole_hours();
        seed::shift(&portal.db, &night, day, 0, length, 1).await;
        let mut client = portal.client_of(&person).await;
        let page = client.get(&format!("/schichtplan?kampagne={}&woche={week}", night.slug)).await;
        assert!(page.text().contains(sentence), "{week}");
        let row = page.texts("tbody th");
        assert!(row.iter().any(|th| th.starts_with("00:00–04:00") && th.contains(hours)), "{week}: {row:?}");
    }
}

#[tokio::test]
async fn staff_take_a_booking_off_with_a_reason_and_cannot_assign() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    scene.book(scene.shift).await;
    let booking: uuid::Uuid = sqlx::query_scalar("select id from booking").fetch_one(&db).await.unwrap();
    let planner = seed::staff(&db, Role::Planner).await;
    let booking = portal::shifts::taking_off::live(&db, portal::id::BookingId(booking)).await.unwrap().unwrap();
    let config = &scene.portal.portal.config;
    let now = scene.portal.now();
    let taken =
        portal::shifts::taking_off::take_off(&db, config, &booking, "Doppelt besetzt.", planner.id, now).await.unwrap();
    assert_eq!(taken, Ok(()));
    let again =
        portal::shifts::taking_off::take_off(&db, config, &booking, "Doppelt besetzt.", planner.id, now).await.unwrap();
    assert_eq!(again, Err(portal::shifts::taking_off::TakeOffRefusal::NotBooked));
    assert_counters_right(&db).await;
    let mails = scene.portal.mails().await;
    assert!(
        mails
            .iter()
            .any(|m| m.subject.starts_with("Deine Buchung ist aufgehoben") && m.body.contains("Doppelt besetzt."))
    );
    // Whoever plans is no freelancer: booking is not for them.
    let mut client = scene.portal.client_of(&planner).await;
    let answer = client.send(Method::POST, &format!("/schichten/{}/buchung", scene.shift), Some(String::new())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}
