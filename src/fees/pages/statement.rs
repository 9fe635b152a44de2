//! `/beitraege`: what one was charged, month by month, and what it is for.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::clock::Zone;
use crate::fees::ledger::{self, Row, Statement};
use crate::fees::said;
use crate::policy;
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

/// The year that is shown; this one without it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct YearForm {
    pub jahr: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "fees/statement.html")]
struct StatementPage {
    layout: Layout,
    statement: Statement,
    /// The fee that holds today.
    fee: String,
}

impl StatementPage {
    fn sum(&self, row: &Row) -> String {
        said(row.cents.into())
    }

    fn opening(&self) -> String {
        said(self.statement.opening)
    }

    fn closing(&self) -> String {
        said(self.statement.closing())
    }
}

/// `GET /beitraege`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Query(form): Query<YearForm>,
) -> Answer {
    let today = Zone::berlin().date(now);
    let year = form.jahr.parse().unwrap_or(today.year());
    let statement = ledger::statement(&portal.db, me.account.into(), year).await?;
    let fee = policy::load(&portal.db, today).await?.fee();
    Ok(StatementPage { layout: page.layout("Deine Beiträge"), statement, fee }.into_response())
}
