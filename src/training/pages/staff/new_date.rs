//! Offering a date: its days in the campaign's wall time, seats, place, trainer and the deadline for leaving.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use super::LIST;
use super::material::secure_link;
use crate::clock::{YEARS, Zone, minutes_of};
use crate::id::{AccountId, CourseId};
use crate::portal::Portal;
use crate::training::course::{self, Course};
use crate::training::date::{self, MOST_DAYS, MOST_SEATS, NewDate, Trainer};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// Rows for days that are shown at first.
const ROWS: usize = 3;
/// Longest day.
const LONGEST: Duration = Duration::hours(12);

/// What was typed, field by field: the number of days is the person's to choose.
#[derive(Debug, Default)]
pub struct DateForm(BTreeMap<String, String>);

impl DateForm {
    fn fresh(trainers: &[Trainer], me: AccountId) -> Self {
        let leader = trainers.iter().find(|trainer| trainer.id == me).map(|trainer| trainer.id.to_string());
        let fields = [("plaetze", "8".to_owned()), ("frist", "48".to_owned()), ("leitung", leader.unwrap_or_default())];
        Self(fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect())
    }

    /// What stands in a field.
    pub fn value(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// How many rows for days are shown.
    fn rows(&self) -> usize {
        let typed = self.value("zeilen").parse().unwrap_or(ROWS);
        let more = usize::from(self.value("schritt") == "tag");
        (typed + more).clamp(1, MOST_DAYS)
    }

    fn prove(&self, zone: &Zone, trainers: &[Trainer], now: OffsetDateTime) -> Result<NewDate, Errors> {
        let mut errors = Errors::default();
        let days = self.days(zone, now, &mut errors);
        let trainer = errors.take("leitung", trainer(self.value("leitung"), trainers));
        let place = errors.take("ort", place(self.value("ort")));
        let seats = errors.take("plaetze", number(self.value("plaetze"), 1, MOST_SEATS));
        let hours = errors.take("frist", number(self.value("frist"), 0, 24 * 14));
        match (days.first(), trainer, place, seats, hours) {
            (Some((first, _)), Some(trainer), Some(place), Some(seats), Some(hours)) if errors.is_empty() => {
                let leave_until = *first - Duration::hours(hours.into());
                Ok(NewDate { trainer, place, seats, leave_until, days })
            }
            _ => Err(errors),
        }
    }

    /// The days that were typed, earliest first; rows without a date do not count.
    fn days(&self, zone: &Zone, now: OffsetDateTime, errors: &mut Errors) -> Vec<(OffsetDateTime, OffsetDateTime)> {
        let mut days = Vec::new();
        for row in 1..=self.rows() {
            let of = |what: &str| self.value(&format!("{what}{row}")).trim();
            if row > 1 && of("tag").is_empty() && of("von").is_empty() && of("bis").is_empty() {
                continue;
            }
            match span(zone, of("tag"), of("von"), of("bis")) {
                Ok((from, _)) if from <= now => errors.add(format!("tag{row}"), "Dieser Beginn liegt schon zurück."),
                Ok(span) => days.push((row, span)),
                Err((field, sentence)) => errors.add(format!("{field}{row}"), sentence),
            }
        }
        days.sort_by_key(|(_, span)| *span);
        for pair in days.windows(2) {
            let ((_, (_, end)), (row, (begin, _))) = (pair[0], pair[1]);
            if begin < end {
                errors.add(format!("tag{row}"), "Dieser Tag überlappt einen anderen desselben Termins.");
            }
        }
        days.into_iter().map(|(_, span)| span).collect()
    }
}

/// Begin and end of a day in wall time. A time that exists twice is the first; one that does not exist is refused.
fn span(
    zone: &Zone,
    day: &str,
    from: &str,
    to: &str,
) -> Result<(OffsetDateTime, OffsetDateTime), (&'static str, String)> {
    const MISSING: &str = "Diese Uhrzeit gibt es an dem Tag nicht: Die Uhr wird vorgestellt.";
    let parsed = Date::parse(day, format_description!("[year]-[month]-[day]")).ok();
    let day = parsed
        .filter(|day| YEARS.contains(&day.year()))
        .ok_or(("tag", "Bitte gib den Tag an, zum Beispiel 1.12.2026.".to_owned()))?;
    let begin = minutes_of(from).ok_or(("von", "Bitte gib den Beginn an, zum Beispiel 09:00.".to_owned()))?;
    let end = minutes_of(to).ok_or(("bis", "Bitte gib das Ende an, zum Beispiel 13:00.".to_owned()))?;
    // Midnight at the end of the day.
    let end = if end == 0 { 1440 } else { end };
    let starts_at = zone.wall(day, begin).map_err(|_| ("von", MISSING.to_owned()))?;
    let ends_at = zone.wall(day, end).map_err(|_| ("bis", MISSING.to_owned()))?;
    match ends_at - starts_at {
        length if length <= Duration::ZERO => Err(("bis", "Das Ende liegt nicht nach dem Beginn.".into())),
        length if length > LONGEST => Err(("bis", "Ein Schulungstag hat höchstens 12 Stunden.".into())),
        _ => Ok((starts_at, ends_at)),
    }
}

/// One of the trainers.
pub fn trainer(typed: &str, trainers: &[Trainer]) -> Result<AccountId, String> {
    let chosen = trainers.iter().find(|trainer| trainer.id.to_string() == typed);
    chosen.map(|trainer| trainer.id).ok_or_else(|| "Bitte wähle, wer die Schulung leitet.".into())
}

/// An address, or the link of a video room.
pub fn place(typed: &str) -> Result<String, String> {
    let place = form::line(typed, 300, "einen Ort oder die Adresse eines Videoraums")?;
    if place.contains("://") { secure_link(&place) } else { Ok(place) }
}

/// A number within its bounds.
pub fn number(typed: &str, least: i16, most: i16) -> Result<i16, String> {
    let number = typed.trim().parse().ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| format!("Bitte gib eine Zahl von {least} bis {most} an."))
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_date_new.html")]
struct NewPage {
    layout: Layout,
    course: Course,
    trainers: Vec<Trainer>,
    form: DateForm,
    errors: Errors,
}

/// A row of the form: the names of its fields.
struct Row {
    number: usize,
    day: String,
    from: String,
    to: String,
}

impl NewPage {
    fn rows(&self) -> Vec<Row> {
        let name = |what: &str, number: usize| format!("{what}{number}");
        let row = |n| Row { number: n, day: name("tag", n), from: name("von", n), to: name("bis", n) };
        (1..=self.form.rows()).map(row).collect()
    }

    fn may_add(&self) -> bool {
        self.form.rows() < MOST_DAYS
    }

    fn is_chosen(&self, trainer: &Trainer) -> bool {
        self.form.value("leitung") == trainer.id.to_string()
    }
}

async fn build(portal: &Portal, page: &Page, id: CourseId) -> Result<NewPage, Error> {
    let course = course::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let trainers = date::trainers(&portal.db).await?;
    let layout = page.layout("Termin anbieten");
    Ok(NewPage { layout, course, trainers, form: DateForm::default(), errors: Errors::default() })
}

/// `GET /verwaltung/schulungen/kurse/{id}/termine/neu`
pub async fn new(State(portal): State<Portal>, me: Me, page: Page, Path(id): Path<CourseId>) -> Answer {
    let mut page = build(&portal, &page, id).await?;
    page.form = DateForm::fresh(&page.trainers, me.account);
    Ok(page.into_response())
}

/// `POST /verwaltung/schulungen/kurse/{id}/termine/neu`: offers the date, or shows a further row for a day.
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<CourseId>,
    Form(typed): Form<BTreeMap<String, String>>,
) -> Answer {
    let mut page = build(&portal, &page, id).await?;
    page.form = DateForm(typed);
    if page.form.value("schritt") == "tag" {
        return Ok(page.into_response());
    }
    match page.form.prove(&page.course.zone, &page.trainers, now) {
        Ok(new) => {
            let Some(made) = date::create(&portal.db, id, &new, me.account, now).await? else {
                page.errors.add("tag1", "Der Kurs oder seine Kampagne ist beendet: Es gibt keine neuen Termine.");
                return Ok(unprocessable(page));
            };
            let then = "Wer sich auf die Kampagne vorbereitet, kann sich ab sofort anmelden.";
            Flash::ok("Der Termin ist angeboten.", then).keep(&portal, &me).await?;
            Ok(see_other(&format!("{LIST}/{made}")))
        }
        Err(errors) => {
            page.errors = errors;
            Ok(unprocessable(page))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn both_clock_changes_are_minded() {
        let zone = Zone::berlin();
        let refused = span(&zone, "2027-03-28", "02:30", "06:00").unwrap_err();
        assert_eq!(refused.0, "von");
        assert!(refused.1.contains("vorgestellt"));
        assert_eq!(span(&zone, "2027-03-28", "01:00", "02:15").unwrap_err().0, "bis");
        // 02:30 exists twice on 31 October 2027: the first is meant.
        let (from, to) = span(&zone, "2027-10-31", "02:30", "05:00").unwrap();
        assert_eq!((from, to), (datetime!(2027-10-31 0:30 UTC), datetime!(2027-10-31 4:00 UTC)));
    }

    #[test]
    fn a_day_has_an_end_after_its_beginning() {
        let zone = Zone::berlin();
        assert_eq!(span(&zone, "2026-12-07", "09:00", "09:00").unwrap_err().0, "bis");
        assert_eq!(span(&zone, "2026-12-07", "08:00", "21:00").unwrap_err().0, "bis");
        assert_eq!(span(&zone, "morgen", "08:00", "12:00").unwrap_err().0, "tag");
        assert!(span(&zone, "2026-12-07", "18:00", "00:00").is_ok(), "midnight at the end of the day");
    }
}
