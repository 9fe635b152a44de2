//! What remains of rows that are erased: counts per campaign and year (privacy.md), which lead to nobody.

use sqlx::PgConnection;

use crate::id::CampaignId;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "erased_what", rename_all = "snake_case")]
pub enum What {
    Enrolment,
    FirstShift,
    Qualification,
    SystemAccess,
    Booking,
}

/// So many rows of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    pub campaign: CampaignId,
    pub n: i64,
}

/// Adds rows that the caller's transaction erases to the counts of a year.
pub async fn add(db: &mut PgConnection, what: What, year: i32, rows: &[Rows]) -> Result<(), sqlx::Error> {
    let (campaigns, counts): (Vec<_>, Vec<_>) = rows.iter().map(|rows| (rows.campaign.0, rows.n)).unzip();
    // In one order, so that two transactions wait for each other in one direction only.
    sqlx::query!(
        "insert into erased_count (campaign_id, year, what, n)
         select campaign, $3::integer, $4, n from unnest($1::uuid[], $2::bigint[]) as r (campaign, n) where n > 0 order by campaign
         on conflict on constraint erased_count_once do update set n = erased_count.n + excluded.n",
        &campaigns,
        &counts,
        year,
        what as What,
    )
    .execute(db)
    .await
    .map(drop)
}
