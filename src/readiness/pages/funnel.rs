//! `/verwaltung/bereitschaft`: who waits for what, and since when; counts per step, longest waiting first.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::clock::{Zone, german};
use crate::freelancers::qualification::{self, CampaignName};
use crate::portal::Portal;
use crate::readiness::checklist::{State as StepState, Step};
use crate::readiness::funnel::{self, Person};
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

/// What the list is narrowed to, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FunnelForm {
    kampagne: String,
    schritt: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "readiness/funnel.html")]
struct FunnelPage {
    layout: Layout,
    form: FunnelForm,
    campaigns: Vec<CampaignName>,
    counts: Vec<(Step, usize)>,
    people: Vec<Person>,
    now: OffsetDateTime,
}

impl FunnelPage {
    fn count(&self) -> String {
        let all = self.counts.iter().map(|(_, count)| count).sum::<usize>();
        german::count(all as i64, "Vorbereitung läuft", "Vorbereitungen laufen")
    }

    /// The same campaign, narrowed to one step.
    fn step(&self, key: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("kampagne", &self.form.kampagne).append_pair("schritt", key);
        format!("/verwaltung/bereitschaft?{}", query.finish())
    }

    fn since(&self, person: &Person) -> String {
        german::short_day(Zone::berlin().date(person.since))
    }

    fn waiting(&self, person: &Person) -> String {
        match person.days(self.now) {
            0 => "heute".into(),
            days => german::count(days, "Tag", "Tage"),
        }
    }

    /// Only what staff can do is pointed out.
    fn badge(&self, person: &Person) -> (&'static str, &'static str) {
        match person.state {
            StepState::Waiting => ("warn", "hourglass"),
            StepState::Fixed => ("info", "calendar-check"),
            _ => ("", "user"),
        }
    }
}

/// `GET /verwaltung/bereitschaft`
pub async fn list(State(portal): State<Portal>, page: Page, Now(now): Now, Query(form): Query<FunnelForm>) -> Answer {
    let mut people = funnel::load(&portal.db, &form.kampagne, now).await?;
    let counts = funnel::counts(&people);
    if let Some(step) = Step::of_key(&form.schritt) {
        people.retain(|person| person.step == step);
    }
    let campaigns = qualification::campaigns(&portal.db).await?;
    Ok(FunnelPage { layout: page.layout("Bereit werden"), form, campaigns, counts, people, now }.into_response())
}
