//! The assistant: what shall become of whom, the preview with names, carrying it out, taking it back.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::plan::{self, Affected, Choice, NewPlan, Person, Plan, Refusal};
use super::{REVERSIBLE, Reversed, carry_out, reverse};
use crate::accounts::role::Role;
use crate::campaigns::campaign::{self, Campaign};
use crate::clock::{Zone, german};
use crate::freelancers::qualification::{self, CampaignName, LONGEST_REASON};
use crate::id::{CampaignId, EndingId};
use crate::portal::Portal;
use crate::training::enrolment;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other, unprocessable};

const PLANNING: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);

/// The routes of the assistant.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/kampagnen/{slug}/ende", PLANNING, new)
        .post("/verwaltung/kampagnen/{slug}/ende", PLANNING, create)
        .get("/verwaltung/kampagnen/{slug}/ende/{id}", PLANNING, show)
        .post("/verwaltung/kampagnen/{slug}/ende/{id}/ausfuehrung", PLANNING, execute)
        .post("/verwaltung/kampagnen/{slug}/ende/{id}/ruecknahme", PLANNING, undo)
}

/// A plan as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    vorbereitung: String,
    einsatzbereit: String,
    ziel: String,
    grund: String,
    /// Of the preview that was shown.
    stand: String,
}

impl PlanForm {
    fn prove(&self, others: &[CampaignName]) -> Result<NewPlan, Errors> {
        let mut errors = Errors::default();
        let choice = |typed: &str| if typed == "uebernehmen" { Choice::Move } else { Choice::Finish };
        let (preparations, qualifications) = (choice(&self.vorbereitung), choice(&self.einsatzbereit));
        let moves = preparations == Choice::Move || qualifications == Choice::Move;
        let target: Option<CampaignId> = others.iter().map(|c| c.id).find(|id| id.to_string() == self.ziel);
        if moves && target.is_none() {
            errors.add("ziel", "Bitte wähle, in welche Kampagne die Leute wechseln.");
        }
        match errors.take("grund", text(&self.grund, LONGEST_REASON, "einen Grund")) {
            Some(reason) if errors.is_empty() => {
                Ok(NewPlan { target: target.filter(|_| moves), preparations, qualifications, reason })
            }
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "readiness/ending_form.html")]
struct FormPage {
    layout: Layout,
    campaign: Campaign,
    affected: Affected,
    others: Vec<CampaignName>,
    /// A plan that was drawn up before and waits.
    waiting: Option<Plan>,
    form: PlanForm,
    errors: Errors,
}

impl FormPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        campaign: Campaign,
        now: OffsetDateTime,
        (form, errors): (PlanForm, Errors),
    ) -> Result<Self, Error> {
        let layout = page.layout(&format!("Beenden: {}", campaign.title()));
        let mut db = portal.db.acquire().await?;
        let affected = plan::affected(&mut db, campaign.id, now).await?;
        let others = others(&mut db, campaign.id).await?;
        let waiting = plan::waiting(&mut *db, campaign.id).await?;
        Ok(Self { layout, campaign, affected, others, waiting, form, errors })
    }

    fn preparations(&self) -> String {
        people(self.affected.preparations()) + " in Vorbereitung"
    }

    fn qualifications(&self) -> String {
        people(self.affected.qualifications()) + " einsatzbereit"
    }

    fn bookings(&self) -> String {
        bookings(self.affected.bookings())
    }

    fn trainings(&self) -> Option<String> {
        trainings(&self.affected)
    }

    fn is_chosen(&self, other: &CampaignName) -> bool {
        self.form.ziel == other.id.to_string()
    }
}

async fn others(db: &mut sqlx::PgConnection, campaign: CampaignId) -> Result<Vec<CampaignName>, sqlx::Error> {
    let mut all = qualification::campaigns(db).await?;
    all.retain(|other| other.id != campaign);
    Ok(all)
}

fn people(n: usize) -> String {
    german::count(n as i64, "Person", "Personen")
}

/// `12 kommende Buchungen`
fn bookings(n: usize) -> String {
    german::count(n as i64, "kommende Buchung", "kommende Buchungen")
}

/// `3 Anmeldungen zu Schulungen`
fn enrolments(n: usize) -> String {
    german::count(n as i64, "Anmeldung zu einer Schulung", "Anmeldungen zu Schulungen")
}

/// `12 kommende Buchungen wieder da; 1 nicht, weil es nicht mehr passt.`, and the same of trainings, if there were any.
fn came_back(back: &Reversed) -> String {
    let sentence = |what: String, lost: usize| match lost {
        0 => format!("{what} wieder da."),
        n => format!("{what} wieder da; {n} nicht, weil es nicht mehr passt."),
    };
    let of_shifts = sentence(bookings(back.bookings), back.lost);
    if back.trainings + back.lost_trainings == 0 {
        return of_shifts;
    }
    format!("{of_shifts} {}", sentence(enrolments(back.trainings), back.lost_trainings))
}

/// `1 Platz in einer kommenden Schulung, 2 Plätze auf Wartelisten`; `None` if there is neither.
fn trainings(affected: &Affected) -> Option<String> {
    let (seats, waits) = (affected.training_seats() as i64, affected.training_waits() as i64);
    let seats = (seats > 0)
        .then(|| german::count(seats, "Platz in einer kommenden Schulung", "Plätze in kommenden Schulungen"));
    let waits = (waits > 0).then(|| german::count(waits, "Platz auf einer Warteliste", "Plätze auf Wartelisten"));
    let said: Vec<String> = seats.into_iter().chain(waits).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

async fn found(portal: &Portal, slug: &str) -> Result<Campaign, Error> {
    campaign::find(&portal.db, slug).await?.ok_or(Error::NotFound)
}

fn path(slug: &str, id: EndingId) -> String {
    format!("/verwaltung/kampagnen/{slug}/ende/{id}")
}

/// `GET /verwaltung/kampagnen/{slug}/ende`: the form, or the plan by which the campaign ended.
pub async fn new(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = found(&portal, &slug).await?;
    if campaign.ended_at.is_some() {
        let last = plan::latest(&portal.db, campaign.id).await?;
        let to = last.map_or(format!("/verwaltung/kampagnen/{slug}"), |plan| path(&slug, plan.id));
        return Ok(see_other(&to));
    }
    let typed = (PlanForm::default(), Errors::default());
    Ok(FormPage::load(&portal, &page, campaign, now, typed).await?.into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/ende`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<PlanForm>,
) -> Answer {
    let campaign = found(&portal, &slug).await?;
    if campaign.ended_at.is_some() {
        Flash::info(Refusal::Over.sentence(), "").keep(&portal, &me).await?;
        return Ok(see_other(&format!("/verwaltung/kampagnen/{slug}")));
    }
    let others = others(&mut *portal.db.acquire().await?, campaign.id).await?;
    match form.prove(&others) {
        Ok(new) => {
            let id = plan::create(&portal.db, campaign.id, &new, me.account, now).await?;
            Ok(see_other(&path(&slug, id)))
        }
        Err(errors) => Ok(unprocessable(FormPage::load(&portal, &page, campaign, now, (form, errors)).await?)),
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "readiness/ending_plan.html")]
struct PlanPage {
    layout: Layout,
    campaign: Campaign,
    plan: Plan,
    /// What it would do now; empty once it was carried out.
    affected: Affected,
    now: OffsetDateTime,
    form: PlanForm,
    errors: Errors,
}

impl PlanPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (campaign, plan): (Campaign, Plan),
        now: OffsetDateTime,
        (form, errors): (PlanForm, Errors),
    ) -> Result<Self, Error> {
        let mut db = portal.db.acquire().await?;
        let open = plan.carried_out_at.is_none();
        let affected = if open { plan::affected(&mut db, campaign.id, now).await? } else { Affected::default() };
        let layout = page.layout(&format!("Ende: {}", campaign.title()));
        Ok(Self { layout, campaign, plan, affected, now, form, errors })
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    fn title(&self) -> &str {
        self.plan.target_title.as_deref().unwrap_or_default()
    }

    /// What becomes of somebody, in words.
    fn fate(&self, person: &Person) -> String {
        let moves = |choice| if choice == Choice::Move { Some(self.title()) } else { None };
        match (person.qualified, person.prepares) {
            (true, _) => moves(self.plan.qualifications)
                .map_or("Einsatzbereitschaft endet".into(), |t| format!("einsatzbereit für {t}")),
            (false, true) => moves(self.plan.preparations)
                .map_or("Vorbereitung endet".into(), |t| format!("bereitet sich auf {t} vor")),
            (false, false) => "nur gebuchte Schichten".into(),
        }
    }

    fn booked(&self, person: &Person) -> String {
        if person.bookings.is_empty() { "–".into() } else { format!("{} aufgehoben", person.bookings.len()) }
    }

    /// What becomes of their seats in trainings.
    fn training(&self, person: &Person) -> String {
        let ends = |state: enrolment::State| if state.has_seat() { "Schulungsplatz endet" } else { "Warteliste endet" };
        let each: Vec<&str> = person.trainings.iter().map(|training| ends(training.state)).collect();
        if each.is_empty() { "–".into() } else { each.join(", ") }
    }

    /// `Thea Brodersen (2 Termine)`: who is told that their trainings do not take place.
    fn trainers(&self) -> String {
        let each = self.affected.trainers.iter().map(|trainer| {
            let dates = german::count(trainer.ids().count() as i64, "Termin", "Termine");
            format!("{} ({dates})", trainer.name)
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// `Beenden und 12 Mails senden`
    fn button(&self) -> String {
        match self.affected.mails() {
            0 => "Kampagne beenden".into(),
            n => format!("Beenden und {} senden", german::count(n as i64, "Mail", "Mails")),
        }
    }

    fn summary(&self) -> String {
        let a = &self.affected;
        let mut said = format!(
            "{} in Vorbereitung, {} einsatzbereit, {}",
            people(a.preparations()),
            people(a.qualifications()),
            bookings(a.bookings())
        );
        if let Some(trainings) = trainings(a) {
            said = format!("{said}, {trainings}");
        }
        said
    }

    /// Until when it can be taken back, if it can.
    fn reversible_until(&self) -> Option<OffsetDateTime> {
        let until = self.plan.carried_out_at? + REVERSIBLE;
        (self.plan.reversed_at.is_none() && self.now <= until).then_some(until)
    }
}

async fn of_path(portal: &Portal, slug: &str, id: EndingId) -> Result<(Campaign, Plan), Error> {
    let campaign = found(portal, slug).await?;
    let plan = plan::find(&portal.db, campaign.id, id).await?.ok_or(Error::NotFound)?;
    Ok((campaign, plan))
}

/// `GET /verwaltung/kampagnen/{slug}/ende/{id}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Path((slug, id)): Path<(String, EndingId)>,
) -> Answer {
    let both = of_path(&portal, &slug, id).await?;
    let typed = (PlanForm::default(), Errors::default());
    Ok(PlanPage::load(&portal, &page, both, now, typed).await?.into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/ende/{id}/ausfuehrung`
pub async fn execute(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((slug, id)): Path<(String, EndingId)>,
    Form(form): Form<PlanForm>,
) -> Answer {
    let (campaign, plan) = of_path(&portal, &slug, id).await?;
    let both = (&campaign, &plan);
    let flash = match carry_out(&portal.db, &portal.config, both, &form.stand, me.account, now).await? {
        Ok(done) => {
            let ended = match done.trainings {
                0 => bookings(done.bookings),
                n => format!("{} und {}", bookings(done.bookings), enrolments(n)),
            };
            let told = format!(
                "{} Bescheid bekommen, {ended} aufgehoben.",
                german::count(done.people as i64, "Person hat", "Personen haben"),
            );
            Flash::ok("Die Kampagne ist beendet.", told)
        }
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, id)))
}

/// `POST /verwaltung/kampagnen/{slug}/ende/{id}/ruecknahme`
pub async fn undo(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path((slug, id)): Path<(String, EndingId)>,
    Form(form): Form<PlanForm>,
) -> Answer {
    let (campaign, plan) = of_path(&portal, &slug, id).await?;
    let mut errors = Errors::default();
    let Some(reason) = errors.take("grund", text(&form.grund, LONGEST_REASON, "einen Grund")) else {
        return Ok(unprocessable(PlanPage::load(&portal, &page, (campaign, plan), now, (form, errors)).await?));
    };
    let undone = reverse(&portal.db, &portal.config, (&campaign, &plan), &reason, me.account, now).await?;
    let flash = match undone {
        Ok(back) if back.lost + back.lost_trainings == 0 => Flash::ok("Die Kampagne geht weiter.", came_back(&back)),
        Ok(back) => Flash::warn("Die Kampagne geht weiter.", came_back(&back)),
        Err(refusal) => Flash::warn("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_needs_another_campaign() {
        let other = CampaignName { id: CampaignId::new(), slug: "b".into(), client: "B".into(), name: "B".into() };
        let form = |einsatzbereit: &str, ziel: &str| PlanForm {
            einsatzbereit: einsatzbereit.into(),
            ziel: ziel.into(),
            grund: "so".into(),
            ..PlanForm::default()
        };
        let others = [other];
        assert!(form("uebernehmen", "").prove(&others).is_err());
        assert!(form("uebernehmen", &CampaignId::new().to_string()).prove(&others).is_err());
        let id = others[0].id;
        assert_eq!(form("uebernehmen", &id.to_string()).prove(&others).unwrap().target, Some(id));
        assert_eq!(form("beenden", &id.to_string()).prove(&others).unwrap().target, None);
    }
}
