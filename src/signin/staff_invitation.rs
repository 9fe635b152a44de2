//! Inviting staff: an account with roles and a mail with the link that sets its password.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::mails;
use super::staff::{Choice, back, prove_roles};
use crate::accounts::role::Role;
use crate::accounts::{account, audit};
use crate::id::AccountId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, email, line};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct InvitationForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    roles: Vec<String>,
}

struct NewStaff {
    name: String,
    email: String,
    roles: Vec<Role>,
}

impl InvitationForm {
    fn prove(&self) -> Result<NewStaff, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", line(&self.name, 120, "einen Namen"));
        let email = errors.take("email", email(&self.email));
        let roles = errors.take("roles", prove_roles(&self.roles, false));
        match (name, email, roles) {
            (Some(name), Some(email), Some(roles)) => Ok(NewStaff { name, email, roles }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/staff_new.html")]
struct NewPage {
    layout: Layout,
    roles: Vec<Choice>,
    form: InvitationForm,
    errors: Errors,
}

impl NewPage {
    fn new(page: &Page, form: InvitationForm, errors: Errors) -> Self {
        Self { layout: page.layout("Ins Team einladen"), roles: Choice::all(&form.roles), form, errors }
    }
}

/// `GET /verwaltung/konten/neu`
pub async fn new(page: Page) -> Answer {
    Ok(NewPage::new(&page, InvitationForm::default(), Errors::default()).into_response())
}

/// `POST /verwaltung/konten/neu`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<InvitationForm>,
) -> Answer {
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => return Ok(unprocessable(NewPage::new(&page, form, errors))),
    };
    let mut tx = portal.db.begin().await?;
    let created = account::create(&mut tx, &new.email, &new.name, &new.roles, Some(me.account), now).await?;
    let Ok(id) = created else {
        let mut errors = Errors::default();
        errors.add("email", account::EmailTaken.sentence());
        return Ok(unprocessable(NewPage::new(&page, form, errors)));
    };
    mails::invite(&mut tx, &portal.config, (id, &new.name, &new.email), now).await?;
    tx.commit().await?;
    let what = format!("{} ist eingeladen.", new.name);
    back(&portal, &me, id, Flash::ok(what, "Die Mail mit dem Link ist unterwegs; er gilt sieben Tage.")).await
}

/// `POST /verwaltung/konten/{id}/einladung`: the mail again, with a new link.
pub async fn repeat(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<AccountId>) -> Answer {
    let account = account::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    if account.access_ended_at.is_some() {
        return back(&portal, &me, id, Flash::warn("Dieser Zugang ist beendet.", "Eine Einladung ging nicht raus."))
            .await;
    }
    if account.active {
        let then = "Wer es vergessen hat, findet bei der Anmeldung „Passwort vergessen?“.";
        return back(&portal, &me, id, Flash::info("Hier ist schon ein Passwort gesetzt.", then)).await;
    }
    let mut tx = portal.db.begin().await?;
    mails::invite(&mut tx, &portal.config, (id, &account.name, &account.email), now).await?;
    audit::note(&mut *tx, Some(me.account), "account.invite", &id.to_string(), now).await?;
    tx.commit().await?;
    back(&portal, &me, id, Flash::ok("Die Einladung ist noch einmal unterwegs.", "Der frühere Link gilt nicht mehr."))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_come_at_once() {
        let Err(errors) = InvitationForm::default().prove() else { panic!("an empty form proves nothing") };
        assert_eq!(errors.fields().collect::<Vec<_>>(), ["email", "name", "roles"]);
    }
}
