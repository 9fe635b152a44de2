//! Doing exactly what a preview showed: locks, bookings, shifts, mails, one transaction.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::{Action, Effect, Fate, Held, Impact, Preview, Refusal, Touched, facts, preview};
use crate::accounts::audit;
use crate::campaigns::campaign::{Campaign, Channel};
use crate::campaigns::opening;
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::qualification::Qualified;
use crate::id::{AccountId, BatchId, BookingId, ShiftId};
use crate::mail;
use crate::shifts::shift::{self, Shift};
use crate::shifts::week::Week;
use crate::shifts::{batch, mails, pair, said};

/// What a planner confirmed.
pub struct Order<'a> {
    pub ids: &'a [ShiftId],
    pub action: Action,
    /// Colliding bookings that are taken off in the same step.
    pub chosen: &'a BTreeSet<BookingId>,
    /// Told to everybody concerned; not empty where anybody is.
    pub reason: &'a str,
    /// Of the preview that was shown.
    pub digest: &'a str,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub shifts: usize,
    pub people: usize,
}

/// Does what the preview showed, in one transaction; or nothing.
pub async fn execute(
    db: &PgPool,
    config: &Config,
    (campaign, week): (&Campaign, Week),
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Done, Refusal>, sqlx::Error> {
    match try_execute(db, config, (campaign, week), order, by, now).await {
        Err(error) if constraint(&error) == Some("booking_overlap") => Ok(Err(Refusal::Collides)),
        // A constraint that the preview did not see: somebody was quicker.
        Err(error) if constraint(&error).is_some_and(|name| name.starts_with("shift_")) => Ok(Err(Refusal::Differs)),
        Err(error) if is_contention(&error) => Ok(Err(Refusal::Busy)),
        other => other,
    }
}

async fn try_execute(
    db: &PgPool,
    config: &Config,
    (campaign, week): (&Campaign, Week),
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Done, Refusal>, sqlx::Error> {
    let hours = opening::load(db, campaign.id).await?;
    let mut tx = db.begin().await?;
    batch::lock_plan(&mut tx, campaign.id).await?;
    let published = shift::chosen(&mut *tx, campaign.id, week, order.ids).await?.iter().any(|s| !s.is_draft());
    if published {
        // Waits for the bookings that are being made; new ones wait for us. Before any shift is locked: booking, then shift.
        sqlx::query!("lock table booking in share row exclusive mode").execute(&mut *tx).await?;
    }
    let ids: Vec<i64> = order.ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "select id from shift where campaign_id = $1 and id = any ($2) order by id for update",
        campaign.id.0,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let facts = facts(&mut tx, campaign, week, order.ids, &hours).await?;
    let preview = preview(&facts, order.action, &campaign.zone, now);
    match () {
        () if preview.digest != order.digest => return Ok(Err(Refusal::Differs)),
        () if preview.acting() == 0 => return Ok(Err(Refusal::Nothing)),
        () if preview.unsolved(order.chosen) > 0 => return Ok(Err(Refusal::Collides)),
        () => {}
    }
    let kind = if order.action == Action::Delete { batch::Kind::Delete } else { batch::Kind::Change };
    let acting: Vec<&Impact> = preview.impacts.iter().filter(|i| i.acts()).collect();
    let batch = batch::open(&mut *tx, campaign.id, week, kind, by, now).await?;
    batch::keep(&mut *tx, batch, &acting.iter().map(|i| i.shift.id).collect::<Vec<_>>()).await?;
    take_off(&mut tx, &preview, order, by, now).await?;
    apply(&mut tx, &acting, now).await?;
    pair::settle(&mut tx, config, order.ids, now).await?;
    tell(&mut tx, config, campaign, &preview, order, now).await?;
    note(&mut tx, campaign, (week, batch), kind, by, now).await?;
    tx.commit().await?;
    Ok(Ok(Done { shifts: acting.len(), people: preview.people() }))
}

async fn note(
    db: &mut PgConnection,
    campaign: &Campaign,
    (week, batch): (Week, BatchId),
    kind: batch::Kind,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let action = if kind == batch::Kind::Delete { "plan.delete" } else { "plan.change" };
    audit::note(db, Some(by), action, &format!("{} {week} {batch}", campaign.id), now).await
}

/// Whether this booking ends with the step.
fn ends(touched: &Touched, chosen: &BTreeSet<BookingId>) -> bool {
    match touched.effect {
        Effect::TakenOff => true,
        Effect::Collides(..) => chosen.contains(&touched.held.booking),
        _ => false,
    }
}

async fn take_off(
    db: &mut PgConnection,
    preview: &Preview,
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let gone: Vec<_> =
        preview.touched().filter(|(_, t)| ends(t, order.chosen)).map(|(_, t)| t.held.booking.0).collect();
    sqlx::query!(
        "with gone as (
             update booking set released_at = $2, release_kind = 'shift', released_by = $3, release_reason = $4
             where id = any ($1) and released_at is null
             returning shift_id, kind
         )
         update shift set booked = booked - n
         from (select shift_id, count(*)::smallint as n from gone where kind = 'seat' group by shift_id) g
         where shift.id = g.shift_id",
        &gone,
        now,
        by.0,
        order.reason,
    )
    .execute(db)
    .await
    .map(drop)
}

async fn apply(db: &mut PgConnection, acting: &[&Impact], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let gone: Vec<i64> = acting.iter().filter(|i| i.fate == Fate::Gone).map(|i| i.shift.id.0).collect();
    sqlx::query!("update shift set withdrawn_at = $2 where id = any ($1) and published_at is not null", &gone, now)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from shift where id = any ($1) and published_at is null", &gone).execute(&mut *db).await?;
    let mut moved: Vec<(&Shift, &Shift)> = acting
        .iter()
        .filter_map(|i| if let Fate::Changed(new) = &i.fate { Some((&i.shift, new)) } else { None })
        .collect();
    // The overlap rule is kept row by row: what moves later moves from the end of the week on.
    if moved.iter().any(|(old, new)| new.starts_at > old.starts_at || new.ends_at > old.ends_at) {
        moved.reverse();
    }
    for (_, new) in moved {
        sqlx::query!(
            "update shift set starts_at = $2, ends_at = $3, seats = $4, channel = $5 where id = $1",
            new.id.0,
            new.starts_at,
            new.ends_at,
            new.seats,
            new.channel as Channel,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// One mail per person, with all that changes for them.
async fn tell(
    db: &mut PgConnection,
    config: &Config,
    campaign: &Campaign,
    preview: &Preview,
    order: &Order<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut people: BTreeMap<AccountId, (&Held, Vec<String>)> = BTreeMap::new();
    // Whose mentor goes hears of it from `pair`.
    for (impact, touched) in preview.touched().filter(|(_, t)| t.effect != Effect::MentorLeaves) {
        let shift = said(&campaign.zone, impact.shift.starts_at, impact.shift.ends_at);
        let line = if impact.fate == Fate::Gone {
            format!("{shift}: entfällt, deine Buchung ist aufgehoben")
        } else if ends(touched, order.chosen) {
            format!("{shift}: deine Buchung ist aufgehoben")
        } else {
            format!("{shift}: {}", impact.news(&campaign.zone))
        };
        people.entry(touched.held.account).or_insert((&touched.held, Vec::new())).1.push(line);
    }
    let mails: Vec<_> = people
        .into_values()
        .map(|(held, lines)| {
            let to = Qualified { account: held.account, name: held.name.clone(), email: held.email.clone() };
            mails::changed(config, &to, &campaign.title(), &lines, order.reason)
        })
        .collect();
    mail::enqueue_all(db, &mails, now).await
}
