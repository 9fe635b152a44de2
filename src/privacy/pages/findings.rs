//! `/verwaltung/datenschutz/funde`: what the leftover check found, and clearing a finding with a reason.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::Tab;
use crate::clock::german;
use crate::id::FindingId;
use crate::portal::Portal;
use crate::privacy::finding::{self, Finding, LONGEST};
use crate::privacy::map;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

const LIST: &str = "/verwaltung/datenschutz/funde";
/// Findings that are shown; there should be none at all.
const SHOWN: i64 = 200;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClearForm {
    note: String,
}

/// What the lines of a finding say.
trait Said {
    /// `Kampagne: requirements`
    fn said_place(&self) -> String;
    fn rows(&self) -> String;
    fn found(&self) -> String;
    /// When it was cleared and by whom.
    fn cleared(&self) -> Option<String>;
}

impl Said for Finding {
    fn said_place(&self) -> String {
        let place = self.place.split_once('.').and_then(|(table, column)| Some((map::find(table)?, column)));
        place.map_or_else(|| "Ordner der Mails".into(), |(table, column)| format!("{}, Spalte {column}", table.label))
    }

    fn rows(&self) -> String {
        if self.place.contains('.') {
            german::count(self.n, "Zeile", "Zeilen")
        } else {
            german::count(self.n, "Datei", "Dateien")
        }
    }

    fn found(&self) -> String {
        super::moment(&self.at)
    }

    fn cleared(&self) -> Option<String> {
        let by = self.cleared_by_name.as_deref().unwrap_or_default();
        self.cleared_at.map(|at| format!("{}, {by}", super::moment(&at)))
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "privacy/findings.html")]
struct ListPage {
    layout: Layout,
    tab: Tab,
    findings: Vec<Finding>,
}

#[derive(Template, WebTemplate)]
#[template(path = "privacy/finding.html")]
struct ShowPage {
    layout: Layout,
    finding: Finding,
    form: ClearForm,
    errors: Errors,
}

impl ShowPage {
    fn new(page: &Page, finding: Finding, form: ClearForm, errors: Errors) -> Self {
        Self { layout: page.layout("Fund der Nachsuche"), finding, form, errors }
    }
}

/// `GET /verwaltung/datenschutz/funde`
pub async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let findings = finding::list(&portal.db, SHOWN).await?;
    Ok(ListPage { layout: page.layout("Nachsuche"), tab: Tab::Findings, findings }.into_response())
}

/// `GET /verwaltung/datenschutz/funde/{id}`
pub async fn show(State(portal): State<Portal>, page: Page, Path(id): Path<FindingId>) -> Answer {
    let finding = finding::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    Ok(ShowPage::new(&page, finding, ClearForm::default(), Errors::default()).into_response())
}

/// `POST /verwaltung/datenschutz/funde/{id}/erledigung`
pub async fn clear(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<FindingId>,
    Form(form): Form<ClearForm>,
) -> Answer {
    let finding = finding::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    let note = errors.take("note", text(&form.note, LONGEST, "den Grund"));
    let Some(note) = note else { return Ok(unprocessable(ShowPage::new(&page, finding, form, errors))) };
    let flash = match finding::clear(&portal.db, id, me.account, &note, now).await? {
        Ok(()) => Flash::ok("Der Fund ist abgeschlossen.", "Dein Grund bleibt hier stehen."),
        Err(refusal) => Flash::info("Nichts geändert.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(LIST))
}
