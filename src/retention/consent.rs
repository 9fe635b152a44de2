//! Consent to longer keeping: separate, unticked, with an end; withdrawn as easily as given (GDPR article 7).

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::database::constraint;
use crate::id::ApplicationId;

/// The version of the text that people consent to; a new wording gets the next number.
pub const TEXT_VERSION: i32 = 1;

/// Why there is no consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was sent yet that could be kept longer, or the dossier is gone.
    NothingToKeep,
}

impl Refusal {
    /// The sentence shown to the applicant.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NothingToKeep => {
                "Länger behalten können wir nur eine Bewerbung, die du abgeschickt hast und die noch da ist."
            }
        }
    }
}

/// Keeps a submitted dossier longer from now on. A consent that lives already is renewed: its clock starts anew.
pub async fn grant(db: &PgPool, id: ApplicationId, now: OffsetDateTime) -> Result<Result<(), Refusal>, sqlx::Error> {
    // The erasing transaction holds the dossier's row; whoever waits for it finds it gone.
    let granted = sqlx::query!(
        "insert into consent (id, application_id, text_version, granted_at)
         select gen_random_uuid(), a.id, $2, $3 from application a where a.id = $1 and a.submitted_at is not null for key share
         on conflict (application_id) where withdrawn_at is null
         do update set granted_at = excluded.granted_at, text_version = excluded.text_version",
        id.0,
        TEXT_VERSION,
        now,
    )
    .execute(db)
    .await;
    match granted {
        Ok(done) if done.rows_affected() == 1 => Ok(Ok(())),
        Ok(_) => Ok(Err(Refusal::NothingToKeep)),
        Err(error) if constraint(&error) == Some("consent_application_id_fkey") => Ok(Err(Refusal::NothingToKeep)),
        Err(error) => Err(error),
    }
}

/// Takes the consent back: the date falls back to the usual one, due at once if that is past. Twice is once.
pub async fn withdraw(db: impl PgExecutor<'_>, id: ApplicationId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update consent set withdrawn_at = $2 where application_id = $1 and withdrawn_at is null", id.0, now)
        .execute(db)
        .await
        .map(drop)
}

/// Since when a consent lives; none: there is none.
pub async fn granted_at(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!("select granted_at from consent where application_id = $1 and withdrawn_at is null", id.0)
        .fetch_optional(db)
        .await
}
