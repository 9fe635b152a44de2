//! What the ledger of fees keeps of a freelancer, for the copy of their data.

use sqlx::PgConnection;

use super::ledger::Kind;
use crate::id::FreelancerId;
use crate::retention::disclosure::{Table, record};

/// Every row of the ledger that is theirs.
pub async fn of(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select number, kind as "kind: Kind", month, cents, debtor_name, debtor_address, noted_at, reason
           from fee where freelancer_id = $1 order by number"#,
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![Table::new(
        "Nutzungsbeitrag",
        rows.into_iter().map(|f| {
            record! {
                "Nummer" => f.number, "Art" => f.kind.label(), "Monat" => f.month, "Betrag" => super::said(f.cents.into()),
                "Name" => f.debtor_name, "Anschrift" => f.debtor_address, "Gebucht" => f.noted_at, "Begründung" => f.reason,
            }
        }),
    )])
}
