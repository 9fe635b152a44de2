//! First shifts, through the pages: places beside mentors, who leaves and who joins, sign-off, and the races between them.

use std::sync::Arc;

use axum::http::StatusCode;
use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::freelancers::qualification;
use portal::id::{BookingId, ShiftId};
use portal::shifts::recount;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};
use tokio::sync::Barrier;

use crate::client::Client;
use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

const DAY: Date = date!(2026 - 12 - 02);
/// When the shift of [`DAY`] is over.
const AFTER: OffsetDateTime = datetime!(2026-12-02 12:00 UTC);

/// A campaign with one first shift, a mentor booked on Wednesday 09:00–13:00, and a trainee.
struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    shift: ShiftId,
    mentor: Person,
    seat: BookingId,
    trainee: Person,
    client: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let db = portal.db.clone();
        let campaign = seed::campaign(&db).await;
        asking_for(&db, &campaign, 1).await;
        let shift = seed::shift(&db, &campaign, DAY, 9, 4, 2).await;
        let mentor = seed::mentor(&db, &campaign).await;
        let seat = seed::booking(&db, &mentor, shift).await;
        let trainee = seed::trainee(&db, &campaign).await;
        let client = portal.client_of(&trainee).await;
        Self { portal, campaign, shift, mentor, seat, trainee, client }
    }

    /// Asks for a place as a stale page would; the message that follows.
    async fn sit(&mut self, shift: ShiftId) -> String {
        let page = self.client.post(&format!("/erste-schichten/{shift}/platz"), &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        page.flash().expect("a message")
    }

    async fn subjects_to(&self, person: &Person) -> Vec<String> {
        let mails = self.portal.mails().await;
        mails.into_iter().filter(|m| m.recipient == person.email).map(|m| m.subject).collect()
    }

    /// Gives the mentor's seat back, through their page.
    async fn mentor_releases(&self) {
        let mut client = self.portal.client_of(&self.mentor).await;
        let page = client.post(&format!("/schichten/{}/freigabe", self.shift), &[]).await;
        assert!(page.flash().unwrap().starts_with("Freigegeben"));
    }
}

async fn asking_for(db: &PgPool, campaign: &Campaign, first_shifts: i16) {
    let sql = "update campaign set first_shifts = $2 where id = $1";
    sqlx::query(sql).bind(campaign.id).bind(first_shifts).execute(db).await.unwrap();
}

/// The mentor's seat beside a trainee's live place, if there is such a place.
async fn beside(db: &PgPool, person: &Person) -> Option<Option<BookingId>> {
    let sql =
        "select mentor_booking_id from booking where freelancer_id = $1 and kind = 'beside' and released_at is null";
    sqlx::query_scalar(sql).bind(person.id).fetch_optional(db).await.unwrap()
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

/// What must hold whatever happens at the same time.
async fn assert_sound(db: &PgPool) {
    assert_eq!(recount::count(db).await.unwrap().1, []);
    let dangling = "select count(*) from booking t join booking m on m.id = t.mentor_booking_id
                    where t.released_at is null and (m.released_at is not null or m.kind <> 'seat' or m.shift_id <> t.shift_id)";
    assert_eq!(count(db, dangling).await, 0, "a live place beside a seat that was given back");
    let twice = "select count(*) from (select mentor_booking_id from booking where released_at is null and mentor_booking_id is not null
                 group by 1 having count(*) > 1) t";
    assert_eq!(count(db, twice).await, 0, "two trainees beside one mentor");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(count(db, deadlocks).await, 0, "deadlocks");
}

#[tokio::test]
async fn a_trainee_sits_beside_a_mentor_and_takes_no_seat() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let page = scene.client.get("/erste-schichten").await;
    assert!(page.text().contains("0 von 1 abgenommen"), "{}", page.text());
    let label = format!("Mi, 2.12., 09:00–13:00 Uhr: Platz neben {} buchen", scene.mentor.name);
    let flash = scene.client.press(&label).await.flash().unwrap();
    assert_eq!(flash, format!("Dein Platz: Mi, 2.12., 09:00–13:00 Uhr. Neben dir sitzt {}.", scene.mentor.name));
    assert_eq!(beside(&db, &scene.trainee).await, Some(Some(scene.seat)));
    assert_eq!(scene.subjects_to(&scene.trainee).await, ["Deine erste Schicht: Mi, 2.12., 09:00–13:00 Uhr"]);
    assert_eq!(scene.subjects_to(&scene.mentor).await, ["Neben dir ist ein Platz gebucht: Mi, 2.12., 09:00–13:00 Uhr"]);
    assert_eq!(count(&db, "select sum(booked) from shift").await, 1, "the mentor's seat alone");
    // The trainee's hours are hours, and the plan knows them as their own.
    let text = scene.client.get("/meine-schichten").await.text();
    assert!(text.contains("erste Schicht mit Pat*in") && text.contains("4 h gebucht"), "{text}");
    let mut mentor = scene.portal.client_of(&scene.mentor).await;
    assert!(mentor.get("/pat").await.text().contains(&scene.trainee.name));
    // Given back under the same rules, and free for somebody else.
    scene.portal.pass(Duration::HOUR);
    scene.client.get("/erste-schichten").await;
    let flash = scene.client.press("Mi, 2.12., 09:00–13:00 Uhr freigeben").await.flash().unwrap();
    assert!(flash.starts_with("Freigegeben"), "{flash}");
    assert_eq!(beside(&db, &scene.trainee).await, None);
    assert!(
        scene.subjects_to(&scene.mentor).await.iter().any(|s| s.starts_with("Neben dir ist der Platz wieder frei"))
    );
    assert_sound(&db).await;
}

#[tokio::test]
async fn both_see_who_sits_with_them_and_the_trainee_whom_to_ask() {
    let mut scene = Scene::new().await;
    scene.sit(scene.shift).await;
    let contact: String = sqlx::query_scalar("select planner_contact from campaign where id = $1")
        .bind(scene.campaign.id)
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
    let shift = format!("/schichten/{}", scene.shift);
    let text = scene.client.get("/erste-schichten").await.text();
    assert!(text.contains(&format!("Wenn etwas dazwischenkommt: {contact}")), "{text}");
    let text = scene.client.get(&shift).await.text();
    assert!(text.contains(&format!("du sitzt neben {}", scene.mentor.name)) && text.contains(&contact), "{text}");
    let mut mentor = scene.portal.client_of(&scene.mentor).await;
    let text = mentor.get(&shift).await.text();
    assert!(text.contains(&format!("neben dir sitzt {}", scene.trainee.name)) && text.contains(&contact), "{text}");
    let mut other = scene.portal.client_of(&seed::qualified(&scene.portal.db, &scene.campaign).await).await;
    let text = other.get(&shift).await.text();
    assert!(!text.contains(&scene.mentor.name) && !text.contains(&scene.trainee.name), "{text}");
    scene.mentor_releases().await;
    assert!(scene.client.get(&shift).await.text().contains("vorerst ohne Pat*in"));
    assert!(!mentor.get(&shift).await.text().contains(&scene.trainee.name));
}

#[tokio::test]
async fn every_refusal_is_a_sentence_and_changes_nothing() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let before = count(&db, "select count(*) from booking").await;
    let refused = async |person: &Person, shift: ShiftId, sentence: &str| {
        let mut client = scene.portal.client_of(person).await;
        let page = client.post(&format!("/erste-schichten/{shift}/platz"), &[]).await;
        let flash = page.flash().unwrap();
        assert!(flash.contains(sentence), "{flash}");
    };
    let nobody = seed::freelancer(&db).await;
    refused(&nobody, scene.shift, "bereitest du dich gerade nicht vor").await;
    let untrained = seed::freelancer(&db).await;
    seed::prepare(&db, &untrained, &scene.campaign).await;
    refused(&untrained, scene.shift, "Dir fehlt noch: die Schulung.").await;
    seed::pass(&db, &untrained, &scene.campaign).await;
    refused(&untrained, scene.shift, "Dir fehlt noch: dein Profil").await;
    let qualified = seed::qualified(&db, &scene.campaign).await;
    refused(&qualified, scene.shift, "brauchst du in dieser Kampagne nicht mehr").await;
    refused(&scene.mentor, scene.shift, "hast du schon gebucht").await;
    let lonely = seed::shift(&db, &scene.campaign, DAY, 14, 2, 1).await;
    refused(&scene.trainee, lonely, "neben keiner Pat*in mehr ein Platz frei").await;
    seed::training_day(&db, &scene.trainee, &scene.campaign, DAY, 8, 2).await;
    refused(&scene.trainee, scene.shift, "überlappt deine Schulung „Bestellungen annehmen“").await;
    assert_eq!(count(&db, "select count(*) from booking where kind <> 'training'").await, before);
    let draft = seed::draft(&db, &scene.campaign, DAY, 18, 2, 1).await;
    let page = scene.client.post(&format!("/erste-schichten/{draft}/platz"), &[]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_books_more_first_shifts_than_they_need_or_sits_down_after_the_start() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let second = seed::shift(&db, &scene.campaign, date!(2026 - 12 - 03), 9, 4, 1).await;
    seed::booking(&db, &scene.mentor, second).await;
    assert!(scene.sit(scene.shift).await.starts_with("Dein Platz"));
    assert!(scene.sit(scene.shift).await.contains("hast du schon einen Platz"));
    assert!(scene.sit(second).await.contains("so viele erste Schichten, wie du brauchst"));
    asking_for(&db, &scene.campaign, 2).await;
    scene.portal.set_time(datetime!(2026-12-03 8:00 UTC));
    assert!(scene.sit(second).await.contains("hat schon begonnen"));
    scene.portal.set_time(datetime!(2026-12-03 7:59:59 UTC));
    assert!(scene.sit(second).await.starts_with("Dein Platz"));
}

#[tokio::test]
async fn a_mentor_who_releases_leaves_the_place_and_both_sides_hear_of_it() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let planner = seed::staff(&db, Role::Planner).await;
    scene.sit(scene.shift).await;
    scene.mentor_releases().await;
    assert_eq!(beside(&db, &scene.trainee).await, Some(None), "the place stays, with nobody");
    assert!(scene.subjects_to(&scene.trainee).await.iter().any(|s| s.starts_with("Vorerst ohne Pat*in")));
    assert_eq!(scene.subjects_to(&planner).await, ["Erste Schicht ohne Pat*in: Mi, 2.12., 09:00–13:00 Uhr"]);
    let mut staff = scene.portal.client_of(&planner).await;
    let link = format!("a[href='/verwaltung/schichten/{}']", scene.shift);
    let trainer = seed::staff(&db, Role::Trainer).await;
    for (person, may_plan) in [(&planner, true), (&trainer, false)] {
        let mut staff = scene.portal.client_of(person).await;
        let page = staff.get("/verwaltung/erste-schichten").await;
        let text = page.text();
        assert!(text.contains("Vorerst ohne Pat*in") && text.contains(&scene.trainee.name), "{text}");
        assert_eq!(page.has(&link), may_plan);
    }
    let text = staff.get(&format!("/verwaltung/schichten/{}", scene.shift)).await.text();
    assert!(text.contains("erste Schicht, vorerst ohne Pat*in"), "{text}");
    assert!(scene.client.get("/erste-schichten").await.text().contains("vorerst ohne Pat*in"));
    // Whoever books the shift as a mentor next sits beside, and the mail says that it was done so.
    let other = seed::mentor(&db, &scene.campaign).await;
    let mut client = scene.portal.client_of(&other).await;
    client.post(&format!("/schichten/{}/buchung", scene.shift), &[]).await;
    assert!(beside(&db, &scene.trainee).await.unwrap().is_some());
    let mails = scene.portal.mails().await;
    let joined = mails.iter().find(|m| m.subject.starts_with("Neue Pat*in")).unwrap();
    assert!(joined.recipient == scene.trainee.email && joined.body.contains(&other.name), "{}", joined.body);
    assert_eq!(scene.subjects_to(&planner).await.len(), 1, "planners hear of what is missing, once");
    assert_sound(&db).await;
}

#[tokio::test]
async fn another_mentor_of_the_shift_takes_over_at_once() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let planner = seed::staff(&db, Role::Planner).await;
    let other = seed::mentor(&db, &scene.campaign).await;
    let seat = seed::booking(&db, &other, scene.shift).await;
    scene.sit(scene.shift).await;
    let live: uuid::Uuid = beside(&db, &scene.trainee).await.unwrap().unwrap().0;
    let (left, stays) = if live == scene.seat.0 { (&scene.mentor, seat) } else { (&other, scene.seat) };
    // Taken off by staff: the same follows.
    let gone = if left.id == other.id { seat } else { scene.seat };
    let mut client = scene.portal.client_of(&planner).await;
    client.get(&format!("/verwaltung/buchungen/{gone}/aufhebung")).await;
    client.fill("grund", "Doppelt besetzt.").press("Aufheben und 1 Mail senden").await;
    assert_eq!(beside(&db, &scene.trainee).await, Some(Some(stays)));
    assert!(scene.subjects_to(&planner).await.is_empty());
    // Who takes the offer back keeps the seat, and the trainee sits alone.
    let staying = if left.id == other.id { &scene.mentor } else { &other };
    let mut client = scene.portal.client_of(staying).await;
    client.get("/pat").await;
    client.press(&format!("Blattgrün · {}: zurücknehmen", scene.campaign.name)).await;
    assert_eq!(beside(&db, &scene.trainee).await, Some(None));
    // Offered again and confirmed by staff: together again.
    client.press(&format!("Blattgrün · {}: Pat*in werden", scene.campaign.name)).await;
    let mut trainer = scene.portal.client_of(&seed::staff(&db, Role::Trainer).await).await;
    trainer.get("/verwaltung/erste-schichten").await;
    trainer.press(&format!("{}, Blattgrün · {}: bestätigen", staying.name, scene.campaign.name)).await;
    assert_eq!(beside(&db, &scene.trainee).await, Some(Some(stays)));
    assert_sound(&db).await;
}

#[tokio::test]
async fn nobody_new_sits_beside_a_mentor_whose_qualification_rests() {
    let mut scene = Scene::new().await;
    let sql =
        "update qualification set suspended_at = granted_at, decision_reason = 'Technik' where freelancer_id = $1";
    sqlx::query(sql).bind(scene.mentor.id).execute(&scene.portal.db).await.unwrap();
    assert!(!scene.client.get("/erste-schichten").await.text().contains(&scene.mentor.name));
    assert!(scene.sit(scene.shift).await.contains("neben keiner Pat*in"));
}

#[tokio::test]
async fn a_withdrawn_shift_ends_seats_and_places_and_tells_everybody() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    scene.sit(scene.shift).await;
    let mut planner = scene.portal.client_of(&seed::staff(&db, Role::Planner).await).await;
    planner
        .get(&format!("/verwaltung/kampagnen/{}/plan/2026-W49/loeschung?s={}", scene.campaign.slug, scene.shift))
        .await;
    let page = planner.page();
    assert!(page.text().contains("2 Buchungen betroffen") && page.text().contains("erste Schicht"), "{}", page.text());
    planner.fill("grund", "Der Auftraggeber schließt.").press("Löschen und 2 Mails senden").await;
    assert_eq!(beside(&db, &scene.trainee).await, None);
    let subjects = scene.subjects_to(&scene.trainee).await;
    assert!(subjects.iter().any(|s| s.starts_with("Deine gebuchten Schichten ändern sich")), "{subjects:?}");
    assert_sound(&db).await;
}

#[tokio::test]
async fn a_moved_shift_takes_the_trainee_along() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    scene.sit(scene.shift).await;
    let mut planner = scene.portal.client_of(&seed::staff(&db, Role::Planner).await).await;
    let path = format!("/verwaltung/kampagnen/{}/plan/2026-W49/aenderung?s={}", scene.campaign.slug, scene.shift);
    planner.get(&path).await;
    planner.fill("bis", "12:00").press("Wirkung ansehen").await;
    planner.fill("grund", "Der Auftraggeber schließt früher.").press("Ändern und 2 Mails senden").await;
    let ends = "select count(*) from booking where released_at is null and upper(during) = '2026-12-02 11:00Z'";
    assert_eq!(count(&db, ends).await, 2);
    assert_eq!(beside(&db, &scene.trainee).await, Some(Some(scene.seat)));
    assert_sound(&db).await;
}

#[tokio::test]
async fn the_mentor_signs_off_and_the_qualification_begins_by_itself() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    asking_for(&db, &scene.campaign, 2).await;
    scene.sit(scene.shift).await;
    let place: BookingId =
        sqlx::query_scalar("select id from booking where kind = 'beside'").fetch_one(&db).await.unwrap();
    let mut mentor = scene.portal.client_of(&scene.mentor).await;
    let early = mentor.post(&format!("/pat/abnahmen/{place}"), &[("wort", "gut"), ("ergebnis", "abgenommen")]).await;
    assert!(early.flash().unwrap().contains("noch nicht vorbei"));
    scene.portal.set_time(AFTER);
    // Nobody else may: neither another mentor nor the trainee, and an empty word is no word.
    let other = seed::mentor(&db, &scene.campaign).await;
    for person in [&other, &scene.trainee] {
        let mut client = scene.portal.client_of(person).await;
        let page = client.post(&format!("/pat/abnahmen/{place}"), &[("wort", "gut"), ("ergebnis", "abgenommen")]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    mentor.get("/pat").await;
    let page = mentor.press(&format!("{}: abgenommen", scene.trainee.name)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Bitte gib ein paar Worte an."));
    mentor.fill("wort", "Ruhig und freundlich.").press(&format!("{}: abgenommen", scene.trainee.name)).await;
    let text = scene.client.get("/erste-schichten").await.text();
    assert!(text.contains("1 von 2 abgenommen") && text.contains("Ruhig und freundlich."), "{text}");
    let twice = mentor.post(&format!("/pat/abnahmen/{place}"), &[("wort", "gut"), ("ergebnis", "nochmal")]).await;
    assert!(twice.flash().unwrap().contains("schon abgenommen"));
    // The second one, whose mentor is gone: staff sign it off.
    let second = seed::shift(&db, &scene.campaign, date!(2026 - 12 - 03), 9, 4, 1).await;
    let seat = seed::booking(&db, &other, second).await;
    let place = seed::place(&db, &scene.trainee, seat).await;
    scene.portal.set_time(AFTER + Duration::days(2));
    let mut trainer = scene.portal.client_of(&seed::staff(&db, Role::Trainer).await).await;
    trainer.get(&format!("/verwaltung/erste-schichten/abnahmen/{place}")).await;
    let flash = trainer.fill("wort", "Sitzt.").press("Abgenommen").await.flash().unwrap();
    assert!(flash.contains("ist jetzt einsatzbereit"), "{flash}");
    let subjects = scene.subjects_to(&scene.trainee).await;
    assert!(subjects.contains(&"Du bist einsatzbereit".to_owned()), "{subjects:?}");
    let history: Vec<String> =
        sqlx::query_scalar("select event from freelancer_event where freelancer_id = $1 order by id")
            .bind(scene.trainee.id)
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(history, ["first_shift_passed", "first_shift_passed", "qualified"]);
    // From now on they book themselves.
    let free = seed::shift(&db, &scene.campaign, date!(2026 - 12 - 09), 9, 4, 1).await;
    let page = scene.client.post(&format!("/schichten/{free}/buchung"), &[]).await;
    assert!(page.flash().unwrap().starts_with("Gebucht"));
}

#[tokio::test]
async fn once_more_does_not_count_and_frees_the_way_to_another() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    scene.sit(scene.shift).await;
    let later = seed::shift(&db, &scene.campaign, date!(2026 - 12 - 04), 9, 4, 1).await;
    seed::booking(&db, &scene.mentor, later).await;
    assert!(scene.sit(later).await.contains("so viele erste Schichten"));
    scene.portal.set_time(AFTER);
    let mut mentor = scene.portal.client_of(&scene.mentor).await;
    mentor.get("/pat").await;
    mentor.fill("wort", "Das üben wir noch.").press(&format!("{}: noch einmal", scene.trainee.name)).await;
    assert_eq!(count(&db, "select count(*) from qualification q where reason <> 'Probeschicht'").await, 0);
    assert!(scene.sit(later).await.starts_with("Dein Platz"));
}

#[tokio::test]
async fn a_paper_that_comes_late_or_fewer_first_shifts_begin_the_qualification_too() {
    let scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let config = &scene.portal.portal.config;
    let begin = async || qualification::begin_due(&db, config, scene.portal.now()).await.unwrap();
    assert_eq!(begin().await, 0);
    asking_for(&db, &scene.campaign, 0).await;
    sqlx::query("update profile set is_employed = true").execute(&db).await.unwrap();
    assert_eq!(begin().await, 0, "the permission is missing");
    sqlx::query("update profile set is_employed = false").execute(&db).await.unwrap();
    assert_eq!((begin().await, begin().await), (1, 0));
    assert_eq!(count(&db, "select count(*) from freelancer_event where event = 'qualified'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_trainees_one_place_two_hundred_rounds() {
    const PEOPLE: usize = 50;
    const ROUNDS: i64 = 200;
    let portal = TestPortal::with_connections(24).await;
    let db = portal.db.clone();
    let campaign = seed::campaign(&db).await;
    asking_for(&db, &campaign, 20).await;
    let mentor = seed::mentor(&db, &campaign).await;
    let mut shifts = Vec::new();
    for round in 0..ROUNDS {
        let day = date!(2026 - 11 - 30) + Duration::days(round / 20);
        let shift = seed::shift(&db, &campaign, day, (round % 20) as i16, 1, 1).await;
        seed::booking(&db, &mentor, shift).await;
        shifts.push(shift);
    }
    let barrier = Arc::new(Barrier::new(PEOPLE));
    let mut tasks = Vec::new();
    for _ in 0..PEOPLE {
        let mut client = portal.client_of(&seed::trainee(&db, &campaign).await).await;
        let (barrier, shifts) = (Arc::clone(&barrier), shifts.clone());
        tasks.push(tokio::spawn(async move {
            for shift in shifts {
                barrier.wait().await;
                let path = format!("/erste-schichten/{shift}/platz");
                let answer = client.send(axum::http::Method::POST, &path, Some(String::new())).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let placed = "select count(distinct shift_id) from booking where kind = 'beside' and released_at is null";
    assert_eq!(count(&db, placed).await, ROUNDS, "one in each round");
    assert_eq!(count(&db, "select count(*) from booking where kind = 'beside'").await, ROUNDS);
    assert_sound(&db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mentor_releases_while_trainees_book() {
    const ROUNDS: i64 = 120;
    let portal = TestPortal::with_connections(12).await;
    let db = portal.db.clone();
    let campaign = seed::campaign(&db).await;
    asking_for(&db, &campaign, 20).await;
    let mentors = [seed::mentor(&db, &campaign).await, seed::mentor(&db, &campaign).await];
    let mut shifts = Vec::new();
    for round in 0..ROUNDS {
        let day = date!(2026 - 11 - 30) + Duration::days(round / 20);
        let shift = seed::shift(&db, &campaign, day, (round % 20) as i16, 1, 2).await;
        for mentor in &mentors {
            seed::booking(&db, mentor, shift).await;
        }
        shifts.push(shift);
    }
    let mut people = Vec::new();
    for mentor in &mentors {
        people.push((portal.client_of(mentor).await, "schichten"));
    }
    for _ in 0..3 {
        people.push((portal.client_of(&seed::trainee(&db, &campaign).await).await, "erste-schichten"));
    }
    let barrier = Arc::new(Barrier::new(people.len()));
    let tasks = people.into_iter().enumerate().map(|(n, (mut client, verb))| {
        let (barrier, shifts) = (Arc::clone(&barrier), shifts.clone());
        tokio::spawn(async move {
            for (round, shift) in shifts.iter().enumerate() {
                barrier.wait().await;
                // In every third round one of the mentors stays.
                if verb == "schichten" && round % 3 == n {
                    continue;
                }
                let what = if verb == "schichten" { "freigabe" } else { "platz" };
                let path = format!("/{verb}/{shift}/{what}");
                let answer = client.send(axum::http::Method::POST, &path, Some(String::new())).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            }
        })
    });
    for done in join_all(tasks).await {
        done.unwrap();
    }
    assert_sound(&db).await;
    // Nobody sits alone in a shift in which a mentor is free.
    let apart = "select count(*) from booking t join free_mentor f on f.shift_id = t.shift_id
                 where t.released_at is null and t.alone_since is not null";
    assert_eq!(count(&db, apart).await, 0);
    let untold = "select count(*) from booking where released_at is null and alone_since is not null";
    let told = "select count(*) from mail where subject like 'Vorerst ohne%'";
    assert!(count(&db, told).await >= count(&db, untold).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sign_offs_at_the_same_time_qualify_once() {
    const ROUNDS: usize = 40;
    let portal = TestPortal::with_connections(12).await;
    let db = portal.db.clone();
    let campaign = seed::campaign(&db).await;
    asking_for(&db, &campaign, 2).await;
    let mentors = [seed::mentor(&db, &campaign).await, seed::mentor(&db, &campaign).await];
    let mut clients = Vec::new();
    for mentor in &mentors {
        clients.push(portal.client_of(mentor).await);
    }
    let mut seats = Vec::new();
    for (n, mentor) in mentors.iter().enumerate() {
        let mut own = Vec::new();
        for round in 0..ROUNDS {
            let day = date!(2026 - 11 - 02) + Duration::days(round as i64 / 10);
            let shift = seed::shift(&db, &campaign, day, (2 * (round % 10) + n) as i16, 1, 1).await;
            own.push(seed::booking(&db, mentor, shift).await);
        }
        seats.push(own);
    }
    for round in 0..ROUNDS {
        let trainee = seed::trainee(&db, &campaign).await;
        let mut paths = Vec::new();
        for own in &seats {
            paths.push(format!("/pat/abnahmen/{}", seed::place(&db, &trainee, own[round]).await));
        }
        let form = "wort=gut&ergebnis=abgenommen";
        let both = clients
            .iter_mut()
            .zip(&paths)
            .map(async |(client, path)| client.send(axum::http::Method::POST, path, Some(form.into())).await.status);
        assert!(join_all(both).await.iter().all(|status| *status == StatusCode::SEE_OTHER));
        let begun: i64 = sqlx::query_scalar(
            "select count(*) from freelancer_event where freelancer_id = $1 and event = 'qualified'",
        )
        .bind(trainee.id)
        .fetch_one(&db)
        .await
        .unwrap();
        assert_eq!(begun, 1, "round {round}");
    }
}

/// Lets people do everything about first shifts that causes a mail.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let mentors = [seed::mentor(db, &campaign).await, seed::mentor(db, &campaign).await];
    let trainee = seed::trainee(db, &campaign).await;
    let past = portal.now().date() - Duration::days(3);
    let over = seed::shift(db, &campaign, past, 9, 2, 2).await;
    let again = seed::shift(db, &campaign, past, 12, 2, 2).await;
    let mut mentor = portal.client_of(&mentors[0]).await;
    for (shift, result) in [(over, "abgenommen"), (again, "nochmal")] {
        let place = seed::place(db, &trainee, seed::booking(db, &mentors[0], shift).await).await;
        mentor.post(&format!("/pat/abnahmen/{place}"), &[("wort", "Gut gemacht."), ("ergebnis", result)]).await;
    }
    let day = portal.now().date() + Duration::days(20);
    let shift = seed::shift(db, &campaign, day, 9, 4, 3).await;
    for person in &mentors {
        seed::booking(db, person, shift).await;
    }
    // The first one booked first, so the place is beside them.
    sqlx::query(
        "update booking set booked_at = booked_at - interval '1 hour' where shift_id = $1 and freelancer_id = $2",
    )
    .bind(shift)
    .bind(mentors[0].id)
    .execute(db)
    .await
    .unwrap();
    let mut client = portal.client_of(&trainee).await;
    client.post(&format!("/erste-schichten/{shift}/platz"), &[]).await;
    client.post(&format!("/schichten/{shift}/freigabe"), &[]).await;
    client.post(&format!("/erste-schichten/{shift}/platz"), &[]).await;
    for person in &mentors {
        portal.client_of(person).await.post(&format!("/schichten/{shift}/freigabe"), &[]).await;
    }
    vec![mentors[0].clone(), mentors[1].clone(), trainee]
}
