//! "Einsatzbereit", as the freelancer sees it: the state per campaign with its reason and history, and the one objection.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::campaigns::campaign::{self, Campaign};
use crate::clock::{Zone, german};
use crate::freelancers::history::{self, Entry};
use crate::freelancers::objection::{self, LONGEST, Objection};
use crate::freelancers::preparation::{self, Preparation};
use crate::freelancers::qualification::{self, Qualification, State as Standing};
use crate::id::{CampaignId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/own_list.html")]
struct ListPage {
    layout: Layout,
    qualifications: Vec<Qualification>,
    /// Of campaigns without a qualification yet.
    preparations: Vec<Preparation>,
    now: OffsetDateTime,
}

/// `GET /bereit/einsatzbereit`
pub async fn list(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let person: FreelancerId = me.account.into();
    let qualifications = qualification::list(&portal.db, person).await?;
    let mut preparations = preparation::list(&portal.db, person).await?;
    preparations.retain(|p| qualifications.iter().all(|q| q.campaign != p.campaign));
    let layout = page.layout("Einsatzbereit");
    Ok(ListPage { layout, qualifications, preparations, now }.into_response())
}

/// The objection as typed.
#[derive(Debug, Default, Deserialize)]
pub struct ObjectionForm {
    #[serde(default)]
    worte: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/own.html")]
struct OwnPage {
    layout: Layout,
    campaign: Campaign,
    found: Option<Qualification>,
    state: Option<Standing>,
    /// Why they may not book, in whole sentences.
    lack: String,
    objections: Vec<Objection>,
    history: Vec<Entry>,
    form: ObjectionForm,
    errors: Errors,
}

impl OwnPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (me, now): (&Me, OffsetDateTime),
        slug: &str,
        (form, errors): (ObjectionForm, Errors),
    ) -> Result<Self, Error> {
        let db = &portal.db;
        let campaign = campaign::find(db, slug).await?.ok_or(Error::NotFound)?;
        let (person, id): (FreelancerId, CampaignId) = (me.account.into(), campaign.id);
        let found = qualification::find(db, person, id).await?;
        let history = history::of_campaign(db, person, id).await?;
        let concerned = found.is_some() || preparation::list(db, person).await?.iter().any(|p| p.campaign == id);
        if !concerned && history.is_empty() {
            return Err(Error::NotFound);
        }
        let state = found.as_ref().map(|q| q.state(now));
        let lack = match state {
            Some(Standing::Live) => String::new(),
            Some(Standing::Revoked | Standing::Suspended | Standing::Expired) => String::new(),
            _ => qualification::explain(db, person, id, now).await?,
        };
        Ok(Self {
            layout: page.layout(&format!("Einsatzbereit: {}", campaign.title())),
            objections: objection::list(db, person, id).await?,
            campaign,
            found,
            state,
            lack,
            history,
            form,
            errors,
        })
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::day(Zone::berlin().date(*at))
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    fn last_day(&self) -> Option<String> {
        let until = self.found.as_ref().and_then(|q| q.valid_until)?;
        Some(self.day(&(until - time::Duration::SECOND)))
    }

    /// The badge: state, icon, word.
    fn badge(&self) -> (&'static str, &'static str, &'static str) {
        self.state.map_or(("info", "hourglass", "in Vorbereitung"), Standing::badge)
    }

    /// Whether a decision stands that was not objected to yet.
    fn may_object(&self) -> bool {
        let decided = self.found.as_ref().and_then(Qualification::decided_at);
        decided.is_some_and(|at| self.objections.iter().all(|o| o.decided_at != at))
    }
}

/// `GET /bereit/einsatzbereit/{slug}`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let typed = (ObjectionForm::default(), Errors::default());
    Ok(OwnPage::load(&portal, &page, (&me, now), &slug, typed).await?.into_response())
}

/// `POST /bereit/einsatzbereit/{slug}`: the objection.
pub async fn object(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<ObjectionForm>,
) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    let Some(words) = errors.take("worte", text(&form.worte, LONGEST, "deine Sicht")) else {
        return Ok(unprocessable(OwnPage::load(&portal, &page, (&me, now), &slug, (form, errors)).await?));
    };
    let flash = match objection::raise(&portal.db, me.account.into(), campaign.id, &words, now).await? {
        true => {
            Flash::ok("Dein Einspruch ist angekommen.", "Jemand liest ihn und antwortet dir; du bekommst eine Mail.")
        }
        false => Flash::info(
            "Hier gibt es nichts, wogegen du Einspruch einlegen kannst.",
            "Zu jeder Entscheidung geht das einmal.",
        ),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("/bereit/einsatzbereit/{slug}")))
}
