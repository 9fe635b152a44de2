//! What is said and kept without anybody asking: the reminder seven days before the last day, once each; and the bar of
//! those who began to work or prepare for a campaign after the publication.

use std::collections::BTreeMap;

use sqlx::PgPool;
use time::{Date, Duration, OffsetDateTime};

use super::{Version, mails, publication};
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{AccountId, FreelancerId};
use crate::mail;

/// So long before the last day one is reminded.
pub const BEFORE: Duration = Duration::days(7);

/// Whether reminders of a version are due: in its last seven days, unless it was published in them.
pub fn is_due(published_on: Date, confirm_by: Date, today: Date) -> bool {
    let from = confirm_by - BEFORE;
    published_on < from && (from..=confirm_by).contains(&today)
}

/// Writes what is due; returns how many mails. Any number of servers may do so at once.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let Some(version) = super::latest(db, now).await? else { return Ok(0) };
    let (Some(published_at), Some(confirm_by)) = (version.published_at, version.confirm_by) else { return Ok(0) };
    ask_latecomers(db, &version, confirm_by).await?;
    let zone = Zone::berlin();
    if !is_due(zone.date(published_at), confirm_by, zone.date(now)) {
        return Ok(0);
    }
    remind(db, config, &version, confirm_by, now).await
}

async fn ask_latecomers(db: &PgPool, version: &Version, confirm_by: Date) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    // Whoever confirms, or publishes the next version, waits until the bars are written; or came before.
    sqlx::query!("select id from briefing_version where id = $1 for update", version.id.0).fetch_one(&mut *tx).await?;
    let is_latest = sqlx::query_scalar!(
        r#"select not exists (select from briefing_version where version > $1 and published_at is not null) as "latest!""#,
        version.version,
    );
    if is_latest.fetch_one(&mut *tx).await? {
        let asked = publication::asked(&mut tx, version.id).await?;
        publication::bar_all(&mut tx, &asked, publication::bars_from(confirm_by)).await?;
    }
    tx.commit().await
}

async fn remind(
    db: &PgPool,
    config: &Config,
    version: &Version,
    confirm_by: Date,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let people: BTreeMap<FreelancerId, String> =
        publication::asked(&mut tx, version.id).await?.into_iter().map(|a| (a.freelancer, a.email)).collect();
    // The row is claimed and the mail written in one transaction: a second server finds nothing left.
    let claimed = sqlx::query_scalar!(
        r#"insert into briefing_reminder (version_id, freelancer_id, reminded_at) select $1, f, $3 from unnest($2::uuid[]) as f
           on conflict on constraint briefing_reminder_once do nothing returning freelancer_id as "id: FreelancerId""#,
        version.id.0,
        &people.keys().map(|id| id.0).collect::<Vec<_>>(),
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    let written = claimed.iter().filter_map(|id| Some((AccountId::from(*id), people.get(id)?)));
    let mails: Vec<_> = written.map(|(account, email)| mails::reminder(config, account, email, confirm_by)).collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(mails.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn reminded_from_seven_days_before_to_the_last_day() {
        let due = |today| is_due(date!(2027 - 03 - 01), date!(2027 - 03 - 31), today);
        assert!(!due(date!(2027 - 03 - 23)) && due(date!(2027 - 03 - 24)));
        assert!(due(date!(2027 - 03 - 31)) && !due(date!(2027 - 04 - 01)));
        // Who was told in the same days is not told again.
        assert!(!is_due(date!(2027 - 03 - 24), date!(2027 - 03 - 31), date!(2027 - 03 - 25)));
    }
}
