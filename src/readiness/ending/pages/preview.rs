//! The plan: whom it concerns, by name; carrying it out as it was shown; taking it back as a whole.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::form::PlanForm;
use super::words::{bookings, enrolments, people, trainings};
use super::{found, path};
use crate::campaigns::campaign::Campaign;
use crate::clock::{Zone, german};
use crate::freelancers::qualification::LONGEST_REASON;
use crate::id::EndingId;
use crate::portal::Portal;
use crate::readiness::ending::plan::{self, Affected, Choice, Person, Plan};
use crate::readiness::ending::{REVERSIBLE, Reversed, carry_out, reverse};
use crate::training::enrolment;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

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
