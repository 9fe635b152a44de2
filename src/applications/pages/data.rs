//! What an applicant may do with their application and data: withdraw it, have everything erased, be sent a link, and
//! end all links. The copy of all data is for everybody: `privacy::export`.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use time::OffsetDateTime;

use super::frame::{Frame, Here};
use crate::accounts::role::Role;
use crate::accounts::{audit, session};
use crate::applications::application;
use crate::applications::form::begin::{self, Asking};
use crate::applications::form::link::Goal;
use crate::applications::form::{link, withdrawal};
use crate::clock::{Zone, german};
use crate::id::{AccountId, ApplicationId};
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::retention::hold;
use crate::retention::wish::{self, Wish};
use crate::web::form::Path;
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

#[derive(Template, WebTemplate)]
#[template(path = "applications/withdrawal.html")]
struct WithdrawalPage {
    layout: Layout,
    frame: Frame,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/erasure.html")]
struct ErasurePage {
    layout: Layout,
    within: String,
    /// The last day of a legal hold.
    held_until: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/access_ended.html")]
struct EndedPage {
    layout: Layout,
}

/// Somebody else's application is not there.
pub async fn own(portal: &Portal, me: &Me, id: ApplicationId) -> Result<(), Error> {
    application::find_own(&portal.db, id, me.account.into()).await?.map(drop).ok_or(Error::NotFound)
}

pub async fn back(portal: &Portal, me: &Me, id: ApplicationId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&format!("/bewerbung/{id}")))
}

/// `GET /bewerbung/{id}/zurueckziehen`
pub async fn confirm_withdrawal(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Home, now).await?;
    if !facts.application.state.is_open() {
        return Ok(see_other(&frame.path));
    }
    Ok(WithdrawalPage { layout: page.layout("Bewerbung zurückziehen"), frame }.into_response())
}

/// `POST /bewerbung/{id}/zurueckziehen`
pub async fn withdraw(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    let flash = match withdrawal::withdraw(&portal.db, &portal.config, id, me.account.into(), now).await? {
        Some(introduction) => {
            Flash::ok("Deine Bewerbung ist zurückgezogen.", introduction.sentence().unwrap_or_default())
        }
        None => Flash::info("Diese Bewerbung war schon abgeschlossen.", ""),
    };
    back(&portal, &me, id, flash).await
}

/// `POST /bewerbung/{id}/link`
pub async fn send_link(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<ApplicationId>) -> Answer {
    own(&portal, &me, id).await?;
    later(&portal, &me, id, now).await
}

/// "Save and go on later": the personal link, and back to the application.
pub async fn later(portal: &Portal, me: &Me, id: ApplicationId, now: OffsetDateTime) -> Answer {
    // Beyond the limit nothing is sent: a link is in the mailbox by then.
    let asking = Asking { email: &me.email, network: None };
    let _ = begin::send_link(&portal.db, &portal.config, asking, Goal::application(id), now).await?;
    let then = format!("Dein persönlicher Link ist unterwegs an {}.", me.email);
    back(portal, me, id, Flash::ok("Gespeichert.", then)).await
}

async fn within(portal: &Portal, now: OffsetDateTime) -> Result<String, sqlx::Error> {
    Ok(policy::at(&portal.db, now).await?.said_dative(Figure::DeletionRequestHours))
}

/// The last day of a legal hold on this person's data.
pub async fn held_until(
    portal: &Portal,
    person: AccountId,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    Ok(hold::until(&portal.db, person, Zone::berlin().date(now)).await?.map(german::date))
}

/// Whoever works here has more than applications, and a password: everything is erased where the account is.
fn with_account(me: &Me) -> Option<Response> {
    me.roles.contains(&Role::Freelancer).then(|| see_other("/konto/loeschung"))
}

/// `GET /bewerbung/loeschung`
pub async fn confirm_erasure(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    if let Some(there) = with_account(&me) {
        return Ok(there);
    }
    let (within, held_until) = (within(&portal, now).await?, held_until(&portal, me.account, now).await?);
    Ok(ErasurePage { layout: page.layout("Alle Bewerbungsdaten löschen"), within, held_until }.into_response())
}

/// `POST /bewerbung/loeschung`
pub async fn erase(State(portal): State<Portal>, me: Me, Now(now): Now) -> Answer {
    if let Some(there) = with_account(&me) {
        return Ok(there);
    }
    let mut tx = portal.db.begin().await?;
    wish::record(&mut *tx, me.account, Wish::Erasure, now).await?;
    audit::note(&mut *tx, Some(me.account), "request.erasure", &me.account.to_string(), now).await?;
    tx.commit().await?;
    let then = match held_until(&portal, me.account, now).await? {
        Some(day) => format!("Bis zum {day} ruht er, danach löschen wir von selbst."),
        None => format!("Spätestens nach {} ist alles gelöscht.", within(&portal, now).await?),
    };
    Flash::ok("Dein Wunsch ist notiert.", then).keep(&portal, &me).await?;
    Ok(see_other("/bewerbung"))
}

/// `POST /bewerbung/zugaenge/ende`: no link and no session of this person works any more, this one included.
pub async fn end_access(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, jar: CookieJar) -> Answer {
    let mut tx = portal.db.begin().await?;
    link::end_all(&mut tx, me.account.into(), now).await?;
    session::end_others(&mut *tx, me.account, me.session, now).await?;
    session::end(&mut *tx, me.account, me.session, now).await?;
    tx.commit().await?;
    let ended = EndedPage { layout: page.guest_layout("Alle Links sind ungültig") };
    Ok((jar.remove(viewer::removal(&portal.config)), ended).into_response())
}
