//! `/verwaltung/datenschutz/verzeichnis`: the data map as people read it, the basis of the record of processing (GDPR
//! article 30); the same as a file.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::Tab;
use crate::clock::Zone;
use crate::policy::{self, Policy};
use crate::portal::Portal;
use crate::privacy::map::{self, Action, Class, Table};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters};

const HEADS: [&str; 7] = ["Daten", "Tabelle", "Spalten", "Art", "Frist", "Danach", "Grund"];

#[derive(Template, WebTemplate)]
#[template(path = "privacy/register.html")]
struct RegisterPage {
    layout: Layout,
    tab: Tab,
    /// Heading, what it means, and the tables.
    parts: [(&'static str, &'static str, Vec<Entry>); 2],
}

/// A table of the database.
struct Entry {
    label: &'static str,
    name: &'static str,
    period: String,
    columns: Vec<Columns>,
}

impl Entry {
    fn new(table: &Table, policy: &Policy) -> Self {
        let columns = table.columns.iter().map(|columns| Columns {
            names: columns.names.join(", "),
            class: columns.class.label(),
            action: columns.action.label(),
            reason: columns.action.reason(),
        });
        Self { label: table.label, name: table.name, period: table.period.said(policy), columns: columns.collect() }
    }

    fn lines(&self) -> impl Iterator<Item = [&str; 7]> {
        self.columns.iter().map(|columns| {
            let reason = columns.reason.unwrap_or_default();
            [self.label, self.name, &columns.names, columns.class, &self.period, columns.action, reason]
        })
    }
}

/// Columns of one kind.
struct Columns {
    names: String,
    class: &'static str,
    action: &'static str,
    reason: Option<&'static str>,
}

/// Whether a table says something about people, or keeps something of somebody beyond their erasure.
fn is_personal(table: &Table) -> bool {
    table.columns.iter().any(|columns| {
        matches!(columns.class, Class::Personal | Class::Secret) || matches!(columns.action, Action::Kept(_))
    })
}

/// What is about people, and everything else.
fn parts(policy: &Policy) -> [Vec<Entry>; 2] {
    let (personal, other): (Vec<_>, Vec<_>) = map::tables().partition(|table| is_personal(table));
    [personal, other].map(|tables| tables.into_iter().map(|table| Entry::new(table, policy)).collect())
}

/// `GET /verwaltung/datenschutz/verzeichnis`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let [personal, other] = parts(&policy::at(&portal.db, now).await?);
    let parts = [
        (
            "Daten über Menschen",
            "Was etwas über jemanden sagt, einen Zugang öffnet oder länger aufbewahrt wird.",
            personal,
        ),
        ("Daten des Betriebs", "Was nur mit Kennnummern oder gar nicht zu jemandem führt.", other),
    ];
    Ok(RegisterPage { layout: page.layout("Verzeichnis der Daten"), tab: Tab::Register, parts }.into_response())
}

/// CSV as German spreadsheets open it: UTF-8 with its mark, semicolons.
fn written(entries: &[Entry]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::from("\u{feff}"));
    writer.write_record(HEADS)?;
    for line in entries.iter().flat_map(Entry::lines) {
        writer.write_record(line)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// `GET /verwaltung/datenschutz/verzeichnis/export.csv`
pub async fn csv(State(portal): State<Portal>, Now(now): Now) -> Answer {
    let entries = parts(&policy::at(&portal.db, now).await?).into_iter().flatten().collect::<Vec<_>>();
    let bytes = written(&entries).map_err(|error| Error::Internal(format!("csv: {error}")))?;
    let name = format!("attachment; filename=\"verzeichnis-{}.csv\"", Zone::berlin().date(now));
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
