//! "Einsatzbereit": who may book shifts of a campaign. It begins by itself after the first shifts, or by hand with a
//! reason that is kept; whether it lets book at an instant says `lets_book` in the database, and nothing else does.

mod beginning;
mod explanation;
mod grant;

pub use beginning::{BY_ITSELF, Progress, begin, begin_due, progress};
pub use explanation::{NOT_YET, explain, lacking};
pub use grant::{GrantRefusal, grant, grant_now};

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::{AccountId, CampaignId, FreelancerId};

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// A freelancer's qualification for a campaign, live or ended.
#[derive(Debug, Clone)]
pub struct Qualification {
    pub campaign: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
    pub granted_at: OffsetDateTime,
    /// The name of who granted it, if that was a person.
    pub granted_by: Option<String>,
    pub reason: String,
    pub valid_until: Option<OffsetDateTime>,
    pub suspended_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    /// Why it rests or was revoked.
    pub decision_reason: Option<String>,
    pub barred_from: Option<OffsetDateTime>,
}

/// What a qualification is at an instant. The same order as in [`explain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Live,
    Revoked,
    Suspended,
    Expired,
    Barred,
}

impl Qualification {
    /// What it is now.
    pub fn state(&self, now: OffsetDateTime) -> State {
        match () {
            () if self.ended_at.is_some() => State::Revoked,
            () if self.suspended_at.is_some() => State::Suspended,
            () if self.valid_until.is_some_and(|until| until <= now) => State::Expired,
            () if self.barred_from.is_some_and(|from| from <= now) => State::Barred,
            () => State::Live,
        }
    }

    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn title(&self) -> String {
        format!("{} · {}", self.client, self.name)
    }

    /// When the decision was taken that one can object to.
    pub fn decided_at(&self) -> Option<OffsetDateTime> {
        self.ended_at.or(self.suspended_at)
    }
}

impl State {
    /// The badge: state, icon, word.
    pub fn badge(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Live => ("ok", "badge-check", "einsatzbereit"),
            Self::Revoked => ("bad", "x", "entzogen"),
            Self::Suspended => ("warn", "clock", "ruht"),
            Self::Expired => ("warn", "clock", "abgelaufen"),
            Self::Barred => ("warn", "triangle-alert", "Nachweis fehlt"),
        }
    }
}

/// The qualifications of a freelancer, live ones first.
pub async fn list(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Qualification>, sqlx::Error> {
    sqlx::query_as!(
        Qualification,
        r#"select q.campaign_id as "campaign: CampaignId", c.slug, c.client, c.name, q.granted_at,
                  by_whom.name as "granted_by?", q.reason, q.valid_until, q.suspended_at, q.ended_at, q.decision_reason, q.barred_from
           from qualification q
           join campaign c on c.id = q.campaign_id
           left join account by_whom on by_whom.id = q.granted_by
           where q.freelancer_id = $1
           order by q.ended_at is not null, c.client, c.name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}

/// One of them.
pub async fn find(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Option<Qualification>, sqlx::Error> {
    Ok(list(db, freelancer).await?.into_iter().find(|q| q.campaign == campaign))
}

/// A campaign as the lists of these pages name it.
#[derive(Debug, Clone)]
pub struct CampaignName {
    pub id: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
}

/// All campaigns that are running.
pub async fn campaigns(db: impl PgExecutor<'_>) -> Result<Vec<CampaignName>, sqlx::Error> {
    sqlx::query_as!(
        CampaignName,
        r#"select id as "id: CampaignId", slug, client, name from campaign where ended_at is null order by client, name"#
    )
    .fetch_all(db)
    .await
}

/// Running campaigns that the freelancer is not qualified for yet.
pub async fn grantable(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<CampaignName>, sqlx::Error> {
    sqlx::query_as!(
        CampaignName,
        r#"select id as "id: CampaignId", slug, client, name from campaign c
           where ended_at is null and not exists (
               select from qualification q where q.campaign_id = c.id and q.freelancer_id = $1 and q.ended_at is null)
           order by client, name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}

/// Somebody who may book a campaign's shifts.
#[derive(Debug, Clone)]
pub struct Qualified {
    pub account: AccountId,
    pub name: String,
    pub email: String,
}

/// Everybody with access who may book shifts of this campaign now: the recipients of its mails. Who has not accepted the
/// invitation yet cannot book, and is not written to.
pub async fn qualified(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<Qualified>, sqlx::Error> {
    sqlx::query_as!(
        Qualified,
        r#"select a.id as "account: AccountId", a.name, a.email
           from qualification q join account a on a.id = q.freelancer_id
           where q.campaign_id = $1 and lets_book(q, $2) and a.access_ended_at is null and a.password_hash is not null
           order by a.id"#,
        campaign.0,
        now,
    )
    .fetch_all(db)
    .await
}
