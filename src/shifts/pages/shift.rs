//! One shift, as a freelancer sees it: what it is to them, in a whole sentence, and the one thing to do.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::clock::german;
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::booking::{self, Facts, Refusal};
use crate::shifts::pair::{self, Company};
use crate::shifts::week::Week;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Me, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "plan/shift.html")]
struct ShiftPage {
    layout: Layout,
    facts: Facts,
    week: Week,
    state: Choice,
    company: Option<Company>,
}

/// What the person can do with the shift.
enum Choice {
    Bookable,
    Releasable(String),
    Kept(String),
    Not(String),
}

impl ShiftPage {
    fn length(&self) -> String {
        german::hours(self.facts.ends_at - self.facts.starts_at)
    }

    fn seats(&self) -> String {
        format!("{} von {} frei", self.facts.seats - self.facts.booked, self.facts.seats)
    }
}

/// `GET /schichten/{id}`
pub async fn show(State(portal): State<Portal>, me: Me, page: Page, Now(now): Now, Path(id): Path<ShiftId>) -> Answer {
    let facts = booking::facts(&portal.db, id, me.account.into(), now).await?.ok_or(Error::NotFound)?;
    let state = match (facts.admit(now), facts.admit_release(now), facts.booked_at) {
        (Ok(()), ..) => Choice::Bookable,
        (Err(Refusal::AlreadyBooked), Ok(()), Some(at)) => Choice::Releasable(facts.release_hint(at)),
        (Err(Refusal::AlreadyBooked), Err(refusal), _) => Choice::Kept(refusal.sentence()),
        (Err(refusal), ..) => Choice::Not(refusal.sentence()),
    };
    let company = pair::company(&portal.db, id, me.account.into()).await?;
    let title = facts.said();
    let week = Week::at(facts.starts_at, &facts.zone);
    Ok(ShiftPage { layout: page.layout(&title), facts, week, state, company }.into_response())
}
