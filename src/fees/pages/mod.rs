//! The pages of fees: one's own statement, and the ledger, which bookkeepers alone see (privacy.md).

mod ledger;
mod person;
mod statement;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const BOOKKEEPER: Audience = Audience::Staff(&[Role::Bookkeeper]);

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/beitraege", Audience::Freelancer, statement::show)
        .get("/verwaltung/beitraege", BOOKKEEPER, ledger::list)
        .get("/verwaltung/beitraege/export.csv", BOOKKEEPER, ledger::export_csv)
        .get("/verwaltung/beitraege/{id}", BOOKKEEPER, person::show)
        .post("/verwaltung/beitraege/{id}/korrektur", BOOKKEEPER, person::create)
}
