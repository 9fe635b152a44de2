//! What recruiters type about a posting, and how it is proven.

use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use crate::campaigns::posting::{Difficulty, NewPosting, Posting};
use crate::campaigns::{country, language};
use crate::clock::YEARS;
use crate::web::form::{Errors, line, text};

/// Longest Markdown text; the schema holds it, too.
const LONGEST: usize = 8000;
/// Languages that one posting may ask for.
const MOST_LANGUAGES: usize = 8;

/// What was typed.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct PostingForm {
    pub title: String,
    pub summary: String,
    pub tasks: String,
    pub needs: String,
    pub difficulty: String,
    pub languages: Vec<String>,
    pub countries: Vec<String>,
    pub restriction: String,
    pub starts_on: String,
    /// The button: `preview` shows, everything else saves.
    pub step: String,
}

/// What a new posting starts with: most campaigns need German (FAQ fact 5).
impl Default for PostingForm {
    fn default() -> Self {
        Self {
            title: String::new(),
            summary: String::new(),
            tasks: String::new(),
            needs: String::new(),
            difficulty: Difficulty::Medium.key().into(),
            languages: Vec::new(),
            countries: Vec::new(),
            restriction: String::new(),
            starts_on: String::new(),
            step: String::new(),
        }
    }
}

impl From<&Posting> for PostingForm {
    fn from(posting: &Posting) -> Self {
        Self {
            title: posting.title.clone(),
            summary: posting.summary.clone(),
            tasks: posting.tasks.clone(),
            needs: posting.needs.clone(),
            difficulty: posting.difficulty.key().into(),
            languages: posting.languages.clone(),
            countries: posting.countries.clone(),
            restriction: posting.restriction.clone().unwrap_or_default(),
            // A date's own text is the ISO form, as date fields have it.
            starts_on: posting.starts_on.map(|day| day.to_string()).unwrap_or_default(),
            step: String::new(),
        }
    }
}

impl PostingForm {
    /// An empty form that asks for German.
    pub fn new() -> Self {
        Self { languages: vec!["de".into()], ..Self::default() }
    }

    /// The proven posting, or every error at once.
    pub fn prove(&self) -> Result<NewPosting, Errors> {
        let mut errors = Errors::default();
        let new = self.fields(&mut errors);
        new.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// `None` only after an error was added.
    fn fields(&self, errors: &mut Errors) -> Option<NewPosting> {
        let title = errors.take("title", line(&self.title, 120, "einen Titel"));
        let summary = errors.take("summary", line(&self.summary, 300, "eine Zusammenfassung"));
        let tasks = errors.take("tasks", text(&self.tasks, LONGEST, "die Aufgaben"));
        let needs = errors.take("needs", optional(&self.needs, |typed| text(typed, LONGEST, "")));
        let difficulty = Difficulty::of(&self.difficulty).ok_or("Bitte wähle, wie anspruchsvoll die Aufgaben sind.");
        let difficulty = errors.take("difficulty", difficulty.map_err(str::to_owned));
        let languages = errors.take("languages", self.proven_languages());
        let restriction = errors.take("restriction", optional(&self.restriction, |typed| line(typed, 300, "")));
        let starts_on = errors.take("starts_on", proven_day(&self.starts_on));
        Some(NewPosting {
            title: title?,
            summary: summary?,
            tasks: tasks?,
            needs: needs?.unwrap_or_default(),
            difficulty: difficulty?,
            languages: languages?,
            countries: ticked(&country::ALL, &self.countries),
            restriction: restriction?,
            starts_on: starts_on?,
        })
    }

    fn proven_languages(&self) -> Result<Vec<String>, String> {
        match ticked(&language::ALL, &self.languages) {
            none if none.is_empty() => Err("Bitte wähle mindestens eine Sprache.".into()),
            many if many.len() > MOST_LANGUAGES => Err(format!("Bitte wähle höchstens {MOST_LANGUAGES} Sprachen.")),
            languages => Ok(languages),
        }
    }
}

/// The known keys that were ticked, in the order of the list.
fn ticked(known: &[(&str, &str)], keys: &[String]) -> Vec<String> {
    known.iter().filter(|(key, _)| keys.iter().any(|typed| typed == key)).map(|(key, _)| (*key).to_owned()).collect()
}

/// Nothing typed is fine.
fn optional<T>(typed: &str, prove: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if typed.trim().is_empty() { Ok(None) } else { prove(typed).map(Some) }
}

fn proven_day(typed: &str) -> Result<Option<Date>, String> {
    optional(typed, |typed| {
        let day = Date::parse(typed.trim(), format_description!("[year]-[month]-[day]")).ok();
        day.filter(|day| YEARS.contains(&day.year())).ok_or_else(|| "Bitte gib ein Datum an.".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> PostingForm {
        PostingForm {
            title: " Bestellhotline\n für Pflanzen ".into(),
            summary: "Bestellungen annehmen.".into(),
            tasks: "Du nimmst **Bestellungen** an.".into(),
            ..PostingForm::new()
        }
    }

    #[test]
    fn a_title_a_summary_and_tasks_are_enough() {
        let new = filled().prove().expect("proven");
        assert_eq!(new.title, "Bestellhotline für Pflanzen");
        assert_eq!((new.languages, new.countries), (vec!["de".to_owned()], vec![]));
        assert_eq!((new.needs.as_str(), new.restriction, new.starts_on), ("", None, None));
    }

    #[test]
    fn all_errors_are_named_at_once() {
        let form = PostingForm {
            title: " ".into(),
            summary: "x".repeat(301),
            tasks: String::new(),
            needs: "x".repeat(8001),
            difficulty: "schwer".into(),
            languages: vec!["klingonisch".into()],
            restriction: "x".repeat(301),
            starts_on: "2026-02-30".into(),
            ..PostingForm::default()
        };
        let errors = form.prove().expect_err("errors");
        let expected = ["difficulty", "languages", "needs", "restriction", "starts_on", "summary", "tasks", "title"];
        assert_eq!(errors.fields().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn unknown_countries_are_none() {
        let form = PostingForm { countries: vec!["AT".into(), "XX".into(), "DE".into()], ..filled() };
        assert_eq!(form.prove().expect("proven").countries, ["DE", "AT"]);
    }
}
