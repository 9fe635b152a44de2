//! The nights that were: what each run erased, and whose erasure failed, by night or at their wish.

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A finished run.
#[derive(Debug, Clone, Copy)]
pub struct Night {
    /// Berlin's date.
    pub date: Date,
    pub finished_at: OffsetDateTime,
    /// Dossiers.
    pub erased: i32,
    pub accounts: i32,
    pub leftovers: i32,
    pub failed: i32,
}

/// Somebody whose erasure failed, perhaps in several runs.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The id of the person, or of what is kept for years.
    pub subject: Uuid,
    /// The last time.
    pub at: OffsetDateTime,
    pub attempts: i64,
    /// What the database said the last time.
    pub sqlstate: String,
    /// Whether it failed since the last night began, and the ledger has no later erasure of it; else nothing is left to do.
    pub is_open: bool,
}

/// Notes that somebody's erasure failed, by night or at their wish; the next run tries again.
pub async fn note_failure(
    db: impl PgExecutor<'_>,
    subject: Uuid,
    error: &sqlx::Error,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let sqlstate = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    sqlx::query!("insert into erasure_failure (applicant_id, at, sqlstate) values ($1, $2, $3)", subject, now, sqlstate)
        .execute(db)
        .await
        .map(drop)
}

/// Forgets failures from before this time.
pub async fn sweep_failures(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from erasure_failure where at < $1", before).execute(db).await.map(drop)
}

/// How many nights have had their run.
pub async fn count(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from erasure_run"#).fetch_one(db).await
}

/// Nights from the newest on.
pub async fn list(db: impl PgExecutor<'_>, most: i64, skipped: i64) -> Result<Vec<Night>, sqlx::Error> {
    sqlx::query_as!(
        Night,
        "select business_date as date, finished_at, erased, accounts, leftovers, failed from erasure_run
         order by business_date desc limit $1 offset $2",
        most,
        skipped,
    )
    .fetch_all(db)
    .await
}

/// Whose erasure failed: those of the last run first.
pub async fn failures(db: impl PgExecutor<'_>, most: i64) -> Result<Vec<Failure>, sqlx::Error> {
    sqlx::query_as!(
        Failure,
        r#"with failure as (
               select applicant_id as subject, max(at) as at, count(*) as attempts,
                      (array_agg(sqlstate order by at desc, id desc))[1] as sqlstate
               from erasure_failure group by applicant_id),
           gone as (
               select subject, max(erased_at) as at from erasure_entry
               where subject in (select subject from failure) group by subject)
           select f.subject as "subject!", f.at as "at!", f.attempts as "attempts!", f.sqlstate as "sqlstate!",
                  f.at >= coalesce((select max(started_at) from erasure_run), '-infinity')
                  and f.at >= coalesce(gone.at, '-infinity') as "is_open!"
           from failure f left join gone using (subject) order by f.at desc, f.subject limit $1"#,
        most,
    )
    .fetch_all(db)
    .await
}

/// Files and keys whose bytes still wait for their deletion.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    pub waiting: i64,
    pub oldest: Option<OffsetDateTime>,
    /// Those of them that the store did not let go of at the first attempt.
    pub tried: i64,
}

/// The queue of doomed files and keys.
pub async fn queue(db: impl PgExecutor<'_>) -> Result<Queue, sqlx::Error> {
    sqlx::query_as!(
        Queue,
        r#"select count(*) as "waiting!", min(doomed_at) as oldest, count(*) filter (where attempts > 0) as "tried!"
           from (select doomed_at, attempts from blob where state = 'doomed'
                 union all select doomed_at, 0 from file_key where doomed_at is not null and forgotten_at is null) doomed"#
    )
    .fetch_one(db)
    .await
}
