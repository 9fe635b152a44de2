//! Contract papers: written and published by staff, confirmed by freelancers, never changed afterwards.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::freelancers::bar;
use portal::freelancers::missing::{self, Stage};
use portal::freelancers::preparation;
use time::Duration;
use time::macros::datetime;

use crate::client::Client;
use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    person: Person,
    client: Client,
    staff: Client,
}

impl Scene {
    /// Somebody who prepares for a campaign without contract papers.
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let person = seed::freelancer(&portal.db).await;
        let mut connection = portal.db.acquire().await.unwrap();
        preparation::begin(&mut connection, person.freelancer(), campaign.id, None, portal.now()).await.unwrap();
        drop(connection);
        let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
        let (client, staff) = (portal.client_of(&person).await, portal.client_of(&recruiter).await);
        Self { portal, campaign, person, client, staff }
    }

    async fn publish(&mut self, title: &str, confirm_by: &str) {
        self.staff.get(&format!("/verwaltung/vertraege/{}", self.campaign.slug)).await;
        self.staff.fill("title", title).fill("body", "# Worum es geht\n\nDu nimmst **Bestellungen** an.");
        self.staff.press("Entwurf speichern").await;
        let page = self.staff.fill("confirm_by", confirm_by).press("Fassung veröffentlichen").await;
        assert!(page.flash().unwrap().starts_with("Die neue Fassung gilt."), "{:?}", page.flash());
    }

    async fn confirm(&mut self) {
        self.client.get(&format!("/bereit/vertrag/{}", self.campaign.slug)).await;
        let page = self.client.tick("gelesen").press("Verbindlich bestätigen").await;
        assert_eq!(page.path, "/bereit/unterlagen", "{}", page.text());
    }

    async fn stage(&self) -> Stage {
        let (db, now) = (&self.portal.db, self.portal.now());
        missing::load(db, self.person.freelancer(), self.campaign.id, now).await.unwrap().contract
    }

    async fn bars(&self) -> Vec<bar::Bar> {
        bar::list(&self.portal.db, self.person.freelancer(), self.campaign.id).await.unwrap()
    }
}

#[tokio::test]
async fn a_text_is_written_looked_at_published_read_and_confirmed() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.stage().await, Stage::Done, "nothing to confirm yet");
    scene.staff.get("/verwaltung/vertraege").await;
    let link = format!("Blattgrün · {}", scene.campaign.name);
    scene.staff.follow(&link).await;
    let empty = scene.staff.press("Entwurf speichern").await;
    assert_eq!(empty.error("title").as_deref(), Some("Bitte gib einen Titel an."));
    scene
        .staff
        .fill("title", "Rahmenvertrag")
        .fill("body", "# Worum es geht\n\n**Bestellungen** <script>alert(1)</script>");
    let page = scene.staff.press("Vorschau").await;
    assert!(page.has(".md strong") && !page.has(".md script"), "{}", page.body);
    assert_eq!(scene.stage().await, Stage::Done, "only looked at");
    let page = scene.staff.press("Entwurf speichern").await;
    assert!(page.text().contains("Fassung veröffentlichen"));
    assert_eq!(
        scene.client.get(&format!("/bereit/vertrag/{}", scene.campaign.slug)).await.status,
        StatusCode::NOT_FOUND
    );
    for (typed, sentence) in [
        ("", "Bitte gib einen Tag an."),
        ("2026-11-23", "Bitte gib mindestens bis morgen Zeit."),
        ("2028-01-01", "Bitte gib einen Tag innerhalb eines Jahres an."),
    ] {
        let page = scene.staff.fill("confirm_by", typed).press("Fassung veröffentlichen").await;
        assert_eq!(
            (page.status, page.error("confirm_by").as_deref()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(sentence))
        );
    }
    scene.staff.fill("confirm_by", "2026-12-07").press("Fassung veröffentlichen").await;
    assert_eq!(scene.stage().await, Stage::Open);
    scene.client.get("/bereit/unterlagen").await;
    scene.client.follow(&format!("Lesen und bestätigen: Blattgrün, {}", scene.campaign.name)).await;
    let page = scene.client.press("Verbindlich bestätigen").await;
    assert_eq!(page.error("gelesen").as_deref(), Some("Bitte setze das Häkchen, wenn du die Unterlagen gelesen hast."));
    scene.client.tick("gelesen").press("Verbindlich bestätigen").await;
    assert_eq!(scene.stage().await, Stage::Done);
    let page = scene.client.get(&format!("/bereit/vertrag/{}", scene.campaign.slug)).await;
    assert!(page.text().contains("Du hast diese Fassung bestätigt: Mo, 23.11.2026, 12:00 Uhr."), "{}", page.text());
    let noted: Option<String> =
        sqlx::query_scalar("select note from freelancer_event where event = 'contract_confirmed'")
            .fetch_one(&scene.portal.db)
            .await
            .unwrap();
    assert_eq!(noted.as_deref(), Some("Fassung 1: Rahmenvertrag"));
    assert!(scene.portal.mails().await.is_empty(), "whoever only prepares finds it on the list");
}

#[tokio::test]
async fn a_new_version_bars_after_its_day_until_it_is_confirmed() {
    let mut scene = Scene::new().await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    assert_eq!(scene.bars().await, [], "whoever has just begun is not barred, but not ready either");
    scene.confirm().await;
    seed::qualify(&scene.portal.db, &scene.person, &scene.campaign).await;
    scene.publish("Rahmenvertrag 2027", "2026-12-10").await;
    let bars = scene.bars().await;
    assert_eq!((bars.len(), bars[0].from_at), (1, datetime!(2026-12-10 23:00 UTC)));
    let books = async |at| -> bool {
        sqlx::query_scalar("select lets_book(q, $1) from qualification q")
            .bind(at)
            .fetch_one(&scene.portal.db)
            .await
            .unwrap()
    };
    assert!(books(bars[0].from_at - Duration::SECOND).await && !books(bars[0].from_at).await);
    let mails = scene.portal.mails().await;
    assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, scene.person.email.as_str()));
    assert_eq!(mails[0].subject, "Neue Vertragsunterlagen: bitte bis 10.12. bestätigen");
    let page = scene.client.get(&mails[0].link("/bereit/vertrag/")).await;
    assert_eq!(page.heading(), "Rahmenvertrag 2027");
    scene.portal.set_time(datetime!(2026-12-20 9:00 UTC));
    scene.client = scene.portal.client_of(&scene.person).await;
    scene.confirm().await;
    assert_eq!(scene.bars().await, []);
    let proof: Vec<i32> = sqlx::query_scalar(
        "select v.version from contract_confirmation c join contract_version v on v.id = c.version_id order by 1",
    )
    .fetch_all(&scene.portal.db)
    .await
    .unwrap();
    assert_eq!(proof, [1, 2], "both confirmations are kept");
}

#[tokio::test]
async fn the_first_version_concerns_whoever_books_already() {
    let mut scene = Scene::new().await;
    let other = seed::qualified(&scene.portal.db, &scene.campaign).await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    let bars = bar::list(&scene.portal.db, other.freelancer(), scene.campaign.id).await.unwrap();
    assert_eq!(bars.iter().map(|bar| bar.from_at).collect::<Vec<_>>(), [datetime!(2026-12-07 23:00 UTC)]);
    let mails = scene.portal.mails().await;
    assert_eq!(mails.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), [other.email.as_str()]);
}

#[tokio::test]
async fn what_was_read_is_what_is_confirmed() {
    let mut scene = Scene::new().await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    scene.client.get(&format!("/bereit/vertrag/{}", scene.campaign.slug)).await;
    scene.publish("Rahmenvertrag 2027", "2026-12-10").await;
    let page = scene.client.tick("gelesen").press("Verbindlich bestätigen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("gelesen").unwrap().starts_with("Inzwischen gibt es eine neue Fassung."));
    assert_eq!(scene.stage().await, Stage::Open);
}

#[tokio::test]
async fn confirming_twice_is_confirming_once() {
    let mut scene = Scene::new().await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    let mut second = scene.portal.client_of(&scene.person).await;
    second.get(&format!("/bereit/vertrag/{}", scene.campaign.slug)).await;
    scene.confirm().await;
    scene.portal.pass(Duration::hours(1));
    second.tick("gelesen").press("Verbindlich bestätigen").await;
    let times: Vec<time::OffsetDateTime> =
        sqlx::query_scalar("select confirmed_at from contract_confirmation").fetch_all(&scene.portal.db).await.unwrap();
    assert_eq!(times, [crate::server::START]);
    let notes: i64 = sqlx::query_scalar("select count(*) from freelancer_event where event = 'contract_confirmed'")
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
    assert_eq!(notes, 1);
}

#[tokio::test]
async fn a_published_version_cannot_be_changed_by_anybody() {
    let mut scene = Scene::new().await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    for sql in [
        "update contract_version set body = 'Etwas anderes'",
        "update contract_version set confirm_by = null, published_at = null",
        "delete from contract_version",
    ] {
        let error = sqlx::query(sql).execute(&scene.portal.db).await.unwrap_err();
        let constraint = error.as_database_error().and_then(|e| e.constraint()).map(str::to_owned);
        assert_eq!(constraint.as_deref(), Some("contract_version_published_stays"), "{sql}");
    }
    scene.staff.get(&format!("/verwaltung/vertraege/{}", scene.campaign.slug)).await;
    scene.staff.fill("title", "Anderer Titel").press("Entwurf speichern").await;
    let titles: Vec<(i32, String)> = sqlx::query_as("select version, title from contract_version order by version")
        .fetch_all(&scene.portal.db)
        .await
        .unwrap();
    assert_eq!(titles, [(1, "Rahmenvertrag".into()), (2, "Anderer Titel".into())]);
}

#[tokio::test]
async fn contract_papers_of_other_campaigns_are_not_there() {
    let mut scene = Scene::new().await;
    scene.publish("Rahmenvertrag", "2026-12-07").await;
    let other = seed::freelancer(&scene.portal.db).await;
    let mut client = scene.portal.client_of(&other).await;
    let path = format!("/bereit/vertrag/{}", scene.campaign.slug);
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.post(&path, &[("gelesen", "ja")]).await.status, StatusCode::NOT_FOUND);
}
