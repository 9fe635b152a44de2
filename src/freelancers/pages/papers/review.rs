//! The review of one paper: its picture beside what to look at, and the decision. Then the next one.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use super::file::{Disposition, hand_out};
use super::said::{self, Badge};
use crate::campaigns::country;
use crate::clock::{Zone, german};
use crate::freelancers::freelancer::{self, Freelancer};
use crate::freelancers::papers::document::{self, Document, State as Stand};
use crate::freelancers::papers::review::{self, LONGEST_REASON, Refusal, Verdict};
use crate::freelancers::papers::viewing::{self, View};
use crate::freelancers::profile::{self, Profile};
use crate::id::{DocumentId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

const QUEUE: &str = "/verwaltung/unterlagen";

/// A decision as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    /// `2027-03-01`, or empty.
    valid_until: String,
    reason: String,
}

impl DecisionForm {
    fn day(&self) -> Result<Option<Date>, Errors> {
        let typed = self.valid_until.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let mut errors = Errors::default();
        let day = Date::parse(typed, format_description!("[year]-[month]-[day]"))
            .map_err(|_| "Bitte gib einen Tag an.".into());
        errors.take("valid_until", day).map(Some).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/review.html")]
struct ReviewPage {
    layout: Layout,
    paper: Document,
    person: Freelancer,
    profile: Option<Profile>,
    views: Vec<View>,
    waiting: i64,
    today: Date,
    form: DecisionForm,
    errors: Errors,
}

impl ReviewPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        paper: Document,
        (form, errors): (DecisionForm, Errors),
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let person = freelancer::find(&portal.db, paper.freelancer).await?.ok_or(Error::NotFound)?;
        Ok(Self {
            layout: page.layout(&format!("{}: {}", paper.kind.label(), person.name)),
            profile: profile::find(&portal.db, paper.freelancer).await?,
            views: viewing::list(&portal.db, paper.id).await?,
            waiting: review::queue(&portal.db).await?.len() as i64,
            today: Zone::berlin().date(now),
            person,
            paper,
            form,
            errors,
        })
    }

    fn is_open(&self) -> bool {
        self.paper.state == Stand::Submitted
    }

    /// Whether there is a file that staff may see.
    fn has_file(&self) -> bool {
        self.paper.blob.is_some() && self.paper.state != Stand::Quarantined
    }

    fn badge(&self) -> Badge {
        said::badge(&self.paper, self.today)
    }

    fn sent(&self) -> String {
        german::moment(Zone::berlin().local(self.paper.submitted_at))
    }

    fn country(&self, code: &str) -> String {
        country::name(code).to_string()
    }

    fn seen(&self, view: &View) -> String {
        let who = view.viewer.as_deref().unwrap_or("jemand, dessen Konto es nicht mehr gibt");
        format!("{}: {who}", german::moment(Zone::berlin().local(view.at)))
    }

    fn others(&self) -> String {
        german::count(self.waiting, "Unterlage wartet", "Unterlagen warten")
    }
}

async fn find(portal: &Portal, id: DocumentId) -> Result<Document, Error> {
    document::find(&portal.db, id).await?.ok_or(Error::NotFound)
}

/// `GET /verwaltung/unterlagen/{id}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(id): Path<DocumentId>) -> Answer {
    let paper = find(&portal, id).await?;
    let typed = (DecisionForm::default(), Errors::default());
    Ok(ReviewPage::load(&portal, &page, paper, typed, now).await?.into_response())
}

/// `POST /verwaltung/unterlagen/{id}/anerkennung`
pub async fn accept(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<DocumentId>,
    Form(form): Form<DecisionForm>,
) -> Answer {
    let paper = find(&portal, id).await?;
    let valid_until = match form.day() {
        Ok(day) => day,
        Err(errors) => {
            return Ok(unprocessable(ReviewPage::load(&portal, &page, paper, (form, errors), now).await?));
        }
    };
    let verdict = Verdict::Accept { valid_until };
    match review::decide(&portal.db, &portal.config, &paper, verdict, me.account, now).await? {
        Ok(()) => onward(&portal, &me, "Die Unterlage ist anerkannt.").await,
        Err(refusal @ (Refusal::Past | Refusal::Far)) => {
            let mut errors = Errors::default();
            errors.add("valid_until", refusal.sentence());
            Ok(unprocessable(ReviewPage::load(&portal, &page, paper, (form, errors), now).await?))
        }
        Err(refusal) => back(&portal, &me, id, refusal).await,
    }
}

/// `POST /verwaltung/unterlagen/{id}/rueckgabe`
pub async fn refuse(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<DocumentId>,
    Form(form): Form<DecisionForm>,
) -> Answer {
    let paper = find(&portal, id).await?;
    let mut errors = Errors::default();
    let Some(reason) = errors.take("reason", text(&form.reason, LONGEST_REASON, "einen Grund")) else {
        return Ok(unprocessable(ReviewPage::load(&portal, &page, paper, (form, errors), now).await?));
    };
    let verdict = Verdict::Refuse { reason: &reason };
    match review::decide(&portal.db, &portal.config, &paper, verdict, me.account, now).await? {
        Ok(()) => onward(&portal, &me, "Die Unterlage ist zurückgegeben; der Grund ist als Mail unterwegs.").await,
        Err(refusal) => back(&portal, &me, id, refusal).await,
    }
}

/// To the next paper that waits, or to the empty queue.
async fn onward(portal: &Portal, me: &Me, what: &str) -> Answer {
    let own = FreelancerId::from(me.account);
    let next = review::queue(&portal.db).await?.into_iter().find(|waiting| waiting.person != own);
    let (then, path) = match next {
        Some(next) => ("Hier ist die nächste.", format!("{QUEUE}/{}", next.id)),
        None => ("Mehr wartet gerade nicht.", QUEUE.to_owned()),
    };
    Flash::ok(what, then).keep(portal, me).await?;
    Ok(see_other(&path))
}

async fn back(portal: &Portal, me: &Me, id: DocumentId, refusal: Refusal) -> Answer {
    Flash::info(refusal.sentence(), "").keep(portal, me).await?;
    Ok(see_other(&format!("{QUEUE}/{id}")))
}

/// `GET /verwaltung/unterlagen/{id}/bild`: a picture for the page of the review. The look is logged (privacy.md).
pub async fn picture(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<DocumentId>) -> Answer {
    let paper = find(&portal, id).await?;
    if !paper.is_picture() {
        return Err(Error::NotFound);
    }
    look(&portal, &me, &paper, Disposition::Inline, now).await
}

/// `GET /verwaltung/unterlagen/{id}/datei`: the file to be saved. The look is logged.
pub async fn file(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<DocumentId>) -> Answer {
    let paper = find(&portal, id).await?;
    look(&portal, &me, &paper, Disposition::Attachment, now).await
}

async fn look(portal: &Portal, me: &Me, paper: &Document, how: Disposition, now: OffsetDateTime) -> Answer {
    // Nobody opens what has not been looked through.
    if paper.state == Stand::Quarantined {
        return Err(Error::NotFound);
    }
    let response = hand_out(portal, paper, how).await?;
    viewing::note(&portal.db, paper.id, me.account, now).await?;
    Ok(response)
}
