//! Personal links: a page with one button opens the session, since mail programs look at links, too. A dead link offers a
//! new one; asking for one gets the same answer whoever asks.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::begin::SentPage;
use crate::accounts::session;
use crate::applications::form::begin::{self, Asking};
use crate::applications::form::link::{self, Goal};
use crate::portal::Portal;
use crate::web::address::{self, Address};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Layout, Page, Viewer, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct LinkForm {
    #[serde(default)]
    email: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/access.html")]
struct AccessPage {
    layout: Layout,
    token: String,
    email: String,
    /// What the button does.
    button: &'static str,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/access_over.html")]
struct OverPage {
    layout: Layout,
    /// The token of a link that was good once: a new one goes to the same address.
    renewable: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/link.html")]
struct LinkPage {
    layout: Layout,
    form: LinkForm,
    errors: Errors,
}

fn over(page: &Page, renewable: Option<String>) -> Response {
    let layout = page.layout("Dieser Link gilt nicht mehr");
    (StatusCode::GONE, OverPage { layout, renewable }).into_response()
}

/// `GET /bewerbung/zugang/{token}`. Whoever used the link and is still signed in goes where it leads.
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    Path(token): Path<String>,
) -> Answer {
    let signed_in = viewer.signed_in().map(|viewer| viewer.account);
    Ok(match link::find(&portal.db, &token, now).await? {
        Some(link) if link.lives => {
            let (title, button) = match link.goal.page {
                link::Page::Application | link::Page::Interview => ("Weiter zu deiner Bewerbung", "Bewerbung öffnen"),
                link::Page::Copy => ("Weiter zu deinen Daten", "Kopie deiner Daten öffnen"),
            };
            AccessPage { layout: page.layout(title), token, email: link.email, button }.into_response()
        }
        Some(link) if signed_in == Some(link.applicant.into()) => see_other(&link.goal.path()),
        known => over(&page, known.map(|_| token)),
    })
}

/// `POST /bewerbung/zugang/{token}`: uses the link.
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    headers: HeaderMap,
    jar: CookieJar,
    Path(token): Path<String>,
) -> Answer {
    let Some(used) = link::redeem(&portal.db, &token, &address::device(&headers), now).await? else {
        let known = link::find(&portal.db, &token, now).await?;
        return Ok(over(&page, known.map(|_| token)));
    };
    // Whoever was signed in on this device until now leaves no session behind.
    if let Some(before) = viewer.signed_in() {
        session::end(&portal.db, before.account, before.session, now).await?;
    }
    let target = used.goal.path();
    let jar = jar.add(viewer::cookie(&portal.config, used.session, &link::ROLES));
    Ok((jar, see_other(&target)).into_response())
}

/// `POST /bewerbung/zugang/{token}/neu`: a new link to the address that this one was sent to.
pub async fn renew(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Address(network): Address,
    Path(token): Path<String>,
) -> Answer {
    let Some(link) = link::find(&portal.db, &token, now).await? else { return Ok(over(&page, None)) };
    let asking = Asking { email: &link.email, network: Some(network) };
    // Beyond the limit nothing is sent, and the page says how many mails there are.
    let _ = begin::send_link(&portal.db, &portal.config, asking, link.goal, now).await?;
    Ok(SentPage { layout: page.layout("Schau in dein Postfach") }.into_response())
}

/// `GET /bewerbung/link`
pub async fn new_link(page: Page) -> Answer {
    let (form, errors) = (LinkForm::default(), Errors::default());
    Ok(LinkPage { layout: page.layout("Persönlichen Link anfordern"), form, errors }.into_response())
}

/// `POST /bewerbung/link`
pub async fn send_link(
    State(portal): State<Portal>,
    page: Page,
    Now(now): Now,
    Address(network): Address,
    Form(form): Form<LinkForm>,
) -> Answer {
    let mut errors = Errors::default();
    if let Some(email) = errors.take("email", form::email(&form.email)) {
        let asking = Asking { email: &email, network: Some(network) };
        match begin::send_link(&portal.db, &portal.config, asking, Goal::application(None), now).await? {
            Ok(()) => return Ok(SentPage { layout: page.layout("Schau in dein Postfach") }.into_response()),
            Err(refusal) => errors.add("email", refusal.sentence()),
        }
    }
    Ok(unprocessable(LinkPage { layout: page.layout("Persönlichen Link anfordern"), form, errors }))
}
