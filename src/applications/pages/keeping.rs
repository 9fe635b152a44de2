//! Consent to longer keeping: given and withdrawn on the applicant's page, withdrawn by the link of a mail as well. The link
//! opens a page with one button, since mail programs look at links, too.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use super::data::{back, own};
use crate::applications::application;
use crate::applications::form::keeping;
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::retention::day::ErasureDay;
use crate::retention::{consent, dossier};
use crate::web::form::{Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters};

/// The tick of the consent.
#[derive(Debug, Deserialize)]
pub struct ConsentForm {
    #[serde(default)]
    einwilligung: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/consent.html")]
struct ConsentPage {
    layout: Layout,
    token: String,
    title: String,
    is_withdrawn: bool,
    /// When the dossier is erased, with the consent or now without it: `am 24.5.2027`.
    erased: String,
    /// Whether its person wishes the erasure of everything: nothing is kept longer then.
    is_wished: bool,
    /// The last day of a legal hold.
    held_until: Option<String>,
}

/// `POST /bewerbung/{id}/behalten`
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<ConsentForm>,
) -> Answer {
    own(&portal, &me, id).await?;
    if form.einwilligung.is_empty() {
        let flash = Flash::info("Nichts geändert.", "Wenn wir länger behalten sollen, setz zuerst das Häkchen.");
        return back(&portal, &me, id, flash).await;
    }
    let flash = match keeping::keep(&portal.db, &portal.config, id, now).await? {
        Ok(()) => Flash::ok("Wir behalten deine Bewerbung länger.", "Das kannst du jederzeit zurücknehmen."),
        Err(refusal) => Flash::warn("Das ging nicht.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

/// `POST /bewerbung/{id}/behalten/ende`
pub async fn end(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    consent::withdraw(&portal.db, id, now).await?;
    let then = "Welcher Tag jetzt gilt, steht auf dieser Seite.";
    back(&portal, &me, id, Flash::ok("Deine Einwilligung ist zurückgenommen.", then)).await
}

/// `GET /bewerbung/einwilligung/{token}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    Ok(load(&portal, &page, token, now).await?.into_response())
}

/// `POST /bewerbung/einwilligung/{token}`: withdraws. Twice is once.
pub async fn end_by_link(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    if !consent::withdraw_linked(&portal.db, &token, now).await? {
        return Err(Error::NotFound);
    }
    Ok(load(&portal, &page, token, now).await?.into_response())
}

fn said(day: ErasureDay, today: Date) -> String {
    let on = german::date(day.on);
    match () {
        () if day.is_held() => format!("nach heutigem Stand am {on}"),
        () if day.is_wished => "in den nächsten Stunden".into(),
        () if day.on <= today => "in der nächsten Nacht".into(),
        () => format!("am {on}"),
    }
}

/// An unknown or expired token is not there.
async fn load(portal: &Portal, page: &Page, token: String, now: OffsetDateTime) -> Result<ConsentPage, Error> {
    let linked = consent::find_linked(&portal.db, &token, now).await?.ok_or(Error::NotFound)?;
    let application = application::find(&portal.db, linked.application).await?.ok_or(Error::NotFound)?;
    let erased = dossier::day_of(&mut *portal.db.acquire().await?, linked.application, now).await?;
    let is_withdrawn = linked.withdrawn_at.is_some();
    let title = if is_withdrawn { "Einwilligung zurückgenommen" } else { "Einwilligung zurücknehmen" };
    Ok(ConsentPage {
        layout: page.layout(title),
        token,
        title: application.title,
        is_withdrawn,
        is_wished: erased.is_some_and(|day| day.is_wished),
        erased: erased.map(|day| said(day, Zone::berlin().date(now))).unwrap_or_default(),
        held_until: erased.and_then(|day| day.held_until).map(german::date),
    })
}
