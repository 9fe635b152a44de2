//! What goes when an application is refused or withdrawn: the introduction at once (privacy.md), and the interview's slot
//! is free again. Only a legal hold keeps the introduction, until it ends.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::{interview, introduction};
use crate::clock::Zone;
use crate::id::ApplicationId;

/// What becomes of the introduction of an application that is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// None was ever sent.
    #[default]
    Absent,
    Erased,
    /// A legal hold keeps it until it ends.
    Held,
}

impl Fate {
    /// By whether an introduction was ever sent, whether it is there now, and whether a legal hold keeps its person's data.
    pub fn of(was_sent: bool, is_there: bool, is_held: bool) -> Self {
        match () {
            () if is_there && is_held => Self::Held,
            () if is_there || was_sent => Self::Erased,
            () => Self::Absent,
        }
    }

    /// What its applicant reads before, if there is something to say.
    pub fn outlook(self) -> Option<&'static str> {
        match self {
            Self::Erased => Some("Deine Vorstellung wird sofort gelöscht."),
            Self::Absent | Self::Held => self.sentence(),
        }
    }

    /// What its applicant reads afterwards, if there is something to say.
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::Erased => Some("Deine Vorstellung ist gelöscht."),
            Self::Held => {
                Some("Deine Vorstellung müssen wir wegen einer rechtlichen Auseinandersetzung noch aufheben.")
            }
        }
    }
}

/// Erases the introduction and frees the slot; a step in the transaction that closes the application, which began with
/// [`crate::retention::gone::keep_waiting`].
pub async fn clear(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<Fate, sqlx::Error> {
    interview::end_for(&mut *db, id, now).await?;
    let fate = fate_of(&mut *db, id, Zone::berlin().date(now)).await?;
    if fate != Fate::Held {
        // Also what is just being sent.
        introduction::erase(db, id, now).await?;
    }
    Ok(fate)
}

/// What becomes of the introduction if the application is closed on `today`.
pub async fn fate_of(db: impl PgExecutor<'_>, id: ApplicationId, today: Date) -> Result<Fate, sqlx::Error> {
    let row = sqlx::query!(
        r#"select introduced_at is not null as "was_sent!", is_held(applicant_id, $2) as "is_held!",
                  exists (select from introduction where application_id = a.id) as "is_there!"
           from application a where id = $1"#,
        id.0,
        today,
    )
    .fetch_one(db)
    .await?;
    Ok(Fate::of(row.was_sent, row.is_there, row.is_held))
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
