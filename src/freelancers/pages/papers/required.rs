//! Which papers a campaign wants besides those that everybody brings; a part of the campaign's settings.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::campaigns::campaign::{self, Campaign};
use crate::freelancers::papers::kind::Kind;
use crate::freelancers::papers::required;
use crate::portal::Portal;
use crate::web::form::{Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

/// The ticked kinds.
#[derive(Debug, Default, Deserialize)]
pub struct RequiredForm {
    #[serde(default)]
    kind: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/required.html")]
struct RequiredPage {
    layout: Layout,
    campaign: Campaign,
    required: Vec<Kind>,
}

/// `GET /verwaltung/kampagnen/{slug}/unterlagen`
pub async fn edit(State(portal): State<Portal>, page: Page, Path(slug): Path<String>) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let required = required::of(&portal.db, campaign.id).await?;
    Ok(RequiredPage { layout: page.layout("Unterlagen"), campaign, required }.into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/unterlagen`
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<RequiredForm>,
) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let ticked: Vec<Kind> =
        Kind::SPECIAL.into_iter().filter(|kind| form.kind.iter().any(|k| k == kind.key())).collect();
    required::set(&portal.db, campaign.id, &ticked, me.account, now).await?;
    let then = "Wer sich vorbereitet, sieht es sofort. Wer schon einsatzbereit ist, bucht weiter wie bisher.";
    Flash::ok("Die Unterlagen der Kampagne sind gespeichert.", then).keep(&portal, &me).await?;
    Ok(see_other(&format!("/verwaltung/kampagnen/{slug}/unterlagen")))
}
