//! Erases what a person was still uploading, and the key of their files.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::upload;
use crate::id::{AccountId, UploadId};

/// Ends all uploads of this person, and lets their key be forgotten: whatever copies of their files lie in backups can no
/// longer be read. Whatever files the key still locks go by the queue, and the receipt waits for them, also for those that
/// were on the queue before.
pub async fn erase(db: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"with doomed as (
               update file_key set doomed_at = $2 where person_id = $1 and doomed_at is null returning id
           ), files as (
               update blob set state = 'doomed', doomed_at = coalesce(doomed_at, $2),
                               doomed_with = coalesce(doomed_with, nullif(current_setting('portal.erasure', true), '')::uuid)
               where key_id = any(array(select id from doomed))
                 and (state <> 'doomed' or doomed_with is null and current_setting('portal.erasure', true) <> '')
           )
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
