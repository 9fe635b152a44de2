//! `/verwaltung/unterweisung/entwurf/veroeffentlichung`: the draft as people will see it, whom it asks, and until when.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::freelancers::briefing::publication::{self, Refusal};
use crate::freelancers::briefing::{self, Question, Version, draft};
use crate::portal::Portal;
use crate::web::form::{Errors, Form};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicationForm {
    revision: String,
    confirm_by: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "briefing/publication.html")]
struct PublicationPage {
    layout: Layout,
    draft: Version,
    text: Html,
    questions: Vec<Question>,
    people: i64,
    form: PublicationForm,
    errors: Errors,
}

impl PublicationPage {
    async fn load(portal: &Portal, page: &Page, form: PublicationForm, errors: Errors) -> Result<Option<Self>, Error> {
        let mut connection = portal.db.acquire().await?;
        let Some(draft) = draft::find(&mut *connection).await? else { return Ok(None) };
        let asked = publication::asked(&mut connection, draft.id).await?;
        let people: std::collections::BTreeSet<_> = asked.iter().map(|asked| asked.freelancer).collect();
        Ok(Some(Self {
            layout: page.layout("Unterweisung veröffentlichen"),
            text: markdown::render(&draft.body, 3),
            questions: briefing::questions(&mut *connection, draft.id).await?,
            people: people.len() as i64,
            draft,
            form,
            errors,
        }))
    }

    /// `276 Mails`
    fn mails(&self) -> String {
        german::count(self.people, "Mail", "Mails")
    }

    fn minutes(&self) -> usize {
        briefing::minutes(&self.draft.body, self.questions.len())
    }
}

/// Four weeks are what one proposes.
fn proposed(now: OffsetDateTime) -> String {
    (Zone::berlin().date(now) + Duration::weeks(4)).to_string()
}

/// `GET /verwaltung/unterweisung/entwurf/veroeffentlichung`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let form = PublicationForm { confirm_by: proposed(now), ..PublicationForm::default() };
    match PublicationPage::load(&portal, &page, form, Errors::default()).await? {
        Some(page) => Ok(page.into_response()),
        None => Ok(see_other("/verwaltung/unterweisung")),
    }
}

/// `POST /verwaltung/unterweisung/entwurf/veroeffentlichung`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<PublicationForm>,
) -> Answer {
    let mut errors = Errors::default();
    let day = Date::parse(form.confirm_by.trim(), format_description!("[year]-[month]-[day]"));
    let revision = form.revision.parse().unwrap_or(-1);
    let refusal = match day {
        Err(_) => "Bitte gib ein Datum an.",
        Ok(day) => match publication::publish(&portal.db, &portal.config, revision, day, me.account, now).await? {
            Ok(people) => {
                published(people, day).keep(&portal, &me).await?;
                return Ok(see_other("/verwaltung/unterweisung"));
            }
            Err(refusal @ (Refusal::Changed | Refusal::NoQuestion)) => {
                Flash::warn("Nichts veröffentlicht.", refusal.sentence()).keep(&portal, &me).await?;
                return Ok(see_other("/verwaltung/unterweisung"));
            }
            Err(refusal) => refusal.sentence(),
        },
    };
    errors.add("confirm_by", refusal);
    match PublicationPage::load(&portal, &page, form, errors).await? {
        Some(page) => Ok(unprocessable(page)),
        None => Ok(see_other("/verwaltung/unterweisung")),
    }
}

fn published(people: usize, day: Date) -> Flash {
    let told = german::count(people as i64, "Person bekommt", "Personen bekommen");
    Flash::ok(
        "Die Unterweisung ist veröffentlicht.",
        format!("{told} eine Mail und haben bis {} Zeit.", german::day(day)),
    )
}
