//! The applicant's interview: choose a slot, move it, cancel it, take it into one's calendar.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use crate::applications::application::{self, Application, State as Stage};
use crate::applications::interview::choice::{self, Chosen, contact};
use crate::applications::interview::slot::{self, Free};
use crate::applications::interview::{self, Ending, Interview, calendar, is_room};
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other};

/// The routes of one's own interview.
pub fn routes() -> Routes {
    Routes::default()
        .get("/bewerbung/{id}/gespraech", Audience::Applicant, show)
        .post("/bewerbung/{id}/gespraech", Audience::Applicant, create)
        .post("/bewerbung/{id}/gespraech/absage", Audience::Applicant, delete)
        .get("/bewerbung/{id}/gespraech.ics", Audience::Applicant, file)
}

/// The pressed slot.
#[derive(Debug, Default, Deserialize)]
pub struct ChoiceForm {
    #[serde(default)]
    platz: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "interview/own.html")]
struct OwnPage {
    layout: Layout,
    application: Application,
    interview: Option<Interview>,
    free: Vec<Free>,
    now: OffsetDateTime,
}

/// A day with free slots.
struct Day<'a> {
    said: String,
    slots: Vec<&'a Free>,
}

impl OwnPage {
    /// Whether slots can be chosen at all.
    fn is_open(&self) -> bool {
        self.application.state == Stage::Invited
    }

    /// The interview that takes place, or took place.
    fn live(&self) -> Option<&Interview> {
        self.interview.as_ref().filter(|i| i.is_live())
    }

    /// Whether slots are offered: for the first choice, or in time for another.
    fn may_choose(&self) -> bool {
        self.is_open() && self.live().is_none_or(|live| live.may_change(self.now))
    }

    /// Whether staff cancelled, so that a new choice is needed.
    fn is_cancelled(&self) -> bool {
        self.interview.as_ref().is_some_and(|i| i.ending == Some(Ending::CancelledByStaff))
    }

    fn contact(&self) -> String {
        self.live().map(contact).unwrap_or_default()
    }

    /// `Dienstag, 1. Dezember, 09:00–09:30 Uhr`
    fn when(&self, live: &Interview) -> String {
        format!("{}, {}", german::long_day(day_of(live.starts_at)), time_of(live.starts_at, live.ends_at))
    }

    fn place_is_room(&self, live: &Interview) -> bool {
        is_room(&live.place)
    }

    /// How long before the interview it can no longer be moved: `24 Stunden`.
    fn deadline(&self) -> String {
        german::count(interview::DEADLINE.whole_hours(), "Stunde", "Stunden")
    }

    /// Whether the interview lies ahead.
    fn is_ahead(&self, live: &Interview) -> bool {
        live.starts_at > self.now
    }

    fn may_change(&self, live: &Interview) -> bool {
        live.may_change(self.now)
    }

    /// What is to be said where no slot can be chosen.
    fn waiting(&self) -> &'static str {
        match self.application.state {
            Stage::Draft | Stage::New | Stage::Introduced => {
                "So weit ist deine Bewerbung noch nicht. Sobald wir dich einladen, wählst du hier deinen Termin."
            }
            Stage::Invited => "",
            Stage::Talked => "Schön, dass wir gesprochen haben. Wie es weitergeht, erfährst du per Mail.",
            Stage::Accepted | Stage::Refused | Stage::Withdrawn => {
                "Diese Bewerbung ist abgeschlossen, ein Gespräch ist nicht mehr vorgesehen."
            }
        }
    }

    fn days(&self) -> Vec<Day<'_>> {
        let mut days: Vec<Day<'_>> = Vec::new();
        for slot in &self.free {
            let said = german::long_day(day_of(slot.starts_at));
            match days.last_mut().filter(|day| day.said == said) {
                Some(day) => day.slots.push(slot),
                None => days.push(Day { said, slots: vec![slot] }),
            }
        }
        days
    }

    fn time(&self, slot: &Free) -> String {
        time_of(slot.starts_at, slot.ends_at)
    }

    /// Whether some of the offered slots could not be given back any more.
    fn has_near(&self) -> bool {
        self.free.iter().any(|slot| slot.starts_at - interview::DEADLINE < self.now)
    }
}

fn day_of(at: OffsetDateTime) -> Date {
    Zone::berlin().date(at)
}

fn time_of(from: OffsetDateTime, to: OffsetDateTime) -> String {
    let zone = Zone::berlin();
    format!("{} Uhr", german::span(zone.local(from).time(), zone.local(to).time()))
}

fn path(id: ApplicationId) -> String {
    format!("/bewerbung/{id}/gespraech")
}

async fn own(portal: &Portal, me: &Me, id: ApplicationId) -> Result<Application, Error> {
    application::find_own(&portal.db, id, me.account.into()).await?.ok_or(Error::NotFound)
}

/// `GET /bewerbung/{id}/gespraech`
pub async fn show(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Path(id): Path<ApplicationId>,
    Now(now): Now,
) -> Answer {
    let application = own(&portal, &me, id).await?;
    let interview = interview::of(&portal.db, id).await?;
    let mut page =
        OwnPage { layout: page.layout("Kennenlerngespräch"), application, interview, free: Vec::new(), now };
    if page.may_choose() {
        page.free = slot::free(&portal.db, &page.application, now).await?;
    }
    Ok(page.into_response())
}

/// `POST /bewerbung/{id}/gespraech`: chooses the pressed slot, instead of an earlier one if there is one.
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    Path(id): Path<ApplicationId>,
    Now(now): Now,
    Form(form): Form<ChoiceForm>,
) -> Answer {
    own(&portal, &me, id).await?;
    let flash = match form.platz.parse() {
        Err(_) => Flash::warn("Nichts geändert.", "Bitte wähle einen der freien Termine."),
        Ok(slot) => match choice::choose(&portal.db, &portal.config, (id, me.account.into()), slot, now).await? {
            Ok(Chosen::New | Chosen::Already) => {
                Flash::ok("Dein Termin steht fest.", "Du bekommst gleich eine Mail mit allen Angaben.")
            }
            Ok(Chosen::Moved) => {
                Flash::ok("Dein Termin ist verschoben.", "Der bisherige ist wieder frei; du bekommst gleich eine Mail.")
            }
            Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
        },
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(id)))
}

/// `POST /bewerbung/{id}/gespraech/absage`
pub async fn delete(State(portal): State<Portal>, me: Me, Path(id): Path<ApplicationId>, Now(now): Now) -> Answer {
    own(&portal, &me, id).await?;
    let flash = match choice::cancel(&portal.db, &portal.config, (id, me.account.into()), now).await? {
        Ok(()) => Flash::ok("Dein Termin ist abgesagt.", "Deine Bewerbung bleibt; wähle einen neuen, wenn du magst."),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(id)))
}

/// `GET /bewerbung/{id}/gespraech.ics`: the calendar entry; after a cancellation it says so.
pub async fn file(State(portal): State<Portal>, me: Me, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    let Some(interview) = interview::of(&portal.db, id).await? else { return Ok(see_other(&path(id))) };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"kennenlerngespraech.ics\""),
    ];
    Ok((headers, calendar::ics(&portal.config, &interview)).into_response())
}
