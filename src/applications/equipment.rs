//! What the equipment check measured, if the person wants it beside their application: information, never a reason to
//! turn somebody away by itself.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock::Zone;
use crate::id::{ApplicantId, ApplicationId};
use crate::retention::{gone, hold};

/// Checks kept beside one application; a new one displaces the oldest.
const KEPT: i64 = 5;
/// The fastest line that is believed, in kbit/s.
pub const FASTEST_KBIT: i32 = 10_000_000;
/// The longest latency and jitter that are believed, in milliseconds.
pub const SLOWEST_MS: i32 = 60_000;

/// What was measured. The figures come from the person's browser: taken within bounds, believed as far as a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Down and up, in kbit/s.
    pub down_kbit: i32,
    pub up_kbit: i32,
    /// Median of the answers' times, and how much neighbouring ones differ on average, in milliseconds.
    pub latency_ms: i32,
    pub jitter_ms: i32,
    /// Whether the microphone was heard; none: not tried.
    pub microphone: Option<bool>,
    /// Whether the camera gave a picture; none: not tried.
    pub camera: Option<bool>,
    /// `Firefox unter Windows 10 oder neuer`
    pub system: String,
}

/// A check that was attached.
#[derive(Debug, Clone)]
pub struct Attached {
    pub at: OffsetDateTime,
    pub check: Check,
}

/// An application that a check can be attached to.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: ApplicationId,
    pub title: String,
    /// When a check was last attached.
    pub attached_at: Option<OffsetDateTime>,
}

/// The person's applications that somebody still works on, the newest first.
pub async fn targets(db: impl PgExecutor<'_>, applicant: ApplicantId) -> Result<Vec<Target>, sqlx::Error> {
    sqlx::query_as!(
        Target,
        r#"select a.id as "id: ApplicationId", p.title,
                  (select max(e.at) from equipment_check e where e.application_id = a.id) as attached_at
           from application a join posting p on p.campaign_id = a.campaign_id
           where a.applicant_id = $1 and a.state not in ('accepted', 'refused', 'withdrawn')
           order by a.created_at desc, a.id"#,
        applicant.0,
    )
    .fetch_all(db)
    .await
}

/// What became of a check that was to be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attaching {
    Done,
    /// A legal hold keeps the check that it would displace.
    Held,
    /// The person has no such open application.
    NotThere,
}

/// Attaches a check to the person's own open application.
pub async fn attach(
    db: &PgPool,
    application: ApplicationId,
    applicant: ApplicantId,
    check: &Check,
    now: OffsetDateTime,
) -> Result<Attaching, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, application).await?;
    let own = sqlx::query_scalar!(
        "select id from application
         where id = $1 and applicant_id = $2 and state not in ('accepted', 'refused', 'withdrawn') for update",
        application.0,
        applicant.0,
    );
    if own.fetch_optional(&mut *tx).await?.is_none() {
        return Ok(Attaching::NotThere);
    }
    sqlx::query!(
        "insert into equipment_check (id, application_id, at, down_kbit, up_kbit, latency_ms, jitter_ms, microphone, camera, system)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        Uuid::new_v4(),
        application.0,
        now,
        check.down_kbit,
        check.up_kbit,
        check.latency_ms,
        check.jitter_ms,
        check.microphone,
        check.camera,
        check.system,
    )
    .execute(&mut *tx)
    .await?;
    let displaced = sqlx::query!(
        "delete from equipment_check where id in
             (select id from equipment_check where application_id = $1 order by at desc, id offset $2)",
        application.0,
        KEPT,
    )
    .execute(&mut *tx)
    .await?;
    let held_until = hold::until(&mut *tx, applicant.into(), Zone::berlin().date(now)).await?;
    if displaced.rows_affected() > 0 && held_until.is_some() {
        return Ok(Attaching::Held);
    }
    tx.commit().await.map(|()| Attaching::Done)
}

/// The checks beside an application, the newest first.
pub async fn list(db: impl PgExecutor<'_>, application: ApplicationId) -> Result<Vec<Attached>, sqlx::Error> {
    let rows = sqlx::query!(
        "select at, down_kbit, up_kbit, latency_ms, jitter_ms, microphone, camera, system from equipment_check
         where application_id = $1 order by at desc, id",
        application.0,
    )
    .fetch_all(db)
    .await?;
    let attached = rows.into_iter().map(|row| Attached {
        at: row.at,
        check: Check {
            down_kbit: row.down_kbit,
            up_kbit: row.up_kbit,
            latency_ms: row.latency_ms,
            jitter_ms: row.jitter_ms,
            microphone: row.microphone,
            camera: row.camera,
            system: row.system,
        },
    });
    Ok(attached.collect())
}
