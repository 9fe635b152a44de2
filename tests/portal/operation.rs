//! What whoever runs the portal relies on: health, metrics, logs, headers, limits.

use std::io::{Read, Write};
use std::net::TcpStream;

use axum::http::{HeaderValue, Method, StatusCode, header};
use portal::accounts::role::Role;
use portal::web::assets;
use serde_json::Value;

use crate::client::Client;
use crate::cluster::{Folder, Server, wait_for};
use crate::page::Page;
use crate::seed;
use crate::server::TestPortal;

/// Head and body of the answer to a request that is written by hand.
fn ask(port: u16, head: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let rest = format!("Host: 127.0.0.1:{port}\r\nContent-Length: {}\r\nConnection: close", body.len());
    write!(stream, "{head}\r\n{rest}\r\n\r\n{body}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    (head.to_owned(), body.to_owned())
}

#[test]
fn the_program_answers_about_its_health_counts_and_logs_without_personal_data() {
    let folder = Folder::new();
    let server = Server::with(&folder.data(), &["--log-format", "json", "--log", "debug,hyper_util=info"]);
    for path in ["/healthz", "/readyz"] {
        let (head, body) = ask(server.port, &format!("GET {path} HTTP/1.1"), "");
        assert!(head.starts_with("HTTP/1.1 200") && body == "ok", "{path}: {head} {body}");
    }

    wait_for("the tasks have begun", || {
        ask(server.metrics, "GET /metrics HTTP/1.1", "").1.contains("portal_mails_sent_total")
    });
    let (head, metrics) = ask(server.metrics, "GET /metrics HTTP/1.1", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(metrics.contains("# TYPE portal_mails_sent_total counter"), "{metrics}");
    wait_for("the erasure is watched", || {
        let (_, metrics) = ask(server.metrics, "GET /metrics HTTP/1.1", "");
        ["portal_troubles 0", "portal_ledger_intact 1", "portal_erasure_overdue 0", "portal_accounts_overdue 0"]
            .iter()
            .chain(&[
                "portal_erasure_leftovers 0",
                "portal_erasure_braked 0",
                "portal_wishes_late 0",
                "portal_wishes_overdue 0",
            ])
            .all(|line| metrics.contains(line))
    });
    let (head, _) = ask(server.port, "GET /metrics HTTP/1.1", "");
    assert!(head.starts_with("HTTP/1.1 404"), "not on the pages' own port: {head}");

    let form =
        "POST /anmeldung HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: 192.0.2.77";
    let (head, _) = ask(server.port, form, "email=jana.woelk%40beispiel.example&password=geheimes-wort");
    assert!(head.starts_with("HTTP/1.1 422"), "{head}");
    ask(server.port, "GET /zugang/ein-geheimer-link HTTP/1.1", "");
    let log = server.log();
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "target", "fields"] {
            assert!(entry.get(field).is_some(), "no {field}: {line}");
        }
    }
    assert!(log.lines().any(|line| line.contains("request refused")), "the refused request is noted");
    for personal in ["woelk", "geheimes-wort", "ein-geheimer-link", "192.0.2.77"] {
        assert!(!log.contains(personal), "{personal} stands in the log:\n{log}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let mut seen = std::collections::HashSet::new();
    for path in ["/", "/gibt-es-nicht", "/healthz", "/verwaltung", "/marke.svg"] {
        let page = client.send(Method::GET, path, None).await;
        let id = page.headers.get("x-request-id").unwrap_or_else(|| panic!("{path}")).to_str().unwrap().to_owned();
        assert!(seen.insert(id), "{path} has an id of its own");
    }
}

#[tokio::test]
async fn static_files_are_kept_for_ever_and_outdated_ones_are_asked_for_anew() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let page = client.send(Method::GET, &format!("{}/portal.css", assets::base()), None).await;
    assert_eq!(page.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(page.headers["content-type"], "text/css; charset=utf-8");
    let page = client.send(Method::GET, "/static/0123456789ab/portal.css", None).await;
    assert_eq!((page.status, &page.headers["cache-control"]), (StatusCode::OK, &HeaderValue::from_static("no-cache")));
    for nothing in ["gibt-es-nicht.css", "..%2FCargo.toml", ""] {
        let page = client.send(Method::GET, &format!("{}/{nothing}", assets::base()), None).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{nothing}");
        assert!(!page.headers["cache-control"].to_str().unwrap().contains("immutable"), "{nothing}");
    }
}

#[tokio::test]
async fn answers_are_compressed_for_whoever_can_read_that() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let plain = client.send(Method::GET, "/anmeldung", None).await;
    assert!(!plain.headers.contains_key(header::CONTENT_ENCODING));
    for way in ["gzip", "br"] {
        client.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(way));
        for path in ["/anmeldung".to_owned(), format!("{}/portal.css", assets::base())] {
            let page = client.send(Method::GET, &path, None).await;
            assert_eq!(page.headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes), Some(way.as_bytes()));
            assert!(page.headers[header::VARY].to_str().unwrap().contains("accept-encoding"), "{path}");
        }
    }
}

/// An error page: heading, and a number to read out.
fn assert_error_page(page: &Page, status: StatusCode, heading: &str) {
    assert_eq!((page.status, page.heading().as_str()), (status, heading));
    assert_eq!(page.texts("main .num").len(), 1, "a number to read out");
    assert_eq!(page.markup_faults(), Vec::<String>::new());
}

#[tokio::test]
async fn too_large_a_form_is_an_error_page() {
    let portal = TestPortal::new().await;
    let form = |bytes| Some(format!("email={}", "a".repeat(bytes)));
    let mut client = portal.client();
    let page = client.send(Method::POST, "/anmeldung", form(256 * 1024 + 1)).await;
    assert_error_page(&page, StatusCode::PAYLOAD_TOO_LARGE, "Das ist zu groß");
    // A week of ticked shifts is none.
    let page = client.send(Method::POST, "/anmeldung", form(200 * 1024)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let portal = TestPortal::new().await;
    let planner = seed::staff(&portal.db, Role::Planner).await;
    let (mut guest, mut planner) = (portal.client(), portal.client_of(&planner).await);
    for path in ["/", "/anmeldung", "/healthz", "/readyz", "/gibt-es-nicht", "/verwaltung", "/schichtplan"] {
        for client in [&mut guest, &mut planner] {
            let get = client.send(Method::GET, path, None).await;
            let head = client.send(Method::HEAD, path, None).await;
            assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
            assert_eq!(head.headers.get(header::LOCATION), get.headers.get(header::LOCATION), "{path}");
        }
    }
}

async fn bookings(portal: &TestPortal) -> i64 {
    sqlx::query_scalar("select count(*) from booking").fetch_one(&portal.db).await.unwrap()
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let shift = seed::shift(&portal.db, &campaign, time::macros::date!(2026 - 12 - 02), 9, 4, 2).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let path = format!("/schichten/{shift}/buchung");
    let heading = "Diese Anfrage kam von einer anderen Seite";
    for site in ["cross-site", "same-site"] {
        let mut client: Client = portal.client_of(&person).await;
        client.headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        let page = client.send(Method::POST, &path, Some(String::new())).await;
        assert_error_page(&page, StatusCode::FORBIDDEN, heading);
    }
    // Browsers without that header still name the origin.
    let port = portal.portal.config.listen.port();
    let session = person.session(&portal).await;
    for (origin, status) in [("https://boese.example", 403), ("null", 403), (portal.origin.as_str(), 303)] {
        let form = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST {path} HTTP/1.1\r\n{form}\r\nOrigin: {origin}\r\nCookie: session={session}");
        let answer = tokio::task::spawn_blocking(move || ask(port, &head, ""));
        let (head, body) = answer.await.unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{origin}: {head}");
        assert_eq!(body.contains(heading), status == 403, "{origin}");
        assert_eq!(bookings(&portal).await, i64::from(status == 303), "{origin}");
    }
}

/// One step of clearing up that fails holds up no other.
#[tokio::test]
async fn what_is_to_go_after_hours_or_days_goes_although_one_step_fails() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    seed::request_link(&portal.db, &person).await;
    portal.pass(time::Duration::days(9));
    let mails = portal.portal.config.data_dir.join("mail");
    let _ = std::fs::remove_dir_all(&mails);
    std::fs::write(&mails, "no folder").unwrap();
    assert!(portal::worker::sweep(portal.portal.clone()).await.is_err());
    assert_eq!(crate::erasure::count(&portal.db, "data_request_link").await, 0);
}
