//! Sign-in and sign-out. An unknown address, a wrong password and an ended access look and take the same.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use sqlx::PgPool;

use crate::accounts::limit::Attempt;
use crate::accounts::role::{Role, any_staff};
use crate::accounts::{account, limit, session};
use crate::id::AccountId;
use crate::portal::Portal;
use crate::web::address::{self, Address};
use crate::web::form::{Errors, Form, Query, own_path};
use crate::web::viewer::{self, Now};
use crate::web::{Answer, Error, Layout, Me, Page, Viewer, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// Where the person wanted to go.
    #[serde(default)]
    weiter: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/sign_in.html")]
struct SignInPage {
    layout: Layout,
    form: SignInForm,
    errors: Errors,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Onward {
    #[serde(default)]
    weiter: String,
}

/// `GET /anmeldung`
pub async fn show(State(portal): State<Portal>, page: Page, viewer: Viewer, Query(onward): Query<Onward>) -> Answer {
    if let Some(me) = viewer.signed_in() {
        return Ok(see_other(home(&portal.db, me.account, &me.roles).await?));
    }
    let form = SignInForm { weiter: onward.weiter, ..SignInForm::default() };
    Ok(SignInPage { layout: page.layout("Anmelden"), form, errors: Errors::default() }.into_response())
}

/// `POST /anmeldung`
#[expect(clippy::too_many_arguments, reason = "each is an extractor")]
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    Address(address): Address,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Answer {
    let email = account::normalise(&form.email);
    let refuse = |sentence: String, form: SignInForm| {
        let mut errors = Errors::default();
        errors.add("password", sentence);
        let form = SignInForm { password: String::new(), ..form };
        Ok(unprocessable(SignInPage { layout: page.layout("Anmelden"), form, errors }))
    };
    if email.is_empty() || form.password.is_empty() {
        return refuse("Bitte gib E-Mail-Adresse und Passwort an.".into(), form);
    }
    let attempt = match Attempt::begin(&portal.db, &email, address, now).await? {
        Ok(attempt) => attempt,
        Err(wait) => return refuse(limit::sentence(wait, " oder setze dein Passwort neu"), form),
    };
    let found = account::credentials(&portal.db, &email).await?;
    let stored = found.as_ref().and_then(|c| c.password_hash.clone());
    // No connection is held while this takes its time.
    let verified = portal.passwords.verify(form.password.clone(), stored).await.map_err(|_| Error::Busy)?;
    let Some(person) = found.filter(|_| verified) else {
        attempt.failed(&portal.db, address).await?;
        return refuse("E-Mail-Adresse und Passwort passen nicht zusammen.".into(), form);
    };
    attempt.succeeded(&portal.db).await?;
    // Whoever was signed in on this device until now leaves no session behind.
    if let Some(before) = viewer.signed_in() {
        session::end(&portal.db, before.account, before.session, now).await?;
    }
    let token = session::create(&portal.db, person.id, &person.roles, &address::device(&headers), now).await?;
    let jar = jar.add(viewer::cookie(&portal.config, token, &person.roles));
    let target = match own_path(&form.weiter) {
        Some(path) => path,
        None => home(&portal.db, person.id, &person.roles).await?,
    };
    Ok((jar, see_other(target)).into_response())
}

/// `POST /abmeldung`
pub async fn delete(State(portal): State<Portal>, me: Me, Now(now): Now, jar: CookieJar) -> Answer {
    session::end(&portal.db, me.account, me.session, now).await?;
    Ok((jar.remove(viewer::removal(&portal.config)), see_other("/anmeldung")).into_response())
}

/// The page that a person starts with. Freelancers who may not book anything yet begin with what is still to do.
pub async fn home(db: &PgPool, person: AccountId, roles: &[Role]) -> Result<&'static str, sqlx::Error> {
    let prepares = roles.contains(&Role::Freelancer) && !any_staff(roles) && !is_qualified(db, person).await?;
    Ok(match () {
        () if any_staff(roles) => "/verwaltung",
        () if prepares => "/bereit",
        () if roles.contains(&Role::Freelancer) || !roles.contains(&Role::Applicant) => "/schichten/frei",
        () => "/bewerbung",
    })
}

async fn is_qualified(db: &PgPool, person: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from qualification where freelancer_id = $1 and ended_at is null) as "qualified!""#,
        person.0,
    )
    .fetch_one(db)
    .await
}
