//! `/verwaltung/beitraege`: the ledger, narrowed by month and person, with totals and a CSV of the same rows.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::clock::{Zone, german};
use crate::fees::export;
use crate::fees::ledger::{self, Filter, PER_PAGE, Row, Totals};
use crate::fees::month::Month;
use crate::fees::said;
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Me, Page, filters};

/// What the list is narrowed to, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterForm {
    monat: String,
    suche: String,
    seite: String,
}

impl FilterForm {
    fn filter(&self) -> Filter {
        Filter { month: Month::parse(&self.monat), text: self.suche.trim().to_owned() }
    }

    /// The same list at another address.
    fn address(&self, path: &str, page: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("monat", &self.monat).append_pair("suche", self.suche.trim());
        if let Some(page) = page {
            query.append_pair("seite", &page.to_string());
        }
        format!("{path}?{}", query.finish())
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "fees/ledger.html")]
struct LedgerPage {
    layout: Layout,
    form: FilterForm,
    months: Vec<Month>,
    rows: Vec<Row>,
    totals: Totals,
    page: i64,
}

impl LedgerPage {
    fn sum(&self, row: &Row) -> String {
        said(row.cents.into())
    }

    /// What the rows come to, by kind and in all.
    fn figures(&self) -> [(&'static str, String); 4] {
        let totals = &self.totals;
        [
            ("Berechnet", said(totals.charges)),
            ("Korrekturen", said(totals.corrections)),
            ("Erlassen", said(totals.waivers)),
            ("Summe", said(totals.sum())),
        ]
    }

    fn noted(&self, row: &Row) -> String {
        german::date(Zone::berlin().date(row.noted_at))
    }

    fn count(&self) -> String {
        german::count(self.totals.rows, "Zeile", "Zeilen")
    }

    fn last_page(&self) -> i64 {
        ((self.totals.rows + PER_PAGE - 1) / PER_PAGE).max(1)
    }

    /// The address of a neighbouring page of the same list.
    fn neighbour(&self, by: i64) -> Option<String> {
        let page = self.page + by;
        (1..=self.last_page()).contains(&page).then(|| self.form.address("/verwaltung/beitraege", Some(page)))
    }

    fn export(&self) -> String {
        self.form.address("/verwaltung/beitraege/export.csv", None)
    }
}

/// `GET /verwaltung/beitraege`
pub async fn list(State(portal): State<Portal>, page: Page, Query(form): Query<FilterForm>) -> Answer {
    let number = form.seite.parse().unwrap_or(1_i64).clamp(1, 100_000);
    let filter = form.filter();
    let page = LedgerPage {
        layout: page.layout("Beiträge"),
        months: ledger::months(&portal.db).await?,
        rows: ledger::list(&portal.db, &filter, Some(number)).await?,
        totals: ledger::totals(&portal.db, &filter).await?,
        page: number,
        form,
    };
    Ok(page.into_response())
}

/// `GET /verwaltung/beitraege/export.csv`
pub async fn export_csv(State(portal): State<Portal>, me: Me, Now(now): Now, Query(form): Query<FilterForm>) -> Answer {
    let rows = ledger::list(&portal.db, &form.filter(), None).await?;
    let bytes = export::csv(&rows).map_err(|error| Error::Internal(error.to_string()))?;
    tracing::info!(by = %me.account, rows = rows.len(), "fee ledger exported");
    let name = match form.filter().month {
        Some(month) => format!("attachment; filename=\"beitraege-{}.csv\"", month.key()),
        None => format!("attachment; filename=\"beitraege-bis-{}.csv\"", Zone::berlin().date(now)),
    };
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}
