//! Routes of first shifts.

mod mentor;
mod staff;
mod trainee;

use serde::Deserialize;

use crate::accounts::role::Role;
use crate::training::sign_off::{LONGEST_WORD, SignOff};
use crate::web::form::{Errors, text};
use crate::web::{Audience, Routes};

/// Who sees to first shifts.
const SEE: Audience = Audience::Staff(&[Role::Trainer, Role::Planner, Role::Administrator]);
/// Who signs off where the mentor cannot.
const SIGN: Audience = Audience::Staff(SIGNING);
const SIGNING: &[Role] = &[Role::Trainer, Role::Administrator];

/// The routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/erste-schichten", Audience::Freelancer, trainee::show)
        .post("/erste-schichten/{id}/platz", Audience::Freelancer, trainee::book)
        .get("/pat", Audience::Freelancer, mentor::show)
        .post("/pat/angebote/{campaign}", Audience::Freelancer, mentor::offer)
        .post("/pat/angebote/{campaign}/ruecknahme", Audience::Freelancer, mentor::withdraw)
        .post("/pat/abnahmen/{id}", Audience::Freelancer, mentor::sign)
        .get("/verwaltung/erste-schichten", SEE, staff::show)
        .post("/verwaltung/erste-schichten/paten/{id}/{campaign}", SEE, staff::confirm)
        .get("/verwaltung/erste-schichten/abnahmen/{id}", SIGN, staff::edit)
        .post("/verwaltung/erste-schichten/abnahmen/{id}", SIGN, staff::sign)
}

/// A sign-off as typed; the button says how it went.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignOffForm {
    wort: String,
    ergebnis: String,
}

impl SignOffForm {
    fn prove(&self) -> Result<(SignOff, String), Errors> {
        let mut errors = Errors::default();
        let word = errors.take("wort", text(&self.wort, LONGEST_WORD, "ein paar Worte"));
        let result = match self.ergebnis.as_str() {
            "abgenommen" => Some(SignOff::Passed),
            "nochmal" => Some(SignOff::Again),
            _ => {
                errors.add("wort", "Bitte wähle „Abgenommen“ oder „Noch einmal“.");
                None
            }
        };
        result.zip(word).ok_or(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_off_needs_a_word_and_a_result() {
        let form = |wort: &str, ergebnis: &str| SignOffForm { wort: wort.into(), ergebnis: ergebnis.into() }.prove();
        assert_eq!(form(" gut ", "abgenommen"), Ok((SignOff::Passed, "gut".into())));
        assert_eq!(form("gut", "nochmal"), Ok((SignOff::Again, "gut".into())));
        assert!(form("", "abgenommen").is_err() && form("gut", "").is_err());
    }
}
