//! Files of a course: staff upload and remove them, those who take part download them, nobody else does.

use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use portal::accounts::role::Role;
use portal::files::intake::LONGEST;
use portal::id::{AccountId, CourseId, MaterialId, TrainingDateId};
use portal::training::enrolment::State;
use portal::web::headers::SANDBOX;
use time::Duration;
use tokio::sync::Barrier;

use crate::client::Client;
use crate::page::Page;
use crate::seed::{self, Campaign};
use crate::seed_training::{self as training, pdf};
use crate::server::TestPortal;

struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    course: CourseId,
    date: TrainingDateId,
    staff: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::with_connections(12).await;
        let campaign = seed::campaign(&portal.db).await;
        let course = training::course(&portal.db, &campaign).await;
        let trainer = seed::staff(&portal.db, Role::Trainer).await;
        let starts = [portal.now() + Duration::days(14)];
        let date = training::date(&portal.db, course, &trainer, &starts, 6).await;
        let staff = portal.client_of(&trainer).await;
        Self { portal, campaign, course, date, staff }
    }

    fn page(&self) -> String {
        format!("/verwaltung/schulungen/kurse/{}", self.course)
    }

    async fn upload(&mut self, title: &str, content: &[u8]) -> Page {
        let page = self.page();
        upload(&mut self.staff, &page, title, content).await
    }

    async fn files(&self) -> Vec<MaterialId> {
        let files = "select id from course_material where blob_id is not null order by title";
        sqlx::query_scalar(files).fetch_all(&self.portal.db).await.unwrap()
    }

    /// Files of the store once the queue of deletion is empty, and keys.
    async fn kept(&self) -> (usize, usize) {
        portal::files::sweep_doomed(&self.portal.portal.files, &self.portal.db, self.portal.now()).await.unwrap();
        (self.portal.objects().len(), self.portal.keys().len())
    }

    /// Somebody who prepares for the campaign, with this state on the date.
    async fn person(&self, state: Option<State>) -> Client {
        let person = training::preparing(&self.portal.db, &self.campaign).await;
        if let Some(state) = state {
            training::enrolment(&self.portal.db, &person, self.date, state).await;
        }
        self.portal.client_of(&person).await
    }
}

async fn upload(staff: &mut Client, page: &str, title: &str, content: &[u8]) -> Page {
    staff.get(page).await;
    staff.fill("datei-bezeichnung", title).choose_file("datei", "Entwurf 3.pdf", content);
    staff.press("PDF hochladen").await.clone()
}

async fn ask(client: &mut Client, path: &str, range: Option<&'static str>) -> Page {
    client.headers.remove("range");
    if let Some(range) = range {
        client.headers.insert("range", HeaderValue::from_static(range));
    }
    client.send(Method::GET, path, None).await
}

#[tokio::test]
async fn staff_upload_a_file_and_whoever_takes_part_downloads_it() {
    let mut scene = Scene::new().await;
    let content = pdf("Erst grüßen, dann fragen.");
    let page = scene.upload("Übungsgespräche", &content).await;
    assert!(page.flash().unwrap().starts_with("Das Material ist da."), "{}", page.text());
    assert!(page.text().contains("Übungsgespräche") && page.text().contains("1 kB"), "{}", page.text());
    let id = scene.files().await[0];
    for state in [State::Enrolled, State::Passed, State::Repeat] {
        let mut person = scene.person(Some(State::Enrolled)).await;
        if state != State::Enrolled {
            sqlx::query("update enrolment set state = $1, result_at = joined_at, result_by = $2")
                .bind(state)
                .bind(seed::staff(&scene.portal.db, Role::Trainer).await.id)
                .execute(&scene.portal.db)
                .await
                .unwrap();
        }
        let shown = person.get(&format!("/schulungen/{}", scene.date)).await;
        assert!(shown.text().contains("PDF, 1 kB"), "{state:?}: {}", shown.text());
        let link = format!("/schulungen/material/{id}");
        assert_eq!(shown.texts(&format!("a[href='{link}']")), ["Übungsgespräche"]);
        let file = ask(&mut person, &link, None).await;
        assert_eq!((file.status, file.body.as_bytes()), (StatusCode::OK, &content[..]));
        let header = |name: &str| file.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/pdf");
        assert_eq!(header("content-disposition"), "attachment; filename=\"uebungsgespraeche.pdf\"");
        assert_eq!((header("content-security-policy"), header("x-content-type-options")), (SANDBOX, "nosniff"));
        let part = ask(&mut person, &link, Some("bytes=0-3")).await;
        assert_eq!((part.status, part.body.as_str()), (StatusCode::PARTIAL_CONTENT, "%PDF"));
    }
    let file = ask(&mut scene.staff, &format!("/verwaltung/schulungen/material/{id}/datei"), Some("bytes=1-3")).await;
    assert_eq!((file.status, file.body.as_str()), (StatusCode::PARTIAL_CONTENT, "PDF"));
    // It is the house's: the erasure of nobody takes its key along.
    let owner: AccountId =
        sqlx::query_scalar("select person_id from file_key").fetch_one(&scene.portal.db).await.unwrap();
    assert_eq!(owner, portal::files::key::HOUSE);
}

#[tokio::test]
async fn for_everybody_else_it_is_not_there() {
    let mut scene = Scene::new().await;
    scene.upload("Leitfaden", &pdf("Nur für den Kurs")).await;
    let id = scene.files().await[0];
    let link = training::material(&scene.portal.db, scene.course).await;
    let stranger = seed::freelancer(&scene.portal.db).await;
    let mut outside = vec![scene.portal.client_of(&stranger).await, scene.person(None).await];
    for state in [State::Waiting, State::Offered, State::Enrolled] {
        outside.push(scene.person(Some(state)).await);
    }
    // The last one had a seat, and left.
    sqlx::query("update enrolment set state = 'left', ended_at = joined_at where state = 'enrolled'")
        .execute(&scene.portal.db)
        .await
        .unwrap();
    // Somebody who takes part in another course of the campaign.
    let other = training::course(&scene.portal.db, &scene.campaign).await;
    let trainer = seed::staff(&scene.portal.db, Role::Trainer).await;
    let date = training::date(&scene.portal.db, other, &trainer, &[scene.portal.now() + Duration::days(20)], 2).await;
    let elsewhere = training::preparing(&scene.portal.db, &scene.campaign).await;
    training::enrolment(&scene.portal.db, &elsewhere, date, State::Enrolled).await;
    outside.push(scene.portal.client_of(&elsewhere).await);
    for (n, client) in outside.iter_mut().enumerate() {
        for range in [None, Some("bytes=0-3")] {
            let answer = ask(client, &format!("/schulungen/material/{id}"), range).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{n} {range:?}");
            assert!(!answer.body.contains("Nur für den Kurs"));
        }
        assert!(!client.get(&format!("/schulungen/{}", scene.date)).await.text().contains("Leitfaden"), "{n}");
    }
    let mut inside = scene.person(Some(State::Enrolled)).await;
    for path in [format!("/schulungen/material/{link}"), format!("/schulungen/material/{}", seed::unknown_id())] {
        assert_eq!(ask(&mut inside, &path, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for role in [Role::Planner, Role::Recruiter, Role::PrivacyOfficer, Role::Bookkeeper, Role::Freelancer] {
        let person = seed::person(&scene.portal.db, &[role]).await;
        let mut client = scene.portal.client_of(&person).await;
        let answer = ask(&mut client, &format!("/verwaltung/schulungen/material/{id}/datei"), Some("bytes=0-3")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?}");
    }
}

#[tokio::test]
async fn what_is_no_harmless_pdf_is_refused_and_leaves_nothing() {
    let mut scene = Scene::new().await;
    let mut long = pdf("x");
    long.splice(9..9, vec![b' '; usize::try_from(LONGEST).unwrap()]);
    let cases = [
        ("a page", b"<html><script>alert(1)</script></html>".to_vec(), "kein PDF"),
        ("a picture, which papers may be", seed::photo(), "kein PDF"),
        ("half a PDF", b"%PDF-1.7\n<html></html>".to_vec(), "beschädigt"),
        ("a script", pdf("<</S/#4aavaScript/JS(app.alert)>>"), "mehr als Seiten"),
        ("an attached file", pdf("<</Type/EmbeddedFile>>"), "mehr als Seiten"),
        ("encrypted", pdf("<</Encrypt 9 0 R>>"), "verschlüsselt"),
        ("packed beyond reading", pdf("<</Type/ObjStm/Filter/X>>"), "nicht prüfen"),
        ("empty", Vec::new(), "in dieser ist nichts"),
        ("too long", long, "größer als 10 MB"),
    ];
    for (what, content, sentence) in cases {
        let page = scene.upload("Leitfaden", &content).await;
        let status = if what == "too long" { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(page.status, status, "{what}");
        let error = page.error("datei").unwrap();
        assert!(error.contains(sentence) && !error.contains("Foto"), "{what}: {error}");
        assert!(page.has("input[name=datei-bezeichnung][value=Leitfaden]"), "{what}: what was typed is kept");
        assert_eq!((scene.files().await.len(), scene.kept().await), (0, (0, 0)), "{what}");
    }
    let page = scene.upload(" ", &pdf("gut")).await;
    assert_eq!(page.error("datei-bezeichnung").as_deref(), Some("Bitte gib eine Bezeichnung an."));
    assert!(page.error("datei").unwrap().contains("noch einmal"), "a browser does not keep the file");
    assert_eq!((scene.files().await.len(), scene.kept().await), (0, (0, 0)));
    let nowhere = format!("/verwaltung/schulungen/kurse/{}/dateien", seed::unknown_id());
    assert_eq!(scene.staff.post(&nowhere, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_uploads_of_the_same_file_at_once_one_stays() {
    let mut scene = Scene::new().await;
    for round in 0..10 {
        let title = format!("Leitfaden {round}");
        let barrier = Arc::new(Barrier::new(3));
        let mut racers = Vec::new();
        for _ in 0..3 {
            let trainer = seed::staff(&scene.portal.db, Role::Trainer).await;
            let mut client = scene.portal.client_of(&trainer).await;
            let (page, title, barrier) = (scene.page(), title.clone(), Arc::clone(&barrier));
            racers.push(tokio::spawn(async move {
                barrier.wait().await;
                upload(&mut client, &page, &title, &pdf("zweimal")).await
            }));
        }
        let mut refused = 0;
        for racer in racers {
            let page = racer.await.unwrap();
            if let Some(error) = page.error("datei-bezeichnung") {
                assert!(error.contains("gibt es schon"), "{error}");
                refused += 1;
            }
        }
        assert_eq!((refused, scene.files().await.len()), (2, round + 1), "round {round}");
    }
    assert_eq!(scene.kept().await, (10, 1), "what lost is gone from the store");
    // In another course the title is free, and so it is for a link.
    let other = training::course(&scene.portal.db, &scene.campaign).await;
    let page = format!("/verwaltung/schulungen/kurse/{other}");
    assert!(upload(&mut scene.staff, &page, "Leitfaden 0", &pdf("anderswo")).await.flash().is_some());
    scene.staff.fill("bezeichnung", "Leitfaden 0").fill("adresse", "https://lernen.example/0");
    assert!(scene.staff.press("Link ergänzen").await.flash().is_some());
}

#[tokio::test]
async fn what_is_removed_is_gone_for_everybody() {
    let mut scene = Scene::new().await;
    scene.upload("Merkblatt", &pdf("alt")).await;
    scene.upload("Spickzettel", &pdf("bleibt")).await;
    let id = scene.files().await[0];
    assert_eq!(scene.kept().await, (2, 1));
    let mut person = scene.person(Some(State::Enrolled)).await;
    let path = format!("/schulungen/material/{id}");
    assert_eq!(ask(&mut person, &path, None).await.status, StatusCode::OK);
    scene.staff.get(&scene.page()).await;
    let page = scene.staff.press("Entfernen: Merkblatt").await;
    assert!(page.flash().unwrap().starts_with("Das Material ist entfernt."));
    assert!(!page.text().contains("Merkblatt") && page.text().contains("Spickzettel"));
    assert_eq!(ask(&mut person, &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(scene.kept().await, (1, 1));
    let again = scene.staff.post(&format!("/verwaltung/schulungen/material/{id}/loeschung"), &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    // With the last file of the house goes its key; the next one gets a new one.
    scene.staff.get(&scene.page()).await;
    scene.staff.press("Entfernen: Spickzettel").await;
    assert_eq!(scene.kept().await, (0, 0));
    scene.upload("Merkblatt", &pdf("neu")).await;
    let id = scene.files().await[0];
    let file = ask(&mut person, &format!("/schulungen/material/{id}"), None).await;
    assert_eq!(file.body.as_bytes(), pdf("neu"));
    // A course cannot go without its files.
    let left = sqlx::query("delete from course where id = $1").bind(scene.course).execute(&scene.portal.db).await;
    assert!(left.is_err());
}
