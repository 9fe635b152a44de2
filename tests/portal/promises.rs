//! The figures of the FAQ (product.md, "Promises"), each held by a test that names it: in the database, in the form,
//! and on the page on which people read it.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::campaigns::campaign::HORIZON;
use portal::policy::{self, Figure, Policy};
use portal::privacy::night;
use portal::retention::wish::{self, Wish};
use portal::shifts::publication;
use time::Weekday;
use time::macros::{date, datetime};

use crate::client::Client;
use crate::faq;
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

async fn applications(portal: &TestPortal) -> i64 {
    sqlx::query_scalar("select count(*) from application").fetch_one(&portal.db).await.unwrap()
}

#[tokio::test]
async fn an_application_is_erased_after_6_months_and_the_notice_says_so() {
    let portal = TestPortal::new().await;
    let text = portal.client().get("/datenschutz").await.text();
    assert!(text.contains("Deine Bewerbung löschen wir nach 6 Monaten von selbst"), "{text}");
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    // Sent on 20 November 2026, and never decided.
    seed::application(&portal.db, &person, &campaign, State::Introduced).await;
    for (now, left) in [(datetime!(2027-05-20 2:00 UTC), 1), (datetime!(2027-05-21 2:00 UTC), 0)] {
        night::run_due(&portal.db, &portal.portal.config, now).await.unwrap().unwrap();
        assert_eq!(applications(&portal).await, left, "{now}");
    }
}

#[tokio::test]
async fn a_wish_for_erasure_is_carried_out_within_72_hours_and_the_notice_says_so() {
    let portal = TestPortal::new().await;
    let text = portal.client().get("/datenschutz").await.text();
    assert!(text.contains("Das ist innerhalb von 72 Stunden erledigt"), "{text}");
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    seed::application(&portal.db, &person, &campaign, State::New).await;
    wish::record(&portal.db, person.id, Wish::Erasure, portal.now()).await.unwrap();
    // The first night after it.
    night::run_due(&portal.db, &portal.portal.config, datetime!(2026-11-24 2:15 UTC)).await.unwrap().unwrap();
    assert_eq!(applications(&portal).await, 0);
    assert!(portal.now() + Policy::default().duration(Figure::DeletionRequestHours) > datetime!(2026-11-24 2:15 UTC));
}

#[tokio::test]
async fn the_figures_of_the_faq_stand_in_the_list_of_figures() {
    let portal = TestPortal::new().await;
    let admin = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&admin).await;
    let text = client.get("/verwaltung/richtwerte").await.text();
    for figure in
        ["2,90 €", "16.000 kbit/s", "Windows 8", "6 Monate", "72 Stunden", "3 Tage", "21 Tage", "3 Minuten", "200 MB"]
    {
        assert!(text.contains(figure), "{figure}");
    }
}

#[tokio::test]
async fn the_faq_takes_its_figures_from_the_settings_of_the_day() {
    let portal = TestPortal::new().await;
    let today = date!(2026 - 11 - 23);
    for (figure, value) in [
        (Figure::FeeCents, 350),
        (Figure::LineKbit, 25_000),
        (Figure::WindowsVersion, 10),
        (Figure::ErasureMonths, 4),
        (Figure::DeletionRequestHours, 48),
        (Figure::TrainingStartDaysMax, 14),
        (Figure::IntroductionMinutes, 2),
    ] {
        policy::note(&portal.db, figure, value, today, None, portal.now()).await.unwrap().unwrap();
    }
    policy::note(&portal.db, Figure::FeeCents, 400, date!(2026 - 12 - 01), None, portal.now()).await.unwrap().unwrap();
    let mut client = portal.client();
    let page = client.get("/fragen").await.clone();
    for (slug, figure) in [
        ("kosten", "3,50 € im Monat"),
        ("mitbringen", "DSL 25.000"),
        ("ausstattung", "Windows 10 oder neuer"),
        ("daten", "4 Monate"),
        ("daten", "innerhalb von 48 Stunden"),
        ("start", "3 Tagen bis 2 Wochen"),
        ("ablauf", "höchstens 2 Minuten"),
    ] {
        assert!(faq::answer(&page, slug).contains(figure), "{slug}: {}", faq::answer(&page, slug));
    }
    portal.set_time(datetime!(2026-12-01 8:00 UTC));
    assert!(faq::answer(client.get("/fragen").await, "kosten").contains("4,00 € im Monat"));
}

#[tokio::test]
async fn the_faq_expects_the_hours_that_the_campaigns_expect() {
    let portal = TestPortal::new().await;
    seed::campaign(&portal.db).await;
    let campaign = seed::campaign(&portal.db).await;
    sqlx::query("update campaign set expected_hours_min = 12, expected_hours_max = 18 where id = $1")
        .bind(campaign.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let mut client = portal.client();
    assert!(faq::answer(client.get("/fragen").await, "umfang").contains("12–20 Stunden pro Woche"));
    sqlx::query("update campaign set ended_at = created_at where id = $1")
        .bind(campaign.id)
        .execute(&portal.db)
        .await
        .unwrap();
    assert!(faq::answer(client.get("/fragen").await, "umfang").contains("15–20 Stunden pro Woche"));
}

#[tokio::test]
async fn fee_and_erasure_stand_in_the_application_form_from_their_settings() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    for role in [None, Some(Role::Freelancer)] {
        let mut client = match role {
            Some(role) => portal.client_of(&seed::person(&portal.db, &[role]).await).await,
            None => portal.client(),
        };
        let text = client.get(&path).await.text();
        assert!(text.contains("2,90 €") && text.contains("6 Monate"), "{role:?}: {text}");
    }
    sqlx::query(
        "insert into policy_figure (figure, valid_from, value, noted_at)
         values ('fee_cents', '2026-11-23', 310, $1), ('erasure_months', '2026-11-23', 5, $1)",
    )
    .bind(portal.now())
    .execute(&portal.db)
    .await
    .unwrap();
    let text = portal.client().get(&path).await.text();
    assert!(text.contains("3,10 €") && text.contains("5 Monate"), "{text}");
}

#[tokio::test]
async fn one_applies_without_cv_cover_letter_or_webcam_and_no_page_of_the_form_takes_a_file() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    let draft = portal::applications::application::State::Draft;
    let id = seed::application(&portal.db, &person, &campaign, draft).await;
    let mut client = portal.client_of(&person).await;
    for path in [
        format!("/stellen/{}/bewerbung", campaign.slug),
        format!("/bewerbung/{id}"),
        format!("/bewerbung/{id}/angaben"),
        format!("/bewerbung/{id}/fragen"),
        format!("/bewerbung/{id}/absenden"),
    ] {
        let page = client.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.has("input[type=file]"), "{path}");
    }
    let text = client.get(&format!("/bewerbung/{id}/angaben")).await.text();
    for said in
        ["kein Lebenslauf, kein Anschreiben", "Webcam ist keine Bedingung", "Windows 8 oder neuer", "DSL 16.000 netto"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
}
