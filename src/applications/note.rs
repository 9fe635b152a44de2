//! Staff's notes on an application. The person may read them in a copy of their data; the form says so.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::{AccountId, ApplicationId};

/// Longest note, in characters.
pub const LONGEST: usize = 2000;

/// A note.
#[derive(Debug, Clone)]
pub struct Note {
    pub at: OffsetDateTime,
    pub author: String,
    pub body: String,
}

/// Adds a note.
pub async fn add(
    db: impl PgExecutor<'_>,
    application: ApplicationId,
    author: AccountId,
    body: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into note (id, application_id, author_id, at, body) values ($1, $2, $3, $4, $5)",
        uuid::Uuid::new_v4(),
        application.0,
        author.0,
        now,
        body,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The notes of an application, the latest first.
pub async fn list(db: impl PgExecutor<'_>, application: ApplicationId) -> Result<Vec<Note>, sqlx::Error> {
    sqlx::query_as!(
        Note,
        "select n.at, a.name as author, n.body from note n join account a on a.id = n.author_id
         where n.application_id = $1 order by n.at desc, n.id",
        application.0,
    )
    .fetch_all(db)
    .await
}
