//! A new mail address for one's account: asked for with the password, confirmed by a link sent to the new address.
//! Looking at a link never uses it up, since mail programs look, too.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{mails, own_account, own_password};
use crate::accounts::address_change::{self, Refusal, Waiting};
use crate::accounts::limit;
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::web::address::Address;
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, Viewer, filters, see_other, unprocessable};

/// Changes that an account may ask for within [`limit::WINDOW`]: each sends a mail to an address that was typed.
const TURNS: i32 = 3;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct AddressForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    current: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/address.html")]
struct AddressPage {
    layout: Layout,
    me: Me,
    waiting: Option<Waiting>,
    form: AddressForm,
    errors: Errors,
}

impl AddressPage {
    fn until(&self, waiting: &Waiting) -> String {
        german::moment(Zone::berlin().local(waiting.expires_at))
    }
}

/// `GET /konto/adresse`
pub async fn edit(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let waiting = address_change::of(&portal.db, me.account, now).await?;
    let (form, errors) = (AddressForm::default(), Errors::default());
    Ok(AddressPage { layout: page.layout("E-Mail-Adresse ändern"), me, waiting, form, errors }.into_response())
}

/// `POST /konto/adresse`
pub async fn ask(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Address(address): Address,
    Form(mut form): Form<AddressForm>,
) -> Answer {
    let mut errors = Errors::default();
    let new = errors.take("email", form::email(&form.email));
    if new.as_deref() == Some(&me.email) {
        errors.add("email", "Mit dieser Adresse meldest du dich schon an.");
    }
    let current = std::mem::take(&mut form.current);
    if let Err(sentence) = own_password::check(&portal, &me, current, own_account::WRONG, address, now).await? {
        errors.add("current", sentence);
    }
    let mut tx = portal.db.begin().await?;
    if let (Some(new), true) = (new, errors.is_empty()) {
        match limit::turn(&mut tx, &format!("address {}", me.account), TURNS, now).await? {
            Err(wait) => errors.add("email", limit::sentence(wait, "")),
            Ok(()) => {
                mails::ask_for_address(&mut tx, &portal.config, (me.account, &me.name, &me.email), &new, now).await?;
                tx.commit().await?;
                Flash::ok(
                    "Sieh ins Postfach der neuen Adresse.",
                    "Der Link darin bestätigt sie. Bis dahin bleibt alles, wie es ist.",
                )
                .keep(&portal, &me)
                .await?;
                return Ok(see_other("/konto/adresse"));
            }
        }
    }
    drop(tx);
    let waiting = address_change::of(&portal.db, me.account, now).await?;
    Ok(unprocessable(AddressPage { layout: page.layout("E-Mail-Adresse ändern"), me, waiting, form, errors }))
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/address_confirm.html")]
struct ConfirmPage {
    layout: Layout,
    token: String,
    waiting: Waiting,
}

#[derive(Template, WebTemplate)]
#[template(path = "signin/address_result.html")]
struct ResultPage {
    layout: Layout,
    /// The address that counts now; none: nothing was changed.
    new: Option<String>,
    refusal: Option<Refusal>,
}

impl ResultPage {
    fn sentence(&self) -> &'static str {
        match self.refusal {
            Some(Refusal::Taken) => {
                "Zu dieser Adresse gibt es schon ein anderes Konto. Deine bisherige Adresse gilt weiter."
            }
            _ => {
                "Jeder Link wirkt einmal und nur eine Zeit lang. Dieser ist verbraucht, abgelaufen oder durch einen neueren ersetzt."
            }
        }
    }
}

fn over(page: &Page, refusal: Refusal) -> Response {
    let layout = page.layout("Die Adresse wurde nicht geändert");
    (StatusCode::GONE, ResultPage { layout, new: None, refusal: Some(refusal) }).into_response()
}

/// `GET /konto/adresse/{token}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(token): Path<String>) -> Answer {
    let Some(waiting) = address_change::find(&portal.db, &token, now).await? else {
        return Ok(over(&page, Refusal::Over));
    };
    Ok(ConfirmPage { layout: page.layout("Neue E-Mail-Adresse bestätigen"), token, waiting }.into_response())
}

/// `POST /konto/adresse/{token}`
pub async fn confirm(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    Now(now): Now,
    Path(token): Path<String>,
) -> Answer {
    let mine = viewer.signed_in().map(|me| me.session);
    let mut tx = portal.db.begin().await?;
    let done = match address_change::confirm(&mut tx, &token, mine, now).await? {
        Ok(done) => done,
        Err(refusal) => return Ok(over(&page, refusal)),
    };
    mails::address_changed(&mut tx, &portal.config, (done.account, &done.name, &done.old), now).await?;
    tx.commit().await?;
    let layout = page.layout("Deine neue E-Mail-Adresse gilt");
    Ok(ResultPage { layout, new: Some(done.new), refusal: None }.into_response())
}
