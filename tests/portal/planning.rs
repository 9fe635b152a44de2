//! Planning as a planner does it: pattern, copy, add, change, delete, undo, publish, help, export.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::id::ShiftId;
use portal::shifts::recount;
use sqlx::PgPool;
use time::Date;
use time::macros::{date, datetime};

use crate::client::Client;
use crate::seed::{self, Campaign, CampaignSeed, Person};
use crate::server::TestPortal;

/// Monday of week 49.
const MONDAY: Date = date!(2026 - 11 - 30);

struct Desk {
    portal: TestPortal,
    campaign: Campaign,
    client: Client,
}

impl Desk {
    /// A planner, and a campaign that is open from 7 to 22 on every day.
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let opening = (1..=7).map(|weekday| (weekday, 420, 1320)).collect();
        let campaign = CampaignSeed { opening, ..CampaignSeed::default() }.create(&portal.db).await;
        let planner = seed::staff(&portal.db, Role::Planner).await;
        let client = portal.client_of(&planner).await;
        Self { portal, campaign, client }
    }

    fn path(&self, below: &str) -> String {
        format!("/verwaltung/kampagnen/{}/plan/2026-W49{below}", self.campaign.slug)
    }

    async fn open(&mut self, below: &str) {
        let path = self.path(below);
        assert_eq!(self.client.get(&path).await.status, StatusCode::OK, "{path}");
    }

    /// Opens the list of the whole week and ticks these shifts.
    async fn tick(&mut self, shifts: &[ShiftId]) {
        self.open("?tag=alle").await;
        for shift in shifts {
            self.client.tick_value("s", &shift.to_string());
        }
    }

    fn flash(&self) -> String {
        self.client.page().flash().expect("a message")
    }

    async fn booked_by(&self, shift: ShiftId) -> Person {
        let person = seed::qualified(&self.portal.db, &self.campaign).await;
        seed::booking(&self.portal.db, &person, shift).await;
        person
    }
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn a_week_is_drawn_from_its_pattern_with_rows_deselected() {
    let mut desk = Desk::new().await;
    desk.open("/muster").await;
    desk.client.tick_value("tag", "1").tick_value("tag", "2");
    desk.client.fill("von", "09:00").fill("bis", "13:00").fill("plaetze", "3").press("Hinzufügen").await;
    desk.client
        .tick_value("tag", "3")
        .fill("von", "20:00")
        .fill("bis", "23:00")
        .fill("plaetze", "1")
        .press("Hinzufügen")
        .await;
    let page = desk.client.page();
    // Two fit; the third lies beyond closing time and says so.
    assert!(page.text().contains("außerhalb der Öffnungszeiten"), "{}", page.text());
    assert_eq!(page.texts("#vorschau input[name=s]").len(), 2);
    let second = {
        let html = page.html();
        let boxes = html.select(&crate::page::css("#vorschau input[name=s]")).nth(1).unwrap();
        boxes.value().attr("value").unwrap().to_owned()
    };
    desk.client.within("#vorschau").untick_value("s", &second).press("Als Entwurf anlegen").await;
    assert!(desk.flash().contains("1 Schicht"), "{}", desk.flash());
    assert_eq!(count(&desk.portal.db, "select count(*) from shift where published_at is null and seats = 3").await, 1);
}

#[tokio::test]
async fn a_week_is_copied_and_the_whole_batch_undone() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    for hour in [9, 13] {
        seed::shift(&db, &desk.campaign, date!(2026 - 11 - 24), hour, 4, 2).await;
    }
    desk.open("/kopie").await;
    desk.client.within("#vorschau").press("Als Entwurf anlegen").await;
    assert_eq!(count(&db, "select count(*) from shift where week = '2026-11-30'").await, 2);
    // Pressed again on a stale page: nothing is there twice.
    desk.open("/kopie").await;
    assert!(desk.client.page().text().contains("gibt es schon"));
    desk.open("").await;
    desk.client.press("Rückgängig").await;
    assert_eq!(count(&db, "select count(*) from shift where week = '2026-11-30'").await, 0);
    assert_eq!(count(&db, "select count(*) from shift").await, 2);
}

#[tokio::test]
async fn shifts_outside_the_opening_hours_are_refused() {
    let mut desk = Desk::new().await;
    desk.open("/schichten/neu").await;
    desk.client.tick_value("tag", "1").fill("von", "06:00").fill("bis", "10:00").fill("plaetze", "2");
    let page = desk.client.press("Als Entwurf anlegen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Öffnungszeiten"), "{}", page.text());
    assert!(page.has("input[name=von][value='06:00']"), "what was typed is kept");
    assert_eq!(count(&desk.portal.db, "select count(*) from shift").await, 0);
}

#[tokio::test]
async fn bad_input_is_answered_beside_the_fields() {
    let mut desk = Desk::new().await;
    desk.open("/schichten/neu").await;
    desk.client.fill("von", "25:99").fill("bis", "").fill("plaetze", "0");
    let page = desk.client.press("Als Entwurf anlegen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["tag", "von", "bis", "plaetze"] {
        assert!(page.error(field).is_some(), "{field}: {}", page.text());
    }
}

#[tokio::test]
async fn a_time_that_does_not_exist_is_refused_and_one_that_exists_twice_is_the_first() {
    let portal = TestPortal::new().await;
    let campaign = CampaignSeed { horizon_weeks: 8, ..CampaignSeed::default() }.create(&portal.db).await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    for (week, now, fits) in
        [("2027-W12", datetime!(2027-03-15 8:00 UTC), false), ("2027-W43", datetime!(2027-10-18 8:00 UTC), true)]
    {
        portal.set_time(now);
        let mut client = portal.client_of(&planner).await;
        client.get(&format!("/verwaltung/kampagnen/{}/plan/{week}/schichten/neu", campaign.slug)).await;
        client.tick_value("tag", "7").fill("von", "02:30").fill("bis", "06:00").fill("plaetze", "1");
        let page = client.press("Als Entwurf anlegen").await;
        assert_eq!(page.status == StatusCode::OK, fits, "{week}: {}", page.text());
    }
    let starts: Vec<time::OffsetDateTime> =
        sqlx::query_scalar("select starts_at from shift").fetch_all(&portal.db).await.unwrap();
    assert_eq!(starts, [datetime!(2027-10-31 0:30 UTC)]);
}

#[tokio::test]
async fn a_change_shows_who_is_affected_and_mails_the_reason() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let shift = seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let person = desk.booked_by(shift).await;
    desk.tick(&[shift]).await;
    desk.client.press("Ändern …").await;
    desk.client.fill("bis", "12:00").press("Wirkung ansehen").await;
    let page = desk.client.page();
    assert!(page.text().contains(&person.name), "{}", page.text());
    assert!(page.text().contains("1 h weniger"), "{}", page.text());
    assert_eq!(
        count(&db, "select count(*) from shift where ends_at - starts_at = interval '3 hours'").await,
        0,
        "not yet"
    );
    // Without a reason nothing happens.
    desk.client.press("Ändern und 1 Mail senden").await;
    assert!(desk.client.page().error("grund").is_some());
    desk.client.fill("grund", "Der Auftraggeber schließt mittags.").press("Ändern und 1 Mail senden").await;
    assert!(desk.flash().contains("1 Schicht"), "{}", desk.flash());
    let mails = desk.portal.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].recipient, person.email);
    assert!(mails[0].body.contains("Der Auftraggeber schließt mittags."));
    // The booking's span followed its shift.
    let same = "select count(*) from booking b join shift s on s.id = b.shift_id and s.during = b.during where upper(b.during) = '2026-11-30 11:00Z'";
    assert_eq!(count(&db, same).await, 1);
}

#[tokio::test]
async fn fewer_seats_take_the_latest_bookings_off() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let shift = seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 3).await;
    let first = desk.booked_by(shift).await;
    sqlx::query("update booking set booked_at = booked_at - interval '1 day'").execute(&db).await.unwrap();
    let second = desk.booked_by(shift).await;
    desk.tick(&[shift]).await;
    desk.client.press("Ändern …").await;
    desk.client.fill("plaetze", "1").press("Wirkung ansehen").await;
    assert!(desk.client.page().text().contains(&second.name) && !desk.client.page().text().contains(&first.name));
    desk.client.fill("grund", "Weniger Anrufe als gedacht.").press("Ändern und 1 Mail senden").await;
    let left: Vec<uuid::Uuid> =
        sqlx::query_scalar("select freelancer_id from booking where released_at is null").fetch_all(&db).await.unwrap();
    assert_eq!(left, [first.id.0]);
    assert_eq!(recount::count(&db).await.unwrap().1, []);
}

#[tokio::test]
async fn a_published_shift_is_withdrawn_with_its_bookings_and_a_draft_is_deleted() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let published = seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let draft = seed::draft(&db, &desk.campaign, MONDAY, 14, 4, 2).await;
    let person = desk.booked_by(published).await;
    desk.tick(&[published, draft]).await;
    desk.client.press("Löschen …").await;
    assert!(desk.client.page().text().contains(&person.name));
    desk.client.fill("grund", "Die Aktion fällt aus.").press("Löschen und 1 Mail senden").await;
    assert_eq!(count(&db, "select count(*) from shift where withdrawn_at is not null").await, 1);
    assert_eq!(count(&db, "select count(*) from shift").await, 1);
    assert_eq!(count(&db, "select count(*) from booking where released_at is null").await, 0);
    assert_eq!(recount::count(&db).await.unwrap().1, []);
    assert!(desk.portal.mails().await[0].body.contains("Die Aktion fällt aus."));
    // The stale page of a freelancer gets a sentence.
    let mut client = desk.portal.client_of(&person).await;
    let page = client.post(&format!("/schichten/{published}/buchung"), &[]).await;
    assert!(page.flash().unwrap().contains("aus dem Plan genommen"));
}

#[tokio::test]
async fn a_move_into_somebodys_other_booking_is_refused_with_the_name() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let (one, two) = (
        seed::shift(&db, &desk.campaign, MONDAY, 9, 3, 1).await,
        seed::shift(&db, &desk.campaign, MONDAY, 12, 3, 1).await,
    );
    let person = desk.booked_by(one).await;
    seed::booking(&db, &person, two).await;
    desk.tick(&[one]).await;
    desk.client.press("Ändern …").await;
    desk.client.fill("bis", "13:00").press("Wirkung ansehen").await;
    let label = format!("Buchung von {} aufheben", person.name);
    assert!(desk.client.page().text().contains(&label), "{}", desk.client.page().text());
    let button = "Ändern und 1 Mail senden";
    desk.client.fill("grund", "Länger geöffnet.").press(button).await;
    assert_eq!(count(&db, "select count(*) from booking where released_at is null").await, 2, "nothing changed");
    desk.client.tick("weg").fill("grund", "Länger geöffnet.").press(button).await;
    assert_eq!(count(&db, "select count(*) from booking where released_at is null").await, 1);
    assert_eq!(recount::count(&db).await.unwrap().1, []);
}

#[tokio::test]
async fn what_changed_since_the_preview_is_shown_again() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let shift = seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    desk.booked_by(shift).await;
    desk.tick(&[shift]).await;
    desk.client.press("Löschen …").await;
    desk.booked_by(shift).await;
    desk.client.fill("grund", "Fällt aus.").press("Löschen und 1 Mail senden").await;
    let text = desk.client.page().text();
    assert!(text.contains("Inzwischen hat sich etwas getan."), "{text}");
    assert_eq!(count(&db, "select count(*) from shift where withdrawn_at is not null").await, 0);
    desk.client.fill("grund", "Fällt aus.").press("Löschen und 2 Mails senden").await;
    assert_eq!(count(&db, "select count(*) from shift where withdrawn_at is not null").await, 1);
}

#[tokio::test]
async fn undo_brings_deleted_drafts_back_and_ends_with_publication() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let draft = seed::draft(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    desk.tick(&[draft]).await;
    desk.client.press("Löschen …").await;
    desk.client.press("1 Schicht löschen").await;
    assert_eq!(count(&db, "select count(*) from shift").await, 0);
    desk.open("").await;
    desk.client.press("Rückgängig").await;
    let back: Vec<ShiftId> = sqlx::query_scalar("select id from shift").fetch_all(&db).await.unwrap();
    assert_eq!(back, [draft]);
    desk.open("").await;
    desk.client.press("Jetzt veröffentlichen").await;
    desk.open("").await;
    assert!(!desk.client.page().text().contains("Rückgängig"), "published is published");
}

#[tokio::test]
async fn publishing_now_happens_once_and_not_beyond_the_horizon() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    seed::draft(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let person = seed::qualified(&db, &desk.campaign).await;
    desk.open("").await;
    desk.client.press("Jetzt veröffentlichen").await;
    assert!(desk.flash().contains("veröffentlicht"), "{}", desk.flash());
    let again = desk.path("/veroeffentlichung");
    let page = desk.client.post(&again, &[]).await;
    assert!(page.flash().unwrap().contains("kein Entwurf"), "{:?}", page.flash());
    let mails = desk.portal.mails().await;
    assert_eq!((mails.len(), &mails[0].recipient), (1, &person.email));
    seed::draft(&db, &desk.campaign, date!(2027 - 03 - 01), 9, 4, 2).await;
    let far = format!("/verwaltung/kampagnen/{}/plan/2027-W09/veroeffentlichung", desk.campaign.slug);
    assert!(desk.client.post(&far, &[]).await.flash().unwrap().contains("So weit im Voraus"));
}

#[tokio::test]
async fn asking_for_help_mails_the_qualified_once() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let person = seed::qualified(&db, &desk.campaign).await;
    seed::freelancer(&db).await;
    desk.open("").await;
    desk.client.press("Alle um Hilfe bitten").await;
    desk.open("").await;
    desk.client.press("Alle um Hilfe bitten").await;
    assert!(desk.flash().contains("Keine Mail gesendet"), "{}", desk.flash());
    let mails = desk.portal.mails().await;
    assert_eq!((mails.len(), &mails[0].recipient), (1, &person.email));
    assert!(mails[0].body.contains("Mo, 30.11., 09:00–13:00 Uhr"), "{}", mails[0].body);
}

#[tokio::test]
async fn a_booking_is_taken_off_on_a_page_with_a_reason() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let shift = seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let person = desk.booked_by(shift).await;
    desk.client.get(&format!("/verwaltung/schichten/{shift}")).await;
    let link = format!("Buchung von {} aufheben …", person.name);
    desk.client.follow(&link).await;
    desk.client.press("Aufheben und 1 Mail senden").await;
    assert!(desk.client.page().error("grund").is_some());
    desk.client.fill("grund", "Wir haben uns verrechnet.").press("Aufheben und 1 Mail senden").await;
    assert!(desk.flash().contains("aufgehoben"));
    assert_eq!(recount::count(&db).await.unwrap().1, []);
    assert!(desk.portal.mails().await[0].body.contains("Wir haben uns verrechnet."));
}

#[tokio::test]
async fn shifts_of_another_campaign_are_out_of_reach() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    let other = seed::campaign(&db).await;
    let foreign = seed::draft(&db, &other, MONDAY, 9, 4, 2).await;
    let path = desk.path("/loeschung");
    let page = desk.client.post(&path, &[("s", &foreign.to_string()), ("schritt", "ausfuehren")]).await;
    assert!(page.status.is_client_error() || page.flash().is_some());
    assert_eq!(count(&db, "select count(*) from shift").await, 1);
}

#[tokio::test]
async fn the_week_is_exported_as_csv_and_excel() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    seed::shift(&db, &desk.campaign, MONDAY, 9, 4, 2).await;
    let path = desk.path("/export.csv");
    let page = desk.client.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(page.body.contains("Mo, 30.11.2026;09:00;13:00;4,00;Telefon;2;0;2;veröffentlicht"), "{}", page.body);
    let path = desk.path("/export.xlsx");
    assert!(desk.client.get(&path).await.body.starts_with("PK"));
}

#[tokio::test]
async fn the_heat_map_counts_seats_per_hour_and_names_gaps() {
    let mut desk = Desk::new().await;
    let db = desk.portal.db.clone();
    seed::draft(&db, &desk.campaign, MONDAY, 7, 4, 2).await;
    seed::draft(&db, &desk.campaign, MONDAY, 9, 4, 3).await;
    desk.open("").await;
    let page = desk.client.page();
    // Monday, 07 to 13 o'clock, then a gap until closing time.
    let column: Vec<String> = page.texts(".heat tbody tr td:nth-child(2)");
    assert_eq!(column[..7], ["2", "2", "5", "5", "3", "3", "0 !"].map(String::from));
    assert_eq!(page.texts(".heat tfoot td")[0], "20");
}
