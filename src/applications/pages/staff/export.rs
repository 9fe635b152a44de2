//! The filtered list as a file, safe against formula injection.

use axum::extract::State as With;
use axum::http::header;
use axum::response::IntoResponse;

use super::list::SearchForm;
use super::said;
use crate::applications::nearing;
use crate::applications::pipeline::{self, Row};
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Error};

const HEADS: [&str; 8] =
    ["Name", "E-Mail-Adresse", "Ort", "Auftraggeber", "Stelle", "Beworben am", "Stand", "Fällig am"];

fn line(row: &Row) -> [String; 8] {
    [
        row.name.clone(),
        row.email.clone(),
        row.place.clone().unwrap_or_default(),
        row.client.clone(),
        row.title.clone(),
        german::date(row.submitted_on),
        said::stand(row).words,
        row.due_on.map_or_else(String::new, german::date),
    ]
}

/// Takes the power of a formula from a cell: spreadsheets run what begins like one.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// CSV as German spreadsheets open it: UTF-8 with its mark, semicolons.
fn written(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::from("\u{feff}"));
    writer.write_record(HEADS)?;
    for row in rows {
        writer.write_record(line(row).iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// `GET /verwaltung/bewerbungen/export.csv`
pub async fn csv(With(portal): With<Portal>, Now(now): Now, Query(form): Query<SearchForm>) -> Answer {
    let today = Zone::berlin().date(now);
    let near = nearing::load(&portal.db, now).await?;
    let rows = pipeline::all(&portal.db, &form.filter(&near, today), today).await?;
    let bytes = written(&rows).map_err(|error| Error::Internal(format!("csv: {error}")))?;
    let name = format!("attachment; filename=\"bewerbungen-{today}.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
