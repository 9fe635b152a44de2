//! Handing in a paper: it takes the place of what waits or was returned; what is accepted stays until the new one is
//! accepted, too.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::document::State;
use super::kind::Kind;
use crate::files::intake::Taken;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::profile;
use crate::id::{DocumentId, FreelancerId};

/// Makes a file that was taken a paper of this kind; what waited or was returned before gives way. `scanned`: it waits
/// until the virus scanner has called it clean.
pub async fn hand_in(
    db: &PgPool,
    (freelancer, kind): (FreelancerId, Kind),
    file: &Taken,
    scanned: bool,
    now: OffsetDateTime,
) -> Result<DocumentId, sqlx::Error> {
    let mut tx = db.begin().await?;
    profile::lock_own(&mut tx, freelancer).await?;
    file.keep(&mut tx).await?;
    sqlx::query!(
        "update document set state = 'replaced', replaced_at = $3
         where freelancer_id = $1 and kind = $2 and state in ('quarantined', 'submitted', 'refused')",
        freelancer.0,
        kind as Kind,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let id = DocumentId::new();
    let state = if scanned { State::Quarantined } else { State::Submitted };
    sqlx::query!(
        "insert into document (id, freelancer_id, kind, state, blob_id, submitted_at) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        freelancer.0,
        kind as Kind,
        state as State,
        file.blob.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let step = Note {
        freelancer,
        campaign: None,
        event: Event::DocumentSubmitted,
        by: Some(freelancer.into()),
        note: Some(kind.label()),
    };
    history::note(&mut *tx, step, now).await?;
    tx.commit().await?;
    Ok(id)
}
