//! The first step: name, address, and the privacy notice read. Every address gets the same answer; what goes on from
//! here stands in a mail. Whoever is signed in already takes a shorter way.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::data::held_until;
use super::short::{self, Typed};
use crate::accounts::role::Role;
use crate::applications::form::begin::{self, Asking, Of, Target};
use crate::campaigns::posting::{self, Posting};
use crate::campaigns::question;
use crate::id::QuestionSetId;
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::retention::wish::{self, Wish};
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Path, email, line};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, Viewer, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default)]
struct BeginForm {
    name: String,
    email: String,
    privacy: bool,
}

struct NewApplicant {
    name: String,
    email: String,
}

impl BeginForm {
    fn prove(&self) -> Result<NewApplicant, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", line(&self.name, 120, "deinen Namen"));
        let email = errors.take("email", email(&self.email));
        if !self.privacy {
            errors.add("datenschutz", "Bitte lies die Datenschutzhinweise und setz dann das Häkchen.");
        }
        match (name, email) {
            (Some(name), Some(email)) if errors.is_empty() => Ok(NewApplicant { name, email }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/begin.html")]
struct BeginPage {
    layout: Layout,
    posting: Posting,
    policy: Policy,
    form: BeginForm,
    errors: Errors,
    who: Who,
    kept: Kept,
}

/// Who stands before the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Guest,
    /// Signed in by a personal link: the address is known.
    Applicant,
    /// Signed in with a role of staff only.
    Staff,
}

impl BeginPage {
    fn kept_for(&self) -> String {
        self.policy.said(Figure::ErasureMonths)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/closed.html")]
struct ClosedPage {
    layout: Layout,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/sent.html")]
pub struct SentPage {
    pub layout: Layout,
}

/// The posting and its newest questions, if one can apply; nobody outside sees a draft.
async fn find(portal: &Portal, slug: &str) -> Result<(Posting, Option<QuestionSetId>), Error> {
    let posting = posting::find(&portal.db, slug).await?.filter(|p| p.published_at.is_some()).ok_or(Error::NotFound)?;
    let questions = if posting.is_open() { question::newest(&portal.db, posting.campaign).await? } else { None };
    Ok((posting, questions))
}

/// Whether freelancers take their short path.
fn is_freelancer(viewer: &Viewer) -> bool {
    viewer.signed_in().is_some_and(|me| me.has_any(&[Role::Freelancer]))
}

fn who(viewer: &Viewer) -> Who {
    match viewer.signed_in() {
        None => Who::Guest,
        Some(me) if me.has_any(&Role::STAFF) => Who::Staff,
        Some(_) => Who::Applicant,
    }
}

/// What else decides how long an application is kept, of somebody who is signed in.
#[derive(Debug, Default)]
pub struct Kept {
    /// The last day of a legal hold.
    pub held_until: Option<String>,
    /// Whether they wish the erasure of everything.
    pub is_wished: bool,
}

impl Kept {
    /// Looks it up.
    pub async fn load(portal: &Portal, viewer: &Viewer, now: time::OffsetDateTime) -> Result<Self, sqlx::Error> {
        let Some(me) = viewer.signed_in() else { return Ok(Self::default()) };
        let held_until = held_until(portal, me.account, now).await?;
        Ok(Self { held_until, is_wished: wish::open(&portal.db, me.account, Wish::Erasure).await?.is_some() })
    }
}

/// `GET /stellen/{slug}/bewerbung`
pub async fn new(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    Path(slug): Path<String>,
) -> Answer {
    let (posting, questions) = find(&portal, &slug).await?;
    let Some(set) = questions else { return Ok(closed(&page)) };
    if is_freelancer(&viewer) {
        return short::new(&portal, &page, &viewer, posting, set, now).await;
    }
    let (form, errors) = (BeginForm::default(), Errors::default());
    Ok(begin_page(&portal, &page, &viewer, posting, form, errors, now).await?.into_response())
}

/// `POST /stellen/{slug}/bewerbung`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    Address(network): Address,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (posting, questions) = find(&portal, &slug).await?;
    let Some(set) = questions else { return Ok(closed(&page)) };
    if is_freelancer(&viewer) {
        return short::create(&portal, &page, &viewer, posting, set, &typed, now).await;
    }
    let target = Target { campaign: posting.campaign, slug: &posting.slug, title: &posting.title, questions: set };
    match who(&viewer) {
        Who::Guest => {}
        Who::Applicant => return go_on(&portal, &viewer, target, now).await,
        // The page says why.
        Who::Staff => {
            let (form, errors) = (BeginForm::default(), Errors::default());
            return Ok(unprocessable(begin_page(&portal, &page, &viewer, posting, form, errors, now).await?));
        }
    }
    let form = BeginForm {
        name: typed.of("name").into(),
        email: typed.of("email").into(),
        privacy: !typed.of("datenschutz").is_empty(),
    };
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => {
            return Ok(unprocessable(begin_page(&portal, &page, &viewer, posting, form, errors, now).await?));
        }
    };
    let asking = Asking { email: &new.email, network: Some(network) };
    if let Err(refusal) = begin::begin(&portal.db, &portal.config, target, asking, &new.name, now).await? {
        let mut errors = Errors::default();
        errors.add("email", refusal.sentence());
        return Ok(unprocessable(begin_page(&portal, &page, &viewer, posting, form, errors, now).await?));
    }
    Ok(SentPage { layout: page.layout("Schau in dein Postfach") }.into_response())
}

/// Whoever came by a personal link needs no further mail: the draft, or the application that is there.
async fn go_on(portal: &Portal, viewer: &Viewer, target: Target<'_>, now: time::OffsetDateTime) -> Answer {
    let me = viewer.signed_in().ok_or(Error::SignInRequired)?;
    let mut tx = portal.db.begin().await?;
    begin::ensure_confirmed(&mut tx, me.account.into(), now).await?;
    let id = begin::ensure_draft(&mut tx, me.account.into(), target, Of::SignedIn, now).await?;
    tx.commit().await?;
    Ok(see_other(&id.map_or_else(|| "/bewerbung".into(), |id| format!("/bewerbung/{id}"))))
}

async fn begin_page(
    portal: &Portal,
    page: &Page,
    viewer: &Viewer,
    posting: Posting,
    form: BeginForm,
    errors: Errors,
    now: time::OffsetDateTime,
) -> Result<BeginPage, Error> {
    let policy = policy::at(&portal.db, now).await?;
    let kept = Kept::load(portal, viewer, now).await?;
    Ok(BeginPage { layout: page.layout("Jetzt bewerben"), posting, policy, form, errors, who: who(viewer), kept })
}

fn closed(page: &Page) -> axum::response::Response {
    ClosedPage { layout: page.layout("Hier kann man sich gerade nicht bewerben") }.into_response()
}
