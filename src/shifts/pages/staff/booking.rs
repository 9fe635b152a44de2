//! Taking a booking off, with a reason that the person gets: the one thing staff can do to a booking.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::id::BookingId;
use crate::portal::Portal;
use crate::shifts::kind::Kind;
use crate::shifts::taking_off::{self, Live, TakeOffRefusal};
use crate::shifts::{said, shift};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct TakeOffForm {
    #[serde(default)]
    grund: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_take_off.html")]
struct TakeOffPage {
    layout: Layout,
    live: Live,
    form: TakeOffForm,
    errors: Errors,
}

impl TakeOffPage {
    fn said(&self) -> String {
        said(&self.live.zone, self.live.starts_at, self.live.ends_at)
    }
}

/// `GET /verwaltung/buchungen/{id}/aufhebung`
pub async fn edit(State(portal): State<Portal>, page: Page, Path(id): Path<BookingId>) -> Answer {
    let Some(live) = taking_off::live(&portal.db, id).await? else {
        let shift = shift::of_booking(&portal.db, id).await?.ok_or(Error::NotFound)?;
        return Ok(see_other(&format!("/verwaltung/schichten/{shift}")));
    };
    let layout = page.layout("Buchung aufheben");
    Ok(TakeOffPage { layout, live, form: TakeOffForm::default(), errors: Errors::default() }.into_response())
}

/// `POST /verwaltung/buchungen/{id}/aufhebung`
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Path(id): Path<BookingId>,
    Now(now): Now,
    Form(form): Form<TakeOffForm>,
) -> Answer {
    let shift = shift::of_booking(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let back = format!("/verwaltung/schichten/{shift}");
    let Some(live) = taking_off::live(&portal.db, id).await? else {
        Flash::warn("Nichts geändert.", TakeOffRefusal::NotBooked.sentence()).keep(&portal, &me).await?;
        return Ok(see_other(&back));
    };
    let mut errors = Errors::default();
    let Some(reason) = errors.take("grund", form::text(&form.grund, 500, "einen Grund")) else {
        return Ok(unprocessable(TakeOffPage { layout: page.layout("Buchung aufheben"), live, form, errors }));
    };
    let flash = match taking_off::take_off(&portal.db, &portal.config, &live, &reason, me.account, now).await? {
        Ok(()) => Flash::ok("Die Buchung ist aufgehoben.", "Der Platz ist wieder frei; die Person bekommt eine Mail."),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&back))
}
