//! The pages of getting ready in a real browser: checklist, briefing, access list, fees; light and dark, at a desk and on a
//! phone, with their errors.

use portal::accounts::role::Role;
use time::macros::date;

use crate::browser::Eye;
use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

/// Somebody halfway to two campaigns, with a paper that was returned.
async fn halfway() -> (TestPortal, Campaign, Person) {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, other) = (seed::campaign(db).await, seed::campaign(db).await);
    let person = seed::freelancer(db).await;
    seed::prepare(db, &person, &campaign).await;
    seed::qualify(db, &person, &other).await;
    seed::profile(db, &person).await;
    seed::document(db, &person, "trade_licence", "refused", None).await;
    seed::document(db, &person, "employer_permission", "accepted", Some(date!(2026 - 12 - 10))).await;
    seed::system(db, &campaign, "Softphone").await;
    seed::briefing(db, 1, date!(2026 - 12 - 18)).await;
    seed::fee(db, &person).await;
    (portal, campaign, person)
}

#[tokio::test]
async fn the_way_of_a_freelancer_is_accessible() {
    let (portal, _, person) = halfway().await;
    let mut eye = Eye::open(&portal, Some(&person)).await;
    for path in ["/bereit", "/bereit/unterweisung", "/bereit/unterweisung/fragen", "/beitraege"] {
        eye.open_page(path).await;
    }
    eye.errors_of("/bereit/unterweisung/fragen", "Antworten prüfen").await;
    let version: uuid::Uuid =
        sqlx::query_scalar("select id from briefing_version").fetch_one(&portal.db).await.unwrap();
    seed::briefing_answers(&portal.db, &person, version).await;
    for path in ["/bereit/unterweisung", "/bereit/unterweisung/fragen", "/bereit/unterweisung/bestaetigung"] {
        eye.open_page(path).await;
    }
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_those_who_accompany_are_accessible() {
    let (portal, campaign, person) = halfway().await;
    let trainer = seed::staff(&portal.db, Role::Trainer).await;
    let mut eye = Eye::open(&portal, Some(&trainer)).await;
    let list = format!("/verwaltung/zugaenge/{}", campaign.slug);
    let own = format!("/verwaltung/freelancer/{}/bereitschaft", person.id);
    for path in ["/verwaltung/bereitschaft", &own, "/verwaltung/zugaenge", &list] {
        eye.open_page(path).await;
    }
    eye.errors_of(&list, "Hinzufügen").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_the_privacy_officer_and_the_bookkeeper_are_accessible() {
    let (portal, _, person) = halfway().await;
    seed::briefing_draft(&portal.db, 2).await;
    let both = seed::person(&portal.db, &[Role::PrivacyOfficer, Role::Bookkeeper]).await;
    let mut eye = Eye::open(&portal, Some(&both)).await;
    let version: uuid::Uuid =
        sqlx::query_scalar("select id from briefing_version where version = 1").fetch_one(&portal.db).await.unwrap();
    let (shown, debtor) =
        (format!("/verwaltung/unterweisung/{version}"), format!("/verwaltung/beitraege/{}", person.id));
    let publication = "/verwaltung/unterweisung/entwurf/veroeffentlichung";
    for path in [
        "/verwaltung/unterweisung",
        &shown,
        "/verwaltung/unterweisung/entwurf",
        publication,
        "/verwaltung/beitraege",
        &debtor,
    ] {
        eye.open_page(path).await;
    }
    eye.errors_of(&debtor, "Zeile hinzufügen").await;
    eye.close().await;
}
