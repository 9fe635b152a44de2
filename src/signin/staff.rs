//! The accounts of staff, for administrators: list, roles, end of access.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::accounts::account::{self, Account};
use crate::accounts::role::Role;
use crate::clock::{Zone, german};
use crate::id::AccountId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A role with a tick, in forms.
pub struct Choice {
    pub role: Role,
    pub ticked: bool,
}

impl Choice {
    /// All roles of staff; those of these keys are ticked.
    pub fn all(ticked: &[String]) -> Vec<Self> {
        let choice = |role: Role| Self { role, ticked: ticked.iter().any(|key| key == role.key()) };
        Role::STAFF.into_iter().map(choice).collect()
    }

    /// What the role is for, in a few words.
    pub fn purpose(&self) -> &'static str {
        match self.role {
            Role::Applicant => "sieht die eigene Bewerbung",
            Role::Freelancer => "bucht Schichten",
            Role::Recruiter => "lädt Freelancer*innen ein",
            Role::Trainer => "setzt einsatzbereit",
            Role::Planner => "pflegt Kampagnen und Schichtpläne",
            Role::PrivacyOfficer => "achtet auf Datenschutz und Löschung",
            Role::Bookkeeper => "führt die Nutzungsbeiträge",
            Role::Administrator => "verwaltet Konten und Rollen",
        }
    }
}

/// The ticked roles; at least one, unless the person has another way in.
pub fn prove_roles(ticked: &[String], may_be_none: bool) -> Result<Vec<Role>, String> {
    let roles: Vec<Role> = ticked.iter().filter_map(|key| Role::staff(key)).collect();
    if roles.is_empty() && !may_be_none {
        return Err("Bitte wähle mindestens eine Rolle.".into());
    }
    Ok(roles)
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/staff_list.html")]
struct ListPage {
    layout: Layout,
    accounts: Vec<Account>,
}

impl ListPage {
    fn roles(&self, account: &Account) -> String {
        labels(account)
    }
}

fn labels(account: &Account) -> String {
    account.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", ")
}

/// `GET /verwaltung/konten`
pub async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let accounts = account::staff(&portal.db).await?;
    Ok(ListPage { layout: page.layout("Konten"), accounts }.into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/staff_show.html")]
struct ShowPage {
    layout: Layout,
    account: Account,
    own: bool,
    roles: Vec<Choice>,
    errors: Errors,
}

impl ShowPage {
    fn new(page: &Page, me: &Me, account: Account, ticked: &[String], errors: Errors) -> Self {
        let own = account.id == me.account;
        Self { layout: page.layout(&account.name), own, roles: Choice::all(ticked), account, errors }
    }

    fn labels(&self) -> String {
        labels(&self.account)
    }

    fn ended(&self) -> Option<String> {
        self.account.access_ended_at.map(|at| german::moment(Zone::berlin().local(at)))
    }
}

/// `GET /verwaltung/konten/{id}`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Path(id): Path<AccountId>) -> Answer {
    let account = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let ticked: Vec<String> = account.roles.iter().map(|role| role.key().to_owned()).collect();
    Ok(ShowPage::new(&page, &me, account, &ticked, Errors::default()).into_response())
}

/// The ticked roles.
#[derive(Deserialize)]
pub struct RolesForm {
    #[serde(default)]
    roles: Vec<String>,
}

/// `POST /verwaltung/konten/{id}/rollen`
pub async fn update_roles(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<AccountId>,
    Form(form): Form<RolesForm>,
) -> Answer {
    let account = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    if account.access_ended_at.is_some() {
        return back(&portal, &me, id, Flash::warn("Dieser Zugang ist beendet.", "Rollen ändern hier nichts mehr."))
            .await;
    }
    let mut errors = Errors::default();
    let Some(roles) = errors.take("roles", prove_roles(&form.roles, account.roles.contains(&Role::Freelancer))) else {
        return Ok(unprocessable(ShowPage::new(&page, &me, account, &form.roles, errors)));
    };
    let flash = match account::set_roles(&portal.db, id, &roles, me.account, now).await? {
        Ok(()) => Flash::ok("Die Rollen sind gespeichert.", "Sie gelten sofort."),
        Err(refusal) => Flash::warn("Die Rollen bleiben, wie sie sind.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/staff_end.html")]
struct EndPage {
    layout: Layout,
    account: Account,
    /// Coming shifts that they booked.
    coming: i64,
}

/// What follows for the shifts that somebody booked: nothing by itself.
fn decide(coming: i64) -> String {
    match coming {
        0 => String::new(),
        n => format!(
            " {} im Plan stehen, bis ihr entscheidet; das geht bei der Person unter „Freelancer*innen“.",
            german::count(n, "gebuchte Schicht bleibt", "gebuchte Schichten bleiben")
        ),
    }
}

/// `GET /verwaltung/konten/{id}/ende`: what it means, before it happens.
pub async fn confirm_end(State(portal): State<Portal>, page: Page, Now(now): Now, Path(id): Path<AccountId>) -> Answer {
    let account = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let coming = account::coming_bookings(&portal.db, id, now).await?;
    Ok(EndPage { layout: page.layout("Zugang beenden"), account, coming }.into_response())
}

/// `POST /verwaltung/konten/{id}/ende`
pub async fn end(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<AccountId>) -> Answer {
    let account = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let flash = match account::end_access(&portal.db, id, me.account, now).await? {
        Ok(()) => {
            let coming = account::coming_bookings(&portal.db, id, now).await?;
            Flash::ok(
                "Der Zugang ist beendet.",
                format!("{} ist auf allen Geräten abgemeldet.{}", account.name, decide(coming)),
            )
        }
        Err(account::RoleRefusal::Own) => Flash::warn(
            "Der Zugang bleibt.",
            "Den eigenen Zugang kann niemand beenden. Bitte jemanden aus der Administration darum.",
        ),
        Err(refusal) => Flash::warn("Der Zugang bleibt.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

/// Back to the account, with a message.
pub async fn back(portal: &Portal, me: &Me, id: AccountId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&format!("/verwaltung/konten/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_have_at_least_one_role() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(prove_roles(&keys(&["planner", "trainer"]), false), Ok(vec![Role::Planner, Role::Trainer]));
        assert!(prove_roles(&keys(&["freelancer", "king"]), false).is_err());
        assert_eq!(prove_roles(&[], true), Ok(vec![]));
    }
}
