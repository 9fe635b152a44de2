//! New shifts: one, or the same on several days of the week.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::Duration;

use super::Scope;
use super::line::{Line, LineForm};
use super::offer::{self, Offer};
use crate::clock::german;
use crate::portal::Portal;
use crate::shifts::batch::{self, Kind};
use crate::shifts::shift::Slot;
use crate::web::form::{Errors, Form, Query};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What the form is filled in with, for instance for a gap.
#[derive(Debug, Deserialize)]
pub struct Prefill {
    #[serde(default)]
    tag: String,
    #[serde(default)]
    von: String,
    #[serde(default)]
    bis: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_new.html")]
struct NewPage {
    layout: Layout,
    scope: Scope,
    form: LineForm,
    errors: Errors,
}

/// `GET …/schichten/neu`
pub async fn new(page: Page, scope: Scope, Query(prefill): Query<Prefill>) -> Answer {
    let form = LineForm { tag: vec![prefill.tag], von: prefill.von, bis: prefill.bis, ..LineForm::default() };
    Ok(NewPage { layout: page.layout("Schicht anlegen"), scope, form, errors: Errors::default() }.into_response())
}

/// `POST …/schichten/neu`
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    scope: Scope,
    Now(now): Now,
    Form(form): Form<LineForm>,
) -> Answer {
    let mut errors = Errors::default();
    if let Some(line) = form.prove(&scope.campaign, &mut errors) {
        let slots = slots(&scope, &line);
        let offer = Offer::of(&portal, &scope, &slots, now).await?;
        match refused(&offer) {
            Some(sentence) => errors.add("tag", sentence),
            None => {
                let made = batch::create(&portal.db, &scope.campaign, scope.week, Kind::Add, &slots, me.account, now);
                let flash = match made.await? {
                    Ok(made) => offer::created(made, slots.len() - made),
                    Err(refusal) => Flash::warn("Nichts angelegt.", refusal.sentence()),
                };
                flash.keep(&portal, &me).await?;
                return Ok(see_other(&scope.path(&format!("?tag={}#liste", line.weekdays[0]))));
            }
        }
    }
    Ok(unprocessable(NewPage { layout: page.layout("Schicht anlegen"), scope, form, errors }))
}

fn slots(scope: &Scope, line: &Line) -> Vec<Slot> {
    let slot = |weekday: &i16| Slot {
        day: scope.week.monday() + Duration::days(i64::from(weekday - 1)),
        starts: line.starts,
        ends: line.ends,
        channel: line.channel,
        seats: line.seats,
    };
    line.weekdays.iter().map(slot).collect()
}

/// `Mi, 23.12.: außerhalb der Öffnungszeiten.` for each day that does not fit.
fn refused(offer: &Offer) -> Option<String> {
    let said = |p: &crate::shifts::pattern::Proposal| {
        (!p.is_fine()).then(|| format!("{}: {}.", german::short_day(p.slot.day), p.verdict.sentence()))
    };
    let sentences: Vec<String> = offer.proposals.iter().filter_map(said).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
