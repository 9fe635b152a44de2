//! "Um Hilfe bitten": one mail about the open shifts of a week to everybody who may book them. They decide.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::shift::{self, Shift};
use super::week::Week;
use super::{batch, mails, said};
use crate::accounts::audit;
use crate::campaigns::campaign::Campaign;
use crate::clock::german;
use crate::config::Config;
use crate::freelancers::qualification;
use crate::id::AccountId;
use crate::mail;

/// A week is not asked about twice within this time.
pub const PAUSE: Duration = Duration::minutes(10);
/// So many shifts stand in the mail, the others are counted.
const LISTED: usize = 10;

/// Why nobody was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The campaign has ended; nothing of it can be booked any more.
    Ended,
    /// Every published seat that is still to come is booked.
    NothingOpen,
    /// Nobody may book shifts of the campaign.
    Nobody,
    /// Asked a moment ago, at this time of day.
    JustAsked(String),
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::Ended => "Die Kampagne ist beendet; es wird nichts mehr gebucht.".into(),
            Self::NothingOpen => "In dieser Woche ist kein veröffentlichter Platz mehr offen.".into(),
            Self::Nobody => "Für diese Kampagne ist noch niemand einsatzbereit.".into(),
            Self::JustAsked(at) => {
                format!("Die Bitte ging schon um {at} Uhr hinaus. Nach 10 Minuten kannst du noch einmal fragen.")
            }
        }
    }
}

/// The shifts that help is asked for: published, to come, with an open seat.
pub fn open_shifts(shifts: Vec<Shift>, now: OffsetDateTime) -> Vec<Shift> {
    shifts.into_iter().filter(|s| !s.is_draft() && s.open() > 0 && s.starts_at > now).collect()
}

/// Asks everybody qualified; returns to how many people the mail goes.
pub async fn call(
    db: &PgPool,
    config: &Config,
    campaign: &Campaign,
    week: Week,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<usize, Refusal>, sqlx::Error> {
    if campaign.ended_at.is_some() {
        return Ok(Err(Refusal::Ended));
    }
    let mut tx = db.begin().await?;
    // A double click waits here, and then finds the first call.
    batch::lock_plan(&mut tx, campaign.id).await?;
    let before = sqlx::query_scalar!(
        "select max(sent_at) from help_call where campaign_id = $1 and week = $2",
        campaign.id.0,
        week.monday()
    )
    .fetch_one(&mut *tx)
    .await?;
    if let Some(at) = before.filter(|at| now - *at < PAUSE) {
        return Ok(Err(Refusal::JustAsked(german::time(campaign.zone.local(at).time()))));
    }
    let open = open_shifts(shift::of_weeks(&mut *tx, campaign.id, (week, week)).await?, now);
    if open.is_empty() {
        return Ok(Err(Refusal::NothingOpen));
    }
    let people = qualification::qualified(&mut *tx, campaign.id, now).await?;
    if people.is_empty() {
        return Ok(Err(Refusal::Nobody));
    }
    let lines = lines(&open, campaign);
    let mails: Vec<_> = people
        .iter()
        .map(|to| mails::help(config, to, &campaign.title(), &week.label(), &lines, &plan_path(campaign, week)))
        .collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    sqlx::query!(
        "insert into help_call (id, campaign_id, week, sent_at, sent_by, recipients) values ($1, $2, $3, $4, $5, $6)",
        Uuid::new_v4(),
        campaign.id.0,
        week.monday(),
        now,
        by.0,
        i32::try_from(people.len()).unwrap_or(i32::MAX),
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "plan.help", &format!("{} {week}", campaign.id), now).await?;
    tx.commit().await?;
    Ok(Ok(people.len()))
}

fn plan_path(campaign: &Campaign, week: Week) -> String {
    format!("/schichtplan?kampagne={}&woche={week}", campaign.slug)
}

/// `Mi, 2.12., 09:00–13:00 Uhr: 3 Plätze`, at most ten, then how many more.
fn lines(open: &[Shift], campaign: &Campaign) -> Vec<String> {
    let line = |s: &Shift| {
        let seats = german::count(i64::from(s.open()), "Platz", "Plätze");
        format!("{}, {}: {seats}", said(&campaign.zone, s.starts_at, s.ends_at), s.channel.label())
    };
    let mut lines: Vec<String> = open.iter().take(LISTED).map(line).collect();
    if open.len() > LISTED {
        lines.push(format!("und {} weitere", open.len() - LISTED));
    }
    lines
}
