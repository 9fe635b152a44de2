//! Answers: proven by the kind of their question, kept with the wording they were given to, carried over to equal
//! questions when staff edit the set.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::campaigns::question::{Kind, Question};
use crate::id::{ApplicationId, QuestionId, QuestionSetId};

/// Longest answer in words, in characters; the schema holds it, too.
pub const LONGEST: usize = 2000;

/// Answers by question: `yes` or `no`, an option's words, a number as typed, a text.
pub type Answers = BTreeMap<QuestionId, String>;

/// The answers of an application.
pub async fn of_application(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Answers, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select question_id as "question: QuestionId", value from answer where application_id = $1"#,
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.question, row.value)).collect())
}

/// Replaces an application's answers by these, given to the questions of `set`.
pub async fn save(
    db: &mut PgConnection,
    id: ApplicationId,
    set: QuestionSetId,
    answers: &Answers,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update application set question_set_id = $2, edited_at = $3 where id = $1", id.0, set.0, now)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from answer where application_id = $1", id.0).execute(&mut *db).await?;
    let (questions, values): (Vec<_>, Vec<_>) =
        answers.iter().map(|(question, value)| (question.0, value.clone())).unzip();
    // Only questions of this set: a form that somebody wrote by hand must not name others.
    sqlx::query!(
        "insert into answer (application_id, question_id, value)
         select $1, given.question, given.value from unnest($3::uuid[], $4::text[]) as given (question, value)
         join question q on q.id = given.question and q.set_id = $2",
        id.0,
        set.0,
        &questions,
        &values,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The answers for `new` questions as far as they were given to equal `old` ones.
pub fn carry_over(old: &[Question], answers: &Answers, new: &[Question]) -> Answers {
    let equal = |a: &Question, b: &Question| a.kind == b.kind && a.wording == b.wording && a.options == b.options;
    let given = |question: &Question| {
        let before = old.iter().find(|before| equal(before, question))?;
        answers.get(&before.id).map(|value| (question.id, value.clone()))
    };
    new.iter().filter_map(given).collect()
}

/// What was typed as an answer; `None` if nothing was typed where nothing has to be.
pub fn prove(question: &Question, typed: &str) -> Result<Option<String>, String> {
    // As `web::form::text` reads it: a line end is one character, and a zero byte none.
    let typed = typed.replace("\r\n", "\n").replace('\0', "");
    let typed = typed.trim();
    if typed.is_empty() {
        return if question.required { Err(unanswered(question.kind).into()) } else { Ok(None) };
    }
    match question.kind {
        Kind::YesNo if ["yes", "no"].contains(&typed) => Ok(Some(typed.into())),
        Kind::Choice if question.options.iter().any(|option| option == typed) => Ok(Some(typed.into())),
        Kind::YesNo | Kind::Choice => Err(unanswered(question.kind).into()),
        Kind::Number if number(typed).is_some() => Ok(Some(typed.into())),
        Kind::Number => Err("Bitte gib eine Zahl an, zum Beispiel 12 oder 7,5.".into()),
        Kind::Text => match typed.chars().count() {
            n if n > LONGEST => Err(format!("Bitte kürze auf höchstens {LONGEST} Zeichen; das sind {n}.")),
            _ => Ok(Some(typed.into())),
        },
    }
}

fn unanswered(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "Bitte schreib hier ein paar Worte.",
        Kind::YesNo => "Bitte wähle Ja oder Nein.",
        Kind::Choice => "Bitte wähle eine der Antworten.",
        Kind::Number => "Bitte gib eine Zahl an.",
    }
}

/// `12`, `7,5`, `7.5` in hundredths, up to a million.
fn number(typed: &str) -> Option<i64> {
    let (whole, rest) = typed.split_once([',', '.']).unwrap_or((typed, ""));
    let digits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 7) || !digits(rest, 2) || (rest.is_empty() && typed.len() > whole.len()) {
        return None;
    }
    let hundredths: i64 = format!("{rest:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + hundredths)
}

/// Whether one cannot take part with this answer: the question asks for something else.
pub fn is_knocked_out(question: &Question, answer: &str) -> bool {
    question.must_be.as_deref().is_some_and(|must_be| misses(question.kind, must_be, answer))
}

/// Whether an answer misses what a knock-out asks for.
pub fn misses(kind: Kind, must_be: &str, answer: &str) -> bool {
    match kind {
        Kind::Text => false,
        Kind::YesNo | Kind::Choice => answer != must_be,
        Kind::Number => match (number(answer), number(must_be)) {
            (Some(given), Some(least)) => given < least,
            _ => false,
        },
    }
}

/// What a knock-out asks for, said before one answers.
pub fn condition(question: &Question) -> Option<String> {
    let must_be = question.must_be.as_deref()?;
    Some(match question.kind {
        Kind::Text => return None,
        Kind::YesNo | Kind::Choice => {
            format!("Für diese Stelle braucht es hier die Antwort „{}“.", said(question.kind, must_be))
        }
        Kind::Number => format!("Für diese Stelle braucht es hier mindestens {must_be}."),
    })
}

/// An answer as pages say it.
pub fn said(kind: Kind, answer: &str) -> &str {
    match (kind, answer) {
        (Kind::YesNo, "yes") => "Ja",
        (Kind::YesNo, "no") => "Nein",
        (_, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind, required: bool, must_be: Option<&str>) -> Question {
        Question {
            id: QuestionId::new(),
            kind,
            wording: "Wie viele Stunden hast du?".into(),
            hint: String::new(),
            required,
            options: vec!["früh".into(), "spät".into()],
            must_be: must_be.map(str::to_owned),
        }
    }

    #[test]
    fn answers_fit_the_kind_of_their_question() {
        for (kind, typed, right) in [
            (Kind::YesNo, "yes", true),
            (Kind::YesNo, "vielleicht", false),
            (Kind::Choice, "früh", true),
            (Kind::Choice, "mittags", false),
            (Kind::Number, "7,5", true),
            (Kind::Number, "7.25", true),
            (Kind::Number, "-1", false),
            (Kind::Number, "7,", false),
            (Kind::Number, "1e9", false),
            (Kind::Text, "Ich höre gern zu.", true),
        ] {
            assert_eq!(prove(&question(kind, true, None), typed).is_ok(), right, "{kind:?} {typed}");
        }
        assert_eq!(prove(&question(Kind::Text, false, None), "  "), Ok(None));
        assert!(prove(&question(Kind::Text, true, None), "  ").is_err());
        assert!(prove(&question(Kind::Text, true, None), &"a".repeat(2001)).is_err());
        let lines = "a\r\n".repeat(1000);
        assert_eq!(prove(&question(Kind::Text, true, None), &lines), Ok(Some("a\n".repeat(1000).trim().into())));
        assert!(prove(&question(Kind::Text, true, None), "\0").is_err());
    }

    #[test]
    fn a_knock_out_is_the_other_answer_or_too_small_a_number() {
        assert!(is_knocked_out(&question(Kind::YesNo, true, Some("yes")), "no"));
        assert!(!is_knocked_out(&question(Kind::YesNo, true, Some("yes")), "yes"));
        assert!(is_knocked_out(&question(Kind::Number, true, Some("15")), "14,99"));
        assert!(!is_knocked_out(&question(Kind::Number, true, Some("15")), "15"));
        assert!(!is_knocked_out(&question(Kind::Number, true, None), "0"));
    }

    #[test]
    fn equal_questions_of_a_new_version_keep_their_answers() {
        let (before, after) = (question(Kind::Number, true, None), question(Kind::Number, false, Some("15")));
        let other = Question { wording: "Etwas anderes?".into(), ..question(Kind::Number, true, None) };
        let answers = Answers::from([(before.id, "20".into())]);
        let carried = carry_over(&[before], &answers, &[after.clone(), other]);
        assert_eq!(carried, Answers::from([(after.id, "20".into())]));
    }
}
