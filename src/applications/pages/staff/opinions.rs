//! Giving one's own opinion by fixed criteria.

use axum::extract::State as With;
use serde::Deserialize;

use super::dossier::{Typed, again};
use super::{back, find};
use crate::applications::opinion::{self, CRITERIA, LONGEST, NewOpinion, Opinion, Verdict};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Me, Page};

/// What was chosen and typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OpinionForm {
    pub service: String,
    pub language: String,
    pub clarity: String,
    pub equipment: String,
    pub overall: String,
    pub wort: String,
}

impl From<&Opinion> for OpinionForm {
    fn from(own: &Opinion) -> Self {
        let [service, language, clarity, equipment, overall] = own.verdicts.map(|verdict| verdict.key().to_owned());
        Self { service, language, clarity, equipment, overall, wort: own.body.clone() }
    }
}

impl OpinionForm {
    /// What was chosen for a criterion.
    pub fn chosen(&self, criterion: &str) -> &str {
        match criterion {
            "service" => &self.service,
            "language" => &self.language,
            "clarity" => &self.clarity,
            "equipment" => &self.equipment,
            _ => &self.overall,
        }
    }

    fn prove(&self) -> Result<NewOpinion, Errors> {
        let mut errors = Errors::default();
        let mut verdicts = [Verdict::Unsure; 5];
        for (slot, (criterion, _)) in verdicts.iter_mut().zip(CRITERIA) {
            let chosen =
                Verdict::of_key(self.chosen(criterion)).ok_or_else(|| "Bitte wähle ja, unsicher oder nein.".into());
            *slot = errors.take(criterion, chosen).unwrap_or(Verdict::Unsure);
        }
        let body = self.wort.replace("\r\n", "\n").replace('\0', "").trim().to_owned();
        let length = body.chars().count();
        if length > LONGEST {
            errors.add("wort", format!("Bitte kürze auf höchstens {LONGEST} Zeichen; das sind {length}."));
        }
        if errors.is_empty() { Ok(NewOpinion { verdicts, body }) } else { Err(errors) }
    }
}

/// `POST /verwaltung/bewerbungen/{id}/einschaetzung`
pub async fn give(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<OpinionForm>,
) -> Answer {
    find(&portal, &me, id).await?;
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => {
            let typed = Typed { opinion: Some(form), ..Typed::default() };
            return again(&portal, &page, &me, id, (typed, errors), now).await;
        }
    };
    let flash = match opinion::give(&portal.db, id, me.account, &new, now).await? {
        Ok(()) => {
            Flash::ok("Deine Einschätzung ist gespeichert.", "Du kannst sie ändern, solange die Bewerbung offen ist.")
        }
        Err(refusal) => Flash::warn("Nicht gespeichert.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_criterion_wants_an_answer() {
        let form = OpinionForm { service: "ja".into(), language: "vielleicht".into(), ..OpinionForm::default() };
        let errors = form.prove().expect_err("four are missing");
        assert_eq!(errors.fields().collect::<Vec<_>>(), ["clarity", "equipment", "language", "overall"]);
    }
}
