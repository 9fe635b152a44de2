//! Who of staff looked at which paper (privacy.md).

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use crate::id::{AccountId, DocumentId};

/// Somebody who looks again within this is still looking.
const ONE_LOOK: Duration = Duration::hours(1);

/// Notes that somebody of staff looks at a paper; going on looking is not a second look.
pub async fn note(
    db: impl PgExecutor<'_>,
    document: DocumentId,
    viewer: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into document_view (at, viewer_id, document_id)
         select $1, $2, $3 where not exists (
             select from document_view where document_id = $3 and viewer_id = $2 and at > $4)",
        now,
        viewer.0,
        document.0,
        now - ONE_LOOK,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A look at a paper.
#[derive(Debug, Clone)]
pub struct View {
    pub at: OffsetDateTime,
    /// Nobody known: the account is gone.
    pub viewer: Option<String>,
}

/// The looks at a paper, the latest first; 20 at most.
pub async fn list(db: impl PgExecutor<'_>, document: DocumentId) -> Result<Vec<View>, sqlx::Error> {
    sqlx::query_as!(
        View,
        r#"select v.at, a.name as "viewer?" from document_view v left join account a on a.id = v.viewer_id
           where v.document_id = $1 order by v.at desc, v.id desc limit 20"#,
        document.0,
    )
    .fetch_all(db)
    .await
}

/// Removes looks of before this instant; returns how many.
pub async fn sweep(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from document_view where at < $1", before).execute(db).await.map(|done| done.rows_affected())
}
