//! Coming bookings of people who may no longer book, or no longer have access: staff decide about each, and nothing is
//! taken off by itself. A decision to leave them has a reason, too.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::kind::Kind;
use super::taking_off::{self, Live};
use super::{mails, said};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, BookingId, CampaignId, FreelancerId};
use crate::mail;

/// A booking that waits for a decision.
#[derive(Debug, Clone)]
pub struct Undecided {
    pub booking: BookingId,
    pub campaign: CampaignId,
    pub title: String,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub kind: Kind,
}

impl Undecided {
    /// `Mi, 2.12., 09:00–13:00 Uhr`
    pub fn said(&self) -> String {
        said(&self.zone, self.starts_at, self.ends_at)
    }
}

/// The bookings of a person that wait, next first.
pub async fn of(db: &PgPool, person: FreelancerId, now: OffsetDateTime) -> Result<Vec<Undecided>, sqlx::Error> {
    sqlx::query_as!(
        Undecided,
        r#"select u.booking_id as "booking!: BookingId", u.campaign_id as "campaign!: CampaignId",
                  c.client || ' · ' || c.name as "title!", c.zone as "zone: Zone",
                  u.starts_at as "starts_at!", u.ends_at as "ends_at!", u.kind as "kind!: Kind"
           from undecided_booking u join campaign c on c.id = u.campaign_id
           where u.freelancer_id = $1 and u.starts_at > $2 order by u.starts_at, u.booking_id"#,
        person.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// What is decided about bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    TakeOff,
}

/// Decides about those of `chosen` that wait; returns about how many.
pub async fn decide(
    db: &PgPool,
    config: &Config,
    person: FreelancerId,
    (chosen, verdict): (&[BookingId], Verdict),
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let mut waiting = of(db, person, now).await?;
    waiting.retain(|u| chosen.contains(&u.booking));
    if verdict == Verdict::Keep {
        return keep(db, config, person, &waiting, reason, (by, now)).await;
    }
    let mut taken = 0;
    for undecided in &waiting {
        let Some(live) = taking_off::live(db, undecided.booking).await? else { continue };
        taken += usize::from(take_off(db, config, person, &live, reason, (by, now), undecided).await?);
    }
    Ok(taken)
}

async fn take_off(
    db: &PgPool,
    config: &Config,
    person: FreelancerId,
    live: &Live,
    reason: &str,
    (by, now): (AccountId, OffsetDateTime),
    undecided: &Undecided,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    if taking_off::take_off_within(&mut tx, config, live, reason, by, now).await?.is_err() {
        return Ok(false);
    }
    let note = format!("{}: {reason}", undecided.said());
    let (campaign, event) = (Some(undecided.campaign), Event::BookingTakenOff);
    let step = Note { freelancer: person, campaign, event, by: Some(by), note: Some(&note) };
    history::note(&mut *tx, step, now).await?;
    tx.commit().await.map(|()| true)
}

async fn keep(
    db: &PgPool,
    config: &Config,
    person: FreelancerId,
    kept: &[Undecided],
    reason: &str,
    (by, now): (AccountId, OffsetDateTime),
) -> Result<usize, sqlx::Error> {
    let ids: Vec<Uuid> = kept.iter().map(|u| u.booking.0).collect();
    let mut tx = db.begin().await?;
    sqlx::query!(
        "insert into kept_booking (booking_id, kept_at, kept_by, reason) select id, $2, $3, $4 from unnest($1::uuid[]) as id
         on conflict (booking_id) do update set kept_at = excluded.kept_at, kept_by = excluded.kept_by, reason = excluded.reason",
        &ids,
        now,
        by.0,
        reason,
    )
    .execute(&mut *tx)
    .await?;
    for undecided in kept {
        let note = format!("{}: {reason}", undecided.said());
        let (campaign, event) = (Some(undecided.campaign), Event::BookingKept);
        let step = Note { freelancer: person, campaign, event, by: Some(by), note: Some(&note) };
        history::note(&mut *tx, step, now).await?;
    }
    if !kept.is_empty() {
        let to = sqlx::query!("select name, email from account where id = $1", person.0).fetch_one(&mut *tx).await?;
        let lines: Vec<String> = kept.iter().map(|u| format!("{}, {}", u.said(), u.title)).collect();
        let letter = mails::kept(config, (person.into(), &to.name, &to.email), &lines, reason);
        mail::enqueue(&mut *tx, &letter, now).await?;
        audit::note(&mut *tx, Some(by), "booking.keep", &person.to_string(), now).await?;
    }
    tx.commit().await.map(|()| kept.len())
}
