//! Publishing the draft: from then on it never changes, everybody who works or prepares is asked to confirm it, and from
//! the midnight after the last day nothing new is booked without.

use std::collections::BTreeSet;

use sqlx::{PgConnection, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::{draft, mails};
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::bar::{self, Cause};
use crate::id::{AccountId, BriefingId, CampaignId, FreelancerId};
use crate::mail;

/// The confirmation may be due so many days ahead at most.
pub const LONGEST: Duration = Duration::days(365);

/// Why the draft was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It changed after the preview, or was published by somebody else.
    Changed,
    /// A briefing without a question proves nothing.
    NoQuestion,
    /// Nobody could confirm in time.
    TooSoon,
    TooFar,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Changed => "Inzwischen hat sich der Entwurf geändert. Sieh ihn dir an und veröffentliche dann.",
            Self::NoQuestion => "Der Entwurf hat noch keine Frage. Bitte ergänze mindestens eine.",
            Self::TooSoon => "Bitte wähle einen Tag ab morgen, damit alle Zeit haben.",
            Self::TooFar => "Bitte wähle einen Tag innerhalb eines Jahres.",
        }
    }
}

/// Whether everybody may have until this day.
pub fn admit(confirm_by: Date, today: Date) -> Result<(), Refusal> {
    match () {
        () if confirm_by <= today => Err(Refusal::TooSoon),
        () if confirm_by > today + LONGEST => Err(Refusal::TooFar),
        () => Ok(()),
    }
}

/// From when on nothing new is booked without the confirmation: the midnight after its last day.
pub fn bars_from(confirm_by: Date) -> OffsetDateTime {
    Zone::berlin().midnight(confirm_by + Duration::DAY)
}

/// Somebody who is to confirm, in one of their campaigns.
#[derive(Debug, Clone)]
pub struct Asked {
    pub freelancer: FreelancerId,
    pub campaign: CampaignId,
    pub email: String,
}

/// Everybody with access who may book a running campaign or prepares for one, and has not confirmed this version.
pub async fn asked(db: &mut PgConnection, version: BriefingId) -> Result<Vec<Asked>, sqlx::Error> {
    sqlx::query_as!(
        Asked,
        r#"select w.freelancer_id as "freelancer!: FreelancerId", w.campaign_id as "campaign!: CampaignId", a.email
           from (select freelancer_id, campaign_id from qualification where ended_at is null
                 union select freelancer_id, campaign_id from preparation where ended_at is null) w
           join campaign c on c.id = w.campaign_id
           join account a on a.id = w.freelancer_id
           where c.ended_at is null and a.access_ended_at is null and a.password_hash is not null
             and not exists (select from briefing_confirmation b where b.version_id = $1 and b.freelancer_id = w.freelancer_id)
           order by w.freelancer_id, w.campaign_id"#,
        version.0,
    )
    .fetch_all(db)
    .await
}

/// Bars new bookings of these people from that instant on.
pub async fn bar_all(db: &mut PgConnection, asked: &[Asked], from: OffsetDateTime) -> Result<(), sqlx::Error> {
    let who: Vec<_> = asked.iter().map(|asked| (asked.freelancer, asked.campaign)).collect();
    bar::set_all(db, &who, Cause::Briefing, from).await
}

/// Publishes the draft that somebody saw in this revision; returns how many people are asked.
pub async fn publish(
    db: &PgPool,
    config: &Config,
    revision: i32,
    confirm_by: Date,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<usize, Refusal>, sqlx::Error> {
    if let Err(refusal) = admit(confirm_by, Zone::berlin().date(now)) {
        return Ok(Err(refusal));
    }
    let mut tx = db.begin().await?;
    // Confirmations of the version that is the latest now wait for this transaction, or came before it.
    sqlx::query!(
        "select id from briefing_version where published_at is not null order by version desc limit 1 for update"
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(draft) = draft::find(&mut *tx).await?.filter(|draft| draft.revision == revision) else {
        return Ok(Err(Refusal::Changed));
    };
    if super::questions(&mut *tx, draft.id).await?.is_empty() {
        return Ok(Err(Refusal::NoQuestion));
    }
    let published = sqlx::query!(
        "update briefing_version set published_at = $3, published_by = $4, confirm_by = $5
         where id = $1 and published_at is null and revision = $2",
        draft.id.0,
        revision,
        now,
        by.0,
        confirm_by,
    );
    if published.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(Err(Refusal::Changed));
    }
    let asked = asked(&mut tx, draft.id).await?;
    bar_all(&mut tx, &asked, bars_from(confirm_by)).await?;
    let people: BTreeSet<_> = asked.iter().map(|a| (AccountId::from(a.freelancer), a.email.as_str())).collect();
    let mails: Vec<_> =
        people.iter().map(|(account, email)| mails::published(config, *account, email, confirm_by)).collect();
    mail::enqueue_all(&mut *tx, &mails, now).await?;
    audit::note(&mut *tx, Some(by), "briefing.publish", &draft.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(people.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn everybody_has_a_day_at_least_and_a_year_at_most() {
        let today = date!(2026 - 11 - 23);
        assert_eq!(admit(today, today), Err(Refusal::TooSoon));
        assert_eq!(admit(date!(2026 - 11 - 24), today), Ok(()));
        assert_eq!(admit(date!(2027 - 11 - 23), today), Ok(()));
        assert_eq!(admit(date!(2027 - 11 - 24), today), Err(Refusal::TooFar));
    }

    #[test]
    fn the_bar_begins_at_berlins_midnight_also_when_clocks_change() {
        assert_eq!(bars_from(date!(2026 - 11 - 30)), datetime!(2026-11-30 23:00 UTC));
        // The night in which clocks go forward, and the one in which they go back.
        assert_eq!(bars_from(date!(2027 - 03 - 28)), datetime!(2027-03-28 22:00 UTC));
        assert_eq!(bars_from(date!(2027 - 10 - 31)), datetime!(2027-10-31 23:00 UTC));
    }
}
