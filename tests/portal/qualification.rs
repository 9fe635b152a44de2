//! Who may book, through the pages: what the gate says, decisions with reason and objection, and what becomes of bookings.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use portal::accounts::role::Role;
use portal::freelancers::bar::{self, Cause};
use portal::id::ShiftId;
use sqlx::PgPool;
use time::macros::date;
use time::{Date, Duration};
use tokio::sync::Barrier;

use crate::client::Client;
use crate::seed::{self, Campaign, Person};
use crate::server::{START, TestPortal};

const DAY: Date = date!(2026 - 12 - 02);

/// Somebody who may book, a shift, and a trainer.
struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    shift: ShiftId,
    person: Person,
    client: Client,
    staff: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let shift = seed::shift(&portal.db, &campaign, DAY, 9, 4, 2).await;
        let person = seed::qualified(&portal.db, &campaign).await;
        let client = portal.client_of(&person).await;
        let staff = portal.client_of(&seed::staff(&portal.db, Role::Administrator).await).await;
        Self { portal, campaign, shift, person, client, staff }
    }

    async fn book(&mut self) -> String {
        let page = self.client.post(&format!("/schichten/{}/buchung", self.shift), &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        page.flash().expect("a message")
    }

    fn path(&self) -> String {
        format!("/verwaltung/freelancer/{}/einsatzbereit/{}", self.person.id, self.campaign.id)
    }

    /// Opens the qualification as staff, gives a reason and presses the button.
    async fn decide(&mut self, reason: &str, button: &str) -> String {
        let path = self.path();
        self.staff.get(&path).await;
        self.staff.fill("grund", reason).press(button).await.flash().expect("a message")
    }

    async fn bar(&self, cause: Cause, from: Option<time::OffsetDateTime>) {
        let mut db = self.portal.db.acquire().await.unwrap();
        bar::set(&mut db, self.person.freelancer(), self.campaign.id, cause, from).await.unwrap();
    }
}

async fn live(db: &PgPool, person: &Person) -> i64 {
    sqlx::query_scalar("select count(*) from booking where freelancer_id = $1 and released_at is null")
        .bind(person.id)
        .fetch_one(db)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_gate_says_what_is_missing() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let newcomer = seed::freelancer(&db).await;
    seed::prepare(&db, &newcomer, &scene.campaign).await;
    let mut client = scene.portal.client_of(&newcomer).await;
    let page = client.post(&format!("/schichten/{}/buchung", scene.shift), &[]).await;
    let flash = page.flash().unwrap();
    let what = "Dir fehlt noch: dein Profil, Gewerbeschein oder Umsatzsteuer-ID, die Erlaubnis zur Nebentätigkeit, die Schulung und 3 erste Schichten mit Pat*in.";
    assert!(flash.contains("noch nicht einsatzbereit") && flash.contains(what), "{flash}");
    seed::vat_id(&db, &newcomer).await;
    seed::pass(&db, &newcomer, &scene.campaign).await;
    let page = client.post(&format!("/schichten/{}/buchung", scene.shift), &[]).await;
    assert!(page.flash().unwrap().contains("Dir fehlt noch: 3 erste Schichten mit Pat*in."));
    let text = client.get(&format!("/bereit/einsatzbereit/{}", scene.campaign.slug)).await.text();
    assert!(text.contains("Dir fehlt noch: 3 erste Schichten mit Pat*in."), "{text}");
    scene.bar(Cause::Paper, Some(START)).await;
    assert!(scene.book().await.contains("Dir fehlt noch: eine gültige Unterlage."));
    assert_eq!(live(&db, &scene.person).await, 0);
}

#[tokio::test]
async fn a_bar_counts_from_its_second_on_and_at_the_moment_of_booking() {
    let mut scene = Scene::new().await;
    let from = START + Duration::DAY;
    scene.bar(Cause::Briefing, Some(from)).await;
    scene.portal.set_time(from);
    assert!(scene.book().await.contains("Dir fehlt noch: die neue Datenschutz-Unterweisung."));
    let page = scene.client.get(&format!("/schichtplan?kampagne={}&woche=2026-W49", scene.campaign.slug)).await;
    assert_eq!(page.texts("td.no"), ["Nachweis fehlt"]);
    // The shift lies days after the bar; what counts is the moment of booking.
    scene.portal.set_time(from - Duration::SECOND);
    assert!(scene.book().await.starts_with("Gebucht"));
    // Two causes: the earliest bars, and each is lifted by itself.
    scene.bar(Cause::Paper, Some(START)).await;
    scene.bar(Cause::Briefing, None).await;
    let barred = "select barred_from from qualification where freelancer_id = $1";
    let at: Option<time::OffsetDateTime> =
        sqlx::query_scalar(barred).bind(scene.person.id).fetch_one(&scene.portal.db).await.unwrap();
    assert_eq!(at, Some(START));
}

#[tokio::test]
async fn the_last_day_counts_whole() {
    let mut scene = Scene::new().await;
    let path = scene.path();
    scene.staff.get(&path).await;
    scene.staff.fill("grund", "Der Auftrag endet.").fill("bis", "2026-11-30").press("Gültigkeit ändern").await;
    let midnight = scene.campaign.zone.midnight(date!(2026 - 12 - 01));
    scene.portal.set_time(midnight);
    assert!(scene.book().await.contains("Deine Einsatzbereitschaft galt bis"));
    scene.portal.set_time(midnight - Duration::SECOND);
    assert!(scene.book().await.starts_with("Gebucht"));
    let mail = scene.portal.mails().await.into_iter().find(|m| m.subject == "Deine Einsatzbereitschaft").unwrap();
    assert!(mail.body.contains("gilt bis Mo, 30.11.2026") && mail.body.contains("Der Auftrag endet."), "{}", mail.body);
    scene.portal.set_time(START);
    scene.staff.get(&path).await;
    let page = scene.staff.fill("grund", "x").fill("bis", "2026-10-01").press("Gültigkeit ändern").await;
    assert!(page.flash().unwrap().contains("Das Ende läge vor dem Beginn."));
}

#[tokio::test]
async fn suspended_resumed_and_revoked_with_reason_mail_history_and_one_objection() {
    let mut scene = Scene::new().await;
    let path = scene.path();
    scene.staff.get(&path).await;
    let page = scene.staff.press("Ruhen lassen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    scene.decide("Die Technik ist noch nicht eingerichtet.", "Ruhen lassen").await;
    let flash = scene.book().await;
    assert!(flash.contains("ruht seit 23.11.2026: Die Technik ist noch nicht eingerichtet."), "{flash}");
    // The person objects once; a second time is no error.
    let own = format!("/bereit/einsatzbereit/{}", scene.campaign.slug);
    scene.client.get(&own).await;
    assert_eq!(scene.client.press("Einspruch schicken").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let flash =
        scene.client.fill("worte", "Sie läuft seit gestern.").press("Einspruch schicken").await.flash().unwrap();
    assert!(flash.contains("Dein Einspruch ist angekommen."), "{flash}");
    assert!(!scene.client.page().text().contains("Siehst du das anders?"));
    let again = scene.client.post(&own, &[("worte", "Noch einmal.")]).await.flash().unwrap();
    assert!(again.contains("geht das einmal"), "{again}");
    // Staff find it, answer with words, and let it count again.
    assert!(scene.staff.get("/verwaltung/freelancer").await.text().contains("Ein Einspruch wartet auf Antwort."));
    scene.staff.get(&path).await;
    scene.staff.fill("antwort", "Stimmt, danke dir.").press("Antwort schicken").await;
    assert!(scene.client.get(&own).await.text().contains("Stimmt, danke dir."));
    scene.decide("Eingerichtet.", "Wieder gelten lassen").await;
    assert!(scene.book().await.starts_with("Gebucht"));
    scene.portal.pass(Duration::MINUTE);
    scene.decide("Der Auftraggeber möchte es so.", "Entziehen").await;
    let page = scene.client.get(&own).await;
    assert!(page.text().contains("Der Auftraggeber möchte es so.") && page.text().contains("Siehst du das anders?"));
    let events: Vec<String> =
        sqlx::query_scalar("select event from freelancer_event order by id").fetch_all(&scene.portal.db).await.unwrap();
    let expected = [
        "qualification_suspended",
        "objection_raised",
        "objection_answered",
        "qualification_resumed",
        "qualification_revoked",
    ];
    assert_eq!(events, expected);
    let told = scene.portal.mails().await;
    let about =
        |subject: &str| told.iter().filter(|m| m.subject == subject && m.recipient == scene.person.email).count();
    assert_eq!((about("Deine Einsatzbereitschaft"), about("Antwort auf deinen Einspruch")), (3, 1));
}

#[tokio::test]
async fn steps_out_of_order_are_refused_with_a_sentence() {
    let mut scene = Scene::new().await;
    let path = scene.path();
    let form = |step: &'static str| [("schritt", step), ("grund", "so")];
    let page = scene.staff.post(&path, &form("wieder")).await;
    assert!(page.flash().unwrap().contains("Inzwischen ist der Stand ein anderer."));
    scene.staff.post(&path, &form("entziehen")).await;
    for step in ["aussetzen", "wieder", "entziehen", "gueltigkeit"] {
        let flash = scene.staff.post(&path, &form(step)).await.flash().unwrap();
        assert!(flash.contains("Inzwischen ist der Stand ein anderer."), "{step}: {flash}");
    }
    let answer = format!("{path}/antwort");
    let flash = scene.staff.post(&answer, &[("antwort", "ja")]).await.flash().unwrap();
    assert!(flash.contains("Hier ist kein Einspruch offen."));
    // Who is only a planner of somebody else's campaign finds nothing at all.
    let other = seed::campaign(&scene.portal.db).await;
    let foreign = format!("/verwaltung/freelancer/{}/einsatzbereit/{}", scene.person.id, other.id);
    assert_eq!(scene.staff.post(&foreign, &form("aussetzen")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.client.get(&format!("/bereit/einsatzbereit/{}", other.slug)).await.status, StatusCode::NOT_FOUND);
    // A revoked qualification comes back by hand alone.
    let now = scene.portal.now();
    let config = &scene.portal.portal.config;
    seed::prepare(&scene.portal.db, &scene.person, &scene.campaign).await;
    seed::profile(&scene.portal.db, &scene.person).await;
    seed::pass(&scene.portal.db, &scene.person, &scene.campaign).await;
    sqlx::query("update campaign set first_shifts = 0").execute(&scene.portal.db).await.unwrap();
    assert_eq!(portal::freelancers::qualification::begin_due(&scene.portal.db, config, now).await.unwrap(), 0);
}

#[tokio::test]
async fn booked_shifts_wait_for_a_decision_and_are_never_taken_off_silently() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let second = seed::shift(&db, &scene.campaign, DAY, 14, 4, 2).await;
    let past = seed::shift(&db, &scene.campaign, date!(2026 - 11 - 19), 9, 4, 2).await;
    for shift in [scene.shift, second, past] {
        seed::booking(&db, &scene.person, shift).await;
    }
    let list = format!("/verwaltung/freelancer/{}/buchungen", scene.person.id);
    assert!(scene.staff.get(&list).await.text().contains("Hier ist nichts zu entscheiden"));
    scene.decide("Der Auftraggeber möchte es so.", "Entziehen").await;
    assert_eq!(live(&db, &scene.person).await, 3);
    assert!(scene.staff.page().text().contains("2 gebuchte Schichten brauchen eine Entscheidung."));
    scene.staff.follow("Ansehen und entscheiden").await;
    let page = scene.staff.press("Bleiben lassen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.texts("label.tick").len(), 2);
    let id: uuid::Uuid = sqlx::query_scalar("select id from booking where shift_id = $1")
        .bind(scene.shift)
        .fetch_one(&db)
        .await
        .unwrap();
    let flash = scene
        .staff
        .tick_value("b", &id.to_string())
        .fill("grund", "Zugesagt ist zugesagt.")
        .press("Bleiben lassen")
        .await
        .flash()
        .unwrap();
    assert!(flash.contains("1 Schicht bleibt gebucht."), "{flash}");
    let flash =
        scene.staff.tick("b").fill("grund", "Der Auftrag ist beendet.").press("Aufheben").await.flash().unwrap();
    assert!(flash.contains("1 Buchung aufgehoben."), "{flash}");
    assert_eq!(live(&db, &scene.person).await, 2);
    assert!(scene.staff.get(&list).await.text().contains("Hier ist nichts zu entscheiden"));
    let mails = scene.portal.mails().await;
    assert!(
        mails
            .iter()
            .any(|m| m.subject == "Deine gebuchten Schichten bleiben" && m.body.contains("Zugesagt ist zugesagt."))
    );
    assert!(
        mails
            .iter()
            .any(|m| m.subject.starts_with("Deine Buchung ist aufgehoben")
                && m.body.contains("Der Auftrag ist beendet."))
    );
}

#[tokio::test]
async fn the_end_of_access_leaves_bookings_for_a_decision() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    seed::booking(&db, &scene.person, scene.shift).await;
    let page = scene.staff.get(&format!("/verwaltung/konten/{}/ende", scene.person.id)).await;
    assert!(page.text().contains("1 gebuchte Schicht bleibt im Plan stehen"), "{}", page.text());
    scene.staff.press("Zugang beenden").await;
    assert_eq!(live(&db, &scene.person).await, 1);
    let page = scene.staff.get("/verwaltung/freelancer").await;
    assert!(page.text().contains("Gebuchte Schichten brauchen eine Entscheidung."), "{}", page.text());
    scene.staff.get(&format!("/verwaltung/freelancer/{}/buchungen", scene.person.id)).await;
    scene.staff.tick("b").fill("grund", "Zugang beendet.").press("Aufheben").await;
    assert_eq!(live(&db, &scene.person).await, 0);
}

#[tokio::test]
async fn hand_granting_keeps_the_reason_and_brings_the_bars_along() {
    let mut scene = Scene::new().await;
    let db = scene.portal.db.clone();
    let other = seed::campaign(&db).await;
    let mut connection = db.acquire().await.unwrap();
    let person = scene.person.freelancer();
    bar::set(&mut connection, person, other.id, Cause::Contract, Some(START)).await.unwrap();
    drop(connection);
    scene.staff.get(&format!("/verwaltung/freelancer/{}", scene.person.id)).await;
    scene.staff.fill("campaign", &other.id.to_string()).fill("reason", "Kam aus einer anderen Kampagne.");
    scene.staff.press("Einsatzbereit setzen").await;
    assert!(scene.staff.page().text().contains("Kam aus einer anderen Kampagne."));
    scene.shift = seed::shift(&db, &other, DAY, 9, 4, 1).await;
    assert!(scene.book().await.contains("die Bestätigung der neuen Vertragsunterlagen"));
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_while_booking_nobody_books_afterwards() {
    const ROUNDS: i64 = 60;
    let portal = TestPortal::with_connections(8).await;
    let db = portal.db.clone();
    let campaign = seed::campaign(&db).await;
    let mut staff = portal.client_of(&seed::staff(&db, Role::Trainer).await).await;
    for round in 0..ROUNDS {
        let person = seed::qualified(&db, &campaign).await;
        let mut shifts = Vec::new();
        for hour in 0..4 {
            let day = date!(2026 - 11 - 30) + Duration::days(round);
            shifts.push(seed::shift(&db, &campaign, day, hour * 2, 1, 1).await);
        }
        let barrier = Arc::new(Barrier::new(2));
        let mut client = portal.client_of(&person).await;
        let other = Arc::clone(&barrier);
        let books = tokio::spawn(async move {
            other.wait().await;
            for shift in shifts {
                client.send(Method::POST, &format!("/schichten/{shift}/buchung"), Some(String::new())).await;
            }
            client
        });
        barrier.wait().await;
        let path = format!("/verwaltung/freelancer/{}/einsatzbereit/{}", person.id, campaign.id);
        let answer = staff.send(Method::POST, &path, Some("schritt=aussetzen&grund=so".into())).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let after = live(&db, &person).await;
        let mut client = books.await.unwrap();
        // Whatever came after the decision was refused; what came before stays.
        let late = seed::shift(&db, &campaign, date!(2026 - 11 - 30) + Duration::days(round), 20, 1, 1).await;
        let page = client.post(&format!("/schichten/{late}/buchung"), &[]).await;
        assert!(page.flash().unwrap().contains("ruht seit"));
        assert!(live(&db, &person).await <= after + 1, "at most the one that was under way");
    }
}

#[tokio::test]
async fn the_gate_is_inlined_and_reads_one_row_by_its_key() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let mut tx = portal.db.begin().await.unwrap();
    sqlx::query("set local enable_seqscan = off").execute(&mut *tx).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(
        "explain (costs off) select exists (select from qualification q where q.freelancer_id = $1 and q.campaign_id = $2 and lets_book(q, $3))",
    )
    .bind(person.id)
    .bind(campaign.id)
    .bind(START)
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Scan using qualification_"), "{plan}");
    assert!(plan.contains("suspended_at IS NULL") && !plan.contains("lets_book"), "{plan}");
}

/// Lets people do everything about qualifications that causes a mail.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::qualified(db, &campaign).await;
    let shift = seed::shift(db, &campaign, portal.now().date() + Duration::days(20), 9, 4, 3).await;
    let booking = seed::booking(db, &person, shift).await;
    let mut staff = portal.client_of(&seed::staff(db, Role::Administrator).await).await;
    let path = format!("/verwaltung/freelancer/{}/einsatzbereit/{}", person.id, campaign.id);
    let bookings = format!("/verwaltung/freelancer/{}/buchungen", person.id);
    for step in ["gueltigkeit", "aussetzen"] {
        staff.post(&path, &[("schritt", step), ("grund", "Der Auftrag ruht."), ("bis", "2027-06-30")]).await;
    }
    staff.post(&bookings, &[("b", &booking.to_string()), ("grund", "Zugesagt."), ("schritt", "bleiben")]).await;
    let mut client = portal.client_of(&person).await;
    client.post(&format!("/bereit/einsatzbereit/{}", campaign.slug), &[("worte", "Ich sehe das anders.")]).await;
    staff.post(&format!("{path}/antwort"), &[("antwort", "Danke dir.")]).await;
    for step in ["wieder", "entziehen"] {
        staff.post(&path, &[("schritt", step), ("grund", "Der Auftrag endet.")]).await;
    }
    vec![person]
}
