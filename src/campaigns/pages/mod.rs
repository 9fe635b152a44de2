//! The staff pages of campaigns and of their postings.

mod exceptions;
mod hours;
mod list;
mod postings;
mod settings;
mod settings_form;

use sqlx::PgPool;

use super::campaign::{self, Campaign};
use super::upcoming::Outside;
use crate::accounts::role::Role;
use crate::clock::german;
use crate::web::{Audience, Error, Flash, Routes};

const PLANNING: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/kampagnen", PLANNING, list::show)
        .get("/verwaltung/kampagnen/neu", PLANNING, settings::new)
        .post("/verwaltung/kampagnen/neu", PLANNING, settings::create)
        .get("/verwaltung/kampagnen/{slug}", PLANNING, settings::edit)
        .post("/verwaltung/kampagnen/{slug}", PLANNING, settings::update)
        .get("/verwaltung/kampagnen/{slug}/oeffnungszeiten", PLANNING, hours::edit)
        .post("/verwaltung/kampagnen/{slug}/oeffnungszeiten", PLANNING, hours::update)
        .get("/verwaltung/kampagnen/{slug}/ausnahmen", PLANNING, exceptions::show)
        .post("/verwaltung/kampagnen/{slug}/ausnahmen", PLANNING, exceptions::create)
        .post("/verwaltung/kampagnen/{slug}/ausnahmen/feiertage", PLANNING, exceptions::create_holidays)
        .post("/verwaltung/kampagnen/{slug}/ausnahmen/{day}/entfernen", PLANNING, exceptions::delete)
        .join(postings::routes())
}

/// The campaign that an address names.
async fn find(db: &PgPool, slug: &str) -> Result<Campaign, Error> {
    campaign::find(db, slug).await?.ok_or(Error::NotFound)
}

/// `/verwaltung/kampagnen/fjordkraft`, and what lies below it.
fn path(slug: &str, below: &str) -> String {
    format!("/verwaltung/kampagnen/{slug}{below}")
}

/// What was saved, with a warning if coming shifts lie outside the opening hours: they stay as they are.
fn saved(what: impl Into<String>, outside: &[Outside]) -> Flash {
    match outside.iter().map(|week| week.shifts).sum() {
        0 => Flash::ok(what, ""),
        n => {
            let shifts = german::count(n, "kommende Schicht liegt", "kommende Schichten liegen");
            Flash::warn(what, format!("{shifts} außerhalb der Öffnungszeiten. Der Plan ist unverändert."))
        }
    }
}
