//! Papers through the pages: handed in, reviewed, returned, replaced; seen only by owner and reviewers.

use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use portal::accounts::role::Role;
use portal::freelancers::papers::document::{self, State};
use portal::freelancers::papers::expiry;
use portal::freelancers::papers::kind::Kind;
use portal::freelancers::papers::review::{self, Refusal, Verdict};
use portal::id::DocumentId;
use portal::web::headers::SANDBOX;
use time::Duration;
use tokio::sync::Barrier;

use crate::client::Client;
use crate::seed::{self, Person};
use crate::server::TestPortal;

struct Scene {
    portal: TestPortal,
    person: Person,
    reviewer: Person,
    client: Client,
    staff: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let person = seed::freelancer(&portal.db).await;
        let reviewer = seed::staff(&portal.db, Role::Recruiter).await;
        let (client, staff) = (portal.client_of(&person).await, portal.client_of(&reviewer).await);
        Self { portal, person, reviewer, client, staff }
    }

    async fn upload(&mut self, kind: Kind, name: &str, content: &[u8]) {
        self.client.get(&format!("/bereit/unterlagen/{}", kind.key())).await;
        let page = self.client.choose_file("file", name, content).press("Hochladen").await;
        assert_eq!(page.path, "/bereit/unterlagen", "{}", page.text());
    }

    async fn states(&self) -> Vec<State> {
        sqlx::query_scalar("select state from document order by submitted_at, id")
            .fetch_all(&self.portal.db)
            .await
            .unwrap()
    }

    async fn history(&self) -> Vec<(String, Option<String>)> {
        sqlx::query_as("select event, note from freelancer_event order by id").fetch_all(&self.portal.db).await.unwrap()
    }
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n".to_vec()
}

/// Causes every mail about papers and contract papers.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let campaign = seed::campaign(&portal.db).await;
    let (person, reviewer) =
        (seed::qualified(&portal.db, &campaign).await, seed::staff(&portal.db, Role::Recruiter).await);
    seed::accepted(portal, &person, Kind::TradeLicence, Some(portal.now().date() + Duration::days(20))).await;
    expiry::run_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap();
    let paper = seed::paper(portal, &person, Kind::EmployerPermission).await;
    let mut staff = portal.client_of(&reviewer).await;
    staff.get(&format!("/verwaltung/unterlagen/{paper}")).await;
    staff.fill("reason", "Die Unterschrift fehlt.").press("Zurückgeben und Mail senden").await;
    staff.get(&format!("/verwaltung/vertraege/{}", campaign.slug)).await;
    staff.fill("title", "Rahmenvertrag").fill("body", "Ein Text.").press("Entwurf speichern").await;
    staff.press("Fassung veröffentlichen").await;
    vec![person, reviewer]
}

#[tokio::test]
async fn a_paper_is_handed_in_reviewed_and_accepted() {
    let mut scene = Scene::new().await;
    scene.client.get("/bereit/unterlagen").await;
    scene.client.follow("Hochladen: Gewerbeschein").await;
    let page = scene.client.choose_file("photo", "IMG_0815.JPG", &seed::photo()).press("Hochladen").await;
    assert_eq!(page.texts(".badge"), ["in Prüfung"]);
    assert_eq!(scene.staff.get("/verwaltung/unterlagen").await.texts("tbody tr").len(), 1);
    let page = scene.staff.follow(&format!("{}: Gewerbeschein", scene.person.name)).await;
    assert!(page.text().contains("Die Tätigkeit passt"), "{}", page.text());
    assert!(page.has("figure img[src$='/bild']"), "the picture stands beside the checklist");
    let page = scene.staff.fill("valid_until", "2027-03-01").press("Anerkennen").await;
    assert_eq!(page.flash().as_deref(), Some("Die Unterlage ist anerkannt. Mehr wartet gerade nicht."));
    let page = scene.client.get("/bereit/unterlagen").await;
    assert_eq!(page.texts(".badge"), ["anerkannt"]);
    assert!(page.text().contains("Gültig bis 1.3.2027."), "{}", page.text());
    let label = Some("Gewerbeschein".to_owned());
    let expected = [("document_submitted".into(), label.clone()), ("document_accepted".into(), label)];
    assert_eq!(scene.history().await, expected);
}

#[tokio::test]
async fn a_returned_paper_says_why_and_can_be_handed_in_again() {
    let mut scene = Scene::new().await;
    scene.upload(Kind::TradeLicence, "schein.pdf", &pdf()).await;
    scene.staff.get("/verwaltung/unterlagen").await;
    let page = scene.staff.follow(&format!("{}: Gewerbeschein", scene.person.name)).await;
    assert!(page.text().contains("Eine PDF-Datei"), "{}", page.text());
    let page = scene.staff.press("Zurückgeben und Mail senden").await;
    assert_eq!(page.error("reason").as_deref(), Some("Bitte gib einen Grund an."));
    scene.staff.fill("reason", "Seite 2 fehlt im Bild.").press("Zurückgeben und Mail senden").await;
    let mails = scene.portal.mails().await;
    assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, scene.person.email.as_str()));
    assert!(mails[0].body.contains("Seite 2 fehlt im Bild."), "{}", mails[0].body);
    let page = scene.client.get("/bereit/unterlagen").await;
    assert_eq!(page.texts(".badge"), ["zurückgegeben"]);
    assert!(page.text().contains("Seite 2 fehlt im Bild."));
    scene.client.follow("Neu hochladen: Gewerbeschein").await;
    scene.client.choose_file("file", "schein2.pdf", &pdf()).press("Hochladen").await;
    assert_eq!(scene.states().await.iter().filter(|s| **s == State::Submitted).count(), 1);
    assert!(scene.states().await.contains(&State::Replaced));
}

#[tokio::test]
async fn what_is_accepted_stays_until_its_successor_is() {
    let mut scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, None).await;
    scene.portal.pass(Duration::minutes(1));
    scene.upload(Kind::TradeLicence, "neu.jpg", &seed::photo()).await;
    assert_eq!(scene.states().await, [State::Accepted, State::Submitted]);
    scene.staff.get("/verwaltung/unterlagen").await;
    scene.staff.follow(&format!("{}: Gewerbeschein", scene.person.name)).await;
    scene.staff.press("Anerkennen").await;
    assert_eq!(scene.states().await, [State::Replaced, State::Accepted]);
}

#[tokio::test]
async fn the_next_one_follows_the_decision() {
    let mut scene = Scene::new().await;
    let first = seed::paper(&scene.portal, &scene.person, Kind::TradeLicence).await;
    scene.portal.pass(Duration::minutes(5));
    let second = seed::paper(&scene.portal, &scene.person, Kind::EmployerPermission).await;
    scene.staff.get(&format!("/verwaltung/unterlagen/{first}")).await;
    let page = scene.staff.press("Anerkennen").await;
    assert_eq!(page.path, format!("/verwaltung/unterlagen/{second}"));
    assert_eq!(page.flash().as_deref(), Some("Die Unterlage ist anerkannt. Hier ist die nächste."));
}

#[tokio::test]
async fn a_day_in_the_past_is_no_validity() {
    let mut scene = Scene::new().await;
    let paper = seed::paper(&scene.portal, &scene.person, Kind::TradeLicence).await;
    scene.staff.get(&format!("/verwaltung/unterlagen/{paper}")).await;
    for (typed, sentence) in [
        ("2026-11-22", "Dieser Tag ist schon vorbei."),
        ("2062-01-01", "Bitte prüfe das Jahr"),
        ("bald", "Bitte gib einen Tag an."),
    ] {
        let page = scene.staff.fill("valid_until", typed).press("Anerkennen").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.error("valid_until").unwrap().starts_with(sentence), "{typed}: {:?}", page.error("valid_until"));
    }
    let page = scene.staff.fill("valid_until", "2026-11-23").press("Anerkennen").await;
    assert!(page.flash().unwrap().contains("anerkannt"), "today is the last day");
}

#[tokio::test]
async fn files_are_attachments_in_a_sandbox_and_other_peoples_are_not_there() {
    let mut scene = Scene::new().await;
    let picture = seed::paper(&scene.portal, &scene.person, Kind::EmployerPermission).await;
    scene.upload(Kind::TradeLicence, "schein.pdf", &pdf()).await;
    let of_kind = "select id from document where kind = 'trade_licence'";
    let paper: DocumentId = sqlx::query_scalar(of_kind).fetch_one(&scene.portal.db).await.unwrap();
    let page = scene.client.send(Method::GET, &format!("/bereit/dateien/{paper}"), None).await;
    assert_eq!(page.body.as_bytes(), pdf(), "a PDF stays as it is");
    let header = |name: &str| page.headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("content-disposition"), "attachment; filename=\"gewerbeschein.pdf\"");
    assert_eq!((header("content-security-policy"), header("x-content-type-options")), (SANDBOX, "nosniff"));
    let shown = scene.staff.send(Method::GET, &format!("/verwaltung/unterlagen/{picture}/bild"), None).await;
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    assert_eq!(shown.headers["content-disposition"], "inline; filename=\"nebentaetigkeit.jpg\"");
    assert_eq!(shown.headers["content-security-policy"], SANDBOX);
    let no_picture = scene.staff.send(Method::GET, &format!("/verwaltung/unterlagen/{paper}/bild"), None).await;
    assert_eq!(no_picture.status, StatusCode::NOT_FOUND, "a PDF is never shown in a page");
    // Everybody without a right to it, with and without asking for a part.
    for range in [None, Some("bytes=0-3")] {
        let other = seed::freelancer(&scene.portal.db).await;
        let mut client = scene.portal.client_of(&other).await;
        if let Some(range) = range {
            client.headers.insert("range", HeaderValue::from_static(range));
        }
        let page = client.send(Method::GET, &format!("/bereit/dateien/{paper}"), None).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        for role in [Role::Planner, Role::Trainer, Role::PrivacyOfficer, Role::Bookkeeper, Role::Freelancer] {
            let viewer = seed::person(&scene.portal.db, &[role]).await;
            let mut client = scene.portal.client_of(&viewer).await;
            for path in ["datei", "bild"] {
                let known = client.send(Method::GET, &format!("/verwaltung/unterlagen/{picture}/{path}"), None).await;
                let unknown = client
                    .send(Method::GET, &format!("/verwaltung/unterlagen/{}/{path}", seed::unknown_id()), None)
                    .await;
                assert_eq!((known.status, unknown.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN), "{role:?}");
            }
        }
    }
}

#[tokio::test]
async fn every_look_is_logged() {
    let mut scene = Scene::new().await;
    let paper = seed::paper(&scene.portal, &scene.person, Kind::TradeLicence).await;
    let path = format!("/verwaltung/unterlagen/{paper}");
    let looks = async || -> i64 {
        sqlx::query_scalar("select count(*) from document_view").fetch_one(&scene.portal.db).await.unwrap()
    };
    scene.staff.get(&path).await;
    assert_eq!(looks().await, 0, "the page itself shows nothing yet");
    scene.staff.send(Method::GET, &format!("{path}/bild"), None).await;
    scene.staff.send(Method::GET, &format!("{path}/datei"), None).await;
    assert_eq!(looks().await, 1, "going on looking is one look");
    scene.portal.pass(Duration::minutes(61));
    let mut again = scene.portal.client_of(&scene.reviewer).await;
    again.send(Method::GET, &format!("{path}/datei"), None).await;
    assert_eq!(looks().await, 2);
    assert!(again.get(&path).await.text().contains(&scene.reviewer.name));
    let other = seed::freelancer(&scene.portal.db).await;
    scene.portal.client_of(&other).await.send(Method::GET, &format!("/bereit/dateien/{paper}"), None).await;
    assert_eq!(looks().await, 2, "who is turned away has seen nothing");
}

#[tokio::test]
async fn two_reviewers_decide_once() {
    let portal = TestPortal::with_connections(16).await;
    let person = seed::freelancer(&portal.db).await;
    let (one, two) =
        (seed::staff(&portal.db, Role::Recruiter).await, seed::staff(&portal.db, Role::Administrator).await);
    for round in 0..30 {
        let id = seed::paper(&portal, &person, Kind::TradeLicence).await;
        let paper = document::find(&portal.db, id).await.unwrap().unwrap();
        let barrier = Arc::new(Barrier::new(2));
        let decide = |by: &Person, verdict: Verdict<'static>| {
            let (portal, paper, barrier, by) = (portal.portal.clone(), paper.clone(), Arc::clone(&barrier), by.id);
            tokio::spawn(async move {
                barrier.wait().await;
                let now = portal.clock.now();
                review::decide(&portal.db, &portal.config, &paper, verdict, by, now).await.unwrap()
            })
        };
        let accept = decide(&one, Verdict::Accept { valid_until: None });
        let refuse = decide(&two, Verdict::Refuse { reason: "Seite 2 fehlt." });
        let results = [accept.await.unwrap(), refuse.await.unwrap()];
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "round {round}: {results:?}");
        assert!(results.contains(&Err(Refusal::Decided)), "round {round}: {results:?}");
        let state = document::find(&portal.db, id).await.unwrap().unwrap().state;
        assert_eq!(state, if results[0].is_ok() { State::Accepted } else { State::Refused }, "round {round}");
    }
}

#[tokio::test]
async fn of_two_uploads_at_once_one_waits() {
    let portal = TestPortal::with_connections(16).await;
    for round in 0..15 {
        let person = seed::freelancer(&portal.db).await;
        let barrier = Arc::new(Barrier::new(3));
        let mut racers = Vec::new();
        for _ in 0..3 {
            let mut client = portal.client_of(&person).await;
            let barrier = Arc::clone(&barrier);
            client.get("/bereit/unterlagen/gewerbeschein").await;
            racers.push(tokio::spawn(async move {
                barrier.wait().await;
                client.choose_file("file", "schein.jpg", &seed::photo()).press("Hochladen").await.status
            }));
        }
        for racer in racers {
            assert_eq!(racer.await.unwrap(), StatusCode::OK, "round {round}");
        }
        let states: Vec<State> =
            document::list(&portal.db, person.freelancer()).await.unwrap().iter().map(|p| p.state).collect();
        let waiting = states.iter().filter(|s| **s == State::Submitted).count();
        assert_eq!((states.len(), waiting), (3, 1), "round {round}: {states:?}");
    }
}

#[tokio::test]
async fn a_paper_replaced_during_its_review_is_not_accepted() {
    let mut scene = Scene::new().await;
    let old = seed::paper(&scene.portal, &scene.person, Kind::TradeLicence).await;
    scene.staff.get(&format!("/verwaltung/unterlagen/{old}")).await;
    scene.upload(Kind::TradeLicence, "neu.jpg", &seed::photo()).await;
    let page = scene.staff.press("Anerkennen").await;
    assert_eq!(page.flash().as_deref(), Some("Die Person hat inzwischen eine neue Fassung hochgeladen."));
    let mut states = scene.states().await;
    states.sort_by_key(|s| *s as u8);
    assert_eq!(states, [State::Submitted, State::Replaced]);
}

#[tokio::test]
async fn nobody_decides_about_their_own() {
    let portal = TestPortal::new().await;
    let person = seed::person(&portal.db, &[Role::Freelancer, Role::Recruiter]).await;
    let paper = seed::paper(&portal, &person, Kind::TradeLicence).await;
    let mut client = portal.client_of(&person).await;
    client.get(&format!("/verwaltung/unterlagen/{paper}")).await;
    let page = client.press("Anerkennen").await;
    assert_eq!(page.flash().as_deref(), Some("Über eigene Unterlagen entscheidet jemand anderes."));
    assert_eq!(document::find(&portal.db, paper).await.unwrap().unwrap().state, State::Submitted);
}

#[tokio::test]
async fn the_file_of_a_replaced_paper_goes_after_30_days_and_its_record_stays() {
    let scene = Scene::new().await;
    let old = seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, None).await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, None).await;
    let objects = || scene.portal.objects().len();
    let tidy = async || {
        portal::worker::watch_papers(scene.portal.portal.clone()).await.unwrap();
        portal::files::sweep_doomed(&scene.portal.portal.files, &scene.portal.db, scene.portal.now()).await.unwrap();
    };
    tidy().await;
    assert_eq!(objects(), 2, "what was drawn anew takes the place of what was sent");
    scene.portal.pass(Duration::days(30));
    tidy().await;
    assert_eq!(objects(), 2);
    scene.portal.pass(Duration::SECOND);
    tidy().await;
    assert_eq!(objects(), 1);
    let paper = document::find(&scene.portal.db, old).await.unwrap().unwrap();
    assert_eq!((paper.state, paper.blob, paper.decided_at.is_some()), (State::Replaced, None, true));
    assert_eq!(expiry::forget(&scene.portal.db, scene.portal.now(), scene.portal.now()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_campaign_wants_further_papers() {
    let mut scene = Scene::new().await;
    let db = &scene.portal.db;
    let campaign = seed::campaign(db).await;
    seed::qualify(db, &scene.person, &campaign).await;
    let planner = seed::staff(db, Role::Planner).await;
    let mut planning = scene.portal.client_of(&planner).await;
    planning.get(&format!("/verwaltung/kampagnen/{}", campaign.slug)).await;
    planning.follow("Unterlagen").await;
    let page = planning.tick_value("kind", "sprachzertifikat").press("Speichern").await;
    assert!(
        page.has("input[value=sprachzertifikat][checked]") && page.has("input[value=fuehrungszeugnis]:not([checked])")
    );
    let page = scene.client.get("/bereit/unterlagen").await;
    assert!(page.text().contains("Sprachzertifikat") && page.text().contains(&campaign.name), "{}", page.text());
    assert_eq!(scene.client.get("/bereit/unterlagen/sprachzertifikat").await.status, StatusCode::OK);
    let unasked = scene.client.get("/bereit/unterlagen/fuehrungszeugnis").await;
    assert_eq!(unasked.status, StatusCode::NOT_FOUND, "nobody hands in what nobody wants");
    planning.untick_value("kind", "sprachzertifikat").press("Speichern").await;
    assert!(!scene.client.get("/bereit/unterlagen").await.text().contains("Sprachzertifikat"));
}
