//! The FAQ as visitors see it: grouped, with a link to each answer, and a search that needs no script.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::entry::{self, Entry, Topic};
use super::figures::Figures;
use crate::clock::german;
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    suche: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "site/faq.html")]
struct FaqPage {
    layout: Layout,
    form: SearchForm,
    groups: Vec<Group>,
}

/// The questions of a topic.
struct Group {
    topic: Topic,
    entries: Vec<Shown>,
}

struct Shown {
    slug: String,
    question: String,
    answer: Html,
}

impl FaqPage {
    fn is_narrowed(&self) -> bool {
        !self.form.suche.trim().is_empty()
    }

    fn count(&self) -> String {
        let found = self.groups.iter().map(|group| group.entries.len()).sum::<usize>();
        german::count(i64::try_from(found).unwrap_or(i64::MAX), "Antwort", "Antworten")
    }
}

/// `GET /fragen`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Query(form): Query<SearchForm>) -> Answer {
    let figures = Figures::load(&portal.db, now).await?;
    let entries = entry::all(&portal.db).await?;
    let groups = Topic::ALL.into_iter().map(|topic| {
        let of_topic = entries.iter().filter(|entry| entry.topic == topic);
        Group { topic, entries: of_topic.filter_map(|entry| shown(entry, &figures, &form.suche)).collect() }
    });
    let groups = groups.filter(|group| !group.entries.is_empty()).collect();
    Ok(FaqPage { layout: page.layout("Häufige Fragen"), form, groups }.into_response())
}

/// The entry as the page shows it, if it has every word that is looked for.
fn shown(entry: &Entry, figures: &Figures, search: &str) -> Option<Shown> {
    // A placeholder that went out of use stays visible as it is: an answer is never lost for it.
    let answer = figures.fill(&entry.answer).unwrap_or_else(|_| entry.answer.clone());
    has_words(&format!("{} {answer}", entry.question), search).then(|| Shown {
        slug: entry.slug.clone(),
        question: entry.question.clone(),
        answer: markdown::render(&answer, 3),
    })
}

/// Whether a text has every word of the search somewhere, whatever the letters' size.
fn has_words(text: &str, search: &str) -> bool {
    let text = text.to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_words_in_any_order() {
        let text = "Brauche ich eine Webcam? Nein, ÜBERALL nicht.";
        assert!(has_words(text, ""));
        assert!(has_words(text, "  webcam BRAUCHE "));
        assert!(has_words(text, "überall"));
        assert!(!has_words(text, "webcam headset"));
    }
}
