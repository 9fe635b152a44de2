//! The form of the draft: title, text, and rows of questions; rows that are left empty are no questions.

use serde::Deserialize;

use crate::freelancers::briefing::Question;
use crate::freelancers::briefing::draft::{
    LONGEST_BODY, LONGEST_EXPLANATION, LONGEST_TITLE, LONGEST_WORDING, MOST, NewDraft, NewQuestion,
};
use crate::web::form::{Errors, line, text};

/// What was typed; the lists have one entry per row.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DraftForm {
    pub revision: String,
    pub step: String,
    pub title: String,
    pub body: String,
    wording: Vec<String>,
    a: Vec<String>,
    b: Vec<String>,
    c: Vec<String>,
    right: Vec<String>,
    why: Vec<String>,
}

/// A question as typed.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub wording: String,
    pub answers: [String; 3],
    /// `1`, `2`, `3`.
    pub right: String,
    pub why: String,
}

impl From<&Question> for Row {
    fn from(question: &Question) -> Self {
        let answer = |at: usize| question.answers.get(at).cloned().unwrap_or_default();
        Self {
            wording: question.wording.clone(),
            answers: [answer(0), answer(1), answer(2)],
            right: question.right.to_string(),
            why: question.explanation.clone(),
        }
    }
}

impl Row {
    fn is_empty(&self) -> bool {
        self.answers.iter().chain([&self.wording, &self.why]).all(|typed| typed.trim().is_empty())
    }

    /// Whether this answer is said to be right.
    pub fn is_right(&self, number: &str) -> bool {
        self.right == number
    }

    fn prove(&self, n: usize, errors: &mut Errors) -> Option<NewQuestion> {
        let wording = errors.take(&format!("wording-{n}"), line(&self.wording, LONGEST_WORDING, "die Frage"));
        let mut answers = Vec::new();
        for (key, typed) in ["a", "b", "c"].into_iter().zip(&self.answers) {
            if key == "c" && typed.trim().is_empty() {
                continue;
            }
            answers.extend(errors.take(&format!("{key}-{n}"), line(typed, LONGEST_WORDING, "eine Antwort")));
        }
        let right = self.right.parse().ok().filter(|right| (1..=3).contains(right));
        let right = right.filter(|right| *right < 3 || !self.answers[2].trim().is_empty());
        let right = right.ok_or_else(|| "Bitte wähle eine Antwort, die es gibt.".to_owned());
        let right: Option<i16> = errors.take(&format!("right-{n}"), right);
        let why = errors.take(&format!("why-{n}"), text(&self.why, LONGEST_EXPLANATION, "eine Erklärung"));
        (answers.len() >= 2).then_some(())?;
        Some(NewQuestion { wording: wording?, answers, right: right?, explanation: why? })
    }
}

impl DraftForm {
    /// The rows, in their order.
    pub fn rows(&self) -> Vec<Row> {
        let at = |list: &[String], n: usize| list.get(n).cloned().unwrap_or_default();
        let row = |n| Row {
            wording: at(&self.wording, n),
            answers: [at(&self.a, n), at(&self.b, n), at(&self.c, n)],
            right: at(&self.right, n),
            why: at(&self.why, n),
        };
        (0..self.wording.len().min(MOST)).map(row).collect()
    }

    /// The proven draft, or every error at once.
    pub fn prove(&self) -> Result<NewDraft, Errors> {
        let mut errors = Errors::default();
        let title = errors.take("title", line(&self.title, LONGEST_TITLE, "einen Titel"));
        let body = errors.take("body", text(&self.body, LONGEST_BODY, "den Text"));
        let mut questions = Vec::new();
        for (n, row) in self.rows().iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            questions.extend(row.prove(n, &mut errors));
        }
        match (title, body) {
            (Some(title), Some(body)) if errors.is_empty() => Ok(NewDraft { title, body, questions }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> DraftForm {
        let list = |typed: [&str; 2]| typed.map(str::to_owned).to_vec();
        DraftForm {
            title: "Datenschutz".into(),
            body: "Text".into(),
            wording: list(["Frage", ""]),
            a: list(["ja", ""]),
            b: list(["nein", ""]),
            c: list(["", ""]),
            right: list(["2", "1"]),
            why: list(["weil", ""]),
            ..DraftForm::default()
        }
    }

    #[test]
    fn an_empty_row_is_no_question() {
        let draft = form().prove().expect("a draft");
        assert_eq!(draft.questions.len(), 1);
        assert_eq!((draft.questions[0].right, draft.questions[0].answers.len()), (2, 2));
    }

    #[test]
    fn a_row_is_proven_whole() {
        let mut typed = form();
        typed.right[0] = "3".into();
        typed.why[0] = " ".into();
        typed.title = String::new();
        let Err(errors) = typed.prove() else { panic!("proved") };
        assert_eq!(errors.fields().collect::<Vec<_>>(), ["right-0", "title", "why-0"]);
    }
}
