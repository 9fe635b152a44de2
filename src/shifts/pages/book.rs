//! Booking and releasing: one shift, or all ticked ones with a result per shift. Refusals are messages, not errors.

use axum::Extension;
use axum::extract::State;
use serde::Deserialize;

use crate::clock::german;
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::booking::{self, Facts, Outcome, Person, Refusal, ReleaseRefusal};
use crate::shifts::plan::Plans;
use crate::shifts::week::Week;
use crate::web::form::{Form, Path, own_path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Me, see_other};

/// Shifts ticked at once; more than a month of round-the-clock shifts.
const MOST: usize = 200;

/// The page the person came from.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    zurueck: String,
}

impl Back {
    /// Back to the page, at the shift's row.
    fn to(&self, shift: Option<ShiftId>) -> String {
        let page = own_path(&self.zurueck).unwrap_or("/schichten/frei");
        let page = page.split('#').next().unwrap_or(page);
        shift.map_or_else(|| page.to_owned(), |id| format!("{page}#s{id}"))
    }
}

fn person(me: &Me) -> Person<'_> {
    Person { id: me.account.into(), email: &me.email }
}

fn forget(plans: &Plans, facts: &Facts) {
    plans.forget_week(facts.campaign, Week::at(facts.starts_at, &facts.zone));
}

/// `POST /schichten/{id}/buchung`
pub async fn create(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    Now(now): Now,
    Path(shift): Path<ShiftId>,
    Form(back): Form<Back>,
) -> Answer {
    let Outcome { facts, result } = booking::book(&portal.db, &portal.config, shift, person(&me), now).await?;
    let facts = facts.ok_or(Error::NotFound)?;
    forget(&plans, &facts);
    let flash = match &result {
        Ok(()) => Flash::ok(format!("Gebucht: {}.", facts.said()), facts.release_hint(now)),
        Err(Refusal::AlreadyBooked) => Flash::info(format!("{}:", facts.said()), Refusal::AlreadyBooked.sentence()),
        Err(refusal) => Flash::warn(format!("Nicht gebucht: {}.", facts.said()), refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&back.to(result.is_ok().then_some(shift))))
}

/// The ticked shifts.
#[derive(Debug, Deserialize)]
pub struct Ticked {
    #[serde(default)]
    s: Vec<ShiftId>,
    #[serde(flatten)]
    back: Back,
}

/// `POST /schichten/buchungen`: each for itself, in the order of their ids.
pub async fn create_many(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    Now(now): Now,
    Form(Ticked { mut s, back }): Form<Ticked>,
) -> Answer {
    s.sort();
    s.dedup();
    if s.is_empty() || s.len() > MOST {
        let then = if s.is_empty() { "Kreuze zuerst Schichten an." } else { "Das sind zu viele auf einmal." };
        Flash::warn("Nichts gebucht.", then).keep(&portal, &me).await?;
        return Ok(see_other(&back.to(None)));
    }
    let (mut booked, mut lines) = (0, Vec::with_capacity(s.len()));
    for shift in &s {
        let Outcome { facts, result } = booking::book(&portal.db, &portal.config, *shift, person(&me), now).await?;
        booked += usize::from(result.is_ok());
        let what = result.map_or_else(|refusal| refusal.sentence(), |()| "gebucht.".into());
        lines.push(match facts {
            Some(facts) => {
                forget(&plans, &facts);
                (Some(facts.starts_at), format!("{}, {}: {what}", facts.said(), facts.campaign_name))
            }
            None => (None, what),
        });
    }
    lines.sort();
    let lines = lines.into_iter().map(|(_, line)| line).collect();
    result(booked, s.len()).with_lines(lines).keep(&portal, &me).await?;
    Ok(see_other(&back.to(None)))
}

fn result(booked: usize, of: usize) -> Flash {
    let said = german::count(booked as i64, "Schicht", "Schichten");
    match booked {
        0 => Flash::warn("Nichts gebucht.", "Der Grund steht bei jeder Schicht."),
        _ if booked == of => Flash::ok(format!("{said} gebucht."), ""),
        _ => Flash::warn(format!("{said} von {of} gebucht."), "Bei den anderen steht der Grund."),
    }
}

/// `POST /schichten/{id}/freigabe`
pub async fn delete(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    Now(now): Now,
    Path(shift): Path<ShiftId>,
    Form(back): Form<Back>,
) -> Answer {
    let Outcome { facts, result } = booking::release(&portal.db, &portal.config, shift, person(&me), now).await?;
    let facts = facts.ok_or(Error::NotFound)?;
    forget(&plans, &facts);
    let flash = match &result {
        Ok(()) => Flash::ok(format!("Freigegeben: {}.", facts.said()), "Der Platz ist wieder für andere da."),
        Err(refusal @ ReleaseRefusal::NotBooked) => Flash::info(format!("{}:", facts.said()), refusal.sentence()),
        Err(refusal) => Flash::warn(format!("Nicht freigegeben: {}.", facts.said()), refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&back.to(None)))
}
