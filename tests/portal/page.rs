//! What a test sees: an answer as a page, and a mail.

use std::collections::HashSet;

use axum::http::{HeaderMap, StatusCode};
use scraper::{ElementRef, Html, Selector};

/// An answer of the portal.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path and query after all redirects.
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// The parsed document. Not kept, since it cannot be sent between threads.
    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    pub fn is_html(&self) -> bool {
        self.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }

    /// The text of everything that matches, blanks collapsed.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.html().select(&css(selector)).map(text_of).collect()
    }

    /// The text of `<main>`, or the whole body if there is none.
    pub fn text(&self) -> String {
        self.texts("main").pop().unwrap_or_else(|| self.body.clone())
    }

    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&css(selector)).next().is_some()
    }

    pub fn heading(&self) -> String {
        self.texts("h1").join(" ")
    }

    /// The message above the content.
    pub fn flash(&self) -> Option<String> {
        self.texts("main > .flash, .flash[role]").into_iter().next()
    }

    /// The sentence beside a field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.texts(&format!("[id='{field}-e']")).pop()
    }

    /// Whether the page can be signed out from or otherwise shows a signed-in person.
    pub fn is_signed_in(&self) -> bool {
        self.has("header a.me[href='/konto']")
    }

    /// What is wrong with the markup: parse errors, ids that occur twice, inline script or style.
    pub fn markup_faults(&self) -> Vec<String> {
        let html = self.html();
        let mut faults: Vec<String> = html.errors.iter().map(|error| format!("parse error: {error}")).collect();
        let mut seen = HashSet::new();
        for element in html.select(&css("*")) {
            let tag = element.value();
            for (name, value) in tag.attrs() {
                match name {
                    "id" if !seen.insert(value.to_owned()) => faults.push(format!("id {value} occurs twice")),
                    "style" => faults.push(format!("inline style on <{}>", tag.name())),
                    _ if name.starts_with("on") => faults.push(format!("inline script: {name} on <{}>", tag.name())),
                    "href" | "action" | "formaction" if value.starts_with("javascript:") => {
                        faults.push(format!("inline script: {value}"));
                    }
                    _ => {}
                }
            }
            if tag.name() == "style" || (tag.name() == "script" && tag.attr("src").is_none()) {
                faults.push(format!("inline <{}>", tag.name()));
            }
        }
        faults
    }
}

/// A mail that was handed over.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Mail {
    pub recipient: String,
    pub subject: String,
    pub body: String,
}

impl Mail {
    /// The path of the mail's first link into the portal that contains `part`.
    pub fn link(&self, part: &str) -> String {
        let words = self.body.split_whitespace();
        let link = words.map(|word| word.trim_matches(['<', '>', '.', ','])).find(|word| word.contains(part));
        let url =
            url::Url::parse(link.unwrap_or_else(|| panic!("no link with {part} in: {}", self.body))).expect("URL");
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }
}

/// Words that no page and no mail uses (product.md), because the people are self-employed.
const AVOIDED: [&str; 22] = [
    "Dienstplan",
    "Dienstpläne",
    "Dienstplänen",
    "Dienst",
    "Dienste",
    "Diensten",
    "Arbeitszeit",
    "Arbeitszeiten",
    "Arbeitnehmer",
    "Arbeitgeber",
    "Mitarbeiter",
    "Urlaub",
    "Krankmeldung",
    "Vorgesetzte",
    "Lohn",
    "Löhne",
    "Gehalt",
    "Gehälter",
    "einteilen",
    "eingeteilt",
    "Anwesenheit",
    "Pflichtanwesenheit",
];

/// The avoided words that occur in a text: as whole words, also with the ending of a case or of the feminine.
pub fn avoided_words(text: &str) -> Vec<String> {
    let is_avoided = |word: &str| {
        AVOIDED.iter().any(|avoided| {
            let (word, avoided) = (word.to_lowercase(), avoided.to_lowercase());
            word.strip_prefix(&avoided).is_some_and(|end| ["", "s", "es", "n", "r", "in", "innen"].contains(&end))
        })
    };
    text.split(|c: char| !c.is_alphabetic()).filter(|word| is_avoided(word)).map(str::to_owned).collect()
}

/// A CSS selector; a faulty one fails the test.
pub fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("selector {selector}: {error}"))
}

/// The text inside an element, blanks collapsed.
pub fn text_of(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[test]
fn avoided_words_are_found_as_whole_words_only() {
    assert_eq!(avoided_words("Der Dienstplan deines Arbeitgebers"), ["Dienstplan", "Arbeitgebers"]);
    assert_eq!(avoided_words("Dienstag und Dienste, Dienstleistung, verpflichtet"), ["Dienste"]);
    assert_eq!(avoided_words("Mitarbeiter*innen, belohnt"), ["Mitarbeiter"]);
}

#[test]
fn faults_of_the_markup_are_found() {
    let page = |body: &str| Page {
        path: "/".into(),
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: format!("<!doctype html><html lang=de><head><title>x</title></head><body>{body}</body></html>"),
    };
    assert_eq!(page("<p id=a>fine</p>").markup_faults(), Vec::<String>::new());
    for faulty in [
        "<p><div></p></div>",
        "<i id=a></i><b id=a></b>",
        "<p style='color:red'>",
        "<a onclick=x>",
        "<script>1</script>",
        "<style></style>",
        "<a href='javascript:x'>y</a>",
    ] {
        assert!(!page(faulty).markup_faults().is_empty(), "{faulty}");
    }
}
