//! The pages of trainings in a real browser: light and dark, at a desk and on a phone.

use portal::accounts::role::Role;
use portal::training::enrolment::State;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::browser::Eye;
use crate::seed;
use crate::seed_training as training;
use crate::server::TestPortal;

const MONDAY: OffsetDateTime = datetime!(2026-12-07 8:00 UTC);

#[tokio::test]
async fn the_pages_of_trainings_are_accessible() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let (trainer, person) = (seed::staff(db, Role::Trainer).await, training::preparing(db, &campaign).await);
    let other = training::preparing(db, &campaign).await;
    let courses = [training::course(db, &campaign).await, training::course(db, &campaign).await];
    training::material(db, courses[0]).await;
    training::material_file(&portal, courses[0]).await;
    let running = training::date(db, courses[0], &trainer, &[portal.now() - Duration::HOUR], 4).await;
    let enrolment = training::enrolment(db, &person, running, State::Enrolled).await;
    let full = training::date(db, courses[1], &trainer, &[MONDAY, MONDAY + Duration::DAY], 1).await;
    training::enrolment(db, &other, full, State::Offered).await;
    training::enrolment(db, &person, full, State::Waiting).await;
    let free = training::date(db, courses[1], &trainer, &[MONDAY + Duration::WEEK], 3).await;

    for who in [&person, &other] {
        let mut eye = Eye::open(&portal, Some(who)).await;
        eye.open_page("/schulungen").await;
        for date in [running, full, free].into_iter().filter(|date| who.id == person.id || *date == full) {
            eye.open_page(&format!("/schulungen/{date}")).await;
        }
        eye.close().await;
    }
    let mut eye = Eye::open(&portal, Some(&trainer)).await;
    let staff = "/verwaltung/schulungen";
    eye.open_page(staff).await;
    for below in [format!("{running}"), format!("{full}"), format!("{full}/absage"), format!("kurse/{}", courses[0])] {
        eye.open_page(&format!("{staff}/{below}")).await;
    }
    eye.errors_of(&format!("{staff}/kurse/{}", courses[0]), "PDF hochladen").await;
    eye.errors_of(&format!("{staff}/kurse/neu"), "Kurs anlegen").await;
    eye.errors_of(&format!("{staff}/kurse/{}/termine/neu", courses[0]), "Termin anbieten").await;
    eye.errors_of(&format!("{staff}/anmeldungen/{enrolment}"), "Ergebnis speichern und mailen").await;
    eye.close().await;
}
