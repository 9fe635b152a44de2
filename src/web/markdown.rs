//! Markdown that staff write, as HTML that pages may show unescaped: text structure and links, nothing else.
//!
//! Two guards: HTML in the source is shown as the text it is, and whatever the renderer makes passes the sanitiser's
//! short list of tags.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use askama::filters::HtmlSafe;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

/// Rendered and sanitised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Whether nothing would be shown.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Only `render` makes one, and that passes the sanitiser.
impl HtmlSafe for Html {}

/// Renders below a heading of this level of the page: the text's first headings are one level deeper, and none skips a
/// level, so that the page's outline stays whole.
pub fn render(source: &str, below: u8) -> Html {
    let events: Vec<Event<'_>> = Parser::new(source).filter_map(plain).collect();
    let events = outlined(events, below);
    let mut markup = String::with_capacity(source.len() * 2);
    pulldown_cmark::html::push_html(&mut markup, events.into_iter());
    Html(SANITISER.clean(&markup).to_string())
}

/// HTML is text; an image is the words that stand for it.
fn plain(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        event => Some(event),
    }
}

/// Gives every heading the level that it has on the page.
fn outlined(mut events: Vec<Event<'_>>, below: u8) -> Vec<Event<'_>> {
    let top = events.iter().filter_map(level).min().unwrap_or(1);
    let mut last = below;
    for event in &mut events {
        let Some(typed) = level(event) else { continue };
        last = (below + 1 + typed - top).min(last + 1).min(6);
        let shifted = HeadingLevel::try_from(usize::from(last)).unwrap_or(HeadingLevel::H6);
        *event = Event::Start(Tag::Heading { level: shifted, id: None, classes: Vec::new(), attrs: Vec::new() });
    }
    let mut open = HeadingLevel::H6;
    for event in &mut events {
        match event {
            Event::Start(Tag::Heading { level, .. }) => open = *level,
            Event::End(TagEnd::Heading(level)) => *level = open,
            _ => {}
        }
    }
    events
}

fn level(event: &Event<'_>) -> Option<u8> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => u8::try_from(*level as usize).ok(),
        _ => None,
    }
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "p",
        "br",
        "hr",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "a",
    ];
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["https", "http", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None);
    builder
});

#[cfg(test)]
mod tests {
    use super::*;

    fn html(source: &str) -> String {
        render(source, 2).to_string()
    }

    #[test]
    fn text_structure_stays() {
        let source = "Du **hilfst** *gern*.\n\n- [Fragen](/fragen#technik)\n- `LAN`\n\n3. drei";
        let expected = "<p>Du <strong>hilfst</strong> <em>gern</em>.</p>\n<ul>\n<li><a href=\"/fragen#technik\">Fragen</a></li>\n\
                        <li><code>LAN</code></li>\n</ul>\n<ol start=\"3\">\n<li>drei</li>\n</ol>\n";
        assert_eq!(html(source), expected);
        assert!(html("  \n").is_empty() && render(" ", 2).is_empty());
    }

    #[test]
    fn headings_fit_the_page_and_skip_none() {
        assert_eq!(html("# A\n\n### B\n\n# C\n"), "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n");
        assert_eq!(render("### Nur eine", 4).as_str(), "<h5>Nur eine</h5>\n");
        assert_eq!(render("# A\n## B\n### C", 5).as_str(), "<h6>A</h6>\n<h6>B</h6>\n<h6>C</h6>\n");
    }

    #[test]
    fn html_stays_text() {
        for source in [
            "<script>alert(1)</script>",
            "davor <img src=x onerror=alert(1)> danach",
            "<div>\n<b onclick=\"x\">fett</b>\n</div>",
            "<!-- Kommentar -->",
            "<a href=\"javascript:alert(1)\">hier</a>",
            "`<svg onload=x>`",
        ] {
            let html = html(source);
            for tag in ["<script", "<img", "<div", "<b ", "<!--", "<a ", "<svg"] {
                assert!(!html.contains(tag), "{source} became {html}");
            }
            assert!(html.contains("&lt;"), "{source} became {html}");
        }
    }

    #[test]
    fn links_lead_where_links_may() {
        assert!(!html("[x](javascript:alert(1)) [y](data:text/html,x) <vbscript:x>").contains("href"));
        let bare = html("[x](https://beispiel.de/?a=1&b=2 \"Titel\")");
        assert_eq!(bare, "<p><a href=\"https://beispiel.de/?a=1&amp;b=2\">x</a></p>\n");
        assert_eq!(html("![Ein Bild](/x.png)"), "<p>Ein Bild</p>\n");
    }
}
