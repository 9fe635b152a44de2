//! Steps of planning, each written as a batch, so that it can be undone as a whole while all of it is a draft.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::pattern::Rules;
use super::shift::{self, Slot};
use super::week::Week;
use crate::accounts::audit;
use crate::campaigns::campaign::{Campaign, Channel};
use crate::campaigns::opening;
use crate::id::{AccountId, BatchId, CampaignId, ShiftId};

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pattern,
    Copy,
    Add,
    Change,
    Delete,
}

impl Kind {
    /// The word in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::Copy => "copy",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }

    fn of(key: &str) -> Self {
        match key {
            "pattern" => Self::Pattern,
            "copy" => Self::Copy,
            "add" => Self::Add,
            "change" => Self::Change,
            _ => Self::Delete,
        }
    }

    /// What is undone: `das Anlegen aus dem Wochenmuster`.
    pub fn said(self) -> &'static str {
        match self {
            Self::Pattern => "das Anlegen aus dem Wochenmuster",
            Self::Copy => "das Kopieren der Woche",
            Self::Add => "das Anlegen",
            Self::Change => "das Ändern",
            Self::Delete => "das Löschen",
        }
    }
}

/// Why a step of planning does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Of all that was chosen, nothing can become a shift.
    Nothing,
    /// The campaign has ended.
    Ended,
    /// There is no step that could be undone.
    NoBatch,
    /// The last step reaches into the published plan.
    Published,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => {
                "Es wurde nichts angelegt: Keine der gewählten Schichten passt in diese Woche, oder es gibt sie schon."
            }
            Self::Ended => "Die Kampagne ist beendet und bekommt keine neuen Schichten.",
            Self::NoBatch => "In dieser Woche gibt es nichts rückgängig zu machen.",
            Self::Published => {
                "Der letzte Schritt betrifft veröffentlichte Schichten und lässt sich nicht zurücknehmen. Ändere oder lösche sie einzeln."
            }
        }
    }
}

/// Lets one step of planning per campaign happen at a time; bookings do not wait for it.
pub(super) async fn lock_plan(db: &mut PgConnection, campaign: CampaignId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from campaign where id = $1 for no key update", campaign.0).fetch_one(db).await.map(drop)
}

/// Notes a step.
pub(super) async fn open(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    week: Week,
    kind: Kind,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<BatchId, sqlx::Error> {
    let id = BatchId::new();
    sqlx::query!(
        "insert into batch (id, campaign_id, week, kind, created_at, created_by) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        campaign.0,
        week.monday(),
        kind.key(),
        now,
        by.0,
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Keeps the rows of these shifts as they are before the step.
pub(super) async fn keep(db: impl PgExecutor<'_>, batch: BatchId, shifts: &[ShiftId]) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = shifts.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into batch_shift (batch_id, shift_id, before) select $1, id, to_jsonb(shift) from shift where id = any ($2)",
        batch.0,
        &ids,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Makes drafts of those slots that still fit; returns how many.
pub async fn create(
    db: &PgPool,
    campaign: &Campaign,
    week: Week,
    kind: Kind,
    slots: &[Slot],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<usize, Refusal>, sqlx::Error> {
    if campaign.ended_at.is_some() {
        return Ok(Err(Refusal::Ended));
    }
    let hours = opening::load(db, campaign.id).await?;
    let mut tx = db.begin().await?;
    // A second submit of the same form waits here, and then finds the shifts.
    lock_plan(&mut tx, campaign.id).await?;
    let existing = shift::of_weeks(&mut *tx, campaign.id, (week, week)).await?;
    let rules = Rules { week, zone: &campaign.zone, hours: &hours, channels: &campaign.channels, now };
    let fine: Vec<_> = rules.judge(slots, &existing).into_iter().filter(super::pattern::Proposal::is_fine).collect();
    if fine.is_empty() {
        return Ok(Err(Refusal::Nothing));
    }
    let batch = open(&mut *tx, campaign.id, week, kind, by, now).await?;
    let (from, to): (Vec<_>, Vec<_>) = fine.iter().filter_map(|p| p.span).unzip();
    let channels: Vec<Channel> = fine.iter().map(|p| p.slot.channel).collect();
    let seats: Vec<i16> = fine.iter().map(|p| p.slot.seats).collect();
    sqlx::query!(
        "with made as (
             insert into shift (campaign_id, channel, week, starts_at, ends_at, seats, created_at)
             select $1, channel, $2, starts_at, ends_at, seats, $3
             from unnest($4::channel[], $5::timestamptz[], $6::timestamptz[], $7::smallint[]) as n (channel, starts_at, ends_at, seats)
             returning id
         )
         insert into batch_shift (batch_id, shift_id) select $8, id from made",
        campaign.id.0,
        week.monday(),
        now,
        channels as Vec<Channel>,
        &from,
        &to,
        &seats,
        batch.0,
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "plan.create", &format!("{} {week} {batch}", campaign.id), now).await?;
    tx.commit().await?;
    Ok(Ok(fine.len()))
}

/// The latest step of a week that was not undone.
#[derive(Debug, Clone, Copy)]
pub struct Last {
    pub id: BatchId,
    pub kind: Kind,
    pub shifts: i64,
    /// Whether it reaches into the published plan.
    pub published: bool,
}

/// The step that would be undone next.
pub async fn last(db: impl PgExecutor<'_>, campaign: CampaignId, week: Week) -> Result<Option<Last>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select b.id as "id: BatchId", b.kind, count(bs.shift_id) as "shifts!",
                  coalesce(bool_or(s.published_at is not null or bs.before ->> 'published_at' is not null), false) as "published!"
           from (select id, kind from batch where campaign_id = $1 and week = $2 and undone_at is null
                 order by created_at desc, id limit 1) b
           join batch_shift bs on bs.batch_id = b.id
           left join shift s on s.id = bs.shift_id
           group by b.id, b.kind"#,
        campaign.0,
        week.monday(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| Last { id: r.id, kind: Kind::of(&r.kind), shifts: r.shifts, published: r.published }))
}

/// Undoes the latest step of a week: created drafts go, changed and deleted ones are as before, with their ids.
pub async fn undo(
    db: &PgPool,
    campaign: CampaignId,
    week: Week,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Last, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    lock_plan(&mut tx, campaign).await?;
    // A publication that runs right now finishes first, or waits.
    sqlx::query!(
        "select id from shift where campaign_id = $1 and week = $2 and published_at is null order by id for update",
        campaign.0,
        week.monday()
    )
    .fetch_all(&mut *tx)
    .await?;
    let Some(last) = last(&mut *tx, campaign, week).await? else { return Ok(Err(Refusal::NoBatch)) };
    if last.published {
        return Ok(Err(Refusal::Published));
    }
    restore(&mut tx, last.id).await?;
    sqlx::query!("update batch set undone_at = $2 where id = $1", last.id.0, now).execute(&mut *tx).await?;
    audit::note(&mut *tx, Some(by), "plan.undo", &format!("{campaign} {week} {}", last.id), now).await?;
    tx.commit().await?;
    Ok(Ok(last))
}

async fn restore(db: &mut PgConnection, batch: BatchId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from shift using batch_shift b
         where b.batch_id = $1 and b.before is null and shift.id = b.shift_id and shift.published_at is null",
        batch.0
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update shift set channel = r.channel, starts_at = r.starts_at, ends_at = r.ends_at, seats = r.seats
         from batch_shift b, jsonb_populate_record(null::shift, b.before) r
         where b.batch_id = $1 and b.before is not null and shift.id = r.id and shift.published_at is null",
        batch.0
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into shift (id, campaign_id, channel, week, starts_at, ends_at, seats, created_at)
         overriding system value
         select r.id, r.campaign_id, r.channel, r.week, r.starts_at, r.ends_at, r.seats, r.created_at
         from batch_shift b, jsonb_populate_record(null::shift, b.before) r
         where b.batch_id = $1 and b.before is not null and not exists (select from shift s where s.id = r.id)",
        batch.0
    )
    .execute(db)
    .await
    .map(drop)
}
