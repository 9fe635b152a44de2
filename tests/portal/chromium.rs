//! A real browser: pages at two widths, light and dark, with and without JavaScript; axe finds nothing, no request
//! leaves the origin, the content security policy is never violated.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use fantoccini::{Client, ClientBuilder, Locator};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use portal::accounts::role::Role;
use serde_json::{Value, json};

use crate::database::ROOT;
use crate::seed::{self, PASSWORD, Person};
use crate::server::TestPortal;

/// The widths at which pages are looked at: a desk and a phone.
pub const WIDTHS: [u32; 2] = [1280, 390];
pub const SCHEMES: [&str; 2] = ["light", "dark"];

const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");
/// Violations, and what axe could not decide about contrast.
const RUN_AXE: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const words = found => found.map(rule => rule.id + ": " + rule.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 160)
    + " " + n.any.concat(n.all).map(c => c.message).join("; ")).join(" | "));
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations", "incomplete"] }).then(
  result => done(words(result.violations).concat(words(result.incomplete.filter(rule => rule.id === "color-contrast")))),
  error => done(["axe failed: " + error]));
"#;
/// Trap 10 of the notes on dependencies: a browser that calls nobody.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // A camera and a microphone that exist nowhere, and that nobody is asked for.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--lang=de",
    "--accept-lang=de-DE,de",
];

/// The port of the one chromedriver of this run. It ends with the process: its thread never does before.
fn driver() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let (found, port) = mpsc::channel();
        std::thread::spawn(move || {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "TERM", "chromedriver", "--port=0"]).env("LANGUAGE", "de");
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("chromedriver");
            let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            for line in lines.map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = found.send(port.trim_end_matches('.').parse().expect("a port"));
                }
            }
            let _ = child.wait();
        });
        port.recv_timeout(Duration::from_secs(30)).expect("chromedriver's port")
    })
}

/// One browser of one test. Ended with this value, also when the test fails.
pub struct Browser {
    pub client: Client,
    session: String,
    origin: String,
    http: Http<HttpConnector, Full<Bytes>>,
}

impl Browser {
    /// A browser, signed in as this person.
    pub async fn open(portal: &TestPortal, person: Option<&Person>) -> Self {
        Self::launch(portal, person, true).await
    }

    /// The same with JavaScript switched off.
    pub async fn without_script(portal: &TestPortal, person: Option<&Person>) -> Self {
        Self::launch(portal, person, false).await
    }

    async fn launch(portal: &TestPortal, person: Option<&Person>, script: bool) -> Self {
        let token = match person {
            Some(person) => Some(person.session(portal).await),
            None => None,
        };
        Self::at(&portal.origin, token.as_deref(), script).await
    }

    /// A browser for the portal at this address, with the token of a session.
    pub async fn at(origin: &str, token: Option<&str>, script: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let profile = ROOT.join(format!("chromium-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let mut arguments: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let mut options = json!({ "args": arguments, "prefs": { "intl.accept_languages": "de-DE,de" } });
        if !script {
            options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it was built as an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let client = builder.connect(&format!("http://127.0.0.1:{}", driver())).await.expect("a browser");
        let session = client.session_id().await.expect("session").expect("session");
        let http = Http::builder(TokioExecutor::new()).build_http();
        let browser = Self { client, session, origin: origin.to_owned(), http };
        browser.size(WIDTHS[0]).await;
        // What the browser's own start page asked for is not the portal's.
        browser.complaints().await;
        if let Some(token) = token {
            let cookie = json!({ "name": "session", "value": token, "url": origin, "httpOnly": true });
            browser.cdp("Network.setCookie", cookie).await;
        }
        browser
    }

    /// Makes the window that wide; 390 is a phone.
    pub async fn size(&self, width: u32) {
        let height = if width < 600 { 844 } else { 900 };
        self.window(width, height).await;
    }

    /// The same with a window as high as the page: whatever sticks to its edge covers nothing.
    pub async fn size_whole(&self, width: u32) {
        self.size(width).await;
        let height = "return document.documentElement.scrollHeight";
        let height = self.client.execute(height, Vec::new()).await.expect("height").as_u64().expect("pixels");
        self.window(width, height).await;
    }

    async fn window(&self, width: u32, height: u64) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// `light` or `dark`, as the person's system says.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    /// Opens a page of the portal.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.origin)).await.expect(path);
    }

    /// Types into the field of this name.
    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.client.find(Locator::Css(&format!("[name='{field}']"))).await.expect(field);
        field.clear().await.expect("clear");
        field.send_keys(text).await.expect("typing");
    }

    /// Clicks the first visible button of this text or label, as soon as a fresh page takes clicks.
    pub async fn press(&self, label: &str) {
        self.click("button", label).await;
    }

    /// Clicks the first visible link (or `<summary>`) of this text or label.
    pub async fn follow(&self, label: &str) {
        self.click("*[self::a or self::summary]", label).await;
    }

    async fn click(&self, what: &str, label: &str) {
        let path = format!("//body[not(@data-fresh)]//{what}[normalize-space(.)='{label}' or @aria-label='{label}']");
        // The page before may still be on its way here.
        let end = Instant::now() + Duration::from_secs(10);
        let mut failure = "nothing visible".to_owned();
        while Instant::now() < end {
            for element in self.client.find_all(Locator::XPath(&path)).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    match element.click().await {
                        Ok(()) => return,
                        // Something lies on it at this moment, or it has gone.
                        Err(error) => failure = error.to_string(),
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("„{label}“ cannot be pressed on {}: {failure}", self.path().await);
    }

    /// Path and query of the page that is shown.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("address");
        url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Waits until the browser has come to this path, at most ten seconds; returns where it is.
    pub async fn arrive(&self, path: &str) -> String {
        let end = Instant::now() + Duration::from_secs(10);
        while self.path().await != path && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.path().await
    }

    /// The text of the first element that matches, as a person reads it.
    pub async fn text(&self, selector: &str) -> String {
        let element = self.client.wait().for_element(Locator::Css(selector)).await.expect(selector);
        element.text().await.expect("text")
    }

    /// What axe finds on the page that is shown.
    pub async fn axe(&self) -> Vec<String> {
        // A page that is just on its way to the next one takes axe with it: then the next one is looked at.
        let mut found = Err(None);
        for _ in 0..3 {
            self.client.execute(AXE, Vec::new()).await.expect("axe loads");
            found = self.client.execute_async(RUN_AXE, Vec::new()).await.map_err(Some);
            if found.is_ok() {
                break;
            }
        }
        let found = found.expect("axe runs");
        serde_json::from_value(found).expect("axe's findings")
    }

    /// Whether the page is wider than the window. A phone's `innerWidth` grows with the page, so it cannot say.
    pub async fn overflows(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.client.execute(script, Vec::new()).await.expect("widths").as_bool().expect("yes or no")
    }

    /// What the browser noted since the last call: requests that left the origin, violations of the policy, errors.
    pub async fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for entry in self.log("performance").await {
            let Ok(message) = serde_json::from_str::<Value>(entry["message"].as_str().unwrap_or_default()) else {
                continue;
            };
            let event = &message["message"];
            if event["method"] == "Network.requestWillBeSent" {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                let of_browser =
                    event["params"]["documentURL"].as_str().is_some_and(|page| page.starts_with("chrome:"));
                let own = of_browser || url.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/'));
                if !own && !["data:", "blob:", "about:"].iter().any(|inside| url.starts_with(inside)) {
                    complaints.push(format!("a request left the origin: {url}"));
                }
            }
        }
        for entry in self.log("browser").await {
            let (source, message) = (entry["source"].as_str(), entry["message"].as_str().unwrap_or_default());
            // An error page's own status is noted as an error of the network; that is no fault of the page.
            if source == Some("security") || source == Some("javascript") || message.contains("Content Security Policy")
            {
                complaints.push(message.to_owned());
            }
        }
        complaints
    }

    /// Ends the browser; what is asserted comes after it.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.command("se/log", json!({ "type": kind })).await;
        entries.as_array().cloned().unwrap_or_default()
    }

    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// A command of chromedriver's own, beyond the standard.
    async fn command(&self, command: &str, body: Value) -> Value {
        let uri = format!("http://127.0.0.1:{}/session/{}/{command}", driver(), self.session);
        let request = axum::http::Request::post(uri)
            .header("content-type", "application/json")
            .body(Full::from(body.to_string()))
            .expect("request");
        let response = self.http.request(request).await.expect("chromedriver");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("answer").to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(status.is_success(), "{command}: {answer}");
        answer["value"].clone()
    }
}

impl Drop for Browser {
    // A test that failed could not close: without this its browser would outlive the run.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", driver())) {
            let path = format!("/session/{}", self.session);
            let _ = write!(stream, "DELETE {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let _ = std::io::Read::read(&mut stream, &mut [0; 64]);
        }
    }
}

/// Opens a page at both widths, light and dark: axe finds nothing, nothing overflows, nothing leaves the origin.
pub async fn check(portal: &TestPortal, person: Option<&Person>, path: &str) {
    check_all(portal, person, &[path]).await;
}

/// The same for many pages in one browser.
pub async fn check_all(portal: &TestPortal, person: Option<&Person>, paths: &[&str]) {
    let browser = Browser::open(portal, person).await;
    let mut findings = Vec::new();
    for path in paths {
        for width in WIDTHS {
            browser.size(width).await;
            for scheme in SCHEMES {
                browser.scheme(scheme).await;
                browser.goto(path).await;
                // Before axe: it puts a style of its own into the page, against the policy.
                let mut found = browser.complaints().await;
                found.extend(browser.axe().await);
                if browser.overflows().await {
                    found.push("the page is wider than the window".into());
                }
                browser.complaints().await;
                if browser.path().await != *path {
                    found.push(format!("it led to {}", browser.path().await));
                }
                findings.extend(found.into_iter().map(|f| format!("{path} at {width} px, {scheme}: {f}")));
            }
        }
    }
    browser.close().await;
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[tokio::test]
async fn pages_for_guests_are_accessible() {
    let portal = TestPortal::demo().await;
    check_all(&portal, None, &["/", "/anmeldung", "/stil", "/gibt-es-nicht"]).await;
}

#[tokio::test]
async fn the_browser_is_as_wide_as_it_says_and_speaks_german() {
    let portal = TestPortal::new().await;
    let browser = Browser::open(&portal, None).await;
    let mut seen = Vec::new();
    for width in WIDTHS {
        browser.size(width).await;
        browser.goto("/").await;
        seen.push(browser.client.execute("return window.innerWidth", Vec::new()).await.unwrap());
        let widen = format!("document.querySelector('h1').style.width = '{}px'", width + 10);
        let fits = !browser.overflows().await;
        browser.client.execute(&widen, Vec::new()).await.unwrap();
        assert_eq!((fits, browser.overflows().await), (true, true), "at {width} px a page that is too wide is found");
    }
    let language = browser.client.execute("return navigator.language", Vec::new()).await.unwrap();
    browser.scheme("dark").await;
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    let dark = browser.client.execute(dark, Vec::new()).await.unwrap();
    browser.close().await;
    assert_eq!(seen, [1280, 390]);
    assert_eq!((language, dark), (json!("de-DE"), json!(true)));
}

#[tokio::test]
async fn script_can_be_switched_off() {
    let portal = TestPortal::new().await;
    let mut titles = Vec::new();
    for script in [true, false] {
        let browser = Browser::launch(&portal, None, script).await;
        browser.client.goto("data:text/html,<title>off</title><script>document.title='on'</script>").await.unwrap();
        titles.push(browser.client.title().await.unwrap());
        browser.close().await;
    }
    assert_eq!(titles, ["on", "off"]);
}

#[tokio::test]
async fn axe_and_the_logs_notice_faults() {
    let portal = TestPortal::new().await;
    let browser = Browser::open(&portal, None).await;
    browser.goto("/anmeldung").await;
    let spoil = "document.querySelector('label').remove(); fetch('http://127.0.0.1:9/').catch(() => {});";
    browser.client.execute(spoil, Vec::new()).await.unwrap();
    let (complaints, axe) = (browser.complaints().await, browser.axe().await);
    browser.close().await;
    assert!(axe.iter().any(|finding| finding.starts_with("label: ")), "{axe:?}");
    assert!(complaints.iter().any(|complaint| complaint.contains("connect-src")), "{complaints:?}");
}

#[tokio::test]
async fn signing_in_works_with_and_without_script_at_desk_and_phone() {
    let portal = TestPortal::new().await;
    let person = seed::person(&portal.db, &[Role::Freelancer]).await;
    for script in [true, false] {
        for width in WIDTHS {
            let browser = Browser::launch(&portal, None, script).await;
            browser.size(width).await;
            browser.goto("/anmeldung").await;
            browser.fill("email", &person.email).await;
            browser.fill("password", "falsch").await;
            browser.press("Anmelden").await;
            let refused = browser.text("#password-e").await;
            browser.fill("password", PASSWORD).await;
            browser.press("Anmelden").await;
            let (path, complaints) = (browser.arrive("/bereit").await, browser.complaints().await);
            browser.close().await;
            assert_eq!(refused, "E-Mail-Adresse und Passwort passen nicht zusammen.");
            assert_eq!(path, "/bereit");
            assert_eq!(complaints, Vec::<String>::new());
        }
    }
}
