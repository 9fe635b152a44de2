//! Taking an application back: the introduction is erased at once, a chosen slot is free again, the rest keeps its clock.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::mails;
use crate::applications::application;
use crate::applications::closing::{self, Fate};
use crate::config::Config;
use crate::id::{ApplicantId, ApplicationId};
use crate::mail;
use crate::retention::{dossier, gone};

/// Withdraws an open application of this person and confirms it by mail; none if it was over already.
pub async fn withdraw(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<Option<Fate>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query!(
        "update application set state = 'withdrawn', withdrawn_at = $3, due_on = null
         where id = $1 and applicant_id = $2 and state not in ('accepted', 'refused', 'withdrawn')",
        id.0,
        applicant.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let introduction = closing::clear(&mut tx, id, now).await?;
    let withdrawn = application::find_own(&mut *tx, id, applicant).await?.ok_or(sqlx::Error::RowNotFound)?;
    let erased = dossier::day_of(&mut tx, id, now).await?;
    mail::enqueue(&mut *tx, &mails::withdrawn(config, &withdrawn, introduction, erased), now).await?;
    tx.commit().await?;
    Ok(Some(introduction))
}
