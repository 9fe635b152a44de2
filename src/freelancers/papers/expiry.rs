//! Papers that run out: reminders before, the bar on new bookings after the grace. Bookings made before stay.
//!
//! From when on a paper bars is known when it is accepted, and written down then: midnight in Berlin after its last day and
//! the days of grace. So nothing has to run at that moment, and a paper that ends while somebody books needs no task.

use sqlx::{PgConnection, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::kind::Kind;
use super::mails;
use crate::clock::Zone;
use crate::config::Config;
use crate::files::blob;
use crate::freelancers::bar::{self, Cause};
use crate::freelancers::freelancer;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{BlobId, CampaignId, DocumentId, FreelancerId};
use crate::mail;
use crate::policy::{self, Figure};

/// Days before the last one on which a reminder goes out.
const REMINDERS: [i16; 3] = [30, 7, 1];

/// The instant from which on a paper valid until this day (Berlin) bars new bookings.
pub fn bars_from(valid_until: Date, grace_days: i32) -> OffsetDateTime {
    Zone::berlin().midnight(valid_until + Duration::days(1 + i64::from(grace_days)))
}

/// Brings the bars of a person (none: of everybody) in line with papers, profile, and what campaigns want. Somebody whose
/// campaigns change gets theirs here, too.
pub async fn apply(
    db: &mut PgConnection,
    freelancer: Option<FreelancerId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let grace = policy::at(&mut *db, now).await?.value(Figure::PaperGraceDays);
    let rows = sqlx::query!(
        r#"with member as (
               select freelancer_id, campaign_id from qualification where ended_at is null
               union select freelancer_id, campaign_id from preparation where ended_at is null
           )
           select m.freelancer_id as "freelancer!: FreelancerId", m.campaign_id as "campaign!: CampaignId",
                  least(trade.last, permission.last, special.last) as last_day, b.from_at as "from_at?"
           from member m
           left join profile p on p.freelancer_id = m.freelancer_id
           -- whoever has a VAT ID needs no trade licence; of two proofs the later end counts
           left join lateral (
               select case when bool_and(d.valid_until is not null) then max(d.valid_until) end as last from document d
               where d.freelancer_id = m.freelancer_id and d.state = 'accepted' and p.vat_id is null
                 and d.kind in ('trade_licence', 'foreign_registration')
           ) trade on true
           left join lateral (
               select d.valid_until as last from document d
               where d.freelancer_id = m.freelancer_id and d.state = 'accepted' and p.is_employed
                 and d.kind = 'employer_permission'
           ) permission on true
           left join lateral (
               select min(d.valid_until) as last from document d
               join required_document r on r.campaign_id = m.campaign_id and r.kind = d.kind
               where d.freelancer_id = m.freelancer_id and d.state = 'accepted'
           ) special on true
           left join bar b on b.freelancer_id = m.freelancer_id and b.campaign_id = m.campaign_id and b.cause = 'paper'
           where $1::uuid is null or m.freelancer_id = $1
           order by m.freelancer_id, m.campaign_id"#,
        freelancer.map(|id| id.0),
    )
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let from = row.last_day.map(|last| bars_from(last, grace));
        if from != row.from_at {
            bar::set(&mut *db, row.freelancer, row.campaign, Cause::Paper, from).await?;
        }
    }
    Ok(())
}

/// The reminder that is due so many days before the end: the nearest one, so that somebody who was not reminded for a
/// while gets one mail and not three.
fn due(days_left: i64) -> Option<i16> {
    match days_left {
        ..0 => Some(0),
        0..=1 => Some(1),
        2..=7 => Some(7),
        8..=30 => Some(30),
        _ => None,
    }
}

/// Reminds of papers that end soon, each time once, and notes those that have ended. Any number of servers may do so at
/// once, and an outage is caught up. Returns how many mails were written.
pub async fn run_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let today = Zone::berlin().date(now);
    let mut tx = db.begin().await?;
    let policy = policy::at(&mut *tx, now).await?;
    let ending = sqlx::query!(
        r#"select d.id as "id: DocumentId", d.freelancer_id as "freelancer: FreelancerId", d.kind as "kind: Kind",
                  d.valid_until as "valid_until!", d.reminded
           from document d
           where d.state = 'accepted' and d.valid_until <= $1 and d.reminded is distinct from 0
           order by d.valid_until, d.id for update of d skip locked"#,
        today + Duration::days(i64::from(REMINDERS[0])),
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut mails = Vec::new();
    for paper in ending {
        let Some(step) = due((paper.valid_until - today).whole_days()) else { continue };
        if paper.reminded.is_some_and(|before| before <= step) {
            continue;
        }
        sqlx::query!("update document set reminded = $2 where id = $1", paper.id.0, step).execute(&mut *tx).await?;
        if step == 0 {
            note_end(&mut tx, paper.freelancer, paper.kind, now).await?;
        } else if let Some(person) = freelancer::find(&mut *tx, paper.freelancer).await? {
            mails.push(mails::ending(config, &person, paper.kind, (paper.valid_until, today), &policy));
        }
    }
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    tx.commit().await?;
    Ok(mails.len())
}

async fn note_end(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    kind: Kind,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let event = Event::DocumentExpired;
    let step = Note { freelancer, campaign: None, event, by: None, note: Some(kind.label()) };
    history::note(db, step, now).await
}

/// Lets go of the files of papers that were replaced before this instant, unless a legal hold keeps them; the record of
/// their review stays (privacy.md).
pub async fn forget(db: &PgPool, before: OffsetDateTime, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let today = Zone::berlin().date(now);
    let ready = sqlx::query_scalar!(
        "select d.id from document d join account a on a.id = d.freelancer_id
         where d.state = 'replaced' and d.blob_id is not null and d.replaced_at < $1 and not is_held(a.id, $2)
         for update of d skip locked for share of a skip locked",
        before,
        today,
    )
    .fetch_all(&mut *tx)
    .await?;
    // A hold may have come before the lock; none comes after it.
    let left = sqlx::query!(
        r#"select id, blob_id as "blob!: BlobId" from document where id = any($1) and not is_held(freelancer_id, $2)"#,
        &ready,
        today,
    )
    .fetch_all(&mut *tx)
    .await?;
    let (papers, blobs): (Vec<_>, Vec<_>) = left.into_iter().map(|row| (row.id, row.blob)).unzip();
    sqlx::query!("update document set blob_id = null where id = any($1)", &papers).execute(&mut *tx).await?;
    blob::doom(&mut tx, &blobs, now).await?;
    tx.commit().await?;
    Ok(blobs.len())
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn it_bars_from_midnight_in_berlin_after_the_grace() {
        assert_eq!(bars_from(date!(2026 - 11 - 30), 14), datetime!(2026-12-14 23:00 UTC));
        assert_eq!(bars_from(date!(2026 - 11 - 30), 0), datetime!(2026-11-30 23:00 UTC));
        // Over the night in which the clock goes forward, and the one in which it goes back.
        assert_eq!(bars_from(date!(2027 - 03 - 20), 7), datetime!(2027-03-27 23:00 UTC));
        assert_eq!(bars_from(date!(2027 - 03 - 21), 7), datetime!(2027-03-28 22:00 UTC));
        assert_eq!(bars_from(date!(2027 - 10 - 23), 7), datetime!(2027-10-30 22:00 UTC));
        assert_eq!(bars_from(date!(2027 - 10 - 24), 7), datetime!(2027-10-31 23:00 UTC));
    }

    #[test]
    fn one_reminder_at_a_time() {
        for (days, step) in [
            (31, None),
            (30, Some(30)),
            (8, Some(30)),
            (7, Some(7)),
            (2, Some(7)),
            (1, Some(1)),
            (0, Some(1)),
            (-1, Some(0)),
        ] {
            assert_eq!(due(days), step, "{days}");
        }
    }
}
