//! What recruiters type about the questions of a posting: rows that are added, removed and moved by buttons, so that it
//! works without a script, and how they are proven.

use serde::Deserialize;

use crate::campaigns::question::{Kind, MOST, NewQuestion, knock_out};
use crate::web::form::{Errors, line};

/// Options that a choice may have.
const MOST_OPTIONS: usize = 12;

/// What was typed: the n-th question is the n-th value of each list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct QuestionsForm {
    /// The version that was on the page.
    pub version: String,
    pub kind: Vec<String>,
    pub wording: Vec<String>,
    pub hint: Vec<String>,
    /// `1` or `0`: a box without a tick would leave a gap in the list.
    pub required: Vec<String>,
    /// One option a line.
    pub options: Vec<String>,
    pub must_be: Vec<String>,
    /// The button: `save`, `preview`, `add`, or `up`, `down`, `remove` with the row's index behind a dash.
    pub step: String,
}

/// One question as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub kind: String,
    pub wording: String,
    pub hint: String,
    pub required: bool,
    pub options: String,
    pub must_be: String,
}

impl From<&NewQuestion> for Row {
    fn from(question: &NewQuestion) -> Self {
        Self {
            kind: question.kind.key().into(),
            wording: question.wording.clone(),
            hint: question.hint.clone(),
            required: question.required,
            options: question.options.join("\n"),
            must_be: match question.must_be.as_deref() {
                Some("yes") if question.kind == Kind::YesNo => "ja".into(),
                Some("no") if question.kind == Kind::YesNo => "nein".into(),
                must_be => must_be.unwrap_or_default().into(),
            },
        }
    }
}

impl QuestionsForm {
    /// The rows; a list that is too short has empty values.
    pub fn rows(&self) -> Vec<Row> {
        let at = |list: &[String], n: usize| list.get(n).cloned().unwrap_or_default();
        let row = |n: usize| Row {
            kind: at(&self.kind, n),
            wording: at(&self.wording, n),
            hint: at(&self.hint, n),
            required: at(&self.required, n) == "1",
            options: at(&self.options, n),
            must_be: at(&self.must_be, n),
        };
        (0..self.wording.len().min(MOST)).map(row).collect()
    }

    /// What a button other than saving and previewing does to the rows; says whether it was such a button.
    pub fn rearrange(&self, rows: &mut Vec<Row>) -> bool {
        let (verb, index) = self.step.split_once('-').unwrap_or((&self.step, ""));
        let index = index.parse::<usize>().ok().filter(|index| *index < rows.len());
        match (verb, index) {
            ("add", _) if rows.len() < MOST => {
                rows.push(Row { kind: Kind::YesNo.key().into(), required: true, ..Row::default() })
            }
            ("remove", Some(index)) => drop(rows.remove(index)),
            ("up", Some(index)) if index > 0 => rows.swap(index, index - 1),
            ("down", Some(index)) if index + 1 < rows.len() => rows.swap(index, index + 1),
            ("add" | "remove" | "up" | "down", _) => {}
            _ => return false,
        }
        true
    }
}

impl Row {
    /// The proven question, or `None` after errors were added to the fields of row `n`.
    pub fn prove(&self, n: usize, errors: &mut Errors) -> Option<NewQuestion> {
        let field = |name: &str| format!("{name}-{n}");
        let kind = Kind::of(&self.kind).ok_or_else(|| "Bitte wähle eine Art.".to_owned());
        let kind = errors.take(&field("kind"), kind);
        let wording = errors.take(&field("wording"), line(&self.wording, 300, "eine Frage"));
        let hint = match self.hint.trim() {
            "" => Some(String::new()),
            hint => errors.take(&field("hint"), line(hint, 300, "")),
        };
        let options = errors.take(&field("options"), self.proven_options(kind));
        let known = options.as_deref().unwrap_or_default();
        let must_be = match kind.zip(options.as_ref()) {
            Some((kind, _)) => errors.take(&field("must_be"), self.proven_must_be(kind, known)),
            None => None,
        };
        Some(NewQuestion {
            kind: kind?,
            wording: wording?,
            hint: hint?,
            required: self.required,
            options: options?,
            must_be: must_be?,
        })
    }

    fn proven_options(&self, kind: Option<Kind>) -> Result<Vec<String>, String> {
        if kind != Some(Kind::Choice) {
            return Ok(Vec::new());
        }
        let typed = self.options.lines().filter(|option| !option.trim().is_empty());
        let options = typed.map(|option| line(option, 120, "eine Antwort")).collect::<Result<Vec<_>, _>>()?;
        let twice = options.iter().enumerate().find(|(n, option)| options[..*n].contains(option));
        match options.len() {
            _ if twice.is_some() => Err(format!("„{}“ steht zweimal da.", twice.map_or("", |(_, option)| option))),
            0 | 1 => Err("Eine Auswahl braucht mindestens zwei Antworten, je Zeile eine.".into()),
            n if n > MOST_OPTIONS => Err(format!("Eine Auswahl hat höchstens {MOST_OPTIONS} Antworten.")),
            _ => Ok(options),
        }
    }

    /// The knock-out as it is stored.
    fn proven_must_be(&self, kind: Kind, options: &[String]) -> Result<Option<String>, String> {
        let typed = self.must_be.split_whitespace().collect::<Vec<_>>().join(" ");
        match (kind, typed.to_lowercase().as_str()) {
            (_, "") => Ok(None),
            (Kind::YesNo, "ja") => Ok(Some("yes".into())),
            (Kind::YesNo, "nein") => Ok(Some("no".into())),
            (Kind::YesNo, _) => Err("Bitte schreib „ja“ oder „nein“, oder lass das Feld leer.".into()),
            (Kind::Number, number) => match number.parse::<u32>() {
                Ok(least) => Ok(Some(least.to_string())),
                Err(_) => Err("Bitte gib die kleinste Zahl an, mit der es geht, oder lass das Feld leer.".into()),
            },
            (Kind::Choice, _) if options.contains(&typed) => Ok(Some(typed)),
            (Kind::Choice, _) => Err("Bitte schreib eine der Antworten von oben, oder lass das Feld leer.".into()),
            (Kind::Text, _) => Err("Ein Text kann keine Bedingung haben. Bitte lass das Feld leer.".into()),
        }
    }
}

/// The proven questions, or every error at once.
pub fn prove(rows: &[Row]) -> Result<Vec<NewQuestion>, Errors> {
    let mut errors = Errors::default();
    let questions: Vec<_> = rows.iter().enumerate().filter_map(|(n, row)| row.prove(n, &mut errors)).collect();
    if errors.is_empty() { Ok(questions) } else { Err(errors) }
}

/// A question as applicants will see it.
pub struct Shown {
    pub question: NewQuestion,
    pub knock_out: Option<String>,
}

impl From<NewQuestion> for Shown {
    fn from(question: NewQuestion) -> Self {
        Self { knock_out: knock_out(question.kind, question.must_be.as_deref()), question }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, options: &str, must_be: &str) -> Row {
        let (options, must_be) = (options.into(), must_be.into());
        Row { kind: kind.key().into(), wording: "Frage?".into(), options, must_be, ..Row::default() }
    }

    fn must_be(kind: Kind, options: &str, typed: &str) -> Result<Option<String>, Vec<String>> {
        let proven = prove(&[row(kind, options, typed)]);
        proven.map(|q| q[0].must_be.clone()).map_err(|e| e.fields().map(str::to_owned).collect())
    }

    #[test]
    fn a_knock_out_is_an_answer_that_the_question_can_have() {
        assert_eq!(must_be(Kind::YesNo, "", " Ja "), Ok(Some("yes".into())));
        assert_eq!(must_be(Kind::YesNo, "", ""), Ok(None));
        assert_eq!(must_be(Kind::Number, "", "08"), Ok(Some("8".into())));
        assert_eq!(must_be(Kind::Choice, "gut\r\nfließend", "fließend"), Ok(Some("fließend".into())));
        for (kind, options, typed) in [
            (Kind::YesNo, "", "vielleicht"),
            (Kind::Number, "", "-1"),
            (Kind::Number, "", "viel"),
            (Kind::Choice, "a\nb", "c"),
            (Kind::Text, "", "ja"),
        ] {
            assert_eq!(must_be(kind, options, typed), Err(vec!["must_be-0".into()]), "{kind:?} {typed}");
        }
    }

    #[test]
    fn a_choice_has_two_to_twelve_different_options() {
        for wrong in ["", "eine", "a\nb\na", &(1..=13).map(|n| format!("{n}\n")).collect::<String>()] {
            assert_eq!(must_be(Kind::Choice, wrong, ""), Err(vec!["options-0".into()]), "{wrong:?}");
        }
        // What stands in the field of another kind is left out.
        assert_eq!(must_be(Kind::YesNo, "rest", ""), Ok(None));
    }

    #[test]
    fn rows_are_added_removed_and_moved() {
        let after = |step: &str| {
            let (wording, step) = (["a", "b", "c"].map(str::to_owned).to_vec(), step.to_owned());
            let form = QuestionsForm { wording, step, ..QuestionsForm::default() };
            let mut rows = form.rows();
            let done = form.rearrange(&mut rows);
            (done, rows.into_iter().map(|row| row.wording).collect::<Vec<_>>().join(","))
        };
        for (step, done, rows) in [
            ("up-1", true, "b,a,c"),
            ("down-1", true, "a,c,b"),
            ("remove-0", true, "b,c"),
            ("add", true, "a,b,c,"),
            ("up-0", true, "a,b,c"),
            ("down-2", true, "a,b,c"),
            ("remove-3", true, "a,b,c"),
            ("save", false, "a,b,c"),
            ("", false, "a,b,c"),
        ] {
            assert_eq!(after(step), (done, rows.to_owned()), "{step}");
        }
    }

    #[test]
    fn what_was_proven_is_shown_as_it_was_typed() {
        let typed = Row { required: true, hint: "Hinweis".into(), ..row(Kind::Choice, "a\nb", "a") };
        let proven = prove(std::slice::from_ref(&typed)).expect("proven");
        assert_eq!(Row::from(&proven[0]), typed);
    }
}
