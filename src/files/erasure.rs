//! Erases what a person was still uploading, and the key of their files.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::upload;
use crate::id::{AccountId, UploadId};

/// Ends all uploads of this person, whose parts go by the queue of doomed files, and lets their key be forgotten: whatever
/// copies of their files lie in backups can no longer be read.
pub async fn erase(db: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"with doomed as (update file_key set doomed_at = $2 where person_id = $1 and doomed_at is null)
           select id as "id: UploadId" from upload where account_id = $1"#,
        account.0,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    for id in ids {
        upload::discard(&mut *db, id, now).await?;
    }
    Ok(())
}
