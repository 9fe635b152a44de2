//! The applicant's answer to an offer: yes or no. Its buttons are `templates/applications/_offer.html`.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as With;
use axum::response::IntoResponse;

use crate::applications::application;
use crate::applications::decision::{self, Accepted, AnswerRefusal};
use crate::id::{ApplicantId, ApplicationId};
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other};

/// The routes of the applicant's answer.
pub fn routes() -> Routes {
    Routes::default().post("/bewerbung/{id}/zusage", Audience::Applicant, accept).post(
        "/bewerbung/{id}/absage",
        Audience::Applicant,
        decline,
    )
}

/// What somebody sees whose session has just ended because an invitation took its place.
#[derive(Template, WebTemplate)]
#[template(path = "applications/accepted.html")]
struct AcceptedPage {
    layout: Layout,
    email: String,
}

/// `POST /bewerbung/{id}/zusage`
async fn accept(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    own(&portal, &me, id).await?;
    let flash = match decision::accept(&portal.db, &portal.config, id, me.account.into(), now).await? {
        Ok(Accepted::Invited) => {
            let layout = page.layout("Du bist dabei").signed_out();
            return Ok(AcceptedPage { layout, email: me.email.clone() }.into_response());
        }
        Ok(Accepted::HasAccess) => Flash::ok("Du bist dabei.", "Deinen Zugang zum Portal hast du schon."),
        Err(refusal) => refused(refusal),
    };
    back(&portal, &me, id, flash).await
}

/// `POST /bewerbung/{id}/absage`
async fn decline(With(portal): With<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    let flash = match decision::decline(&portal.db, id, me.account.into(), now).await? {
        Ok(introduction) => {
            let said = introduction.sentence().map_or_else(String::new, |said| format!(" {said}"));
            Flash::ok("Du hast abgesagt.", format!("Danke für deine Offenheit.{said}"))
        }
        Err(refusal) => refused(refusal),
    };
    back(&portal, &me, id, flash).await
}

fn refused(refusal: AnswerRefusal) -> Flash {
    Flash::info(refusal.sentence(), "")
}

async fn own(portal: &Portal, me: &Me, id: ApplicationId) -> Result<(), Error> {
    let found = application::find_own(&portal.db, id, ApplicantId::from(me.account)).await?;
    found.map(drop).ok_or(Error::NotFound)
}

async fn back(portal: &Portal, me: &Me, id: ApplicationId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&format!("/bewerbung/{id}")))
}
