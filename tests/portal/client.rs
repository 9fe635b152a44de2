//! A browser without a screen: follows links, fills the form it finds in the page and presses its buttons.
//!
//! Tests go through pages as people do, so a wrong address, a missing field or a hidden button fails.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use scraper::{ElementRef, Html};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::page::{Page, css, text_of};
use crate::server::TestPortal;

/// Redirects that are followed before it counts as a loop.
const REDIRECTS: usize = 5;

/// One browser with its own cookies and the page it shows.
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    origin: Url,
    base: Url,
    cookies: BTreeMap<String, String>,
    /// Further headers of each request, such as a proxy would add.
    pub headers: HeaderMap,
    page: Option<Page>,
    /// What was typed into the next form: field, and what happens to it.
    typed: Vec<(String, Input)>,
    within: Option<String>,
    /// Files chosen for the next form: field, name, content.
    files: Vec<(String, String, Vec<u8>)>,
}

enum Input {
    Text(String),
    Tick(Option<String>),
    Untick(Option<String>),
}

/// What a form would send.
struct Submission {
    method: Method,
    target: String,
    fields: Vec<(String, String)>,
    /// As parts, with the chosen files; else as one line of pairs.
    is_multipart: bool,
}

impl Client {
    pub fn new(portal: &TestPortal) -> Self {
        Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            origin: portal.origin.parse().expect("origin"),
            base: portal.portal.config.base_url(),
            cookies: BTreeMap::new(),
            headers: HeaderMap::new(),
            page: None,
            typed: Vec::new(),
            within: None,
            files: Vec::new(),
        }
    }

    /// The page that is shown.
    pub fn page(&self) -> &Page {
        self.page.as_ref().expect("no page was opened yet")
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Signs in by cookie.
    pub fn set_session(&mut self, token: &str) {
        let name = if self.base.scheme() == "https" { "__Host-session" } else { "session" };
        self.cookies.insert(name.into(), token.into());
    }

    /// Opens an address and follows redirects.
    pub async fn get(&mut self, path: &str) -> &Page {
        let page = self.send(Method::GET, path, None).await;
        self.settle(page).await
    }

    /// Sends a form that no page offered, as an attacker or a stale page would; follows redirects.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &Page {
        let page = self.send(Method::POST, path, Some(encoded(fields))).await;
        self.settle(page).await
    }

    /// Types a text into a field of the form whose button is pressed next; also chooses in a `<select>`.
    pub fn fill(&mut self, field: &str, text: &str) -> &mut Self {
        self.typed.push((field.into(), Input::Text(text.into())));
        self
    }

    /// Chooses a file for the form whose button is pressed next.
    pub fn choose_file(&mut self, field: &str, name: &str, content: &[u8]) -> &mut Self {
        self.files.push((field.into(), name.into(), content.into()));
        self
    }

    /// Chooses one option of a `<select>` or of a row of radio buttons, by its value.
    pub fn choose(&mut self, field: &str, value: &str) -> &mut Self {
        self.fill(field, value)
    }

    /// Ticks the only checkbox of this name.
    pub fn tick(&mut self, field: &str) -> &mut Self {
        self.typed.push((field.into(), Input::Tick(None)));
        self
    }

    /// Ticks one of several checkboxes of the same name.
    pub fn tick_value(&mut self, field: &str, value: &str) -> &mut Self {
        self.typed.push((field.into(), Input::Tick(Some(value.into()))));
        self
    }

    /// Takes the tick away, of all checkboxes of this name.
    pub fn untick(&mut self, field: &str) -> &mut Self {
        self.typed.push((field.into(), Input::Untick(None)));
        self
    }

    /// Takes the tick away from one of several checkboxes of the same name.
    pub fn untick_value(&mut self, field: &str, value: &str) -> &mut Self {
        self.typed.push((field.into(), Input::Untick(Some(value.into()))));
        self
    }

    /// Looks for the next button or link only inside what this selector matches, for instance one row of a table.
    pub fn within(&mut self, selector: &str) -> &mut Self {
        self.within = Some(selector.into());
        self
    }

    /// Presses the button of this label (its text, `aria-label` or `value`), and follows redirects.
    pub async fn press(&mut self, label: &str) -> &Page {
        let submission = self.submission(label);
        let page = self.submit(submission).await;
        self.settle(page).await
    }

    /// Presses a button without following redirects: for the answer itself.
    pub async fn press_only(&mut self, label: &str) -> Page {
        let submission = self.submission(label);
        self.submit(submission).await
    }

    /// Follows the link of this text or `aria-label`.
    pub async fn follow(&mut self, label: &str) -> &Page {
        let within = self.within.take();
        let html = self.page().html();
        let target = {
            let links = scope(&html, within.as_deref(), "a[href]");
            let link = the_one(links, label, "link", self.page());
            link.value().attr("href").expect("href").to_owned()
        };
        drop(html);
        let path = self.resolve(&target);
        self.get(&path).await
    }

    /// One request without following redirects; cookies are kept.
    pub async fn send(&mut self, method: Method, path: &str, form: Option<String>) -> Page {
        let body = form.map(|form| ("application/x-www-form-urlencoded", form.into_bytes()));
        self.send_body(method, path, body).await
    }

    /// The same with a body of any type.
    pub async fn send_body(&mut self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Page {
        let uri = self.origin.join(path).expect("path").to_string();
        let mut request = Request::builder().method(&method).uri(uri);
        let headers = request.headers_mut().expect("headers");
        headers.extend(self.headers.clone());
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert(header::COOKIE, pairs.join("; ").parse().expect("cookies"));
        }
        if !headers.contains_key("sec-fetch-site") {
            headers.insert("sec-fetch-site", "same-origin".parse().expect("header"));
        }
        if let Some((kind, _)) = &body {
            headers.insert(header::CONTENT_TYPE, kind.parse().expect("header"));
        }
        let body = body.map(|(_, bytes)| bytes).unwrap_or_default();
        let request = request.body(Full::from(body)).expect("request");
        let response = self.http.request(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        self.keep_cookies(&parts.headers);
        Page {
            path: path.to_owned(),
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn settle(&mut self, mut page: Page) -> &Page {
        for _ in 0..REDIRECTS {
            if !page.status.is_redirection() {
                break;
            }
            assert_eq!(page.status, StatusCode::SEE_OTHER, "redirects of {} are answers to forms", page.path);
            let target = page.headers[header::LOCATION].to_str().expect("location").to_owned();
            self.page = Some(page);
            let path = self.resolve(&target);
            page = self.send(Method::GET, &path, None).await;
        }
        assert!(!page.status.is_redirection(), "{} redirects for ever", page.path);
        self.page.insert(page)
    }

    async fn submit(&mut self, submission: Submission) -> Page {
        let pairs: Vec<(&str, &str)> = submission.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let path = self.resolve(&submission.target);
        if submission.method == Method::GET {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            return self.send(Method::GET, &format!("{path}?{}", encoded(&pairs)), None).await;
        }
        if submission.is_multipart {
            let body = multipart(&pairs, &std::mem::take(&mut self.files));
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            return self.send_body(submission.method, &path, Some((&kind, body))).await;
        }
        assert!(self.files.is_empty(), "the form at {} takes no files", submission.target);
        self.send(submission.method, &path, Some(encoded(&pairs))).await
    }

    /// What pressing this button sends, from the rendered page and what was typed.
    fn submission(&mut self, label: &str) -> Submission {
        let within = self.within.take();
        let typed = std::mem::take(&mut self.typed);
        let page = self.page();
        let html = page.html();
        let buttons = scope(&html, within.as_deref(), "button, input[type=submit]");
        let pressable = buttons.into_iter().filter(|button| {
            let kind = button.value().attr("type").unwrap_or("submit");
            kind == "submit" && button.value().attr("disabled").is_none()
        });
        let button = the_one(pressable.collect(), label, "button", page);
        let form = form_of(&html, button).unwrap_or_else(|| panic!("the button {label} belongs to no form"));
        let mut fields = entries(&html, form, &typed);
        if let Some(name) = button.value().attr("name") {
            fields.push((name.into(), button.value().attr("value").unwrap_or_default().into()));
        }
        let said = |own: &str, forms: &str| button.value().attr(own).or_else(|| form.value().attr(forms));
        let method = match said("formmethod", "method") {
            Some(post) if post.eq_ignore_ascii_case("post") => Method::POST,
            _ => Method::GET,
        };
        let target = said("formaction", "action").unwrap_or(&page.path).to_owned();
        for (name, ..) in &self.files {
            assert!(page.has(&format!("input[type=file][name='{name}']")), "no field for the file {name}");
        }
        let is_multipart = form.value().attr("enctype") == Some("multipart/form-data");
        Submission { method, target, fields, is_multipart }
    }

    /// The path behind a link, relative to the page; a link to another site fails the test.
    fn resolve(&self, target: &str) -> String {
        let here = self.page.as_ref().map_or("/", |page| page.path.as_str());
        let url = self.base.join(here).and_then(|here| here.join(target)).expect("link");
        assert_eq!(url.origin(), self.base.origin(), "{target} leads away from the portal");
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("cookie");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("cookie");
            if value.is_empty() || cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
    }
}

const BOUNDARY: &str = "----portal-test-7d41b838504d8";

/// Fields and files as a browser sends them; one for which nothing was chosen is sent without a name.
fn multipart(fields: &[(&str, &str)], files: &[(String, String, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes(),
        );
    }
    for (field, name, content) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

fn encoded(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn scope<'a>(html: &'a Html, within: Option<&str>, selector: &str) -> Vec<ElementRef<'a>> {
    match within {
        None => html.select(&css(selector)).collect(),
        Some(outer) => {
            let outer = html.select(&css(outer)).next().unwrap_or_else(|| panic!("nothing matches {outer}"));
            outer.select(&css(selector)).collect()
        }
    }
}

/// The one element of this label. None and several are both a failure: a person would not know what to press either.
fn the_one<'a>(elements: Vec<ElementRef<'a>>, label: &str, what: &str, page: &Page) -> ElementRef<'a> {
    let is_labelled = |element: &&ElementRef<'_>| {
        let attribute = |name| element.value().attr(name).is_some_and(|value| value == label);
        text_of(**element) == label || attribute("aria-label") || (what == "button" && attribute("value"))
    };
    let found: Vec<_> = elements.iter().filter(is_labelled).copied().collect();
    match found[..] {
        [one] => one,
        _ => {
            let there: Vec<String> = elements.iter().map(|element| text_of(*element)).collect();
            panic!("{} times {what} „{label}“ on {} ({}), which has {there:?}", found.len(), page.path, page.status)
        }
    }
}

/// The form of a button or field: the one its `form` attribute names, or the one around it.
fn form_of<'a>(html: &'a Html, element: ElementRef<'a>) -> Option<ElementRef<'a>> {
    match element.value().attr("form") {
        Some(id) => html.select(&css(&format!("form[id='{id}']"))).next(),
        None => element.ancestors().filter_map(ElementRef::wrap).find(|ancestor| ancestor.value().name() == "form"),
    }
}

/// The form's fields as a browser sends them, after typing.
fn entries(html: &Html, form: ElementRef<'_>, typed: &[(String, Input)]) -> Vec<(String, String)> {
    let mut known = Vec::new();
    let mut entries = Vec::new();
    for field in html.select(&css("input[name], select[name], textarea[name]")) {
        let element = field.value();
        if form_of(html, field).is_none_or(|own| own.id() != form.id()) || is_disabled(field) {
            continue;
        }
        let name = element.attr("name").unwrap_or_default();
        let kind = if element.name() == "input" { element.attr("type").unwrap_or("text") } else { element.name() };
        let inputs = || typed.iter().filter(|(typed, _)| typed == name).map(|(_, input)| input);
        let text = inputs().filter_map(Input::text).next_back();
        known.push(name.to_owned());
        let value = match kind {
            "submit" | "button" | "image" | "reset" | "file" => None,
            "checkbox" => {
                let value = element.attr("value").unwrap_or("on");
                let start = element.attr("checked").is_some();
                let ticked = inputs().filter_map(|input| input.tick(value)).next_back().unwrap_or(start);
                ticked.then(|| value.to_owned())
            }
            "radio" => {
                let value = element.attr("value").unwrap_or("on");
                let chosen = text.map_or(element.attr("checked").is_some(), |text| text == value);
                chosen.then(|| value.to_owned())
            }
            "select" => chosen_option(field, text),
            "textarea" => Some(text.map_or_else(|| field.text().collect(), str::to_owned)),
            _ => Some(text.unwrap_or_else(|| element.attr("value").unwrap_or_default()).to_owned()),
        };
        entries.extend(value.map(|value| (name.to_owned(), value)));
    }
    for (name, _) in typed {
        assert!(known.contains(name), "the form has no field {name}, only {known:?}");
    }
    entries
}

fn chosen_option(select: ElementRef<'_>, text: Option<&str>) -> Option<String> {
    let value = |option: ElementRef<'_>| option.value().attr("value").map_or_else(|| text_of(option), str::to_owned);
    let options: Vec<_> = select.select(&css("option")).collect();
    if let Some(text) = text {
        let offered: Vec<String> = options.iter().copied().map(value).collect();
        assert!(offered.iter().any(|value| value == text), "{text} is none of the options {offered:?}");
        return Some(text.to_owned());
    }
    let selected = options.iter().find(|option| option.value().attr("selected").is_some());
    selected.or(options.first()).copied().map(value)
}

fn is_disabled(field: ElementRef<'_>) -> bool {
    let off = |element: ElementRef<'_>| element.value().attr("disabled").is_some();
    off(field)
        || field.ancestors().filter_map(ElementRef::wrap).any(|outer| outer.value().name() == "fieldset" && off(outer))
}

impl Input {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this decides about the tick of a checkbox with that value, and how.
    fn tick(&self, value: &str) -> Option<bool> {
        match self {
            Self::Tick(of) => of.as_deref().is_none_or(|of| of == value).then_some(true),
            Self::Untick(of) => of.as_deref().is_none_or(|of| of == value).then_some(false),
            Self::Text(_) => None,
        }
    }
}
