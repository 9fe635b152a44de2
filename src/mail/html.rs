//! The HTML part of a mail, made from its plain text at hand-over: paragraphs, lists, links. No image, nothing remote;
//! readable in light and dark.

use askama::Template;
use linkify::{LinkFinder, LinkKind};

use super::transport::Letter;

/// A part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines that follow each other.
    Paragraph(Vec<Line>),
    /// Lines that begin with a dash.
    List(Vec<Line>),
}

/// A line: text and links.
pub type Line = Vec<Piece>;

/// A text, or an address that becomes a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub href: Option<String>,
}

/// The parts of a plain text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for paragraph in text.replace("\r\n", "\n").split("\n\n") {
        let start = blocks.len();
        for line in paragraph.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            add(&mut blocks, start, line);
        }
    }
    blocks
}

/// The same with every link leading to `href`: for the preview, whose links must lead nowhere.
pub fn inert(text: &str, href: &str) -> Vec<Block> {
    let mut blocks = blocks(text);
    for block in &mut blocks {
        let (Block::Paragraph(lines) | Block::List(lines)) = block;
        for piece in lines.iter_mut().flatten() {
            piece.href = piece.href.as_ref().map(|_| href.to_owned());
        }
    }
    blocks
}

/// Adds a line to the paragraph that began at `start`: to its last part, if that is of the same kind.
fn add(blocks: &mut Vec<Block>, start: usize, line: &str) {
    let item = line.strip_prefix("- ");
    let pieces = pieces(item.unwrap_or(line));
    let last = if blocks.len() > start { blocks.last_mut() } else { None };
    match (last, item) {
        (Some(Block::List(lines)), Some(_)) | (Some(Block::Paragraph(lines)), None) => lines.push(pieces),
        (_, Some(_)) => blocks.push(Block::List(vec![pieces])),
        (_, None) => blocks.push(Block::Paragraph(vec![pieces])),
    }
}

fn pieces(line: &str) -> Line {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let piece = |span: linkify::Span<'_>| {
        let text = span.as_str().to_owned();
        let is_link = span.kind().is_some() && (text.starts_with("https://") || text.starts_with("http://"));
        Piece { href: is_link.then(|| text.clone()), text }
    };
    finder.spans(line).map(piece).collect()
}

#[derive(Template)]
#[template(path = "mail/_frame.html")]
struct Frame<'a> {
    operator: &'a str,
    base: &'a str,
    subject: &'a str,
    blocks: Vec<Block>,
    sign_off: Option<&'a str>,
}

/// The whole HTML part.
pub fn page(operator: &str, base: &str, letter: &Letter<'_>, sign_off: Option<&str>) -> Result<String, askama::Error> {
    Frame { operator, base, subject: letter.subject, blocks: blocks(letter.body), sign_off }.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn html(body: &str, sign_off: Option<&str>) -> String {
        let letter = Letter { id: Uuid::nil(), to: "", subject: "Betreff <b>", body, sign_off: None };
        page("Muster & Ruf", "https://portal.beispiel.example/", &letter, sign_off).expect("HTML")
    }

    #[test]
    fn text_becomes_paragraphs_lists_and_links() {
        let text = "Hallo Jana,\n\nes gibt:\n- eins\n- zwei\nDer Grund: x\n\nZum Plan: https://a.example/b?c=1&d=2.\n\nViele Grüße\nMusterruf\n";
        let blocks = blocks(text);
        assert_eq!(blocks.len(), 6);
        assert!(matches!(&blocks[2], Block::List(lines) if lines.len() == 2));
        assert!(matches!(&blocks[5], Block::Paragraph(lines) if lines.len() == 2));
        let html = html(text, None);
        assert!(
            html.contains(r#"<a href="https://a.example/b?c=1&#38;d=2">https://a.example/b?c=1&#38;d=2</a>."#),
            "{html}"
        );
        assert!(html.contains("<li>eins</li>") && html.contains("Viele Grüße<br>Musterruf"), "{html}");
    }

    #[test]
    fn what_somebody_typed_stays_text() {
        let html = html(
            "<script>x</script> javascript://x \"https://a.example/\"><img src=x onerror=y>",
            Some("https://b/\"<"),
        );
        for evil in ["<script", "<img", "href=\"javascript", "https://b/\"", "<b>", "Muster & Ruf"] {
            assert!(!html.contains(evil), "{evil}: {html}");
        }
        assert!(html.contains("&#60;script&#62;"));
    }

    #[test]
    fn nothing_is_loaded() {
        let html = html("Text", None);
        for remote in ["src=", "url(", "@import", "<link", "<img"] {
            assert!(!html.contains(remote), "{remote}");
        }
        assert!(html.contains(r#"<meta name="color-scheme" content="light dark">"#));
    }
}
