//! A crawl as each role: every link and every form target answers, and every page is clean in markup and words.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::Method;
use portal::accounts::role::Role;
use portal::router;
use url::Url;

use crate::access::{House, VIEWERS};
use crate::page::{Page, avoided_words, css};

/// Instances of one route that are opened.
const INSTANCES: usize = 3;

/// Whether a path belongs to a route's pattern.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(a, b)| *a == b || (a.starts_with('{') && !b.is_empty()))
}

/// The declared route of a path; fixed segments win over parameters.
fn route(method: &Method, path: &str) -> Option<&'static str> {
    let table = router::table();
    let fitting = table.entries().iter().filter(|entry| entry.method == *method && matches(entry.path, path));
    fitting.map(|entry| entry.path).min_by_key(|pattern| pattern.matches('{').count())
}

/// Links of a page, and its forms with their methods, as absolute addresses.
fn targets(page: &Page, origin: &Url) -> (Vec<Url>, Vec<(Method, Url)>) {
    let html = page.html();
    let here = origin.join(&page.path).unwrap();
    let absolute = |target: &str| here.join(target).unwrap_or_else(|error| panic!("{target} on {here}: {error}"));
    let pointing = css("[href], [src], [data-puls], [data-daten]");
    let pointing = html.select(&pointing).filter(|element| element.value().name() != "use");
    // The last two are what the script of the equipment check asks for.
    let target = |element: scraper::ElementRef<'_>| {
        let attributes = ["href", "src", "data-puls", "data-daten"].into_iter();
        attributes.filter_map(|name| element.value().attr(name).map(absolute)).collect::<Vec<_>>()
    };
    let links = pointing.flat_map(target).collect();
    let method = |said: Option<&str>| match said {
        Some(said) if said.eq_ignore_ascii_case("post") => Method::POST,
        _ => Method::GET,
    };
    let mut forms = Vec::new();
    for form in html.select(&css("form")) {
        let form = form.value();
        forms.push((method(form.attr("method")), absolute(form.attr("action").unwrap_or(&page.path))));
    }
    for button in html.select(&css("button[formaction], input[formaction]")) {
        let own = button.value().attr("formmethod");
        let form =
            button.ancestors().filter_map(scraper::ElementRef::wrap).find(|outer| outer.value().name() == "form");
        let outer = form.and_then(|form| form.value().attr("method"));
        forms.push((method(own.or(outer)), absolute(button.value().attr("formaction").unwrap_or_default())));
    }
    (links, forms)
}

/// What is wrong with a page itself.
fn page_faults(page: &Page) -> Vec<String> {
    let mut faults = page.markup_faults();
    // Attributes are read out, too: titles, labels, placeholders.
    let html = page.html();
    let named = css("[title], [aria-label], [placeholder], [alt]");
    let attributes = html.select(&named).flat_map(|element| {
        let element = element.value();
        ["title", "aria-label", "placeholder", "alt"].into_iter().filter_map(|name| element.attr(name))
    });
    let mut words: Vec<String> = attributes.map(str::to_owned).collect();
    words.extend(page.texts("title, body"));
    // The guide speaks of one's own employer's permission: the one place for that word (product.md).
    let allowed = |word: &String| page.path == "/leitfaden" && word == "Arbeitgeber";
    let avoided = words.iter().flat_map(|text| avoided_words(text)).filter(|word| !allowed(word));
    faults.extend(avoided.map(|word| format!("avoided word: {word}")));
    if !page.has("html[lang=de]") {
        faults.push("no lang=de".into());
    }
    if page.texts("h1").len() != 1 {
        faults.push(format!("{} level-one headings", page.texts("h1").len()));
    }
    faults
}

struct Crawl<'a> {
    house: &'a House,
    origin: Url,
    waiting: VecDeque<(String, String)>,
    known: BTreeSet<String>,
    opened: BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

impl Crawl<'_> {
    /// Opens everything that can be reached as this viewer; returns the routes that were seen.
    async fn run(house: &House, viewer: Option<Role>) -> (BTreeSet<&'static str>, Vec<String>) {
        let origin: Url = house.portal.origin.parse().unwrap();
        let mut crawl = Crawl {
            house,
            origin,
            waiting: VecDeque::from([("/".into(), "the start".into())]),
            known: BTreeSet::from(["/".into()]),
            opened: BTreeMap::new(),
            faults: Vec::new(),
        };
        if viewer.is_some() {
            crawl.found("/anmeldung".into(), "the sign-in");
            crawl.found("/anmeldung/bestaetigen".into(), "a page that wants the password again");
        }
        let mut client = match viewer {
            Some(role) => house.portal.client_of(house.person(role)).await,
            None => house.portal.client(),
        };
        while let Some((path, from)) = crawl.waiting.pop_front() {
            let mut page = client.send(Method::GET, &path, None).await;
            if page.status.is_redirection() {
                page = client.get(&path).await.clone();
            }
            if page.status.as_u16() >= 400 {
                crawl.faults.push(format!("{path} (from {from}) answers {} to {viewer:?}", page.status));
            }
            if page.is_html() {
                crawl.look(&page, viewer);
            }
        }
        (crawl.opened.into_keys().collect(), crawl.faults)
    }

    fn look(&mut self, page: &Page, viewer: Option<Role>) {
        self.faults.extend(page_faults(page).into_iter().map(|fault| format!("{} as {viewer:?}: {fault}", page.path)));
        let (links, forms) = targets(page, &self.origin);
        for link in links.into_iter().filter(|link| !["mailto", "tel"].contains(&link.scheme())) {
            if link.origin() != self.origin.origin() {
                self.faults.push(format!("{} leads to {link}", page.path));
                continue;
            }
            let path = link.query().map_or(link.path().to_owned(), |query| format!("{}?{query}", link.path()));
            self.found(path, &page.path);
        }
        for (method, target) in forms {
            if target.origin() != self.origin.origin() || route(&method, target.path()).is_none() {
                self.faults.push(format!("{}: a form sends {method} {target}, which is no route", page.path));
            } else if method == Method::GET {
                // Sent as it stands, with nothing ticked or typed.
                self.found(target.path().to_owned(), &page.path);
            }
        }
    }

    fn found(&mut self, path: String, from: &str) {
        if !self.known.insert(path.clone()) {
            return;
        }
        let bare = path.split('?').next().unwrap_or_default();
        match route(&Method::GET, bare) {
            Some(pattern) => {
                let opened = self.opened.entry(pattern).or_default();
                *opened += 1;
                if *opened <= INSTANCES {
                    self.waiting.push_back((path, from.to_owned()));
                }
            }
            // Static files, and whatever the table does not know: those must fail.
            None => self.waiting.push_back((path, from.to_owned())),
        }
    }
}

#[tokio::test]
async fn every_link_and_form_target_answers_as_each_role() {
    let house = House::new().await;
    let mut faults = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::from(["/", "/anmeldung"]);
    for viewer in VIEWERS {
        let (routes, more) = Crawl::run(&house, viewer).await;
        seen.extend(routes);
        faults.extend(more);
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    // A page that nothing leads to is a page that nobody finds. Links by mail are followed elsewhere.
    let table = router::table();
    let lost: Vec<_> = table
        .entries()
        .iter()
        .filter(|entry| entry.method == Method::GET && !entry.path.contains("{token}"))
        .map(|entry| entry.path)
        .filter(|path| !seen.contains(path))
        .collect();
    assert!(lost.is_empty(), "no page leads to {lost:?}");
}

#[tokio::test]
async fn error_pages_are_clean_too() {
    let house = House::new().await;
    let mut client = house.portal.client();
    let mut pages = vec![client.get("/gibt-es-nicht").await.clone()];
    pages.push(client.post("/abmeldung", &[]).await.clone());
    client.get("/anmeldung").await;
    pages.push(client.fill("email", "a\"<b>").press("Anmelden").await.clone());
    for page in pages {
        assert!(page.status.is_client_error());
        assert_eq!(page_faults(&page), Vec::<String>::new(), "{}", page.path);
    }
}
