//! What goes when an application is refused or withdrawn: the introduction at once (privacy.md), and the interview's slot
//! is free again.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{interview, introduction};
use crate::id::ApplicationId;

/// Erases the introduction and frees the slot; a step in the transaction that closes the application.
pub async fn clear(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    introduction::erase(&mut *db, id, now).await?;
    interview::end_for(db, id, now).await
}
