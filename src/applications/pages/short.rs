//! The short path: a freelancer answers the questions of a further posting and has applied.

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::begin::Kept;
use super::questions::{Asked, Asking};
use crate::accounts::session::SignedIn;
use crate::applications::form::begin::{self, Target};
use crate::applications::form::submission;
use crate::campaigns::posting::Posting;
use crate::campaigns::question::{self, Kind};
use crate::id::QuestionSetId;
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::web::form::Errors;
use crate::web::{Answer, Error, Flash, Layout, Page, Viewer, filters, see_other, unprocessable};

/// A form whose fields are not known before: name → what was typed; of several values the last one.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Typed(HashMap<String, String>);

impl From<Vec<(String, String)>> for Typed {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Typed {
    /// What was typed into this field; empty if it was not sent.
    pub fn of(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/short.html")]
struct ShortPage {
    layout: Layout,
    posting: Posting,
    policy: Policy,
    asked: Vec<Asked>,
    errors: Errors,
    kept: Kept,
}

impl ShortPage {
    fn kept_for(&self) -> String {
        self.policy.said(Figure::ErasureMonths)
    }
}

/// The questions; or the application, if there is one already.
pub async fn new(
    portal: &Portal,
    page: &Page,
    viewer: &Viewer,
    posting: Posting,
    set: QuestionSetId,
    now: OffsetDateTime,
) -> Answer {
    let me = me(viewer)?;
    if let Some(id) = sent(portal, me, &posting).await? {
        return Ok(see_other(&format!("/bewerbung/{id}")));
    }
    let questions = question::of_set(&portal.db, set).await?;
    let asked = questions.into_iter().map(Asked::blank).collect();
    let policy = policy::at(&portal.db, now).await?;
    let layout = page.layout("Auf diese Stelle bewerben");
    let kept = Kept::load(portal, viewer, now).await?;
    Ok(ShortPage { layout, posting, policy, asked, errors: Errors::default(), kept }.into_response())
}

/// Answers and application in one.
pub async fn create(
    portal: &Portal,
    page: &Page,
    viewer: &Viewer,
    posting: Posting,
    set: QuestionSetId,
    typed: &Typed,
    now: OffsetDateTime,
) -> Answer {
    let me = me(viewer)?;
    let asking = Asking::read(question::of_set(&portal.db, set).await?, typed);
    if !asking.errors.is_empty() {
        let policy = policy::at(&portal.db, now).await?;
        let layout = page.layout("Auf diese Stelle bewerben");
        let kept = Kept::load(portal, viewer, now).await?;
        let (asked, errors) = (asking.asked, asking.errors);
        return Ok(unprocessable(ShortPage { layout, posting, policy, asked, errors, kept }));
    }
    let target = Target { campaign: posting.campaign, slug: &posting.slug, title: &posting.title, questions: set };
    let applicant = me.account.into();
    // A second press finds the first one's application.
    match submission::submit_short(&portal.db, &portal.config, target, applicant, &asking.answers, now).await? {
        Ok(id) => Ok(see_other(&format!("/bewerbung/{id}"))),
        Err(refusal) => {
            Flash::warn(refusal.sentence(), "Abgeschickt wurde nichts.").keep(portal, me).await?;
            Ok(see_other("/bewerbung"))
        }
    }
}

fn me(viewer: &Viewer) -> Result<&SignedIn, Error> {
    viewer.signed_in().ok_or(Error::SignInRequired)
}

/// The application that this freelancer has sent to this posting, if it is in progress.
async fn sent(
    portal: &Portal,
    me: &SignedIn,
    posting: &Posting,
) -> Result<Option<crate::id::ApplicationId>, sqlx::Error> {
    begin::open_sent(&portal.db, me.account.into(), posting.campaign).await
}
