//! The checklist of one person with its one next step, the same for staff, the funnel, and where one begins after signing in.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use time::Duration;
use time::macros::date;

use crate::seed::{self, PASSWORD};
use crate::server::TestPortal;

/// The headings of the steps with the words of their badges.
fn steps(page: &crate::page::Page) -> Vec<(String, String)> {
    let html = page.html();
    let row = crate::page::css(".todo > li");
    let part = |li: scraper::ElementRef<'_>, selector: &str| {
        li.select(&crate::page::css(selector)).next().map(crate::page::text_of).unwrap_or_default()
    };
    html.select(&row).map(|li| (part(li, "h2, h3"), part(li, ".badge"))).collect()
}

#[tokio::test]
async fn the_checklist_has_one_next_step_and_moves_on_with_what_is_done() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::freelancer(db).await;
    seed::prepare(db, &person, &campaign).await;
    let version = seed::briefing(db, 1, date!(2026 - 12 - 18)).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/bereit").await.clone();
    assert_eq!(page.texts(".todo > .next h2"), ["Zugang und Profil"]);
    assert_eq!(page.texts(".todo .kicker"), ["Dein nächster Schritt"]);
    assert!(page.text().contains("0 von 6 erledigt") && page.text().contains("Noch sechs Schritte"), "{}", page.text());
    seed::profile(db, &person).await;
    seed::document(db, &person, "trade_licence", "refused", None).await;
    let page = client.get("/bereit").await.clone();
    assert_eq!(page.texts(".todo > .next h2"), ["Gewerbeschein oder Umsatzsteuer-ID"]);
    assert!(page.text().contains("Zurückgegeben: Seite 2 fehlt im Bild."));
    assert_eq!(page.texts("aside .lines strong"), ["Gewerbeschein"]);
    sqlx::query("update document set state = 'accepted', refusal = null, valid_until = '2026-12-23'")
        .execute(db)
        .await
        .unwrap();
    let page = client.get("/bereit").await.clone();
    assert_eq!(page.texts(".todo > .next h2"), ["Datenschutz-Unterweisung"]);
    assert!(steps(&page).contains(&("Gewerbeschein oder Umsatzsteuer-ID".into(), "läuft ab".into())));
    assert!(page.text().contains("Gültig bis 23.12.2026, also noch 30 Tage."));
    assert_eq!(page.texts("main a[role=button]:not(.quiet)"), ["Jetzt beginnen"], "one filled button");
    client.follow("Jetzt beginnen").await;
    assert_eq!(client.page().path, "/bereit/unterweisung");
    seed::briefing_answers(db, &person, version).await;
    seed::briefing_confirmation(db, &person, version).await;
    let page = client.get("/bereit").await.clone();
    assert_eq!(page.texts(".todo > .next h2"), ["Schulung „Blattgrün“"]);
    assert!(page.text().contains("3 von 6 erledigt") && page.text().contains("Noch drei Schritte"));
    assert!(page.text().contains("Voraussichtlich ab Ende Dezember."), "{}", page.text());
}

#[tokio::test]
async fn whoever_is_qualified_sees_that_all_is_done_and_several_campaigns_have_sections() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (one, other) = (seed::campaign(db).await, seed::campaign(db).await);
    let person = seed::qualified(db, &one).await;
    seed::profile(db, &person).await;
    seed::document(db, &person, "trade_licence", "accepted", None).await;
    let version = seed::briefing(db, 1, date!(2026 - 12 - 18)).await;
    seed::briefing_answers(db, &person, version).await;
    seed::briefing_confirmation(db, &person, version).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/bereit").await.clone();
    assert!(page.text().contains("Alles erledigt. Du buchst deine Schichten selbst."), "{}", page.text());
    assert_eq!(page.texts(".todo > .next").len(), 0);
    seed::prepare(db, &person, &other).await;
    let page = client.get("/bereit").await.clone();
    let sections = page.texts("main .cols > .stack > h2");
    assert_eq!(
        sections,
        ["Für alle Kampagnen".to_owned(), format!("Blattgrün · {}", other.name), format!("Blattgrün · {}", one.name)]
    );
    assert_eq!(page.texts(".todo > .next h3"), ["Schulung „Blattgrün“"]);
    assert_eq!(steps(&page).iter().filter(|(title, _)| title == "Datenschutz-Unterweisung").count(), 1);
}

#[tokio::test]
async fn one_begins_with_the_checklist_until_one_may_book() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let (new, ready) = (seed::freelancer(db).await, seed::qualified(db, &campaign).await);
    let both = seed::person(db, &[Role::Freelancer, Role::Planner]).await;
    for (person, path) in [(&new, "/bereit"), (&ready, "/schichten/frei"), (&both, "/verwaltung")] {
        let mut client = portal.client();
        client.get("/anmeldung").await;
        let page = client.fill("email", &person.email).fill("password", PASSWORD).press("Anmelden").await;
        assert_eq!(page.path, path);
        assert_eq!(client.get("/anmeldung").await.path, path, "signed in already");
    }
    let mut client = portal.client_of(&new).await;
    let page = client.get("/bereit").await;
    assert!(page.has("header nav a[href='/bereit'][aria-current=page]"));
    assert!(page.text().contains("bevor du dich für eine Kampagne vorbereitest"), "{}", page.text());
}

#[tokio::test]
async fn staff_see_the_same_without_buttons_and_what_happened() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::freelancer(db).await;
    seed::prepare(db, &person, &campaign).await;
    let version = seed::briefing(db, 1, date!(2026 - 12 - 18)).await;
    seed::briefing_answers(db, &person, version).await;
    let mut own = portal.client_of(&person).await;
    own.get("/bereit/unterweisung/bestaetigung").await;
    own.press("Bestätigen").await;
    let recruiter = seed::staff(db, Role::Recruiter).await;
    let mut client = portal.client_of(&recruiter).await;
    client.get("/verwaltung/bereitschaft").await;
    client.follow(&person.name).await;
    let page = client.page().clone();
    let own_page = own.get("/bereit").await.clone();
    assert_eq!(steps(&page).len(), steps(&own_page).len());
    for ((title, badge), (own_title, own_badge)) in steps(&page).into_iter().zip(steps(&own_page)) {
        // The person's next step has a button in the place of its badge.
        assert!(title == own_title && (badge == own_badge || own_badge.is_empty()), "{title} {badge} {own_badge}");
    }
    assert!(page.text().contains("Datenschutz-Unterweisung bestätigt"));
    assert!(!page.has("main a[role=button]"), "nothing here is staff's to do");
    let path = format!("/verwaltung/freelancer/{}/bereitschaft", seed::unknown_id());
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    let mut outsider = portal.client_of(&seed::staff(db, Role::Bookkeeper).await).await;
    assert_eq!(outsider.get("/verwaltung/bereitschaft").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_funnel_says_who_waits_for_what_longest_first() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, other) = (seed::campaign(db).await, seed::campaign(db).await);
    let (old, new) = (seed::freelancer(db).await, seed::freelancer(db).await);
    let (elsewhere, ready) = (seed::freelancer(db).await, seed::qualified(db, &campaign).await);
    for person in [&old, &new, &ready] {
        seed::prepare(db, person, &campaign).await;
    }
    seed::prepare(db, &elsewhere, &other).await;
    seed::profile(db, &new).await;
    seed::document(db, &new, "trade_licence", "submitted", None).await;
    let stepped = "insert into freelancer_event (freelancer_id, at, event) values ($1, $2, 'joined')";
    sqlx::query(stepped).bind(new.id).bind(portal.now() - Duration::days(2)).execute(db).await.unwrap();
    let trainer = seed::staff(db, Role::Trainer).await;
    let mut client = portal.client_of(&trainer).await;
    client.get("/verwaltung/bereitschaft").await;
    assert!(client.page().text().contains("3 Vorbereitungen laufen"), "who is qualified is through");
    client.choose("kampagne", &campaign.slug).press("Anzeigen").await;
    let page = client.page().clone();
    assert_eq!(page.texts("tbody th"), [old.name.clone(), new.name.clone()]);
    assert_eq!(page.texts("tbody td:last-child"), ["10 Tage", "2 Tage"]);
    assert_eq!(
        page.texts(".figures dt"),
        ["Zugang und Profil", "Schulung"],
        "a paper under review keeps nobody from a date"
    );
    client.follow("Schulung").await;
    assert_eq!(client.page().texts("tbody th"), std::slice::from_ref(&new.name));
}
