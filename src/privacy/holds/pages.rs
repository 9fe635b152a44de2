//! Legal holds, for the privacy officer and the second person: what is held and why, set a hold, confirm it, lift it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::accounts::role::Role;
use crate::accounts::{account, audit};
use crate::clock::{Zone, german};
use crate::id::HoldId;
use crate::portal::Portal;
use crate::privacy::pages::Tab;
use crate::retention::hold::{self, Hold, NewHold, State as Stand};
use crate::web::form::{Errors, Form, Path, email, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other, unprocessable};

const OFFICER: Audience = Audience::Staff(&[Role::PrivacyOfficer]);
/// The second person is another privacy officer or an administrator.
const SECOND: Audience = Audience::Staff(&[Role::PrivacyOfficer, Role::Administrator]);
const LIST: &str = "/verwaltung/datenschutz/sperren";

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/datenschutz/sperren", SECOND, list)
        .get("/verwaltung/datenschutz/sperren/neu", OFFICER, new)
        .post("/verwaltung/datenschutz/sperren/neu", OFFICER, create)
        .get("/verwaltung/datenschutz/sperren/{id}", SECOND, show)
        .post("/verwaltung/datenschutz/sperren/{id}/bestaetigung", SECOND, confirm)
        .post("/verwaltung/datenschutz/sperren/{id}/ende", SECOND, lift)
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HoldForm {
    email: String,
    reason: String,
    until: String,
}

/// What the lines of a hold say.
trait Said {
    /// Tone, icon and words of its state.
    fn badge(&self, today: &Date) -> (&'static str, &'static str, &'static str);
    fn last_day(&self) -> String;
    fn set(&self) -> String;
}

impl Said for Hold {
    fn badge(&self, today: &Date) -> (&'static str, &'static str, &'static str) {
        match self.state(*today) {
            Stand::Waiting => ("warn", "hourglass", "wartet auf die zweite Person"),
            Stand::Holds => ("info", "lock", "sperrt"),
            Stand::Over => ("", "check", "beendet"),
        }
    }

    fn last_day(&self) -> String {
        german::date(self.held_until)
    }

    fn set(&self) -> String {
        format!("{}, {}", german::moment(Zone::berlin().local(self.set_at)), self.set_by_name)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "holds/list.html")]
struct ListPage {
    layout: Layout,
    tab: Tab,
    holds: Vec<Hold>,
    /// The privacy officer, who also has the pages beside this one.
    may_set: bool,
    today: Date,
}

#[derive(Template, WebTemplate)]
#[template(path = "holds/new.html")]
struct NewPage {
    layout: Layout,
    form: HoldForm,
    errors: Errors,
    /// The last day that can be chosen.
    longest: String,
}

impl NewPage {
    fn hint(&self) -> String {
        format!("Höchstens drei Monate, also bis zum {}.", self.longest)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "holds/show.html")]
struct ShowPage {
    layout: Layout,
    hold: Hold,
    today: Date,
    /// Whether the viewer can be the second person.
    may_confirm: bool,
}

impl ShowPage {
    fn confirmed(&self) -> Option<String> {
        let at = self.hold.confirmed_at?;
        let by = self.hold.confirmed_by_name.as_deref().unwrap_or_default();
        Some(format!("{}, {by}", german::moment(Zone::berlin().local(at))))
    }

    fn lifted(&self) -> Option<String> {
        self.hold.lifted_at.map(|at| german::moment(Zone::berlin().local(at)))
    }

    fn is_over(&self) -> bool {
        self.hold.state(self.today) == Stand::Over
    }

    fn is_waiting(&self) -> bool {
        self.hold.state(self.today) == Stand::Waiting
    }
}

/// `GET /verwaltung/datenschutz/sperren`
async fn list(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let today = Zone::berlin().date(now);
    let holds = hold::list(&portal.db, today).await?;
    let may_set = me.roles.contains(&Role::PrivacyOfficer);
    Ok(ListPage { layout: page.layout("Rechtliche Sperren"), tab: Tab::Holds, holds, may_set, today }.into_response())
}

impl NewPage {
    fn new(page: &Page, form: HoldForm, errors: Errors, now: OffsetDateTime) -> Self {
        let longest = hold::longest(Zone::berlin().date(now)).map(german::date).unwrap_or_default();
        Self { layout: page.layout("Sperre setzen"), form, errors, longest }
    }
}

/// `GET /verwaltung/datenschutz/sperren/neu`
async fn new(page: Page, Now(now): Now) -> Answer {
    Ok(NewPage::new(&page, HoldForm::default(), Errors::default(), now).into_response())
}

/// `POST /verwaltung/datenschutz/sperren/neu`
async fn create(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, Form(form): Form<HoldForm>) -> Answer {
    let mut errors = Errors::default();
    let email = errors.take("email", email(&form.email));
    let reason = errors.take("reason", text(&form.reason, 1000, "den Grund"));
    let until = errors.take("until", day(&form.until));
    let found = match &email {
        Some(email) => account::find_by_email(&portal.db, email).await?,
        None => None,
    };
    if email.is_some() && found.is_none() {
        errors.add("email", "Zu dieser Adresse gibt es kein Konto und keine Bewerbung.");
    }
    let (Some(found), Some(reason), Some(held_until)) = (found, reason, until) else {
        return Ok(unprocessable(NewPage::new(&page, form, errors, now)));
    };
    let new = NewHold { account: found.id, reason, held_until };
    match hold::set(&portal.db, &new, me.account, now).await? {
        Ok(id) => {
            audit::note(&portal.db, Some(me.account), "hold.set", &id.to_string(), now).await?;
            Flash::ok("Die Sperre ist gesetzt.", "Sie wirkt, sobald eine zweite Person sie bestätigt.")
                .keep(&portal, &me)
                .await?;
            Ok(see_other(&format!("{LIST}/{id}")))
        }
        Err(refusal) => {
            let field = if refusal == hold::Refusal::End { "until" } else { "email" };
            errors.add(field, refusal.sentence());
            Ok(unprocessable(NewPage::new(&page, form, errors, now)))
        }
    }
}

/// A day as a date field sends it.
fn day(typed: &str) -> Result<Date, String> {
    Date::parse(typed.trim(), format_description!("[year]-[month]-[day]"))
        .map_err(|_| "Bitte wähle den letzten Tag der Sperre.".into())
}

/// `GET /verwaltung/datenschutz/sperren/{id}`
async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now, Path(id): Path<HoldId>) -> Answer {
    let hold = hold::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let may_confirm = hold.set_by != me.account && hold.account != me.account;
    let today = Zone::berlin().date(now);
    Ok(ShowPage { layout: page.layout("Rechtliche Sperre"), hold, today, may_confirm }.into_response())
}

/// `POST /verwaltung/datenschutz/sperren/{id}/bestaetigung`
async fn confirm(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<HoldId>) -> Answer {
    hold::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let flash = match hold::confirm(&portal.db, id, me.account, now).await? {
        Ok(()) => {
            audit::note(&portal.db, Some(me.account), "hold.confirm", &id.to_string(), now).await?;
            Flash::ok(
                "Die Sperre wirkt.",
                "Bis zu ihrem letzten Tag löschen wir weder Bewerbungen noch Konto noch Unterlagen dieser Person.",
            )
        }
        Err(refusal) => Flash::warn("Die Sperre wirkt nicht.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}/{id}")))
}

/// `POST /verwaltung/datenschutz/sperren/{id}/ende`
async fn lift(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<HoldId>) -> Answer {
    hold::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let flash = match hold::lift(&portal.db, id, me.account, now).await? {
        Ok(()) => {
            audit::note(&portal.db, Some(me.account), "hold.lift", &id.to_string(), now).await?;
            Flash::ok("Die Sperre ist aufgehoben.", "Es gilt wieder das übliche Löschdatum.")
        }
        Err(refusal) => Flash::info("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}/{id}")))
}
