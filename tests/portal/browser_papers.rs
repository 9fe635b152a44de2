//! Papers in a real browser: a photo is handed in without JavaScript, reviewed beside its picture, and every page is
//! looked at, light and dark, at a desk and on a phone.

use fantoccini::Locator;
use portal::accounts::role::Role;
use portal::freelancers::papers::kind::Kind;
use portal::freelancers::papers::required;
use time::macros::date;

use crate::browser::Eye;
use crate::chromium::Browser;
use crate::seed;
use crate::server::TestPortal;

#[tokio::test]
async fn a_photo_is_handed_in_without_script_and_accepted_beside_its_picture() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let photo = portal.portal.config.data_dir.join("foto.jpg");
    std::fs::write(&photo, seed::photo()).unwrap();
    let browser = Browser::without_script(&portal, Some(&person)).await;
    browser.goto("/bereit/unterlagen/gewerbeschein").await;
    let field = browser.client.find(Locator::Css("#photo")).await.unwrap();
    field.send_keys(photo.to_str().unwrap()).await.unwrap();
    browser.press("Hochladen").await;
    browser.arrive("/bereit/unterlagen").await;
    let list = browser.text("main").await;
    browser.close().await;
    let staff = Browser::open(&portal, Some(&recruiter)).await;
    staff.goto("/verwaltung/unterlagen").await;
    staff.follow(&format!("{}: Gewerbeschein", person.name)).await;
    let width =
        "const picture = document.querySelector('figure img'); return picture.complete ? picture.naturalWidth : -1";
    let width = staff.client.execute(width, Vec::new()).await.unwrap();
    let complaints = staff.complaints().await;
    staff.press("Anerkennen").await;
    staff.arrive("/verwaltung/unterlagen").await;
    staff.close().await;
    assert!(list.contains("in Prüfung"), "{list}");
    assert_eq!(width, 64, "the picture is shown");
    assert_eq!(complaints, Vec::<String>::new());
    let accepted: i64 = sqlx::query_scalar("select count(*) from document where state = 'accepted'")
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn the_pages_of_papers_are_accessible() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::qualified(db, &campaign).await;
    let recruiter = seed::person(db, &[Role::Recruiter, Role::Planner]).await;
    seed::profile(db, &person).await;
    seed::contract(db, &campaign).await;
    required::set(db, campaign.id, &Kind::SPECIAL, recruiter.id, portal.now()).await.unwrap();
    seed::accepted(&portal, &person, Kind::EmployerPermission, Some(date!(2026 - 12 - 01))).await;
    let paper = seed::paper(&portal, &person, Kind::TradeLicence).await;
    let mut eye = Eye::open(&portal, Some(&person)).await;
    let contract = format!("/bereit/vertrag/{}", campaign.slug);
    for path in [
        "/anmeldung/bestaetigen",
        "/bereit/unterlagen",
        "/bereit/unterlagen/gewerbeschein",
        "/bereit/profil",
        &contract,
    ] {
        eye.open_page(path).await;
    }
    eye.errors_of(&contract, "Verbindlich bestätigen").await;
    eye.errors_of("/bereit/unterlagen/gewerbeschein", "Hochladen").await;
    eye.close().await;
    let mut eye = Eye::open(&portal, Some(&recruiter)).await;
    let review = format!("/verwaltung/unterlagen/{paper}");
    for path in [
        "/verwaltung/unterlagen",
        &review,
        &format!("/verwaltung/freelancer/{}/unterlagen", person.id),
        &format!("/verwaltung/kampagnen/{}/unterlagen", campaign.slug),
        "/verwaltung/vertraege",
    ] {
        eye.open_page(path).await;
    }
    eye.errors_of(&review, "Zurückgeben und Mail senden").await;
    let edit = format!("/verwaltung/vertraege/{}", campaign.slug);
    eye.open_page(&edit).await;
    eye.unfold(&format!("{edit}, unfolded")).await;
    eye.close().await;
}
