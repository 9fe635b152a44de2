//! Who looked at an introduction, read from the view log; `introduction::note_view` writes it.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::ApplicationId;

/// A look at an introduction.
#[derive(Debug, Clone)]
pub struct View {
    pub at: OffsetDateTime,
    /// Nobody known: the account is gone.
    pub viewer: Option<String>,
}

/// The looks at an application's introduction, the latest first; 20 at most.
pub async fn list(db: impl PgExecutor<'_>, application: ApplicationId) -> Result<Vec<View>, sqlx::Error> {
    sqlx::query_as!(
        View,
        r#"select v.at, a.name as "viewer?" from view_log v left join account a on a.id = v.viewer_id
           where v.application_id = $1 order by v.at desc, v.id desc limit 20"#,
        application.0,
    )
    .fetch_all(db)
    .await
}
