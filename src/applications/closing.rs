//! What goes when an application is refused or withdrawn: the introduction at once (privacy.md), and the interview's slot
//! is free again. Only a legal hold keeps the introduction, until it ends.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::{interview, introduction};
use crate::clock::Zone;
use crate::id::ApplicationId;

/// What became of the introduction of an application that was closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Erased,
    /// A legal hold keeps it until it ends.
    Held,
}

impl Fate {
    /// What its applicant reads before.
    pub fn outlook(self) -> &'static str {
        match self {
            Self::Erased => "Deine Vorstellung wird sofort gelöscht.",
            Self::Held => self.sentence(),
        }
    }

    /// What its applicant reads afterwards.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Erased => "Deine Vorstellung ist gelöscht.",
            Self::Held => "Deine Vorstellung müssen wir wegen einer rechtlichen Auseinandersetzung noch aufheben.",
        }
    }
}

/// Erases the introduction and frees the slot; a step in the transaction that closes the application, which began with
/// [`crate::retention::gone::keep_waiting`].
pub async fn clear(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<Fate, sqlx::Error> {
    interview::end_for(&mut *db, id, now).await?;
    let fate = fate_of(&mut *db, id, Zone::berlin().date(now)).await?;
    if fate == Fate::Erased {
        introduction::erase(db, id, now).await?;
    }
    Ok(fate)
}

/// What becomes of the introduction if the application is closed on `today`; one that is not there counts as erased.
pub async fn fate_of(db: impl PgExecutor<'_>, id: ApplicationId, today: Date) -> Result<Fate, sqlx::Error> {
    let is_held = sqlx::query_scalar!(
        r#"select is_held(a.applicant_id, $2) and exists (select from introduction where application_id = a.id) as "held!"
           from application a where id = $1"#,
        id.0,
        today,
    );
    Ok(if is_held.fetch_one(db).await? { Fate::Held } else { Fate::Erased })
}

/// Erases the introductions of closed applications that a hold kept and keeps no longer.
pub async fn sweep(db: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    let today = Zone::berlin().date(now);
    let freed = sqlx::query_scalar!(
        r#"select a.id as "id: ApplicationId" from application a join applicant p on p.id = a.applicant_id
           where a.state in ('refused', 'withdrawn') and not is_held(a.applicant_id, $1)
             and exists (select from introduction i where i.application_id = a.id)
           for share of p skip locked for update of a skip locked"#,
        today,
    )
    .fetch_all(&mut *tx)
    .await?;
    for id in freed {
        // A hold may have come before the lock.
        if fate_of(&mut *tx, id, today).await? == Fate::Erased {
            introduction::erase(&mut tx, id, now).await?;
        }
    }
    tx.commit().await
}
