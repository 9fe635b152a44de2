//! Trainings as staff keep them: courses, dates, the people on them, ticks and results.

mod cancel;
mod course;
mod date;
mod list;
mod material;
mod new_date;
mod outcome;

use crate::accounts::role::Role;
use crate::training::result::Writer;
use crate::web::{Audience, Me, Routes};

/// Who keeps trainings.
const TRAINING: Audience = Audience::Staff(&[Role::Trainer, Role::Administrator]);
/// Who may look at them.
const LOOKING: Audience = Audience::Staff(&[Role::Trainer, Role::Planner, Role::Administrator]);
/// Where the list lies.
const LIST: &str = "/verwaltung/schulungen";

/// The routes of staff.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/schulungen", LOOKING, list::list)
        .get("/verwaltung/schulungen/kurse/neu", TRAINING, course::new)
        .post("/verwaltung/schulungen/kurse/neu", TRAINING, course::create)
        .get("/verwaltung/schulungen/kurse/{id}", TRAINING, course::edit)
        .post("/verwaltung/schulungen/kurse/{id}", TRAINING, course::update)
        .post("/verwaltung/schulungen/kurse/{id}/ende", TRAINING, course::retire)
        .post("/verwaltung/schulungen/kurse/{id}/fortsetzung", TRAINING, course::resume)
        .post("/verwaltung/schulungen/kurse/{id}/material", TRAINING, material::add_link)
        .post("/verwaltung/schulungen/kurse/{id}/dateien", TRAINING, material::add_file)
        .streaming()
        .get("/verwaltung/schulungen/material/{id}/datei", TRAINING, material::show)
        .streaming()
        .post("/verwaltung/schulungen/material/{id}/loeschung", TRAINING, material::remove)
        .get("/verwaltung/schulungen/kurse/{id}/termine/neu", TRAINING, new_date::new)
        .post("/verwaltung/schulungen/kurse/{id}/termine/neu", TRAINING, new_date::create)
        .get("/verwaltung/schulungen/{id}", LOOKING, date::show)
        .post("/verwaltung/schulungen/{id}", TRAINING, date::update)
        .post("/verwaltung/schulungen/{id}/teilnahme", TRAINING, date::attend)
        .get("/verwaltung/schulungen/{id}/absage", TRAINING, cancel::confirm)
        .post("/verwaltung/schulungen/{id}/absage", TRAINING, cancel::delete)
        .get("/verwaltung/schulungen/anmeldungen/{id}", TRAINING, outcome::edit)
        .post("/verwaltung/schulungen/anmeldungen/{id}", TRAINING, outcome::update)
}

/// The viewer as somebody who writes what became of a training.
fn writer(me: &Me) -> Writer {
    Writer { account: me.account, is_administrator: me.has_any(&[Role::Administrator]) }
}

/// Whether the viewer keeps trainings, or only looks.
fn may_keep(me: &Me) -> bool {
    me.has_any(&[Role::Trainer, Role::Administrator])
}
