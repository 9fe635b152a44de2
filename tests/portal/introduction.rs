//! Introducing oneself in a real browser: record, send, lose the line, close the tab; staff plays it.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::Locator;
use portal::accounts::role::Role;
use portal::accounts::session;
use portal::applications::application::State;
use portal::clock::Clock;
use portal::id::{ApplicationId, BlobId};
use serde_json::{Value, json};

use crate::chromium::{Browser, SCHEMES, WIDTHS};
use crate::cluster::{Folder, Server};
use crate::seed::{self, Person};
use crate::server::TestPortal;
use crate::tus::{Sender, webm};

struct Scene {
    portal: TestPortal,
    person: Person,
    id: ApplicationId,
    path: String,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        seed::posting(&portal.db, &campaign).await;
        let person = seed::applicant(&portal.db).await;
        let id = seed::application(&portal.db, &person, &campaign, State::New).await;
        Self { path: format!("/bewerbung/{id}/vorstellung"), portal, person, id }
    }

    async fn stored(&self) -> Vec<u8> {
        let blob: BlobId =
            sqlx::query_scalar("select blob_id from introduction").fetch_one(&self.portal.db).await.unwrap();
        self.portal.portal.files.read(blob, 0..u64::MAX).await.unwrap().into()
    }
}

/// Waits until something is visible, at most thirty seconds.
async fn seen(browser: &Browser, selector: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        // The page may be on its way to another one.
        if let Ok(element) = browser.client.find(Locator::Css(selector)).await
            && element.is_displayed().await.unwrap_or(false)
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// Looks at the page as it is, in both schemes.
async fn faults(browser: &Browser, what: &str) -> Vec<String> {
    let mut found = browser.complaints().await;
    for scheme in SCHEMES {
        browser.scheme(scheme).await;
        let settle = "document.getAnimations().forEach(animation => animation.finish())";
        browser.client.execute(settle, Vec::new()).await.unwrap();
        found.extend(browser.axe().await);
    }
    if browser.overflows().await {
        found.push("the page is wider than the window".into());
    }
    browser.complaints().await;
    found.into_iter().map(|fault| format!("{what}: {fault}")).collect()
}

/// What is there already is replaced only by who unfolds the ways to do so.
async fn unfold(browser: &Browser) {
    if let Ok(fold) = browser.client.find(Locator::Css("details:not([open]) > summary")).await {
        fold.click().await.unwrap();
    }
}

/// Records for a moment with a pause, and sends it.
async fn record(browser: &Browser, scene: &Scene, way: &str) -> Vec<String> {
    let mut found = Vec::new();
    browser.goto(&scene.path).await;
    unfold(browser).await;
    let choice = format!("//label[.//input[@value='{way}']]");
    browser.client.find(Locator::XPath(&choice)).await.unwrap().click().await.unwrap();
    found.extend(faults(browser, "closed").await);
    browser.press(if way == "video" { "Kamera und Mikrofon einschalten" } else { "Mikrofon einschalten" }).await;
    assert!(seen(browser, "[data-do=start]").await, "{}", browser.text("main").await);
    found.extend(faults(browser, "ready").await);
    browser.press("Aufnehmen").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    browser.press("Pause").await;
    found.extend(faults(browser, "paused").await);
    browser.press("Weiter aufnehmen").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    browser.press("Beenden").await;
    assert!(seen(browser, "[data-do=send]").await);
    found.extend(faults(browser, "recorded").await);
    browser.press("Diese Aufnahme senden").await;
    assert!(seen(browser, "#da").await, "{}", browser.text("main").await);
    found.extend(faults(browser, "sent").await);
    found
}

const LOAD: &str = r#"
const [source, done] = [arguments[0], arguments[arguments.length - 1]];
const media = document.createElement("video");
media.onerror = () => done({ error: media.error.message });
media.oncanplay = () => {
  const found = { duration: media.duration, ready: media.readyState, width: media.videoWidth };
  media.onseeked = () => done({ ...found, at: media.currentTime });
  media.oncanplay = null;
  media.currentTime = 1.5;
};
media.muted = true;
media.src = source;
document.body.append(media);
"#;

#[tokio::test]
async fn somebody_records_and_sends_at_desk_and_phone_and_staff_plays_it() {
    let scene = Scene::new().await;
    let browser = Browser::open(&scene.portal, Some(&scene.person)).await;
    let mut found = Vec::new();
    for (width, way) in WIDTHS.into_iter().zip(["audio", "video"]) {
        browser.size(width).await;
        found.extend(record(&browser, &scene, way).await);
    }
    browser.close().await;
    assert_eq!(found, Vec::<String>::new());

    let recruiter = seed::staff(&scene.portal.db, Role::Recruiter).await;
    let browser = Browser::open(&scene.portal, Some(&recruiter)).await;
    browser.goto("/verwaltung").await;
    let source = json!(format!("/verwaltung/bewerbungen/{}/vorstellung/datei", scene.id));
    let played: Value = browser.client.execute_async(LOAD, vec![source]).await.unwrap();
    browser.close().await;
    let duration = played["duration"].as_f64().unwrap_or_default();
    assert!((2.0..6.0).contains(&duration), "a length: {played}");
    assert!(played["ready"].as_u64() >= Some(3) && played["width"].as_u64() > Some(0), "{played}");
    assert_eq!(played["at"].as_f64(), Some(1.5), "it can be sought: {played}");
    let (kind, length): (String, Option<i32>) =
        sqlx::query_as("select kind::text, length_ms from introduction").fetch_one(&scene.portal.db).await.unwrap();
    assert!(kind == "video" && length.is_some_and(|ms| (2500..6000).contains(&ms)), "{kind} {length:?}");
}

async fn percent(browser: &Browser) -> f64 {
    let script = "const p = document.querySelector('[data-progress] progress'); return p ? p.value : 100";
    browser.client.execute(script, Vec::new()).await.ok().and_then(|value| value.as_f64()).unwrap_or_default()
}

async fn reach(browser: &Browser, wanted: f64) {
    let end = Instant::now() + Duration::from_secs(60);
    while percent(browser).await < wanted {
        assert!(Instant::now() < end, "{wanted} % not reached: {}", browser.text("main").await);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// A slow line, or none.
async fn line(browser: &Browser, is_there: bool) {
    let line = json!({ "offline": !is_there, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 4_000_000 });
    browser.cdp("Network.enable", json!({})).await;
    browser.cdp("Network.emulateNetworkConditions", line).await;
}

async fn choose_and_send(browser: &Browser, path: &str, file: &Path) {
    browser.goto(path).await;
    let input = browser.client.find(Locator::Css("#recording")).await.unwrap();
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    browser.press("Datei senden").await;
}

#[tokio::test]
async fn an_upload_outlives_the_tab_and_the_line() {
    let scene = Scene::new().await;
    let whole = webm(24 * 1024 * 1024 + 99);
    let file = scene.portal.portal.config.data_dir.join("vorstellung.webm");
    std::fs::write(&file, &whole).unwrap();
    let browser = Browser::open(&scene.portal, Some(&scene.person)).await;
    line(&browser, true).await;
    choose_and_send(&browser, &scene.path, &file).await;
    reach(&browser, 10.0).await;
    let found = faults(&browser, "uploading").await;
    reach(&browser, 30.0).await;
    // The tab is closed, and the page opened again later.
    browser.goto("/marke.svg").await;
    browser.goto(&scene.path).await;
    assert!(seen(&browser, "[data-progress]").await, "it goes on by itself");
    reach(&browser, 80.0).await;
    line(&browser, false).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let during = percent(&browser).await;
    line(&browser, true).await;
    let arrived = seen(&browser, "#da").await;
    let said = browser.text("main").await;
    browser.close().await;
    assert_eq!(found, Vec::<String>::new());
    assert!(during < 100.0 && arrived, "{during} %: {said}");
    assert!(scene.stored().await == whole, "byte by byte");
    let uploads: i64 = sqlx::query_scalar("select count(*) from upload").fetch_one(&scene.portal.db).await.unwrap();
    assert_eq!(uploads, 1, "it was never begun anew");
}

/// tus-js-client is somebody else's client: what it says and what we say is the protocol.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_by_tus_js_client_outlives_two_cuts_and_kill_9_of_the_server() {
    let folder = Folder::new();
    let server = Server::start(&folder.data());
    let db = server.database().await;
    let campaign = seed::campaign(&db).await;
    seed::posting(&db, &campaign).await;
    let (person, recruiter) = (seed::applicant(&db).await, seed::staff(&db, Role::Recruiter).await);
    let id = seed::application(&db, &person, &campaign, State::New).await;
    let now = Clock::system().now();
    let token = session::create(&db, person.id, &person.roles, "Test", now).await.unwrap();
    let watching = session::create(&db, recruiter.id, &recruiter.roles, "Test", now).await.unwrap();
    db.close().await;

    let whole = webm(24 * 1024 * 1024 + 99);
    let file = folder.data().with_extension("webm");
    std::fs::write(&file, &whole).unwrap();
    let origin = format!("http://127.0.0.1:{}", server.port);
    let browser = Browser::at(&origin, Some(&token), true).await;
    line(&browser, true).await;
    choose_and_send(&browser, &format!("/bewerbung/{id}/vorstellung"), &file).await;
    let cut = async |at: f64| {
        reach(&browser, at).await;
        line(&browser, false).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let during = percent(&browser).await;
        line(&browser, true).await;
        assert!(during < 100.0, "cut at {during} %");
    };
    cut(30.0).await;
    reach(&browser, 50.0).await;
    let server = tokio::task::spawn_blocking(move || server.kill_and_start_again()).await.unwrap();
    cut(80.0).await;
    let arrived = seen(&browser, "#da").await;
    let said = browser.text("main").await;
    browser.close().await;
    assert!(arrived, "{said}");

    let staff = Sender::new(&origin, &watching);
    let path = format!("/verwaltung/bewerbungen/{id}/vorstellung/datei");
    assert!(staff.ask(Method::GET, &path, &[], "").await.body == whole, "byte by byte");
    let db = server.database().await;
    let uploads: i64 = sqlx::query_scalar("select count(*) from upload").fetch_one(&db).await.unwrap();
    assert_eq!(uploads, 1, "it was never begun anew");
    db.close().await;
}

#[tokio::test]
async fn without_script_a_file_and_a_text_do() {
    let scene = Scene::new().await;
    let whole = webm(3_000_000);
    let file = scene.portal.portal.config.data_dir.join("vorstellung.webm");
    std::fs::write(&file, &whole).unwrap();
    let browser = Browser::without_script(&scene.portal, Some(&scene.person)).await;
    browser.size(WIDTHS[1]).await;
    browser.goto(&scene.path).await;
    browser.client.find(Locator::Css("#recording")).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    browser.press("Datei senden").await;
    let first = seen(&browser, "#da").await;
    let equal = scene.stored().await == whole;
    unfold(&browser).await;
    browser.fill("body", "Ich höre gern zu.").await;
    browser.press("Text senden").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let said = browser.text("#da + p").await;
    browser.close().await;
    assert!(first && equal);
    assert!(said.starts_with("Text, gesendet am 23.11.2026"), "{said}");
}

#[tokio::test]
async fn what_the_page_refuses_is_said_on_it() {
    let scene = Scene::new().await;
    let file = scene.portal.portal.config.data_dir.join("seite.webm");
    std::fs::write(&file, "<!doctype html>".repeat(100)).unwrap();
    let browser = Browser::open(&scene.portal, Some(&scene.person)).await;
    browser.goto(&scene.path).await;
    browser.client.find(Locator::Css("#recording")).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    browser.press("Datei senden").await;
    let shown = seen(&browser, "[data-trouble]").await;
    let said = browser.text("[data-trouble]").await;
    let found = faults(&browser, "refused").await;
    browser.close().await;
    assert!(shown && said.starts_with("Das ist keine Aufnahme"), "{said}");
    assert_eq!(found, Vec::<String>::new());
}
