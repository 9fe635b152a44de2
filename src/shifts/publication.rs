//! Publication: every Wednesday at the campaign's hour, exactly once however many servers run, caught up after downtime.
//!
//! A run is a row of `publication`, unique per campaign and Wednesday, written in the transaction that publishes: a
//! server that dies half way leaves nothing, and the next look does it all. Holidays play no part here.

use sqlx::{PgConnection, PgPool};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::mails;
use super::week::Week;
use crate::accounts::audit;
use crate::campaigns::campaign::{self, Campaign};
use crate::campaigns::schedule::last_due;
use crate::clock::german;
use crate::config::Config;
use crate::database::describe;
use crate::freelancers::qualification;
use crate::id::{AccountId, CampaignId};
use crate::mail;

/// The weeks that a Wednesday's publication opens: from next Monday through the horizon's last week.
pub fn weeks(wednesday: Date, horizon_weeks: i16) -> (Week, Week) {
    let week = Week::of(wednesday);
    (week.next(), week.plus(horizon_weeks))
}

/// What a publication did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub shifts: usize,
    pub recipients: usize,
}

/// Why a week cannot be published now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No draft of this week lies in the future.
    Nothing,
    /// Beyond the campaign's horizon; the last week that can be published.
    TooFar(Week),
    /// The campaign has ended.
    Ended,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::Nothing => "In dieser Woche wartet kein Entwurf auf die Veröffentlichung.".into(),
            Self::TooFar(last) => {
                format!("So weit im Voraus wird nicht veröffentlicht; möglich ist es bis {}.", last.label())
            }
            Self::Ended => "Die Kampagne ist beendet.".into(),
        }
    }
}

/// Publishes what is due, for every running campaign; returns what was done.
///
/// # Errors
/// The first failure, if nothing could be published. One campaign's failure keeps no other waiting.
pub async fn run_due(
    db: &PgPool,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Vec<(CampaignId, Published)>, sqlx::Error> {
    let (mut done, mut failure) = (Vec::new(), None);
    for campaign in campaign::all(db).await?.into_iter().filter(|c| c.ended_at.is_none()) {
        let (day, due) = last_due(&campaign.zone, campaign.publication_time, now);
        if due < campaign.created_at {
            continue;
        }
        match run_one(db, config, &campaign, day, now).await {
            Ok(published) => done.extend(published.map(|published| (campaign.id, published))),
            Err(error) => {
                tracing::error!(campaign = %campaign.id, detail = describe(&error), "plan not published");
                failure.get_or_insert(error);
            }
        }
    }
    // What was published is reported all the same: the next look, a second later, finds only what failed.
    match failure {
        Some(error) if done.is_empty() => Err(error),
        _ => Ok(done),
    }
}

/// The scheduled run of one Wednesday; `None` if it ran before, here or on another server.
async fn run_one(
    db: &PgPool,
    config: &Config,
    campaign: &Campaign,
    day: Date,
    now: OffsetDateTime,
) -> Result<Option<Published>, sqlx::Error> {
    let ran = sqlx::query_scalar!(
        r#"select exists (select from publication where campaign_id = $1 and due_on = $2) as "ran!""#,
        campaign.id.0,
        day
    )
    .fetch_one(db)
    .await?;
    if ran {
        return Ok(None);
    }
    let mut tx = db.begin().await?;
    let id = Uuid::new_v4();
    // A second server waits here for the first one's transaction, and then finds the row.
    let first = sqlx::query!(
        "insert into publication (id, campaign_id, due_on, ran_at, shifts) values ($1, $2, $3, $4, 0)
         on conflict on constraint publication_once do nothing",
        id,
        campaign.id.0,
        day,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if first.rows_affected() == 0 {
        return Ok(None);
    }
    if !is_running(&mut tx, campaign.id).await? {
        return Ok(None);
    }
    let (from, to) = weeks(day, campaign.horizon_weeks);
    let published = publish(&mut tx, config, campaign, (from, to), None, now).await?;
    sqlx::query!("update publication set shifts = $2 where id = $1", id, published.shifts as i32)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(published))
}

/// "Jetzt veröffentlichen": the drafts of one week, at once.
pub async fn publish_week(
    db: &PgPool,
    config: &Config,
    campaign: &Campaign,
    week: Week,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Published, Refusal>, sqlx::Error> {
    let last = Week::at(now, &campaign.zone).plus(campaign.horizon_weeks);
    if week > last {
        return Ok(Err(Refusal::TooFar(last)));
    }
    let mut tx = db.begin().await?;
    if !is_running(&mut tx, campaign.id).await? {
        return Ok(Err(Refusal::Ended));
    }
    let published = publish(&mut tx, config, campaign, (week, week), Some(by), now).await?;
    if published.shifts == 0 {
        return Ok(Err(Refusal::Nothing));
    }
    sqlx::query!(
        "insert into publication (id, campaign_id, ran_at, by_id, shifts) values ($1, $2, $3, $4, $5)",
        Uuid::new_v4(),
        campaign.id.0,
        now,
        by.0,
        published.shifts as i32,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Ok(published))
}

/// Whether the campaign has not ended; it cannot end, and no step of planning can happen, before the caller's transaction does.
async fn is_running(db: &mut PgConnection, campaign: CampaignId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select ended_at is null as "running!" from campaign where id = $1 for no key update"#,
        campaign.0
    )
    .fetch_one(db)
    .await
}

/// Publishes the drafts of these weeks that have not begun, and tells the qualified people.
async fn publish(
    db: &mut PgConnection,
    config: &Config,
    campaign: &Campaign,
    (from, to): (Week, Week),
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Published, sqlx::Error> {
    let mut opened = sqlx::query_scalar!(
        "update shift set published_at = $4
         where campaign_id = $1 and week between $2 and $3 and published_at is null and starts_at > $4
         returning week",
        campaign.id.0,
        from.monday(),
        to.monday(),
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    opened.sort();
    let (Some(first), Some(last)) = (opened.first(), opened.last()) else {
        return Ok(Published { shifts: 0, recipients: 0 });
    };
    let (first, last) = (Week::of(*first), Week::of(*last));
    let recipients = qualification::qualified(&mut *db, campaign.id, now).await?;
    let shifts = german::count(opened.len() as i64, "Schicht", "Schichten");
    let weeks = if first == last { first.label() } else { format!("{} bis {}", first.label(), last.label()) };
    let title = campaign.title();
    let mails: Vec<_> = recipients
        .iter()
        .map(|to| mails::published(config, to, &title, &campaign.slug, &shifts, &weeks, &first.to_string()))
        .collect();
    mail::enqueue_all(&mut *db, &mails, now).await?;
    audit::note(&mut *db, by, "plan.publish", &format!("{} {first} {last}", campaign.id), now).await?;
    Ok(Published { shifts: opened.len(), recipients: recipients.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn it_opens_next_monday_through_the_horizon() {
        let (from, to) = weeks(date!(2026 - 11 - 25), 5);
        assert_eq!((from.to_string(), to.to_string()), ("2026-W49".into(), "2026-W53".into()));
    }
}
