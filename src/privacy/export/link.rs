//! The link by which somebody whose access has ended fetches the copy of their data: from their mailbox, once, without
//! signing in. It lives as long as the copy.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::accounts::token;
use crate::files::blob::{self, Blob};
use crate::id::{BlobId, DataCopyId};

/// The page behind a token.
pub fn path(plain: &str) -> String {
    format!("/datenschutz/kopie/{plain}")
}

/// Makes a link to a copy; returns its token, which is stored as a hash alone.
pub async fn make(db: impl PgExecutor<'_>, copy: DataCopyId, now: OffsetDateTime) -> Result<String, sqlx::Error> {
    let token = token::new();
    sqlx::query!(
        "insert into data_copy_link (token_hash, copy_id, created_at) values ($1, $2, $3)",
        &token.hash[..],
        copy.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(token.plain)
}

/// Until when the copy behind a token can be fetched; none: used, over or unknown. Looking does not use it.
pub async fn find(
    db: impl PgExecutor<'_>,
    plain: &str,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select c.expires_at as "until!" from data_copy_link l join data_copy c on c.id = l.copy_id
           where l.token_hash = $1 and l.used_at is null and c.expires_at > $2"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await
}

/// Uses a link, as a step of what hands the copy out: of two at once one gets it.
pub async fn redeem(
    db: &mut PgConnection,
    plain: &str,
    now: OffsetDateTime,
) -> Result<Option<(DataCopyId, Blob)>, sqlx::Error> {
    let used = sqlx::query!(
        r#"update data_copy_link l set used_at = $2 from data_copy c
           where l.token_hash = $1 and l.used_at is null and c.id = l.copy_id and c.expires_at > $2
           returning c.id as "copy: DataCopyId", c.blob_id as "blob!: BlobId""#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(used) = used else { return Ok(None) };
    Ok(blob::find(db, used.blob).await?.map(|blob| (used.copy, blob)))
}
