//! First shifts, for trainers and planners: who waits, who sits alone, whose offer waits, and sign-offs where the mentor
//! cannot.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::mentor::done;
use super::{SIGNING, SignOffForm};
use crate::accounts::role::Role;
use crate::clock::{Zone, german};
use crate::id::{BookingId, CampaignId, FreelancerId};
use crate::portal::Portal;
use crate::shifts::pair::mentor::{self, Mentor};
use crate::shifts::pair::{self, Unaccompanied};
use crate::shifts::said;
use crate::training::sign_off::{self, Place, Signer, Trainee};
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "first_shifts/staff.html")]
struct StaffPage {
    layout: Layout,
    alone: Vec<Unaccompanied>,
    /// Over, and not signed off yet.
    over: Vec<Place>,
    mentors: Vec<Mentor>,
    trainees: Vec<Trainee>,
    may_sign: bool,
    /// Whether the viewer may open the shifts themselves.
    may_plan: bool,
}

impl StaffPage {
    fn said(&self, alone: &Unaccompanied) -> String {
        said(&alone.zone, alone.starts_at, alone.ends_at)
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }

    /// `2 Schichten`
    fn shifts(&self, n: &i64) -> String {
        german::count(*n, "Schicht", "Schichten")
    }
}

/// `GET /verwaltung/erste-schichten`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let db = &portal.db;
    let mut over = sign_off::places(db, None, None).await?;
    over.retain(|place| place.ends_at <= now);
    let page = StaffPage {
        layout: page.layout("Erste Schichten"),
        alone: pair::unaccompanied(db, now).await?,
        over,
        mentors: mentor::all(db, now).await?,
        trainees: sign_off::trainees(db, now).await?,
        may_sign: me.has_any(SIGNING),
        may_plan: me.has_any(&[Role::Planner, Role::Administrator]),
    };
    Ok(page.into_response())
}

/// `POST /verwaltung/erste-schichten/paten/{id}/{campaign}`
pub async fn confirm(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((id, campaign)): Path<(FreelancerId, CampaignId)>,
) -> Answer {
    let all = mentor::all(&portal.db, now).await?;
    let known = all.into_iter().find(|m| m.freelancer == id && m.campaign == campaign).ok_or(Error::NotFound)?;
    let flash = match mentor::confirm(&portal.db, &portal.config, id, campaign, me.account, now).await? {
        true => {
            Flash::ok(format!("{} ist Pat*in.", known.name), "Neben jeder gebuchten Schicht ist ab jetzt ein Platz.")
        }
        false => Flash::info("Das ist schon bestätigt.", ""),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/verwaltung/erste-schichten"))
}

#[derive(Template, WebTemplate)]
#[template(path = "first_shifts/staff_sign_off.html")]
struct SignOffPage {
    layout: Layout,
    place: Place,
    form: SignOffForm,
    errors: Errors,
}

/// `GET /verwaltung/erste-schichten/abnahmen/{id}`
pub async fn edit(State(portal): State<Portal>, me: Me, page: Page, Path(id): Path<BookingId>) -> Answer {
    let place = sign_off::find(&portal.db, id, Signer::Staff(me.account)).await?.ok_or(Error::NotFound)?;
    let layout = page.layout("Erste Schicht abnehmen");
    Ok(SignOffPage { layout, place, form: SignOffForm::default(), errors: Errors::default() }.into_response())
}

/// `POST /verwaltung/erste-schichten/abnahmen/{id}`
pub async fn sign(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<BookingId>,
    Form(form): Form<SignOffForm>,
) -> Answer {
    let signer = Signer::Staff(me.account);
    let place = sign_off::find(&portal.db, id, signer).await?.ok_or(Error::NotFound)?;
    let (result, word) = match form.prove() {
        Ok(proven) => proven,
        Err(errors) => {
            let layout = page.layout("Erste Schicht abnehmen");
            return Ok(unprocessable(SignOffPage { layout, place, form, errors }));
        }
    };
    let signed = sign_off::sign(&portal.db, &portal.config, id, signer, (result, &word), now).await?;
    done(&place, result, signed).keep(&portal, &me).await?;
    Ok(see_other("/verwaltung/erste-schichten"))
}
