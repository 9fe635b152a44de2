//! Changing and deleting the ticked shifts: what to change, what it would do, then doing it.

use std::collections::BTreeSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::impact::ImpactPage;
use super::{Scope, ids, line};
use crate::campaigns::opening;
use crate::clock::german;
use crate::portal::Portal;
use crate::shifts::change::{self, Action, Done, Order, Preview, Refusal, Wish};
use crate::shifts::said;
use crate::shifts::shift::{self, Shift};
use crate::web::form::{self, Errors, Form, Query};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// Ticked shifts, wishes, and on the last step what was confirmed.
#[derive(Debug, Default, Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    pub s: Vec<String>,
    #[serde(default)]
    pub von: String,
    #[serde(default)]
    pub bis: String,
    #[serde(default)]
    pub plaetze: String,
    #[serde(default)]
    pub kanal: String,
    /// Ticked: shifts of which nothing is left go.
    #[serde(default)]
    pub entfallen: String,
    #[serde(default)]
    pub grund: String,
    /// Colliding bookings to take off.
    #[serde(default)]
    pub weg: Vec<String>,
    /// Digest of the preview that was shown.
    #[serde(default)]
    pub stand: String,
    /// `pruefen`: show what it does; `ausfuehren`: do it.
    #[serde(default)]
    pub schritt: String,
}

impl ChangeForm {
    fn chosen(&self) -> BTreeSet<crate::id::BookingId> {
        self.weg.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// What is wished; empty fields stay as they are.
    fn wish(&self, scope: &Scope, errors: &mut Errors) -> Option<Wish> {
        let given = |text: &str| !text.trim().is_empty();
        let mut wish = Wish::default();
        if given(&self.von) {
            wish.start = errors.take("von", line::time(&self.von, "den Beginn"));
        }
        if given(&self.bis) {
            wish.end = errors.take("bis", line::time(&self.bis, "das Ende"));
        }
        if given(&self.plaetze) {
            wish.seats = errors.take("plaetze", line::seats(&self.plaetze));
        }
        if given(&self.kanal) {
            wish.channel = errors.take("kanal", line::channel(&self.kanal, &scope.campaign));
        }
        if errors.is_empty() && wish == Wish::default() {
            errors.add("von", "Bitte gib an, was sich ändern soll: Beginn, Ende, Plätze oder Kanal.");
        }
        wish.drop = !self.entfallen.is_empty();
        errors.is_empty().then_some(wish)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_change.html")]
struct ChangePage {
    layout: Layout,
    scope: Scope,
    shifts: Vec<Shift>,
    form: ChangeForm,
    errors: Errors,
}

impl ChangePage {
    fn said(&self, shift: &Shift) -> String {
        said(&self.scope.campaign.zone, shift.starts_at, shift.ends_at)
    }
}

/// `GET …/aenderung?s=4711`: the form; without a shift back to the plan.
pub async fn edit(State(portal): State<Portal>, page: Page, scope: Scope, Query(form): Query<ChangeForm>) -> Answer {
    let shifts = shift::chosen(&portal.db, scope.campaign.id, scope.week, &ids(&form.s)).await?;
    if shifts.is_empty() {
        return Ok(see_other(&scope.path("")));
    }
    let errors = Errors::default();
    Ok(ChangePage { layout: page.layout("Schichten ändern"), scope, shifts, form, errors }.into_response())
}

/// `GET …/loeschung?s=4711`: what deleting would do; without a shift back to the plan.
pub async fn look_at_deletion(
    State(portal): State<Portal>,
    page: Page,
    scope: Scope,
    Query(form): Query<ChangeForm>,
    Now(now): Now,
) -> Answer {
    let action = Action::Delete;
    let preview = look(&portal, &scope, &form, action, now).await?;
    if preview.impacts.is_empty() {
        return Ok(see_other(&scope.path("")));
    }
    let (layout, errors) = (page.layout("Löschen prüfen"), Errors::default());
    Ok(ImpactPage { layout, scope, form, action, preview, errors, notice: None }.into_response())
}

/// `POST …/aenderung`
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    scope: Scope,
    Now(now): Now,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let shifts = shift::chosen(&portal.db, scope.campaign.id, scope.week, &ids(&form.s)).await?;
    if shifts.is_empty() {
        return nothing_ticked(&portal, &me, &scope).await;
    }
    let mut errors = Errors::default();
    let first = form.schritt.is_empty();
    let wish = if first { None } else { form.wish(&scope, &mut errors) };
    match wish {
        Some(wish) => confirm(&portal, &me, page, scope, form, Action::Change(wish), now).await,
        None => {
            let page = ChangePage { layout: page.layout("Schichten ändern"), scope, shifts, form, errors };
            Ok(if first { page.into_response() } else { unprocessable(page) })
        }
    }
}

/// `POST …/loeschung`
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    scope: Scope,
    Now(now): Now,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let shifts = shift::chosen(&portal.db, scope.campaign.id, scope.week, &ids(&form.s)).await?;
    if shifts.is_empty() {
        return nothing_ticked(&portal, &me, &scope).await;
    }
    confirm(&portal, &me, page, scope, form, Action::Delete, now).await
}

async fn nothing_ticked(portal: &Portal, me: &Me, scope: &Scope) -> Answer {
    let then = "Bitte wähle Schichten aus der Liste. Gelöschte gibt es nicht mehr.";
    Flash::warn("Keine Schicht ausgewählt.", then).keep(portal, me).await?;
    Ok(see_other(&scope.path("#liste")))
}

/// Shows what it would do; or does it, if exactly that was confirmed.
async fn confirm(
    portal: &Portal,
    me: &Me,
    page: Page,
    scope: Scope,
    form: ChangeForm,
    action: Action,
    now: OffsetDateTime,
) -> Answer {
    let preview = look(portal, &scope, &form, action, now).await?;
    let mut errors = Errors::default();
    let mut notice = None;
    let confirmed = form.schritt == "ausfuehren";
    if confirmed {
        match attempt(portal, me, &scope, &form, (action, &preview), &mut errors, now).await? {
            Ok(done) => {
                done_flash(action, done).keep(portal, me).await?;
                let day = preview.impacts.first().map(|i| scope.campaign.zone.date(i.shift.starts_at));
                let tag = day.map_or(1, |day| day.weekday().number_from_monday());
                return Ok(see_other(&scope.path(&format!("?tag={tag}#liste"))));
            }
            Err(refusal) => notice = refusal,
        }
    }
    let preview =
        if notice == Some(Refusal::Differs) { look(portal, &scope, &form, action, now).await? } else { preview };
    let title = if action == Action::Delete { "Löschen prüfen" } else { "Änderung prüfen" };
    let page = ImpactPage { layout: page.layout(title), scope, form, action, preview, errors, notice };
    Ok(if confirmed { unprocessable(page) } else { page.into_response() })
}

/// Executes what was confirmed. The refusal; or none, if a field needs care.
async fn attempt(
    portal: &Portal,
    me: &Me,
    scope: &Scope,
    form: &ChangeForm,
    (action, preview): (Action, &Preview),
    errors: &mut Errors,
    now: OffsetDateTime,
) -> Result<Result<Done, Option<Refusal>>, Error> {
    if preview.digest != form.stand {
        return Ok(Err(Some(Refusal::Differs)));
    }
    let concerned = preview.people() > 0;
    let reason = if concerned { errors.take("grund", form::text(&form.grund, 500, "einen Grund")) } else { None };
    if concerned && reason.is_none() {
        return Ok(Err(None));
    }
    let order = Order {
        ids: &ids(&form.s),
        action,
        chosen: &form.chosen(),
        reason: &reason.unwrap_or_default(),
        digest: &form.stand,
    };
    let done = change::execute(&portal.db, &portal.config, (&scope.campaign, scope.week), &order, me.account, now);
    Ok(done.await?.map_err(Some))
}

async fn look(
    portal: &Portal,
    scope: &Scope,
    form: &ChangeForm,
    action: Action,
    now: OffsetDateTime,
) -> Result<Preview, sqlx::Error> {
    let hours = opening::load(&portal.db, scope.campaign.id).await?;
    let mut db = portal.db.acquire().await?;
    let facts = change::facts(&mut db, &scope.campaign, scope.week, &ids(&form.s), &hours).await?;
    Ok(change::preview(&facts, action, &scope.campaign.zone, now))
}

fn done_flash(action: Action, done: Done) -> Flash {
    let (one, many) = match action {
        Action::Delete => ("Schicht ist gelöscht.", "Schichten sind gelöscht."),
        Action::Change(_) => ("Schicht ist geändert.", "Schichten sind geändert."),
    };
    let then = match done.people {
        0 => "Niemand hatte sie gebucht.".into(),
        n => format!(
            "{} mit deinem Grund.",
            german::count(n as i64, "Person bekommt eine Mail", "Personen bekommen eine Mail")
        ),
    };
    Flash::ok(german::count(done.shifts as i64, one, many), then)
}
