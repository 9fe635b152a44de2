//! The figures of the FAQ (product.md, "Promises"), each held by a test that names it: in the database, in the form,
//! and on the page on which people read it.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::campaigns::campaign::HORIZON;
use portal::shifts::publication;
use time::Weekday;
use time::macros::{date, datetime};

use crate::client::Client;
use crate::seed;
use crate::server::TestPortal;

/// The constraint that refuses a statement.
async fn refused_by(portal: &TestPortal, sql: &'static str) -> Option<String> {
    let error = sqlx::query(sql).execute(&portal.db).await.err()?;
    portal::database::constraint(&error).map(str::to_owned)
}

#[tokio::test]
async fn the_plan_is_published_on_wednesday() {
    let portal = TestPortal::new().await;
    seed::campaign(&portal.db).await;
    assert_eq!(portal::campaigns::schedule::DAY, Weekday::Wednesday);
    let on = "insert into publication (id, campaign_id, due_on, ran_at, shifts)
              select gen_random_uuid(), id, '2026-11-26', '2026-11-26 11:00+00', 0 from campaign";
    assert_eq!(refused_by(&portal, on).await.as_deref(), Some("publication_wednesday"));
    portal.set_time(datetime!(2026-11-28 8:00 UTC));
    publication::run_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap();
    let noted: Vec<time::Date> =
        sqlx::query_scalar("select due_on from publication").fetch_all(&portal.db).await.unwrap();
    assert_eq!(noted, [date!(2026 - 11 - 25)]);
}

#[tokio::test]
async fn wednesday_stands_on_the_plan_of_freelancers() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/schichtplan").await;
    assert!(page.text().contains("Nächste Veröffentlichung: Mi, 25.11."), "{}", page.text());
}

/// Fills the form of a new campaign and sends it with this horizon.
async fn new_campaign(client: &mut Client, horizon: &str) -> crate::page::Page {
    client.get("/verwaltung/kampagnen/neu").await;
    client.fill("client", "Blattgrün").fill("name", &format!("Hotline {horizon}"));
    client.tick_value("channels", "phone").fill("planner_contact", "0461 555 0190");
    client.fill("horizon_weeks", horizon).press("Kampagne anlegen").await.clone()
}

#[tokio::test]
async fn the_horizon_is_3_to_8_weeks() {
    let portal = TestPortal::new().await;
    seed::campaign(&portal.db).await;
    assert_eq!(HORIZON, 3..=8);
    for (sql, refused) in [
        ("update campaign set horizon_weeks = 2", true),
        ("update campaign set horizon_weeks = 3", false),
        ("update campaign set horizon_weeks = 8", false),
        ("update campaign set horizon_weeks = 9", true),
    ] {
        assert_eq!(refused_by(&portal, sql).await.as_deref(), refused.then_some("campaign_horizon"), "{sql}");
    }
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let mut client = portal.client_of(&planner).await;
    for (weeks, status) in [
        ("2", StatusCode::UNPROCESSABLE_ENTITY),
        ("9", StatusCode::UNPROCESSABLE_ENTITY),
        ("3", StatusCode::OK),
        ("8", StatusCode::OK),
    ] {
        let page = new_campaign(&mut client, weeks).await;
        assert_eq!(page.status, status, "{weeks} weeks");
        let sentence = (status != StatusCode::OK).then_some("Bitte gib eine ganze Zahl von 3 bis 8 an.");
        assert_eq!(page.error("horizon_weeks").as_deref(), sentence, "{weeks} weeks");
    }
}

#[tokio::test]
async fn what_is_expected_are_15_to_20_hours_on_average_as_information_and_nothing_else() {
    let portal = TestPortal::new().await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let mut client = portal.client_of(&planner).await;
    new_campaign(&mut client, "4").await;
    let stored: (i16, i16) = sqlx::query_as("select expected_hours_min, expected_hours_max from campaign")
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(stored, (15, 20), "the default of a new campaign");

    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let mut client = portal.client_of(&person).await;
    for path in ["/schichtplan", "/meine-schichten"] {
        let page = client.get(path).await;
        assert!(page.text().contains("Erwartung im Schnitt 15–20 h"), "{path}: {}", page.text());
    }
    // More than expected is as welcome: seven days of eight hours are booked without a word.
    let monday = date!(2026 - 12 - 07);
    for day in 0..7 {
        let shift = seed::shift(&portal.db, &campaign, monday + time::Duration::days(day), 9, 8, 1).await;
        let page = client.post(&format!("/schichten/{shift}/buchung"), &[]).await;
        assert!(page.flash().unwrap().starts_with("Gebucht"), "{:?}", page.flash());
    }
}

#[tokio::test]
async fn what_is_published_is_bookable_at_once_and_the_mail_says_so() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    seed::draft(&portal.db, &campaign, date!(2026 - 12 - 02), 9, 4, 2).await;
    portal.set_time(datetime!(2026-11-25 11:00 UTC));
    publication::run_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap();
    let mail = portal.mails().await.pop().unwrap();
    assert!(mail.body.contains("ab sofort buchbar"), "{}", mail.body);
    let mut client = portal.client_of(&person).await;
    client.get(&mail.link("/schichtplan")).await;
    let shift: i64 = sqlx::query_scalar("select id from shift").fetch_one(&portal.db).await.unwrap();
    let page = client.tick_value("s", &shift.to_string()).press("Jetzt buchen").await;
    assert!(page.flash().unwrap().starts_with("1 Schicht gebucht."), "{:?}", page.flash());
}
