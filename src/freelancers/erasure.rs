//! Erases what a freelancer brought: at the end of access the profile, the papers' files, the history and the
//! qualifications; years later what proves contract and briefing (privacy.md, "Periods").

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::files::blob;
use crate::id::{BlobId, CampaignId, FreelancerId};
use crate::retention::count::{self, Rows, What};

/// Erases everything that goes with the account; `year`: the one in which access ended. Returns how many files went.
pub async fn erase(
    db: &mut PgConnection,
    id: FreelancerId,
    year: i32,
    now: OffsetDateTime,
) -> Result<i32, sqlx::Error> {
    keep_proof(&mut *db, id, year).await?;
    let files = erase_papers(&mut *db, id, now).await?;
    sqlx::query!("delete from profile where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from briefing_answer where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from briefing_reminder where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from freelancer_event where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from objection where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from bar where freelancer_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("delete from preparation where freelancer_id = $1", id.0).execute(&mut *db).await?;
    let qualified = sqlx::query_as!(
        Rows,
        r#"delete from qualification where freelancer_id = $1 returning campaign_id as "campaign: CampaignId", 1::bigint as "n!""#,
        id.0,
    )
    .fetch_all(&mut *db)
    .await?;
    count::add(db, What::Qualification, year, &qualified).await?;
    Ok(files)
}

/// What must outlive the account: contract confirmations with the name, results of the briefing under a new random id.
async fn keep_proof(db: &mut PgConnection, id: FreelancerId, year: i32) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update contract_confirmation c set name = a.name from account a
         where c.freelancer_id = $1 and c.name is null and a.id = $1 and a.erased_at is null",
        id.0,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update briefing_confirmation set id = gen_random_uuid(), freelancer_id = null, access_ended_year = $2::integer
         where freelancer_id = $1",
        id.0,
        year,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Lets go of all files; of each review remain kind, date and valid until.
async fn erase_papers(db: &mut PgConnection, id: FreelancerId, now: OffsetDateTime) -> Result<i32, sqlx::Error> {
    let blobs = sqlx::query_scalar!(
        r#"select blob_id as "blob!: BlobId" from document where freelancer_id = $1 and blob_id is not null"#,
        id.0
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        "update document set state = 'replaced', replaced_at = coalesce(replaced_at, $2), blob_id = null, refusal = null,
             decided_by = null where freelancer_id = $1",
        id.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    blob::doom(db, &blobs, now).await?;
    Ok(i32::try_from(blobs.len()).unwrap_or(i32::MAX))
}

/// People whose access ended in this year or before and whose confirmations of contract papers are still there.
pub async fn contracts_due(db: impl PgExecutor<'_>, year: i32) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct c.freelancer_id from contract_confirmation c join account a on a.id = c.freelancer_id
           where extract(year from a.access_ended_at at time zone 'Europe/Berlin') <= $1::integer order by 1"#,
        year,
    )
    .fetch_all(db)
    .await
}

/// Erases one person's confirmations of contract papers; returns how many.
pub async fn erase_contracts(db: impl PgExecutor<'_>, person: Uuid) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from contract_confirmation where freelancer_id = $1", person)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

/// Results of the briefing of people whose access ended in this year or before.
pub async fn briefings_due(db: impl PgExecutor<'_>, year: i32) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from briefing_confirmation where access_ended_year <= $1::integer order by id", year)
        .fetch_all(db)
        .await
}

/// Erases one result; 0 if it is gone.
pub async fn erase_briefing(db: impl PgExecutor<'_>, id: Uuid) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from briefing_confirmation where id = $1 and freelancer_id is null", id)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
