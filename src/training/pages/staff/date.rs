//! One date: its people, who took part on which day, and what can be changed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::new_date::{number, place, trainer};
use super::{LIST, may_keep, writer};
use crate::clock::german;
use crate::id::{EnrolmentId, TrainingDateId, TrainingDayId};
use crate::portal::Portal;
use crate::training::attendance;
use crate::training::date::{self, Change, ChangeRefusal, Day, MOST_SEATS, Trainer, TrainingDate};
use crate::training::enrolment::State as Stand;
use crate::training::participant::{self, Participant};
use crate::training::result;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What can be changed, as typed.
#[derive(Debug, Default, Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    ort: String,
    #[serde(default)]
    plaetze: String,
    #[serde(default)]
    leitung: String,
}

impl ChangeForm {
    fn of(date: &TrainingDate) -> Self {
        Self { ort: date.place.clone(), plaetze: date.seats.to_string(), leitung: date.trainer.to_string() }
    }

    fn prove(&self, trainers: &[Trainer]) -> Result<Change, Errors> {
        let mut errors = Errors::default();
        let place = errors.take("ort", place(&self.ort));
        let seats = errors.take("plaetze", number(&self.plaetze, 1, MOST_SEATS));
        let trainer = errors.take("leitung", trainer(&self.leitung, trainers));
        match (place, seats, trainer) {
            (Some(place), Some(seats), Some(trainer)) => Ok(Change { trainer, place, seats }),
            _ => Err(errors),
        }
    }
}

/// Ticks as `enrolment_day`.
#[derive(Debug, Default, Deserialize)]
pub struct AttendForm {
    #[serde(default)]
    t: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_date.html")]
struct DatePage {
    layout: Layout,
    date: TrainingDate,
    people: Vec<Participant>,
    trainers: Vec<Trainer>,
    form: ChangeForm,
    errors: Errors,
    may_keep: bool,
    /// Whether the viewer writes ticks and results of this date.
    may_write: bool,
    now: OffsetDateTime,
}

impl DatePage {
    /// Who takes part or took part.
    fn present(&self) -> Vec<&Participant> {
        self.people.iter().filter(|person| person.state.takes_part()).collect()
    }

    /// Offers and the waiting list, in order.
    fn waiting(&self) -> Vec<&Participant> {
        self.people.iter().filter(|person| person.state.is_open() && !person.state.takes_part()).collect()
    }

    /// Who is no longer on it.
    fn gone(&self) -> Vec<&Participant> {
        self.people.iter().filter(|person| !person.state.is_open() && !person.state.takes_part()).collect()
    }

    fn days(&self) -> Vec<Day> {
        self.date.days()
    }

    /// `Mo, 7.12.`
    fn day_said(&self, day: &Day) -> String {
        german::short_day(self.date.zone.date(day.starts_at))
    }

    fn has_begun(&self, day: &Day) -> bool {
        day.starts_at <= self.now
    }

    fn took_part(&self, person: &Participant, day: &Day) -> bool {
        person.attended.contains(&day.id)
    }

    fn is_open(&self) -> bool {
        self.date.cancelled_at.is_none() && self.date.ends_at() > self.now
    }

    fn may_tick(&self) -> bool {
        self.may_write && self.date.cancelled_at.is_none() && self.date.starts_at() <= self.now
    }

    fn may_judge(&self) -> bool {
        self.may_write && self.date.cancelled_at.is_none() && self.date.last_starts_at() <= self.now
    }

    fn has_results(&self) -> bool {
        self.people.iter().any(|person| person.result_at.is_some())
    }

    /// `Mi, 25.11.2026, 12:00 Uhr`
    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(self.date.zone.local(*at))
    }

    fn is_chosen(&self, trainer: &Trainer) -> bool {
        self.form.leitung == trainer.id.to_string()
    }

    fn sum(&self) -> String {
        format!("{} von {} vergeben", self.date.taken, german::count(self.date.seats.into(), "Platz", "Plätzen"))
    }
}

async fn build(
    portal: &Portal,
    me: &Me,
    page: &Page,
    id: TrainingDateId,
    now: OffsetDateTime,
) -> Result<DatePage, Error> {
    let date = date::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let people = participant::list(&portal.db, id).await?;
    let trainers = date::trainers(&portal.db).await?;
    let (form, may_write) = (ChangeForm::of(&date), may_keep(me) && result::may_write(&date, writer(me)));
    let layout = page.layout(&format!("{}, {}", date.title, date.said()));
    let errors = Errors::default();
    Ok(DatePage { layout, date, people, trainers, form, errors, may_keep: may_keep(me), may_write, now })
}

/// `GET /verwaltung/schulungen/{id}`
pub async fn show(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<TrainingDateId>,
) -> Answer {
    Ok(build(&portal, &me, &page, id, now).await?.into_response())
}

/// `POST /verwaltung/schulungen/{id}`: place, seats, trainer.
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<TrainingDateId>,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let mut page = build(&portal, &me, &page, id, now).await?;
    let errors = match form.prove(&page.trainers) {
        Ok(change) => match date::change(&portal.db, &portal.config, id, &change, me.account, now).await? {
            Ok(()) => {
                Flash::ok("Geändert.", changed(&page.date, &change)).keep(&portal, &me).await?;
                return Ok(see_other(&format!("{LIST}/{id}")));
            }
            Err(refusal) => {
                let mut errors = Errors::default();
                let field = if matches!(refusal, ChangeRefusal::Taken(_)) { "plaetze" } else { "ort" };
                errors.add(field, refusal.sentence());
                errors
            }
        },
        Err(errors) => errors,
    };
    (page.form, page.errors) = (form, errors);
    Ok(unprocessable(page))
}

/// What follows from a change.
fn changed(before: &TrainingDate, change: &Change) -> &'static str {
    match () {
        () if change.place != before.place => "Wer angemeldet ist, bekommt den neuen Ort per Mail.",
        () if change.seats > before.seats && before.waiting > 0 => "Die freien Plätze sind der Warteliste angeboten.",
        () => "Auf den Seiten der Schulungen steht es ab sofort so.",
    }
}

/// `POST /verwaltung/schulungen/{id}/teilnahme`
pub async fn attend(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<TrainingDateId>,
    Form(form): Form<AttendForm>,
) -> Answer {
    let date = date::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let ticks: Vec<_> = form.t.iter().filter_map(|text| tick(text)).collect();
    let flash = match attendance::note(&portal.db, &date, &ticks, writer(&me), now).await? {
        Ok(()) => Flash::ok("Gespeichert.", "Die Häkchen kannst du jederzeit ändern."),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}/{id}")))
}

fn tick(text: &str) -> Option<(EnrolmentId, TrainingDayId)> {
    let (person, day) = text.split_once('_')?;
    Some((person.parse().ok()?, day.parse().ok()?))
}
