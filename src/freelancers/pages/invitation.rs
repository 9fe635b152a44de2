//! Inviting a freelancer: account, freelancer, and a mail with the link that sets the password.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::detail::back;
use crate::accounts::{account, audit};
use crate::freelancers::{freelancer, mails};
use crate::id::FreelancerId;
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
}

struct NewFreelancer {
    name: String,
    email: String,
}

impl InvitationForm {
    fn prove(&self) -> Result<NewFreelancer, Errors> {
        let mut errors = Errors::default();
        let name = errors.take("name", line(&self.name, 120, "einen Namen"));
        let email = errors.take("email", email(&self.email));
        match (name, email) {
            (Some(name), Some(email)) => Ok(NewFreelancer { name, email }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/new.html")]
struct NewPage {
    layout: Layout,
    form: InvitationForm,
    errors: Errors,
}

impl NewPage {
    fn new(page: &Page, form: InvitationForm, errors: Errors) -> Self {
        Self { layout: page.layout("Freelancer*in einladen"), form, errors }
    }
}

/// `GET /verwaltung/freelancer/neu`
pub async fn new(page: Page) -> Answer {
    Ok(NewPage::new(&page, InvitationForm::default(), Errors::default()).into_response())
}

/// `POST /verwaltung/freelancer/neu`
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
    let Ok(id) = freelancer::create(&mut tx, &new.email, &new.name, Some(me.account), now).await? else {
        let mut errors = Errors::default();
        errors.add("email", account::EmailTaken.sentence());
        return Ok(unprocessable(NewPage::new(&page, form, errors)));
    };
    mails::invite(&mut tx, &portal.config, (id.into(), &new.name, &new.email), now).await?;
    tx.commit().await?;
    let flash = Flash::ok(format!("{} ist eingeladen.", new.name), "Jetzt fehlt noch, für welche Kampagnen.");
    back(&portal, &me, id, flash).await
}

/// `POST /verwaltung/freelancer/{id}/einladung`: the mail again, with a new link.
pub async fn repeat(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<FreelancerId>) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    if person.access_ended_at.is_some() {
        let flash = Flash::warn("Dieser Zugang ist beendet.", "Eine Einladung ging nicht raus.");
        return back(&portal, &me, id, flash).await;
    }
    if person.active {
        let then = "Wer es vergessen hat, findet bei der Anmeldung „Passwort vergessen?“.";
        return back(&portal, &me, id, Flash::info("Hier ist schon ein Passwort gesetzt.", then)).await;
    }
    let mut tx = portal.db.begin().await?;
    mails::invite(&mut tx, &portal.config, (id.into(), &person.name, &person.email), now).await?;
    audit::note(&mut *tx, Some(me.account), "account.invite", &id.to_string(), now).await?;
    tx.commit().await?;
    let flash = Flash::ok("Die Einladung ist noch einmal unterwegs.", "Der frühere Link gilt nicht mehr.");
    back(&portal, &me, id, flash).await
}
