//! Refusing one application or many with one reason: reason, preview with the mail, then the step, with a result each.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as With;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::{find, path};
use crate::applications::application::Application;
use crate::applications::closing::{self, Fate};
use crate::applications::decision::{self, LONGEST_REASON};
use crate::applications::mail_text::{self, Key};
use crate::applications::mails::{self, Said};
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::mail::Mail;
use crate::portal::Portal;
use crate::retention;
use crate::web::form::{Errors, Form, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// Applications that one press may refuse.
const MOST: usize = 200;
/// Names that a page lists before it says how many more there are.
const LISTED: usize = 12;

/// What was ticked and typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefusalForm {
    b: Vec<String>,
    grund: String,
    schritt: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/staff_refusal.html")]
struct RefusalPage {
    layout: Layout,
    open: Vec<Application>,
    form: RefusalForm,
    /// The mail to the first of them, once there is a reason.
    mail: Option<Mail>,
    errors: Errors,
}

impl RefusalPage {
    fn count(&self) -> String {
        german::count(self.open.len() as i64, "Bewerbung", "Bewerbungen")
    }

    fn button(&self) -> String {
        match self.open.len() {
            1 => "Absagen und 1 Mail senden".into(),
            n => format!("Absagen und {n} Mails senden"),
        }
    }

    fn listed(&self) -> &[Application] {
        &self.open[..self.open.len().min(LISTED)]
    }

    fn unlisted(&self) -> usize {
        self.open.len() - self.listed().len()
    }

    fn cancel(&self) -> String {
        match &self.open[..] {
            [one] => path(one.id, ""),
            _ => "/verwaltung/bewerbungen".into(),
        }
    }
}

/// `POST /verwaltung/bewerbungen/absage`
pub async fn create(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<RefusalForm>,
) -> Answer {
    let chosen = chosen(&portal, &me, &form).await?;
    let open: Vec<Application> = chosen.iter().filter(|a| a.state.is_open()).cloned().collect();
    if form.schritt == "ausfuehren" {
        // The whole choice: what somebody else closed meanwhile gets its own line in the result.
        return match text(&form.grund, LONGEST_REASON, "einen Grund") {
            Ok(reason) => carry_out(&portal, &me, &chosen, &reason, now).await,
            Err(sentence) => Ok(unprocessable(again(&page, open, form, sentence))),
        };
    }
    if open.is_empty() {
        let then = "Hake in der Liste an, wem du absagen möchtest.";
        Flash::info("Es ist keine offene Bewerbung ausgewählt.", then).keep(&portal, &me).await?;
        return Ok(see_other("/verwaltung/bewerbungen"));
    }
    let layout = page.layout("Absagen");
    if form.schritt != "vorschau" {
        return Ok(RefusalPage { layout, open, form, mail: None, errors: Errors::default() }.into_response());
    }
    let reason = match text(&form.grund, LONGEST_REASON, "einen Grund") {
        Ok(reason) => reason,
        Err(sentence) => return Ok(unprocessable(again(&page, open, form, sentence))),
    };
    let erased = retention::dossier::day_of(&mut *portal.db.acquire().await?, open[0].id, now).await?;
    let introduction = closing::fate_of(&portal.db, open[0].id, Zone::berlin().date(now)).await?;
    let said = Said { reason: &reason, introduction, erased, ..Said::default() };
    let text = mail_text::find(&portal.db, Key::Refusal).await?;
    let mail = Some(mails::compose(&portal.config, &text, &open[0], &said));
    Ok(RefusalPage { layout, open, form, mail, errors: Errors::default() }.into_response())
}

fn again(page: &Page, open: Vec<Application>, form: RefusalForm, sentence: String) -> RefusalPage {
    let mut errors = Errors::default();
    errors.add("grund", sentence);
    RefusalPage { layout: page.layout("Absagen"), open, form, mail: None, errors }
}

/// The ticked applications that are staff's to see, each once.
async fn chosen(portal: &Portal, me: &Me, form: &RefusalForm) -> Result<Vec<Application>, Error> {
    let mut ids: Vec<ApplicationId> = Vec::new();
    for id in form.b.iter().filter_map(|id| id.parse().ok()) {
        if !ids.contains(&id) && ids.len() < MOST {
            ids.push(id);
        }
    }
    let mut chosen = Vec::with_capacity(ids.len());
    for id in ids {
        match find(portal, me, id).await {
            Ok(application) => chosen.push(application),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(chosen)
}

/// Each in a transaction of its own: one that stands in the way does not hold up the others.
async fn carry_out(
    portal: &Portal,
    me: &Me,
    chosen: &[Application],
    reason: &str,
    now: time::OffsetDateTime,
) -> Answer {
    let (mut refused, mut erased, mut held) = (0, 0, 0);
    let mut lines = Vec::new();
    for application in chosen {
        match decision::refuse(&portal.db, &portal.config, application.id, reason, me.account, now).await? {
            Ok(introduction) => {
                refused += 1;
                erased += i64::from(introduction == Fate::Erased);
                held += i64::from(introduction == Fate::Held);
            }
            Err(refusal) => lines.push(format!("{}: {}", application.name, refusal.sentence())),
        }
    }
    let back = match chosen {
        [one] => path(one.id, ""),
        _ => "/verwaltung/bewerbungen".into(),
    };
    let what = match refused {
        0 => "Es ging keine Absage raus.".into(),
        n => format!("{} unterwegs.", german::count(n, "Absage ist", "Absagen sind")),
    };
    let gone =
        (erased > 0).then(|| format!("{} gelöscht.", german::count(erased, "Vorstellung ist", "Vorstellungen sind")));
    let kept = (held > 0).then(|| {
        format!("{} hält noch eine rechtliche Sperre fest.", german::count(held, "Vorstellung", "Vorstellungen"))
    });
    let then = [gone, kept].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let flash = if refused == 0 { Flash::warn(what, "") } else { Flash::ok(what, then) };
    flash.with_lines(lines).keep(portal, me).await?;
    Ok(see_other(&back))
}
