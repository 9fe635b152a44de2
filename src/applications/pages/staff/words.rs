//! Words for what a dossier holds as codes: trade registration, steps of the history.

use super::said::Badge;
use crate::applications::dossier::{Answered, Happened};
use crate::applications::form::answer;
use crate::applications::opinion::Verdict;
use crate::applications::pipeline::Step;
use crate::campaigns::question::Kind;

/// What is said about trade registration.
pub fn trade(state: Option<&str>) -> &'static str {
    match state {
        Some("registered") => "angemeldet",
        Some("planned") => "geplant",
        Some("vat_id") => "Umsatzsteuer-ID vorhanden",
        _ => "noch offen",
    }
}

/// A line of the history.
pub fn happened(happened: &Happened) -> String {
    let by = happened.by.as_deref().unwrap_or("die bewerbende Person");
    match happened.step {
        Step::Review => format!("Sichtung begonnen, {by}"),
        Step::Asked => format!("Rückfrage gestellt, {by}"),
        Step::Invited => format!("zum Gespräch eingeladen, {by}"),
        Step::Talked => format!("Gespräch geführt, {by}"),
        Step::Offered => format!("Angebot gemacht, {by}"),
        Step::Accepted => "Angebot angenommen".into(),
        Step::Declined => "Angebot abgelehnt".into(),
        Step::Refused => format!("abgesagt, {by}"),
        Step::Due => format!("Frist geändert, {by}"),
    }
}

/// An answer as it is read: `ja`, `nein`, or the words themselves.
pub fn answer(answered: &Answered) -> String {
    match (answered.kind, answered.value.as_deref()) {
        (_, None) => "keine Antwort".into(),
        (Kind::YesNo, Some("yes")) => "ja".into(),
        (Kind::YesNo, Some("no")) => "nein".into(),
        (_, Some(value)) => value.into(),
    }
}

/// Whether an answer misses what the question asks for.
pub fn is_knocked_out(answered: &Answered) -> bool {
    let (Some(must_be), Some(value)) = (&answered.must_be, &answered.value) else { return false };
    answer::misses(answered.kind, must_be, value)
}

/// The badge of a verdict.
pub fn verdict(verdict: Verdict) -> Badge {
    let (tone, icon) = match verdict {
        Verdict::Yes => ("ok", "check"),
        Verdict::Unsure => ("warn", "circle-dashed"),
        Verdict::No => ("bad", "x"),
    };
    Badge { tone, icon, words: verdict.key().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_knocked_out_below_the_least() {
        let answered = |kind, must_be: &str, value: &str| Answered {
            wording: String::new(),
            kind,
            must_be: Some(must_be.into()),
            value: Some(value.into()),
        };
        assert!(is_knocked_out(&answered(Kind::Number, "15", "10")));
        assert!(!is_knocked_out(&answered(Kind::Number, "15", "15")));
        // As the form reads it: half hours count, and so does the point.
        assert!(!is_knocked_out(&answered(Kind::Number, "7,5", "8")));
        assert!(!is_knocked_out(&answered(Kind::Number, "15", "20,5")));
        assert!(is_knocked_out(&answered(Kind::Number, "7,5", "7.25")));
        assert!(is_knocked_out(&answered(Kind::YesNo, "yes", "no")));
        assert!(!is_knocked_out(&answered(Kind::YesNo, "yes", "yes")));
    }
}
