//! One's own account: who the portal thinks one is, the password, the devices, the mails.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use time::OffsetDateTime;

use super::mails;
use super::new_password;
use crate::accounts::limit::Attempt;
use crate::accounts::role::Role;
use crate::accounts::session::{self, Listed};
use crate::accounts::{account, limit, password};
use crate::clock::{Zone, german};
use crate::id::SessionId;
use crate::mail::{self, Topic};
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A password change as typed.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
}

/// The ticked mails.
#[derive(Deserialize)]
pub struct MailsForm {
    #[serde(default)]
    topic: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/own_account.html")]
struct OwnAccountPage {
    layout: Layout,
    me: Me,
    sessions: Vec<Listed>,
    /// Every mail that can be switched off, and whether it is wanted; for freelancers.
    mails: Vec<(Topic, bool)>,
    errors: Errors,
}

impl OwnAccountPage {
    async fn load(portal: &Portal, page: &Page, me: Me, errors: Errors, now: OffsetDateTime) -> Result<Self, Error> {
        let sessions = session::list(&portal.db, me.account, &me.roles, now).await?;
        let mails = if me.has_any(&[Role::Freelancer]) {
            let off = mail::opt_outs(&portal.db, me.account).await?;
            Topic::OPTIONAL.into_iter().map(|topic| (topic, !off.contains(&topic))).collect()
        } else {
            Vec::new()
        };
        Ok(Self { layout: page.layout("Dein Konto"), me, sessions, mails, errors })
    }

    fn roles(&self) -> String {
        self.me.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", ")
    }

    /// Whoever only applies comes by personal links.
    fn has_password(&self) -> bool {
        self.me.roles.iter().any(|role| *role != Role::Applicant)
    }

    fn is_this(&self, session: &Listed) -> bool {
        session.id == self.me.session
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    fn hint(&self) -> String {
        format!("Mindestens {} Zeichen. Andere Geräte sind danach abgemeldet.", password::SHORTEST)
    }
}

/// `GET /konto`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    Ok(OwnAccountPage::load(&portal, &page, me, Errors::default(), now).await?.into_response())
}

/// `POST /konto/passwort`
pub async fn update_password(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Address(address): Address,
    Form(form): Form<PasswordForm>,
) -> Answer {
    let mut errors = Errors::default();
    match Attempt::begin(&portal.db, &me.email, address, now).await? {
        Err(wait) => errors.add("current", limit::sentence(wait, "")),
        Ok(attempt) => {
            let stored = account::credentials(&portal.db, &me.email).await?.and_then(|c| c.password_hash);
            // No connection is held while this takes its time.
            if portal.passwords.verify(form.current, stored).await.map_err(|_| Error::Busy)? {
                attempt.succeeded(&portal.db).await?;
            } else {
                attempt.failed(&portal.db, address).await?;
                errors.add("current", "Das ist nicht dein bisheriges Passwort.");
            }
            let proven = new_password::prove(&form.password, &me.name, &me.email, &portal.config.operator_name);
            errors.take("password", proven);
        }
    }
    if !errors.is_empty() {
        return Ok(unprocessable(OwnAccountPage::load(&portal, &page, me, errors, now).await?));
    }
    let hash = portal.passwords.hash(form.password).await.map_err(|_| Error::Busy)?;
    let mut tx = portal.db.begin().await?;
    account::set_password(&mut tx, me.account, &hash, Some(me.session), now).await?;
    mails::password_changed(&mut tx, &portal.config, (me.account, &me.name, &me.email), now).await?;
    tx.commit().await?;
    Flash::ok("Dein Passwort ist geändert.", "Andere Geräte sind abgemeldet.").keep(&portal, &me).await?;
    Ok(see_other("/konto"))
}

/// `POST /konto/mails`
pub async fn update_mails(State(portal): State<Portal>, me: Me, Now(now): Now, Form(form): Form<MailsForm>) -> Answer {
    mail::set_opt_outs(&portal.db, me.account, unwanted(&form.topic), now).await?;
    Flash::ok("Deine Auswahl ist gespeichert.", "Mails zu Zugang und Passwort kommen immer.")
        .keep(&portal, &me)
        .await?;
    Ok(see_other("/konto"))
}

/// The mails that are not ticked.
fn unwanted(ticked: &[String]) -> Vec<Topic> {
    Topic::OPTIONAL.into_iter().filter(|topic| !ticked.iter().any(|key| key == topic.key())).collect()
}

/// `POST /konto/sitzungen/{id}/ende`
pub async fn end_session(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    jar: CookieJar,
    Path(id): Path<SessionId>,
) -> Answer {
    if !session::end(&portal.db, me.account, id, now).await? {
        return Err(Error::NotFound);
    }
    if id == me.session {
        return Ok((jar.remove(viewer::removal(&portal.config)), see_other("/anmeldung")).into_response());
    }
    Flash::ok("Das Gerät ist abgemeldet.", "").keep(&portal, &me).await?;
    Ok(see_other("/konto"))
}

/// `POST /konto/sitzungen/andere/ende`
pub async fn end_other_sessions(State(portal): State<Portal>, me: Me, Now(now): Now) -> Answer {
    session::end_others(&portal.db, me.account, me.session, now).await?;
    Flash::ok("Alle anderen Geräte sind abgemeldet.", "").keep(&portal, &me).await?;
    Ok(see_other("/konto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ticked_is_switched_off() {
        assert_eq!(unwanted(&[]), Topic::OPTIONAL);
        let ticked = ["publication", "booking", "change", "help", "interview", "nonsense"].map(String::from);
        assert_eq!(unwanted(&ticked), [Topic::Release]);
    }
}
