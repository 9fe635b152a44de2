//! The pages of staff in a real browser: plans, applications, interviews; light and dark, at a desk and on a phone.

use portal::accounts::role::Role;
use portal::applications::application::State;
use time::macros::date;

use crate::browser::{Eye, Scene};
use crate::chromium::WIDTHS;
use crate::seed;
use crate::server::TestPortal;

#[tokio::test]
async fn the_pages_of_plans_are_accessible() {
    let scene = Scene::new().await;
    let planner = seed::staff(&scene.portal.db, Role::Planner).await;
    let mut eye = Eye::open(&scene.portal, Some(&planner)).await;
    let plan = |week: &str| format!("/verwaltung/kampagnen/{}/plan/{week}", scene.campaign.slug);
    for path in [plan("2026-W47"), plan("2026-W49"), plan("2026-W50")] {
        eye.open_page(&path).await;
        eye.unfold(&format!("{path}, unfolded")).await;
    }
    let week = plan("2026-W50");
    for below in ["/muster", "/kopie", "/schichten/neu"] {
        eye.open_page(&format!("{week}{below}")).await;
    }
    eye.errors_of(&format!("{week}/schichten/neu"), "Als Entwurf anlegen").await;
    // What a change of a booked shift, or its end, would mean for people.
    let week = plan("2026-W49");
    for below in ["aenderung", "loeschung"] {
        eye.open_page(&format!("{week}/{below}?s={}", scene.own)).await;
    }
    eye.browser.goto(&format!("{week}/aenderung?s={}", scene.own)).await;
    let sooner = "document.querySelector('[name=bis]').value = '17:00'";
    eye.browser.client.execute(sooner, Vec::new()).await.unwrap();
    eye.browser.press("Wirkung ansehen").await;
    eye.shown("the effect of a change").await;
    eye.open_page(&format!("/verwaltung/schichten/{}", scene.own)).await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_applications_are_accessible() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut dossiers = Vec::new();
    for state in [State::New, State::Introduced, State::Invited, State::Talked, State::Accepted, State::Refused] {
        let applicant = seed::applicant(&portal.db).await;
        dossiers.push(seed::application(&portal.db, &applicant, &campaign, state).await);
    }
    seed::written_introduction(&portal.db, dossiers[1], "Ich höre gern zu.").await;
    seed::recording(&portal, dossiers[2]).await;
    let mut eye = Eye::open(&portal, Some(&recruiter)).await;
    for path in ["/verwaltung", "/verwaltung/bewerbungen", "/verwaltung/bewerbungen?ansicht=tafel"] {
        eye.open_page(path).await;
    }
    for dossier in &dossiers {
        let path = format!("/verwaltung/bewerbungen/{dossier}");
        eye.open_page(&path).await;
        eye.unfold(&format!("{path}, unfolded")).await;
    }
    // On a phone the bar at the lower edge would take the click.
    eye.browser.size(WIDTHS[0]).await;
    eye.errors_of(&format!("/verwaltung/bewerbungen/{}", dossiers[1]), "Notiz speichern").await;
    eye.open_page("/verwaltung/mailtexte").await;
    eye.open_page("/verwaltung/mailtexte/absage").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_interviews_are_accessible() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let applicant = seed::applicant(&portal.db).await;
    let application = seed::application(&portal.db, &applicant, &campaign, State::Invited).await;
    let mut slots = Vec::new();
    for hour in [9, 10, 11] {
        let starts_at = campaign.zone.wall(date!(2026 - 11 - 27), hour * 60).unwrap();
        slots.push(seed::slot(&portal.db, &recruiter, None, starts_at).await);
    }
    seed::interview(&portal.db, application, slots[1]).await;
    let cancel = "update interview_slot set cancelled_at = $2, cancellation = 'Das Büro ist zu.' where id = $1";
    sqlx::query(cancel).bind(slots[2]).bind(portal.now()).execute(&portal.db).await.unwrap();
    let mut eye = Eye::open(&portal, Some(&recruiter)).await;
    eye.open_page("/verwaltung/gespraeche").await;
    eye.open_page("/verwaltung/gespraeche?woche=2026-W50").await;
    eye.open_page(&format!("/verwaltung/gespraeche/absage?s={}&s={}", slots[0], slots[1])).await;
    eye.errors_of("/verwaltung/gespraeche/neu", "Vorschau").await;
    eye.close().await;
}
