//! What the leftover check found, and that somebody has looked: a finding stays open, and health red, until it is cleared
//! with a reason. The reason is kept; the words that were found never stand anywhere.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::accounts::audit;
use crate::id::{AccountId, FindingId};

/// Characters that a reason may have.
pub const LONGEST: usize = 1000;

/// A place in which somebody who was erased could still be told.
#[derive(Debug, Clone)]
pub struct Finding {
    pub id: FindingId,
    pub at: OffsetDateTime,
    /// A column, `table.column`, or the folder of mails.
    pub place: String,
    /// The person's id in the ledger.
    pub subject: Uuid,
    /// In so many rows.
    pub n: i64,
    pub cleared_at: Option<OffsetDateTime>,
    pub cleared_by_name: Option<String>,
    /// What it was, and what was done about it.
    pub note: Option<String>,
}

/// Why a finding is not cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else has cleared it meanwhile; their reason stays.
    Overtaken,
}

impl Refusal {
    /// The sentence for staff.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Overtaken => "Diesen Fund hat inzwischen jemand abgeschlossen; der Grund von damals bleibt.",
        }
    }
}

/// So many findings, those that are open first, the newest first.
pub async fn list(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Finding>, sqlx::Error> {
    sqlx::query_as!(
        Finding,
        r#"select f.id as "id: FindingId", f.at, f.place, f.subject, f.n, f.cleared_at, k.name as "cleared_by_name?", f.note
           from erasure_leftover f left join account k on k.id = f.cleared_by
           order by (f.cleared_at is null) desc, f.at desc, f.id limit $1"#,
        most,
    )
    .fetch_all(db)
    .await
}

/// One finding.
pub async fn find(db: impl PgExecutor<'_>, id: FindingId) -> Result<Option<Finding>, sqlx::Error> {
    sqlx::query_as!(
        Finding,
        r#"select f.id as "id: FindingId", f.at, f.place, f.subject, f.n, f.cleared_at, k.name as "cleared_by_name?", f.note
           from erasure_leftover f left join account k on k.id = f.cleared_by where f.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Clears a finding for good.
pub async fn clear(
    db: &PgPool,
    id: FindingId,
    by: AccountId,
    note: &str,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let cleared = sqlx::query!(
        "update erasure_leftover set cleared_at = $2, cleared_by = $3, note = $4 where id = $1 and cleared_at is null",
        id.0,
        now,
        by.0,
        note,
    )
    .execute(&mut *tx)
    .await?;
    if cleared.rows_affected() == 0 {
        return Ok(Err(Refusal::Overtaken));
    }
    audit::note(&mut *tx, Some(by), "finding.clear", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}
