//! What goes when an application is refused or withdrawn: the introduction at once (privacy.md), and the interview's slot
//! is free again. Only a legal hold keeps the introduction, until it ends.

use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};

use super::{interview, introduction};
use crate::clock::Zone;
use crate::id::ApplicationId;

/// Erases the introduction and frees the slot; a step in the transaction that closes the application.
pub async fn clear(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    if !is_held(&mut *db, id, Zone::berlin().date(now)).await? {
        introduction::erase(&mut *db, id, now).await?;
    }
    interview::end_for(db, id, now).await
}

async fn is_held(db: &mut PgConnection, id: ApplicationId, today: Date) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select is_held(applicant_id, $2) as "held!" from application where id = $1"#, id.0, today)
        .fetch_one(db)
        .await
}

/// Erases the introductions of closed applications that a hold kept and keeps no longer.
pub async fn sweep(db: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    let freed = sqlx::query_scalar!(
        r#"select a.id as "id: ApplicationId" from application a
           where a.state in ('refused', 'withdrawn') and not is_held(a.applicant_id, $1)
             and exists (select from introduction i where i.application_id = a.id)
           for update skip locked"#,
        Zone::berlin().date(now),
    )
    .fetch_all(&mut *tx)
    .await?;
    for id in freed {
        introduction::erase(&mut tx, id, now).await?;
    }
    tx.commit().await
}
