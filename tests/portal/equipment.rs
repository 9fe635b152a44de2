//! The equipment check: the server's end of the measurement keeps its bounds, and a result goes only to one's own
//! application.

use std::time::Instant;

use axum::http::{HeaderMap, Method, StatusCode};
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::applications::equipment;
use portal::id::ApplicationId;
use portal::policy::{self, Figure};
use time::Duration;
use time::macros::{date, datetime};

use crate::browser::Eye;
use crate::chromium::Browser;
use crate::seed::{self, Person};
use crate::server::TestPortal;

/// A client whose requests seem to come from this address.
fn from(portal: &TestPortal, address: &str) -> crate::client::Client {
    let mut client = portal.client();
    client.headers.insert("x-forwarded-for", address.parse().unwrap());
    client
}

#[tokio::test]
async fn downloads_are_incompressible_paced_and_bounded() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.headers = HeaderMap::from_iter([("accept-encoding".parse().unwrap(), "gzip, br".parse().unwrap())]);
    let start = Instant::now();
    let page = client.send(Method::GET, "/technik/daten?sekunden=2", None).await;
    let took = start.elapsed().as_secs_f64();
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["cache-control"].to_str().unwrap().starts_with("no-store"));
    assert!(!page.headers.contains_key("content-encoding"), "{:?}", page.headers);
    assert!((1.5..12.0).contains(&took), "{took} s");
    // The body was made text of; each byte that is none became three.
    assert!(page.body.len() > 1_000_000, "{} bytes", page.body.len());
    assert!(client.get("/technik").await.headers.contains_key("content-encoding"), "pages still become smaller");
}

#[tokio::test]
async fn without_a_length_a_single_piece_comes_and_no_length_is_too_long() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    for query in ["", "?sekunden=", "?sekunden=-1", "?sekunden=x", "?sekunden=0"] {
        let start = Instant::now();
        let page = client.send(Method::GET, &format!("/technik/daten{query}"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(start.elapsed().as_secs_f64() < 5.0, "{query}");
    }
    let start = Instant::now();
    client.send(Method::GET, "/technik/daten?sekunden=4000000000", None).await;
    assert!(start.elapsed().as_secs_f64() < 25.0, "{:?}", start.elapsed());
}

#[tokio::test]
async fn uploads_are_counted_and_thrown_away_up_to_4_mib() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    for (bytes, status, said) in [(0, 200, "0"), (1_000_000, 200, "1000000"), (4 * 1024 * 1024 + 1, 413, "")] {
        let page = client.send(Method::POST, "/technik/daten", Some("x".repeat(bytes))).await;
        assert_eq!(page.status.as_u16(), status, "{bytes} bytes");
        if status == 200 {
            assert_eq!(page.body, said);
        }
    }
}

#[tokio::test]
async fn an_address_measures_two_at_once_and_some_fifteen_times_in_ten_minutes() {
    let portal = TestPortal::with(&["--trusted-proxies", "127.0.0.1"]).await;
    let (mut one, mut two) = (from(&portal, "203.0.113.1"), from(&portal, "203.0.113.1"));
    let running = tokio::join!(
        one.send(Method::GET, "/technik/daten?sekunden=2", None),
        two.send(Method::GET, "/technik/daten?sekunden=2", None),
        async {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let third = from(&portal, "203.0.113.1").send(Method::GET, "/technik/daten", None).await;
            assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(third.headers["retry-after"], "20");
            // Somebody else measures, and pages are made, while others pull bytes.
            let other = from(&portal, "203.0.113.2").send(Method::GET, "/technik/daten", None).await;
            assert_eq!(other.status, StatusCode::OK);
        },
    );
    assert_eq!((running.0.status, running.1.status), (StatusCode::OK, StatusCode::OK));
    let mut client = from(&portal, "203.0.113.3");
    for _ in 0..15 {
        assert_eq!(client.send(Method::GET, "/technik/daten", None).await.status, StatusCode::OK);
    }
    let page = client.send(Method::GET, "/technik/daten", None).await;
    assert_eq!((page.status, page.headers["retry-after"].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, "600"));
    assert_eq!(client.send(Method::GET, "/technik/puls", None).await.status, StatusCode::NO_CONTENT);
    portal.pass(Duration::minutes(10));
    assert_eq!(client.send(Method::GET, "/technik/daten", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn long_downloads_hold_up_no_reader() {
    let portal = TestPortal::with(&["--trusted-proxies", "127.0.0.1"]).await;
    let mut loads = Vec::new();
    for n in 0..12 {
        let mut client = from(&portal, &format!("203.0.113.{n}"));
        loads.push(tokio::spawn(
            async move { client.send(Method::GET, "/technik/daten?sekunden=3", None).await.status },
        ));
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let start = Instant::now();
    let mut readers = Vec::new();
    for _ in 0..40 {
        let mut client = portal.client();
        readers.push(tokio::spawn(async move { client.get("/leitfaden").await.status }));
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), StatusCode::OK);
    }
    assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
    for load in loads {
        assert_eq!(load.await.unwrap(), StatusCode::OK);
    }
}

#[tokio::test]
async fn the_page_names_the_requirement_of_the_policy_and_works_without_script() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let page = client.get("/technik").await.clone();
    assert!(page.text().contains("DSL 16.000 netto") && page.text().contains("16.000 kbit/s"));
    assert!(page.has("noscript") && page.has("#technik[data-noetig='16000'][data-tempo='40000']"));
    let today = date!(2026 - 11 - 23);
    policy::note(&portal.db, Figure::LineKbit, 50_000, today, None, portal.now()).await.unwrap().unwrap();
    let page = client.get("/technik").await.clone();
    assert!(page.text().contains("DSL 50.000 netto") && page.has("#technik[data-noetig='50000'][data-tempo='125000']"));
}

const RESULT: [(&str, &str); 6] = [
    ("down_kbit", "38000"),
    ("up_kbit", "9000"),
    ("latency_ms", "23"),
    ("jitter_ms", "4"),
    ("microphone", "ja"),
    ("camera", ""),
];

#[tokio::test]
async fn a_result_goes_to_ones_own_open_application_only() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let (person, other) = (seed::applicant(&portal.db).await, seed::applicant(&portal.db).await);
    let own = seed::application(&portal.db, &person, &campaign, State::New).await;
    let foreign = seed::application(&portal.db, &other, &campaign, State::New).await;
    let mut client = portal.client_of(&person).await;
    client.headers.insert("user-agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/128.0 <b>".parse().unwrap());
    let page = client.get("/technik").await;
    assert!(page.has(&format!("form[action='/bewerbung/{own}/technik']")));
    assert!(!page.body.contains(&foreign.to_string()));
    let page = client.post(&format!("/bewerbung/{own}/technik"), &RESULT).await;
    assert!(page.flash().unwrap().starts_with("Das Ergebnis liegt jetzt bei deiner Bewerbung."), "{:?}", page.flash());
    for (id, status) in [(foreign.to_string(), 404), (seed::unknown_id().to_string(), 404)] {
        let page = client.post(&format!("/bewerbung/{id}/technik"), &RESULT).await;
        assert_eq!(page.status.as_u16(), status);
    }
    let checks = equipment::list(&portal.db, own).await.unwrap();
    assert_eq!(checks.len(), 1);
    let check = &checks[0].check;
    assert_eq!((check.down_kbit, check.up_kbit, check.latency_ms, check.jitter_ms), (38_000, 9_000, 23, 4));
    assert_eq!((check.microphone, check.camera), (Some(true), None));
    assert_eq!(check.system, "Firefox unter Windows 10 oder neuer");
    assert!(equipment::list(&portal.db, foreign).await.unwrap().is_empty());
    sqlx::query("update application set state = 'withdrawn', withdrawn_at = created_at where id = $1")
        .bind(own)
        .execute(&portal.db)
        .await
        .unwrap();
    assert_eq!(client.post(&format!("/bewerbung/{own}/technik"), &RESULT).await.status, StatusCode::NOT_FOUND);
}

/// Somebody with an application to which checks can be attached, and where.
async fn applying(portal: &TestPortal, state: State) -> (Person, ApplicationId, String) {
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    let own = seed::application(&portal.db, &person, &campaign, state).await;
    (person, own, format!("/bewerbung/{own}/technik"))
}

#[tokio::test]
async fn a_hand_made_result_is_refused_and_the_newest_five_are_kept() {
    let portal = TestPortal::new().await;
    let (person, own, path) = applying(&portal, State::Draft).await;
    let mut client = portal.client_of(&person).await;
    for wrong in
        [("down_kbit", "-1"), ("up_kbit", "99999999"), ("latency_ms", ""), ("jitter_ms", "1e3"), ("camera", "<b>")]
    {
        let fields: Vec<_> = RESULT.iter().map(|field| if field.0 == wrong.0 { wrong } else { *field }).collect();
        assert_eq!(client.post(&path, &fields).await.status, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
    for _ in 0..7 {
        portal.pass(Duration::minutes(1));
        client.post(&path, &RESULT).await;
    }
    let checks = equipment::list(&portal.db, own).await.unwrap();
    assert_eq!((checks.len(), checks[0].at), (5, portal.now()));
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    assert_eq!(portal.client_of(&recruiter).await.post(&path, &RESULT).await.status, StatusCode::FORBIDDEN);
    assert_eq!(portal.client().post(&path, &RESULT).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_hold_keeps_the_checks_that_are_there() {
    let portal = TestPortal::new().await;
    let (person, own, path) = applying(&portal, State::New).await;
    seed::confirmed_hold(&portal.db, &person).await;
    let mut client = portal.client_of(&person).await;
    for n in 1..=6 {
        portal.pass(Duration::minutes(1));
        let flash = client.post(&path, &RESULT).await.flash().unwrap();
        assert_eq!(flash.starts_with("Das Ergebnis liegt jetzt bei deiner Bewerbung."), n <= 5, "{n}: {flash}");
        assert_eq!(flash.contains("wegen einer rechtlichen Auseinandersetzung aufheben müssen"), n > 5, "{n}: {flash}");
    }
    let latest = async || equipment::list(&portal.db, own).await.unwrap()[0].at;
    assert_eq!(latest().await, portal.now() - Duration::minutes(1));
    portal.set_time(datetime!(2026-12-23 23:00 UTC));
    portal.client_of(&person).await.post(&path, &RESULT).await;
    assert_eq!(latest().await, portal.now(), "the day after");
}

/// Waits until something is there, at most a minute.
async fn appears(browser: &Browser, selector: &str) {
    let wait = browser.client.wait().at_most(std::time::Duration::from_secs(60));
    wait.for_element(fantoccini::Locator::Css(selector)).await.expect(selector);
}

#[tokio::test]
async fn somebody_measures_speaks_looks_and_attaches_the_result() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let person = seed::applicant(&portal.db).await;
    let own = seed::application(&portal.db, &person, &campaign, State::New).await;
    let mut eye = Eye::open(&portal, Some(&person)).await;
    let browser = &eye.browser;
    browser.goto("/technik").await;
    browser.press("Messung starten").await;
    appears(browser, "#leitung dl:not([hidden])").await;
    appears(browser, "#leitung button:not([disabled])").await;
    browser.press("Mikrofon prüfen").await;
    appears(browser, "#mikrofon.ok").await;
    browser.press("Kamera prüfen").await;
    appears(browser, "#kamera.ok").await;
    browser.press("Kamera ausschalten").await;
    let seen = browser.text("#leitung").await;
    let said = browser.text("#fazit").await;
    eye.shown("/technik after the measurement").await;
    let browser = &eye.browser;
    browser.goto("/technik").await;
    browser.press("Messung starten").await;
    appears(browser, "form[data-anhang] button:not([disabled])").await;
    browser.press(&format!("Ergebnis beilegen: {}", campaign.name)).await;
    appears(browser, ".flash[data-s=ok]").await;
    let complaints = browser.complaints().await;
    eye.close().await;
    assert!(seen.contains("Download") && seen.contains("kbit/s") && seen.contains("ms"), "{seen}");
    assert!(said.contains("Zum Abhaken fehlt noch: ein LAN-Kabel, ein USB-Headset"), "{said}");
    assert_eq!(complaints, Vec::<String>::new());
    let checks = equipment::list(&portal.db, own).await.unwrap();
    let check = &checks[0].check;
    assert!((5_000..=60_000).contains(&check.down_kbit), "at most the server's pace: {check:?}");
    assert!(check.up_kbit > 1_000 && check.latency_ms < 5_000, "{check:?}");
}

#[tokio::test]
async fn the_pages_for_visitors_are_accessible() {
    let portal = TestPortal::demo().await;
    let mut eye = Eye::open(&portal, None).await;
    for path in ["/fragen", "/fragen?suche=webcam", "/fragen?suche=qwertz", "/leitfaden", "/kontakt"] {
        eye.open_page(path).await;
    }
    for path in ["/impressum", "/barrierefreiheit", "/technik"] {
        eye.open_page(path).await;
    }
    eye.errors_of("/kontakt", "Nachricht senden").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_the_inbox_and_the_faq_are_accessible() {
    let portal = TestPortal::new().await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let message = format!("/verwaltung/nachrichten/{}", seed::message(&portal.db).await);
    let mut eye = Eye::open(&portal, Some(&recruiter)).await;
    for path in ["/verwaltung/nachrichten", "/verwaltung/nachrichten?stand=abgeschlossen", "/verwaltung/fragen"] {
        eye.open_page(path).await;
    }
    eye.open_page("/verwaltung/fragen/ablauf").await;
    eye.browser.press("Vorschau").await;
    appears(&eye.browser, "#vorschau").await;
    eye.shown("the preview of an answer").await;
    eye.errors_of("/verwaltung/fragen/neu", "Speichern").await;
    eye.errors_of(&message, "Antwort senden").await;
    eye.close().await;
}
