//! The steps of an application that staff take with one press.

use axum::extract::State as With;
use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use super::dossier::{Typed, again};
use super::{back, find};
use crate::applications::{decision, review};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Me, Page};

/// `POST /verwaltung/bewerbungen/{id}/sichtung`
pub async fn begin(With(portal): With<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    find(&portal, &me, id).await?;
    let flash = match review::begin(&portal.db, id, me.account, now).await? {
        Ok(()) => Flash::ok("Die Sichtung hat begonnen.", "Die Vorstellung lässt sich jetzt nicht mehr austauschen."),
        Err(refusal) => Flash::info(refusal.sentence(), ""),
    };
    back(&portal, &me, id, flash).await
}

/// A due date as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DueForm {
    frist: String,
}

/// `POST /verwaltung/bewerbungen/{id}/frist`
pub async fn due(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<DueForm>,
) -> Answer {
    find(&portal, &me, id).await?;
    let refused = match Date::parse(form.frist.trim(), format_description!("[year]-[month]-[day]")) {
        Ok(day) => review::set_due(&portal.db, id, day, me.account, now).await?.err().map(|r| r.sentence()),
        Err(_) => Some("Bitte gib einen Tag an, zum Beispiel 2026-11-25.".into()),
    };
    let Some(sentence) = refused else {
        return back(&portal, &me, id, Flash::ok("Frist geändert.", "")).await;
    };
    let mut errors = Errors::default();
    errors.add("frist", sentence);
    let typed = Typed { due: Some(form.frist), ..Typed::default() };
    again(&portal, &page, &me, id, (typed, errors), now).await
}

/// `POST /verwaltung/bewerbungen/{id}/einladung`
pub async fn invite(With(portal): With<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    find(&portal, &me, id).await?;
    let flash = match review::invite(&portal.db, &portal.config, id, me.account, now).await? {
        Ok(()) => {
            Flash::ok("Die Einladung zum Gespräch ist unterwegs.", "Den Termin wählt die eingeladene Person selbst.")
        }
        Err(refusal) => Flash::warn("Keine Mail geschickt.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

/// `POST /verwaltung/bewerbungen/{id}/gespraech`
pub async fn talked(With(portal): With<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    find(&portal, &me, id).await?;
    let flash = match review::talked(&portal.db, id, me.account, now).await? {
        Ok(()) => Flash::ok("Das Gespräch ist vermerkt.", "Jetzt steht die Entscheidung an."),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

/// `POST /verwaltung/bewerbungen/{id}/angebot`
pub async fn offer(With(portal): With<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    find(&portal, &me, id).await?;
    let flash = match decision::offer(&portal.db, &portal.config, id, me.account, now).await? {
        Ok(()) => Flash::ok("Das Angebot ist unterwegs.", "Bei einem Ja kommt die Einladung ins Portal von selbst."),
        Err(refusal) => Flash::warn("Keine Mail geschickt.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}
