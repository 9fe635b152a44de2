//! The form: what shall become of those who prepare and of those who are qualified, and why.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::words::{bookings, people, trainings};
use super::{found, path};
use crate::campaigns::campaign::Campaign;
use crate::freelancers::qualification::{self, CampaignName, LONGEST_REASON};
use crate::id::CampaignId;
use crate::portal::Portal;
use crate::readiness::ending::plan::{self, Affected, Choice, NewPlan, Plan, Refusal};
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A plan as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    vorbereitung: String,
    einsatzbereit: String,
    ziel: String,
    pub(super) grund: String,
    /// Of the preview that was shown.
    pub(super) stand: String,
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
