//! A freelancer's trainings: dates of the campaigns they prepare for, one's own, and the steps into and out of them.

mod seen;
mod staff;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use self::seen::Seen;
use crate::clock::german;
use crate::files::blob;
use crate::freelancers::preparation::{self, Preparation};
use crate::id::{CampaignId, MaterialId, TrainingDateId};
use crate::portal::Portal;

use crate::training::enrolment::{self, State as Stand, Step};
use crate::training::material::{self, Material};
use crate::training::{calendar, course, date, participant};
use crate::web::form::Path;
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, download, filters, see_other};

/// Where a freelancer's trainings lie.
const LIST: &str = "/schulungen";

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/schulungen", Audience::Freelancer, list)
        .get("/schulungen/{id}", Audience::Freelancer, show)
        .get("/schulungen/material/{id}", Audience::Freelancer, material_file)
        .streaming()
        .get("/schulungen/{id}/termin.ics", Audience::Freelancer, file)
        .post("/schulungen/{id}/anmeldung", Audience::Freelancer, enrol)
        .post("/schulungen/{id}/warteliste", Audience::Freelancer, wait)
        .post("/schulungen/{id}/annahme", Audience::Freelancer, accept)
        .post("/schulungen/{id}/abmeldung", Audience::Freelancer, leave)
        .join(staff::routes())
}

#[derive(Template, WebTemplate)]
#[template(path = "training/list.html")]
struct ListPage {
    layout: Layout,
    preparations: Vec<Preparation>,
    seen: Vec<Seen>,
}

/// A course with its dates, for the list.
struct Group<'a> {
    title: &'a str,
    dates: Vec<&'a Seen>,
}

impl Group<'_> {
    /// The reason why none of the dates can be chosen, if it is the same for all: said once.
    fn common_reason(&self) -> Option<String> {
        let first = self.dates.first()?.reason()?;
        (self.dates.len() > 1 && self.dates.iter().all(|seen| seen.reason().as_ref() == Some(&first))).then_some(first)
    }
}

impl ListPage {
    /// Whether there is something to choose for a campaign, or to be said about it.
    fn is_shown(&self, preparation: &Preparation) -> bool {
        let has_own = self.own().iter().any(|seen| seen.date().campaign == preparation.campaign);
        !has_own || !self.courses(&preparation.campaign).is_empty()
    }

    /// What is one's own: seats, offers, places on waiting lists, results.
    fn own(&self) -> Vec<&Seen> {
        self.seen.iter().filter(|seen| seen.is_own()).collect()
    }

    /// The coming dates of a campaign, course by course.
    fn courses(&self, campaign: &CampaignId) -> Vec<Group<'_>> {
        let dates = self.seen.iter().filter(|seen| seen.date().campaign == *campaign && seen.is_on_offer());
        let mut groups: Vec<Group<'_>> = Vec::new();
        for seen in dates {
            let title = seen.date().title.as_str();
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.dates.push(seen),
                None => groups.push(Group { title, dates: vec![seen] }),
            }
        }
        groups
    }
}

/// `GET /schulungen`
pub async fn list(State(portal): State<Portal>, me: Me, page: Page, Now(now): Now) -> Answer {
    let preparations = preparation::list(&portal.db, me.account.into()).await?;
    let campaigns: Vec<CampaignId> = preparations.iter().map(|p| p.campaign).collect();
    let seen = seen::all(&portal, me.account.into(), &campaigns, now).await?;
    Ok(ListPage { layout: page.layout("Schulungen"), preparations, seen }.into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "training/show.html")]
struct ShowPage {
    layout: Layout,
    seen: Seen,
    description: Html,
    materials: Vec<Material>,
}

impl ShowPage {
    /// `Montag, 7. Dezember, 09:00–13:00 Uhr`
    fn days(&self) -> Vec<String> {
        let date = self.seen.date();
        let said = |day: date::Day| {
            let (from, to) = (date.zone.local(day.starts_at), date.zone.local(day.ends_at));
            format!("{}, {} Uhr", german::long_day(from.date()), german::span(from.time(), to.time()))
        };
        date.days().into_iter().map(said).collect()
    }
}

/// `GET /schulungen/{id}`
pub async fn show(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Path(id): Path<TrainingDateId>,
    Now(now): Now,
) -> Answer {
    let seen = seen::one(&portal, me.account.into(), id, now).await?.ok_or(Error::NotFound)?;
    let course = course::find(&portal.db, seen.date().course).await?.ok_or(Error::NotFound)?;
    // Links are for those who take part: they may lead to what belongs to the client.
    let materials = match seen.takes_part() {
        true => material::list(&portal.db, course.id).await?,
        false => Vec::new(),
    };
    let description = markdown::render(&course.description, 2);
    let layout = page.layout(&format!("Schulung: {}", seen.date().title));
    Ok(ShowPage { layout, seen, description, materials }.into_response())
}

/// `GET /schulungen/{id}/termin.ics`: the entries of one's calendar; after leaving they say so.
pub async fn file(State(portal): State<Portal>, me: Me, Path(id): Path<TrainingDateId>) -> Answer {
    let own = participant::of(&portal.db, me.account.into()).await?;
    let latest = own.into_iter().filter(|own| own.date == id).max_by_key(|own| own.sequence).ok_or(Error::NotFound)?;
    let date = date::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    if latest.state.is_open() && !latest.state.takes_part() {
        return Ok(see_other(&format!("{LIST}/{id}")));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"schulung.ics\""),
    ];
    Ok((headers, calendar::ics(&portal.config, &date, &latest)).into_response())
}

/// `GET /schulungen/material/{id}`: for whoever takes part in a date of the course.
pub async fn material_file(
    State(portal): State<Portal>,
    me: Me,
    Path(id): Path<MaterialId>,
    headers: HeaderMap,
) -> Answer {
    let file = material::file_for(&portal.db, id, me.account.into()).await?.ok_or(Error::NotFound)?;
    let blob = blob::find(&portal.db, file.blob).await?.ok_or(Error::NotFound)?;
    download::hand_out(&portal, &blob, &file.name(), &headers).await
}

/// `POST /schulungen/{id}/anmeldung`
pub async fn enrol(State(portal): State<Portal>, me: Me, Path(id): Path<TrainingDateId>, now: Now) -> Answer {
    step(&portal, &me, Step::Enrol, id, now).await
}

/// `POST /schulungen/{id}/warteliste`
pub async fn wait(State(portal): State<Portal>, me: Me, Path(id): Path<TrainingDateId>, now: Now) -> Answer {
    step(&portal, &me, Step::Wait, id, now).await
}

/// `POST /schulungen/{id}/annahme`
pub async fn accept(State(portal): State<Portal>, me: Me, Path(id): Path<TrainingDateId>, now: Now) -> Answer {
    step(&portal, &me, Step::Accept, id, now).await
}

/// `POST /schulungen/{id}/abmeldung`
pub async fn leave(State(portal): State<Portal>, me: Me, Path(id): Path<TrainingDateId>, now: Now) -> Answer {
    step(&portal, &me, Step::Leave, id, now).await
}

async fn step(portal: &Portal, me: &Me, step: Step, id: TrainingDateId, Now(now): Now) -> Result<Response, Error> {
    let person = me.account.into();
    let outcome = enrolment::take(&portal.db, &portal.config, step, (id, person), now).await?;
    let date = outcome.date.ok_or(Error::NotFound)?;
    let flash = match outcome.result {
        Ok(()) => done(step, &date),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(portal, me).await?;
    // Who neither prepares for the campaign nor was ever on the date does not see its page.
    let may_see = seen::one(portal, person, id, now).await?.is_some();
    Ok(see_other(&if may_see { format!("{LIST}/{id}") } else { LIST.into() }))
}

fn done(step: Step, date: &date::TrainingDate) -> Flash {
    match step {
        Step::Enrol | Step::Accept => Flash::ok(
            "Du bist angemeldet.",
            format!("{}. Du bekommst gleich eine Mail mit allen Angaben.", date.said()),
        ),
        Step::Wait => Flash::ok(
            "Du stehst auf der Warteliste.",
            "Wird ein Platz frei, bieten wir ihn dir per Mail an. Du entscheidest dann selbst.",
        ),
        Step::Leave => Flash::ok("Du bist abgemeldet.", "Wer wartet, bekommt deinen Platz angeboten."),
    }
}
