//! Forms: reading what was typed, and the errors that go back beside the fields, all at once.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::Error;
use crate::accounts::account;

/// Errors of a form: field → sentence. The page shows them beside the fields and names the fields at its top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(BTreeMap<String, String>);

impl Errors {
    /// Adds a sentence to a field; the first one stays.
    pub fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.0.entry(field.into()).or_insert_with(|| sentence.into());
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sentence of a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// How many fields need care.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The fields that need care, by name.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// `Eine Angabe braucht …` / `3 Angaben brauchen noch etwas von dir.`
    pub fn summary(&self) -> String {
        match self.0.len() {
            1 => "Eine Angabe braucht noch etwas von dir.".into(),
            n => format!("{n} Angaben brauchen noch etwas von dir."),
        }
    }

    /// Takes a proven value, or notes why there is none.
    pub fn take<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|sentence| self.add(field, sentence)).ok()
    }
}

/// What was typed. Fields that are missing are empty; a body that is no form is an error page, not a crash.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match axum_extra::extract::Form::<T>::from_request(request, state).await {
            Ok(axum_extra::extract::Form(form)) => Ok(Self(form)),
            Err(rejection) if rejection.to_string().contains("length limit") => Err(Error::TooLarge),
            Err(_) => Err(Error::Malformed),
        }
    }
}

/// What stands after the `?`. Values that cannot be read are an error page.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> axum::extract::FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Error> {
        let query = axum_extra::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|axum_extra::extract::Query(query)| Self(query)).map_err(|_| Error::Malformed)
    }
}

/// A path with an id that is none is simply not there: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> axum::extract::FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Error> {
        // PostgreSQL has no text with a zero byte in it, so nothing can be called that.
        if parts.uri.path().contains("%00") {
            return Err(Error::NotFound);
        }
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|_| Error::NotFound)
    }
}

/// A text of the form: trimmed, not empty, not too long. Browsers end lines with two characters where people see one, and
/// PostgreSQL has no text with a zero byte in it.
pub fn text(typed: &str, longest: usize, what: &str) -> Result<String, String> {
    let typed = typed.replace("\r\n", "\n").replace('\0', "");
    let typed = typed.trim();
    match typed.chars().count() {
        0 => Err(format!("Bitte gib {what} an.")),
        n if n > longest => Err(format!("Bitte kürze auf höchstens {longest} Zeichen; das sind {n}.")),
        _ => Ok(typed.to_owned()),
    }
}

/// A text of one line, such as a name: as [`text`], with every run of blanks, line ends included, as one blank.
/// Names stand in the subjects of mails, which have one line.
pub fn line(typed: &str, longest: usize, what: &str) -> Result<String, String> {
    let words: Vec<&str> =
        typed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    text(&words.join(" "), longest, what)
}

/// A mail address of the form, in the form of the database.
pub fn email(typed: &str) -> Result<String, String> {
    let email = account::normalise(typed);
    if !account::is_email(&email) {
        return Err("Bitte gib eine E-Mail-Adresse an, zum Beispiel jana@beispiel.de.".into());
    }
    Ok(email)
}

/// A telephone number as people write it.
pub fn phone(typed: &str) -> Result<String, String> {
    let number = line(typed, 40, "eine Nummer")?;
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let is_number = number.chars().all(|c| c.is_ascii_digit() || " +-/()".contains(c));
    if is_number && (5..=20).contains(&digits) {
        Ok(number)
    } else {
        Err("Bitte gib eine Telefonnummer an, zum Beispiel 0461 5550100.".into())
    }
}

/// A path to go back or on to, if it is one of our own: nobody is sent to another site.
pub fn own_path(path: &str) -> Option<&str> {
    // Browsers take tabs and line ends out of an address: `/<tab>/evil.example` would become `//evil.example`.
    let elsewhere = path.starts_with("//") || path.contains(|c: char| c == '\\' || c.is_control());
    (path.starts_with('/') && !elsewhere).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_line() {
        assert_eq!(line(" Jana\r\nWölk\0 ", 20, "einen Namen"), Ok("Jana Wölk".into()));
        assert!(line("\n", 20, "einen Namen").is_err());
    }

    #[test]
    fn a_text_is_what_people_see() {
        assert_eq!(text(" eins\r\nzw\0ei ", 9, "einen Text"), Ok("eins\nzwei".into()));
        assert!(text("\0 ", 9, "einen Text").is_err());
    }

    #[test]
    fn telephone_numbers_as_people_write_them() {
        for right in ["0461 5550100", "+49 (461) 555-0100", "0461/5550100"] {
            assert!(phone(right).is_ok(), "{right}");
        }
        for wrong in ["1234", "keine", "0461 5550100 abends", "<script>"] {
            assert!(phone(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(own_path("/schichtplan?woche=2026-W49"), Some("/schichtplan?woche=2026-W49"));
        for evil in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "",
            "/a\r\nSet-Cookie: x",
            "/\0",
        ] {
            assert_eq!(own_path(evil), None, "{evil}");
        }
    }
}
