//! The booked shifts of somebody who may no longer book, or no longer has access: staff decide about each.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::clock::german;
use crate::freelancers::freelancer::{self, Freelancer};
use crate::id::{BookingId, FreelancerId};
use crate::portal::Portal;
use crate::shifts::kind::Kind;
use crate::shifts::undecided::{self, Undecided, Verdict};
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// The ticked bookings; the button says what becomes of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VerdictForm {
    b: Vec<String>,
    grund: String,
    schritt: String,
}

impl VerdictForm {
    fn prove(&self) -> Result<(Vec<BookingId>, Verdict, String), Errors> {
        let mut errors = Errors::default();
        let ids: Vec<BookingId> = self.b.iter().filter_map(|id| id.parse().ok()).collect();
        if ids.is_empty() {
            errors.add("b", "Bitte kreuze an, über welche Schichten du entscheidest.");
        }
        let verdict = if self.schritt == "aufheben" { Verdict::TakeOff } else { Verdict::Keep };
        match errors.take("grund", text(&self.grund, 500, "einen Grund")) {
            Some(reason) if errors.is_empty() => Ok((ids, verdict, reason)),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_undecided.html")]
struct DecisionPage {
    layout: Layout,
    person: Freelancer,
    bookings: Vec<Undecided>,
    form: VerdictForm,
    errors: Errors,
}

impl DecisionPage {
    fn is_ticked(&self, booking: &BookingId) -> bool {
        self.form.b.iter().any(|id| *id == booking.to_string())
    }
}

/// `GET /verwaltung/freelancer/{id}/buchungen`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(id): Path<FreelancerId>) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let bookings = undecided::of(&portal.db, id, now).await?;
    let (layout, form) = (page.layout(&format!("Gebuchte Schichten: {}", person.name)), VerdictForm::default());
    Ok(DecisionPage { layout, person, bookings, form, errors: Errors::default() }.into_response())
}

/// `POST /verwaltung/freelancer/{id}/buchungen`
pub async fn decide(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<FreelancerId>,
    Form(form): Form<VerdictForm>,
) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let (ids, verdict, reason) = match form.prove() {
        Ok(proven) => proven,
        Err(errors) => {
            let bookings = undecided::of(&portal.db, id, now).await?;
            let layout = page.layout(&format!("Gebuchte Schichten: {}", person.name));
            return Ok(unprocessable(DecisionPage { layout, person, bookings, form, errors }));
        }
    };
    let order = (ids.as_slice(), verdict);
    let n = undecided::decide(&portal.db, &portal.config, id, order, &reason, me.account, now).await?;
    let told = if person.access_ended_at.is_some() {
        "Es steht im Verlauf."
    } else {
        "Die Person bekommt eine Mail mit dem Grund."
    };
    let flash = match (n, verdict) {
        (0, _) => Flash::info("Nichts geändert.", "Über diese Schichten ist schon entschieden."),
        (n, Verdict::Keep) => Flash::ok(
            format!("{}.", german::count(n as i64, "Schicht bleibt gebucht", "Schichten bleiben gebucht")),
            told,
        ),
        (n, Verdict::TakeOff) => {
            Flash::ok(format!("{} aufgehoben.", german::count(n as i64, "Buchung", "Buchungen")), told)
        }
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("/verwaltung/freelancer/{id}/buchungen")))
}
