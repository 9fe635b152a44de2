//! One's own account: who the portal thinks one is, the password, the devices, the mails.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use time::OffsetDateTime;

use super::{mails, new_password, own_password};
use crate::accounts::role::Role;
use crate::accounts::session::{self, Listed};
use crate::accounts::{account, password};
use crate::clock::{Zone, german};
use crate::id::SessionId;
use crate::mail::{self, Topic};
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// Beside the field of the password that holds until then.
pub(super) const WRONG: &str = "Das ist nicht dein bisheriges Passwort.";

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
    /// Every mail of theirs that can be switched off, and whether it is wanted.
    mails: Vec<(Topic, bool)>,
    errors: Errors,
}

impl OwnAccountPage {
    async fn load(portal: &Portal, page: &Page, me: Me, errors: Errors, now: OffsetDateTime) -> Result<Self, Error> {
        let sessions = session::list(&portal.db, me.account, &me.roles, now).await?;
        let off = mail::opt_outs(&portal.db, me.account).await?;
        let mails = topics(&me.roles).into_iter().map(|topic| (topic, !off.contains(&topic))).collect();
        Ok(Self { layout: page.layout("Dein Konto"), me, sessions, mails, errors })
    }

    fn roles(&self) -> String {
        self.me.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", ")
    }

    fn is_freelancer(&self) -> bool {
        self.me.roles.contains(&Role::Freelancer)
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
    if let Err(sentence) = own_password::check(&portal, &me, form.current, WRONG, address, now).await? {
        errors.add("current", sentence);
    }
    let proven = new_password::prove(&form.password, &me.name, &me.email, &portal.config.operator_name);
    errors.take("password", proven);
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
    mail::set_opt_outs(&portal.db, me.account, unwanted(&me.roles, &form.topic), now).await?;
    Flash::ok("Deine Auswahl ist gespeichert.", "Mails zu Zugang und Passwort kommen immer.")
        .keep(&portal, &me)
        .await?;
    Ok(see_other("/konto"))
}

/// The optional mails that somebody with these roles can get.
fn topics(roles: &[Role]) -> Vec<Topic> {
    let gets = |topic: &Topic| match topic {
        Topic::Interview => roles.contains(&Role::Applicant) || roles.contains(&Role::Freelancer),
        _ => roles.contains(&Role::Freelancer),
    };
    Topic::OPTIONAL.into_iter().filter(gets).collect()
}

/// Those of them that are not ticked.
fn unwanted(roles: &[Role], ticked: &[String]) -> Vec<Topic> {
    topics(roles).into_iter().filter(|topic| !ticked.iter().any(|key| key == topic.key())).collect()
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
        assert_eq!(unwanted(&[Role::Freelancer], &[]), Topic::OPTIONAL);
        let ticked: Vec<String> = Topic::OPTIONAL.iter().map(|topic| topic.key().into()).collect();
        let but_release: Vec<String> = ticked.iter().filter(|key| *key != "release").cloned().collect();
        assert_eq!(unwanted(&[Role::Freelancer], &but_release), [Topic::Release]);
        assert_eq!(unwanted(&[Role::Freelancer], &["nonsense".into()]), Topic::OPTIONAL);
    }

    #[test]
    fn each_chooses_among_the_mails_that_they_get() {
        assert_eq!(topics(&[Role::Applicant]), [Topic::Interview]);
        assert_eq!(topics(&[Role::Planner]), []);
    }
}
