//! One debtor's ledger, and the form for a correction or waiver. The form carries a stamp: sent twice, written once.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::statement::YearForm;
use crate::clock::{Zone, german};
use crate::fees::adjustment::{self, HIGHEST, LONGEST_REASON, NewAdjustment};
use crate::fees::ledger::{self, Kind, Row, Statement};
use crate::fees::month::Month;
use crate::fees::said;
use crate::freelancers::freelancer::{self, Freelancer};
use crate::id::FreelancerId;
use crate::policy;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, Query, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdjustmentForm {
    kind: String,
    month: String,
    amount: String,
    reason: String,
    stamp: String,
}

impl AdjustmentForm {
    fn empty(now: OffsetDateTime) -> Self {
        let stamp = Uuid::new_v4().to_string();
        Self { kind: "erlass".into(), month: Month::at(now).key(), stamp, ..Self::default() }
    }

    fn prove(&self, freelancer: FreelancerId) -> Result<NewAdjustment, Errors> {
        let mut errors = Errors::default();
        let kind = match self.kind.as_str() {
            "erlass" => Ok(Kind::Waiver),
            "korrektur" => Ok(Kind::Correction),
            _ => Err("Bitte wähle, worum es geht.".to_owned()),
        };
        let kind = errors.take("kind", kind);
        let month = Month::parse(&self.month).ok_or("Bitte gib einen Monat an, zum Beispiel 2026-10.".to_owned());
        let month = errors.take("month", month);
        let cents = errors.take("amount", cents(&self.amount, kind.unwrap_or(Kind::Correction)));
        let reason = errors.take("reason", text(&self.reason, LONGEST_REASON, "einen Grund"));
        let stamp = errors.take("reason", self.stamp.parse().map_err(|_| "Bitte lade die Seite neu.".to_owned()));
        match (kind, month, cents, reason, stamp) {
            (Some(kind), Some(month), Some(cents), Some(reason), Some(stamp)) => {
                Ok(NewAdjustment { freelancer, kind, month, cents, reason, stamp })
            }
            _ => Err(errors),
        }
    }
}

/// The cents of a typed sum. A waiver takes away, with or without a sign; a correction goes both ways.
fn cents(typed: &str, kind: Kind) -> Result<i32, String> {
    let bare = typed.trim();
    let (sign, bare) = match bare.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, bare.trim_start_matches('+')),
    };
    let cents = policy::german::cents(bare).filter(|cents| *cents > 0);
    let cents = cents.ok_or("Bitte gib einen Betrag an, zum Beispiel 2,90.".to_owned())?;
    if cents > HIGHEST {
        return Err(format!("Mehr als {} lassen sich hier nicht eintragen.", said(HIGHEST.into())));
    }
    Ok(if kind == Kind::Waiver { -cents } else { sign * cents })
}

#[derive(Template, WebTemplate)]
#[template(path = "fees/person.html")]
struct PersonPage {
    layout: Layout,
    person: Freelancer,
    statement: Statement,
    form: AdjustmentForm,
    errors: Errors,
}

impl PersonPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        id: FreelancerId,
        year: i32,
        form: AdjustmentForm,
        errors: Errors,
    ) -> Result<Self, Error> {
        let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
        let statement = ledger::statement(&portal.db, id, year).await?;
        Ok(Self { layout: page.layout(&person.name), person, statement, form, errors })
    }

    fn sum(&self, row: &Row) -> String {
        said(row.cents.into())
    }

    fn opening(&self) -> String {
        said(self.statement.opening)
    }

    fn closing(&self) -> String {
        said(self.statement.closing())
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }

    fn is_kind(&self, key: &str) -> bool {
        self.form.kind == key
    }
}

/// `GET /verwaltung/beitraege/{id}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Path(id): Path<FreelancerId>,
    Query(form): Query<YearForm>,
) -> Answer {
    let year = form.jahr.parse().unwrap_or(Zone::berlin().date(now).year());
    let (form, errors) = (AdjustmentForm::empty(now), Errors::default());
    Ok(PersonPage::load(&portal, &page, id, year, form, errors).await?.into_response())
}

/// `POST /verwaltung/beitraege/{id}/korrektur`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<FreelancerId>,
    Form(form): Form<AdjustmentForm>,
) -> Answer {
    let year = Zone::berlin().date(now).year();
    let new = match form.prove(id) {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessable(PersonPage::load(&portal, &page, id, year, form, errors).await?)),
    };
    let number = match adjustment::note(&portal.db, &new, me.account, now).await?.ok_or(Error::NotFound)? {
        Ok(number) => number,
        Err(refusal) => {
            let mut errors = Errors::default();
            errors.add(if refusal.is_about_the_month() { "month" } else { "amount" }, refusal.sentence());
            return Ok(unprocessable(PersonPage::load(&portal, &page, id, year, form, errors).await?));
        }
    };
    let what = format!("{} über {} ist notiert, Nummer {number}.", new.kind.label(), said(new.cents.into()));
    Flash::ok(what, "Die Person sieht die Zeile mit ihrem Grund.").keep(&portal, &me).await?;
    Ok(see_other(&format!("/verwaltung/beitraege/{id}?jahr={}", new.month.first().year())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_takes_away_and_a_correction_goes_both_ways() {
        assert_eq!(cents("2,90", Kind::Waiver), Ok(-290));
        assert_eq!(cents("-2,90 €", Kind::Waiver), Ok(-290));
        assert_eq!(cents("−1", Kind::Correction), Ok(-100));
        assert_eq!(cents("+1,5", Kind::Correction), Ok(150));
        for bad in ["", "0", "-0,00", "viel", "--1", "1000,01"] {
            assert!(cents(bad, Kind::Correction).is_err(), "{bad}");
        }
    }
}
