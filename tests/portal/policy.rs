//! The policy's figures: what holds on which day, the history, and the pages that keep and print them.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::policy::{self, Figure, Policy, Refusal};
use time::Duration;
use time::macros::{date, datetime};

use crate::chromium;
use crate::seed;
use crate::server::{START, TestPortal};

#[tokio::test]
async fn a_figure_holds_from_its_day_on_and_nothing_noted_is_ever_changed() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let fee = async |day| policy::load(db, day).await.unwrap().fee_cents();
    let note = async |value, day| policy::note(db, Figure::FeeCents, value, day, None, START).await.unwrap();
    assert_eq!(policy::load(db, date!(2026 - 11 - 23)).await.unwrap(), Policy::default());
    assert_eq!(note(320, date!(2027 - 01 - 01)).await, Ok(()));
    assert_eq!(note(350, date!(2026 - 12 - 01)).await, Ok(()));
    assert_eq!(note(330, date!(2027 - 01 - 01)).await, Ok(()), "the later note of the same day holds");
    for (day, cents) in [
        (date!(2026 - 11 - 30), 290),
        (date!(2026 - 12 - 01), 350),
        (date!(2026 - 12 - 31), 350),
        (date!(2027 - 01 - 01), 330),
    ] {
        assert_eq!(fee(day).await, cents, "{day}");
    }
    let values: Vec<i32> = policy::history(db).await.unwrap().iter().map(|noted| noted.value).collect();
    assert_eq!(values, [330, 320, 350]);
}

#[tokio::test]
async fn what_cannot_hold_is_refused() {
    let portal = TestPortal::new().await;
    // Half past midnight of the 24th in Berlin.
    let now = datetime!(2026-11-23 23:30 UTC);
    for (figure, value, day, refusal) in [
        (Figure::FeeCents, 300, date!(2026 - 11 - 23), Refusal::Past),
        (Figure::FeeCents, 300, date!(2030 - 01 - 01), Refusal::Far),
        (Figure::FeeCents, 290, date!(2026 - 11 - 24), Refusal::Unchanged),
        (Figure::FeeCents, 10_001, date!(2026 - 11 - 24), Refusal::Bounds(Figure::FeeCents)),
        // Six months were promised to the public.
        (Figure::ErasureMonths, 7, date!(2026 - 11 - 24), Refusal::Bounds(Figure::ErasureMonths)),
        (Figure::TrainingStartDaysMin, 22, date!(2026 - 11 - 24), Refusal::Order),
    ] {
        let noted = policy::note(&portal.db, figure, value, day, None, now).await.unwrap();
        assert_eq!(noted, Err(refusal), "{figure:?} {value} {day}");
    }
    assert_eq!(policy::history(&portal.db).await.unwrap(), []);
    let today = policy::note(&portal.db, Figure::FeeCents, 300, date!(2026 - 11 - 24), None, now).await.unwrap();
    assert_eq!(today, Ok(()));
}

#[tokio::test]
async fn an_administrator_notes_a_figure_and_the_notice_prints_it_from_its_day_on() {
    let portal = TestPortal::new().await;
    let admin = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&admin).await;
    let page = client.get("/verwaltung/richtwerte").await;
    assert!(page.text().contains("2,90 €") && page.text().contains("16.000 kbit/s"), "{}", page.text());
    client.get("/verwaltung/richtwerte/draft_days").await;
    let page = client.fill("value", "14").fill("valid_from", "2026-12-01").press("Eintragen").await;
    assert!(
        page.flash().unwrap().starts_with("Entwurf, ab der letzten Änderung: 14 Tage ab Di, 1.12.2026."),
        "{:?}",
        page.flash()
    );
    assert!(page.text().contains(&admin.name), "who noted it");
    let page = client.get("/verwaltung/richtwerte").await;
    assert!(page.text().contains("14 Tage ab Di, 1.12.2026"), "{}", page.text());
    let mut guest = portal.client();
    let draft = "Begonnene Bewerbung, unbestätigte E-Mail-Adresse ab: letzte Änderung";
    assert!(guest.get("/datenschutz").await.text().contains(&format!("{draft} 30 Tage")));
    portal.set_time(datetime!(2026-11-30 23:00 UTC));
    let page = guest.get("/datenschutz").await;
    assert!(page.text().contains(&format!("{draft} 14 Tage")), "{}", page.text());
    assert!(page.text().contains("Diese Fristen gelten am 1.12.2026."));
}

#[tokio::test]
async fn what_was_typed_wrong_stays_with_a_sentence_beside_it() {
    let portal = TestPortal::new().await;
    let admin = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&admin).await;
    client.get("/verwaltung/richtwerte/fee_cents").await;
    let page = client.fill("value", "viel").fill("valid_from", "").press("Eintragen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Bitte gib eine Zahl an, zum Beispiel 2,90."));
    assert!(page.text().contains("Bitte gib ein Datum an."));
    let page = client.fill("value", "3,10").fill("valid_from", "2026-11-22").press("Eintragen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Ein neuer Wert gilt frühestens ab heute."), "{}", page.text());
    assert!(page.has("input[name=value][value='3,10']"), "what was typed is still there");
    let page = client.fill("value", "250").fill("valid_from", "2026-11-23").press("Eintragen").await;
    assert!(page.text().contains("Möglich sind 0,00 € bis 100,00 €."), "{}", page.text());
    assert_eq!(client.get("/verwaltung/richtwerte/gibt_es_nicht").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_notice_prints_every_period() {
    let portal = TestPortal::new().await;
    let page = portal.client().get("/datenschutz").await.clone();
    let text = page.text();
    for period in
        ["6 Monate", "12 Monate", "30 Tage", "24 Monate", "7 Tage", "90 Tage", "3 Jahre", "24 Stunden", "14 Tage"]
    {
        assert!(text.contains(period), "{period}");
    }
    for promise in
        ["nach 6 Monaten von selbst", "innerhalb von 72 Stunden", "Deutschland", "ein einziges Cookie", "Musterruf"]
    {
        assert!(text.contains(promise), "{promise}");
    }
    // Shortened, each of them changes: none is written into the page.
    let shorter = [
        (Figure::ErasureMonths, 5, "nach 5 Monaten von selbst"),
        (Figure::ConsentMonths, 11, "11 Monate"),
        (Figure::DraftDays, 29, "29 Tage"),
        (Figure::DeletionRequestHours, 48, "innerhalb von 48 Stunden"),
        (Figure::ViewLogMonths, 23, "23 Monate"),
        (Figure::ContactMonths, 4, "4 Monate"),
        (Figure::MailSentDays, 6, "6 Tage"),
        (Figure::MailFailedDays, 28, "28 Tage"),
        (Figure::SessionDays, 5, "5 Tage"),
        (Figure::LinkHours, 23, "23 Stunden"),
        (Figure::CounterHours, 22, "22 Stunden"),
        (Figure::AuditMonths, 22, "22 Monate"),
        (Figure::LogDays, 13, "13 Tage"),
        (Figure::BackupDays, 27, "27 Tage"),
        (Figure::AccountDays, 89, "89 Tage"),
        (Figure::ReplacedDocumentDays, 25, "25 Tage"),
        (Figure::BookingYears, 2, "2 Jahre"),
        (Figure::BriefingYears, 1, "1 Jahr"),
        (Figure::ContractYears, 7, "7 Jahre"),
        (Figure::FeeYears, 9, "9 Jahre"),
    ];
    for (figure, value, _) in shorter {
        policy::note(&portal.db, figure, value, date!(2026 - 11 - 23), None, START).await.unwrap().unwrap();
    }
    let text = portal.client().get("/datenschutz").await.text();
    for (figure, _, said) in shorter {
        assert!(text.contains(said), "{figure:?}: {said}");
    }
}

#[tokio::test]
async fn what_is_kept_for_days_is_kept_as_long_as_the_policy_says() {
    let portal = TestPortal::new().await;
    policy::note(&portal.db, Figure::AuditMonths, 12, date!(2026 - 11 - 23), None, START).await.unwrap().unwrap();
    let policy = policy::at(&portal.db, START).await.unwrap();
    portal::accounts::audit::note(&portal.db, None, "test", "x", START - Duration::days(366)).await.unwrap();
    portal::accounts::audit::note(&portal.db, None, "test", "x", START - Duration::days(364)).await.unwrap();
    let before = START - policy.duration(Figure::AuditMonths);
    assert_eq!(portal::accounts::audit::sweep(&portal.db, before).await.unwrap(), 1);
}

#[tokio::test]
async fn the_pages_of_the_figures_and_the_notice_are_accessible() {
    let portal = TestPortal::new().await;
    let admin = seed::staff(&portal.db, Role::Administrator).await;
    for (figure, value, day) in
        [(Figure::FeeCents, 310, date!(2027 - 01 - 01)), (Figure::DraftDays, 14, date!(2026 - 11 - 23))]
    {
        policy::note(&portal.db, figure, value, day, Some(admin.id), START).await.unwrap().unwrap();
    }
    let pages = ["/verwaltung/richtwerte", "/verwaltung/richtwerte/fee_cents", "/verwaltung/richtwerte/draft_days"];
    chromium::check_all(&portal, Some(&admin), &pages).await;
    chromium::check_all(&portal, None, &["/datenschutz"]).await;
}
