//! One qualification, as staff see it: what it is, why, and what can be decided, each with a reason that is kept and told.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::GRANTING;
use crate::clock::{Zone, german};
use crate::freelancers::bar::{self, Bar};
use crate::freelancers::decision::{self, Decision};
use crate::freelancers::freelancer::{self, Freelancer};
use crate::freelancers::history::{self, Entry};
use crate::freelancers::objection::{self, Objection};
use crate::freelancers::qualification::{self, LONGEST_REASON, Qualification, State as Standing};
use crate::id::{CampaignId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed; the button says what is decided.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    schritt: String,
    grund: String,
    bis: String,
    antwort: String,
}

impl DecisionForm {
    fn prove(&self, zone: &Zone) -> Result<(Decision, String), Errors> {
        let mut errors = Errors::default();
        let reason = errors.take("grund", text(&self.grund, LONGEST_REASON, "einen Grund"));
        let decision = match self.schritt.as_str() {
            "aussetzen" => Some(Decision::Suspend),
            "wieder" => Some(Decision::Resume),
            "entziehen" => Some(Decision::Revoke),
            "gueltigkeit" => errors.take("bis", last_day(&self.bis, zone)).map(Decision::Limit),
            _ => {
                errors.add("grund", "Bitte wähle, was geschehen soll.");
                None
            }
        };
        match (decision, reason) {
            (Some(decision), Some(reason)) => Ok((decision, reason)),
            _ => Err(errors),
        }
    }
}

/// The instant after the last day on which one may book; an empty field lifts the end.
fn last_day(typed: &str, zone: &Zone) -> Result<Option<OffsetDateTime>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let day = Date::parse(typed.trim(), format_description!("[year]-[month]-[day]")).ok();
    let next = day.filter(|day| crate::clock::YEARS.contains(&day.year())).and_then(Date::next_day);
    next.map(|day| Some(zone.midnight(day))).ok_or_else(|| "Bitte gib einen Tag an, zum Beispiel 31.12.2026.".into())
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/qualification.html")]
struct QualificationPage {
    layout: Layout,
    account: Freelancer,
    found: Qualification,
    state: Standing,
    bars: Vec<Bar>,
    objections: Vec<Objection>,
    history: Vec<Entry>,
    may_grant: bool,
    form: DecisionForm,
    errors: Errors,
}

impl QualificationPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (me, now): (&Me, OffsetDateTime),
        (id, campaign): (FreelancerId, CampaignId),
        (form, errors): (DecisionForm, Errors),
    ) -> Result<Self, Error> {
        let db = &portal.db;
        let account = freelancer::find(db, id).await?.ok_or(Error::NotFound)?;
        let found = qualification::find(db, id, campaign).await?.ok_or(Error::NotFound)?;
        Ok(Self {
            layout: page.layout(&format!("Einsatzbereit: {}", account.name)),
            state: found.state(now),
            bars: bar::list(db, id, campaign).await?,
            objections: objection::list(db, id, campaign).await?,
            history: history::of_campaign(db, id, campaign).await?,
            may_grant: me.has_any(GRANTING),
            account,
            found,
            form,
            errors,
        })
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    /// The last day on which one may book.
    fn last_day(&self) -> Option<String> {
        self.found.valid_until.map(|until| self.day(&(until - time::Duration::SECOND)))
    }

    fn has_ended(&self) -> bool {
        self.state == Standing::Revoked
    }

    fn rests(&self) -> bool {
        self.state == Standing::Suspended
    }

    fn open_objection(&self) -> bool {
        self.objections.iter().any(|o| o.answer.is_none())
    }
}

/// `GET /verwaltung/freelancer/{id}/einsatzbereit/{campaign}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(ids): Path<(FreelancerId, CampaignId)>,
) -> Answer {
    let typed = (DecisionForm::default(), Errors::default());
    Ok(QualificationPage::load(&portal, &page, (&me, now), ids, typed).await?.into_response())
}

/// `POST /verwaltung/freelancer/{id}/einsatzbereit/{campaign}`
pub async fn decide(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(ids): Path<(FreelancerId, CampaignId)>,
    Form(form): Form<DecisionForm>,
) -> Answer {
    qualification::find(&portal.db, ids.0, ids.1).await?.ok_or(Error::NotFound)?;
    let (decision, reason) = match form.prove(&Zone::berlin()) {
        Ok(proven) => proven,
        Err(errors) => {
            let page = QualificationPage::load(&portal, &page, (&me, now), ids, (form, errors)).await?;
            return Ok(unprocessable(page));
        }
    };
    let decided = decision::decide(&portal.db, &portal.config, ids, decision, &reason, me.account, now).await?;
    let flash = match decided {
        Ok(()) => done(decision),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    let below = if matches!(decision, Decision::Suspend | Decision::Revoke) { "" } else { "/einsatzbereit/" };
    let campaign = if below.is_empty() { String::new() } else { ids.1.to_string() };
    Ok(see_other(&format!("/verwaltung/freelancer/{}{below}{campaign}", ids.0)))
}

fn done(decision: Decision) -> Flash {
    let told = "Die Person bekommt eine Mail mit dem Grund.";
    let stay = "Die Person bekommt eine Mail mit dem Grund. Gebuchte Schichten bleiben, bis über sie entschieden ist.";
    match decision {
        Decision::Suspend => Flash::ok("Die Einsatzbereitschaft ruht.", stay),
        Decision::Revoke => Flash::ok("Die Einsatzbereitschaft ist entzogen.", stay),
        Decision::Resume => Flash::ok("Die Einsatzbereitschaft gilt wieder.", told),
        Decision::Limit(Some(_)) => Flash::ok("Das Ende ist eingetragen.", told),
        Decision::Limit(None) => Flash::ok("Die Einsatzbereitschaft gilt ohne Enddatum.", told),
    }
}

/// `POST /verwaltung/freelancer/{id}/einsatzbereit/{campaign}/antwort`
pub async fn answer(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(ids): Path<(FreelancerId, CampaignId)>,
    Form(form): Form<DecisionForm>,
) -> Answer {
    qualification::find(&portal.db, ids.0, ids.1).await?.ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    let Some(words) = errors.take("antwort", text(&form.antwort, objection::LONGEST, "eine Antwort")) else {
        return Ok(unprocessable(QualificationPage::load(&portal, &page, (&me, now), ids, (form, errors)).await?));
    };
    let flash = match objection::answer(&portal.db, &portal.config, ids, &words, me.account, now).await? {
        true => Flash::ok("Die Antwort ist unterwegs.", "Sie steht auch im Verlauf."),
        false => Flash::info("Hier ist kein Einspruch offen.", "Vielleicht hat gerade jemand geantwortet."),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("/verwaltung/freelancer/{}/einsatzbereit/{}", ids.0, ids.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_last_day_counts_whole() {
        let zone = Zone::berlin();
        assert_eq!(last_day("2026-12-31", &zone), Ok(Some(datetime!(2026-12-31 23:00 UTC))));
        assert_eq!(last_day(" ", &zone), Ok(None));
        assert!(last_day("31.12.", &zone).is_err() && last_day("99999-01-01", &zone).is_err());
    }

    #[test]
    fn each_decision_needs_a_reason() {
        let form = DecisionForm { schritt: "aussetzen".into(), ..DecisionForm::default() };
        assert_eq!(form.prove(&Zone::berlin()).unwrap_err().fields().collect::<Vec<_>>(), ["grund"]);
        let form = DecisionForm { schritt: "zaubern".into(), grund: "so".into(), ..DecisionForm::default() };
        assert!(form.prove(&Zone::berlin()).is_err());
    }
}
