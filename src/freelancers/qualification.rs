//! "Einsatzbereit": who may book shifts of a campaign. It begins by itself after the first shifts, or by hand with a
//! reason that is kept; whether it lets book at an instant says `lets_book` in the database, and nothing else does.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::contract::confirmation;
use super::history::{self, Event, Note};
use super::papers::expiry;
use super::{bar, mails, missing};
use crate::accounts::audit;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::{AccountId, CampaignId, FreelancerId};
use crate::mail;

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;
/// What a person without any qualification is told.
pub const NOT_YET: &str = "Für diese Kampagne bist du noch nicht einsatzbereit.";
/// The reason of a qualification that began by itself.
pub const BY_ITSELF: &str = "Schulung und erste Schichten abgeschlossen";

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

/// Why a qualification was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantRefusal {
    /// Granted already, perhaps a moment ago by somebody else.
    Already,
    /// The campaign is over, or there is none.
    NoCampaign,
    /// The person no longer has access.
    AccessEnded,
}

impl GrantRefusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Already => "Für diese Kampagne ist die Person schon einsatzbereit.",
            Self::NoCampaign => "Diese Kampagne läuft nicht mehr. Bitte wähle eine andere.",
            Self::AccessEnded => "Der Zugang dieser Person ist beendet.",
        }
    }
}

/// Lets a freelancer book shifts of a campaign, by hand. A revoked qualification comes back with the new reason.
pub async fn grant(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), GrantRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let facts = sqlx::query!(
        r#"select exists (select from campaign where id = $1 and ended_at is null) as "campaign!",
                  exists (select from account where id = $2 and access_ended_at is null) as "access!""#,
        campaign.0,
        freelancer.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if !facts.campaign {
        return Ok(Err(GrantRefusal::NoCampaign));
    }
    if !facts.access {
        return Ok(Err(GrantRefusal::AccessEnded));
    }
    if !grant_now(&mut tx, freelancer, campaign, reason, by, now).await? {
        return Ok(Err(GrantRefusal::Already));
    }
    audit::note(&mut *tx, Some(by), "qualification.grant", &format!("{freelancer} {campaign}"), now).await?;
    tx.commit().await.map(Ok)
}

/// The same within somebody's transaction, without a look at campaign and access; false if granted already.
pub async fn grant_now(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let granted = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, granted_by, reason) values ($1, $2, $3, $4, $5)
         on conflict on constraint qualification_once do update
         set granted_at = excluded.granted_at, granted_by = excluded.granted_by, reason = excluded.reason, ended_at = null,
             suspended_at = null, valid_until = null, decision_reason = null
         where qualification.ended_at is not null",
        freelancer.0,
        campaign.0,
        now,
        by.0,
        reason,
    )
    .execute(&mut *db)
    .await?;
    if granted.rows_affected() == 0 {
        return Ok(false);
    }
    take_bars(&mut *db, freelancer, campaign, now).await?;
    let note = Some(reason);
    let step = Note { freelancer, campaign: Some(campaign), event: Event::Qualified, by: Some(by), note };
    history::note(db, step, now).await.map(|()| true)
}

/// A new qualification has the bars of its holder's papers and contract from its first moment on.
async fn take_bars(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    expiry::apply(&mut *db, Some(freelancer), now).await?;
    confirmation::apply(&mut *db, None, Some(freelancer)).await?;
    bar::apply(db, freelancer, campaign).await
}

/// What stands between a person and the qualification, papers left aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub prepares: bool,
    pub passed: bool,
    /// First shifts that the campaign asks for.
    pub first_shifts: i16,
    /// Signed off as passed.
    pub signed: i64,
}

impl Progress {
    /// First shifts that are still to be signed off.
    pub fn left(self) -> i64 {
        (i64::from(self.first_shifts) - self.signed).max(0)
    }
}

/// Reads it. The training's result and the sign-offs are written by `training`.
pub async fn progress(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Progress, sqlx::Error> {
    sqlx::query_as!(
        Progress,
        r#"select exists (select from preparation p
                          where p.freelancer_id = $1 and p.campaign_id = c.id and p.ended_at is null) as "prepares!",
                  exists (select from training_result r where r.freelancer_id = $1 and r.campaign_id = c.id) as "passed!",
                  c.first_shifts,
                  (select count(*) from sign_off o
                   where o.freelancer_id = $1 and o.campaign_id = c.id and o.result = 'passed') as "signed!"
           from campaign c where c.id = $2"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_one(db)
    .await
}

/// Begins the qualification by itself, if the training is passed, enough first shifts are signed off and no paper is
/// missing; false if not, or if there is one already: what somebody revoked comes back by hand alone.
pub async fn begin(
    db: &mut PgConnection,
    config: &Config,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    // Two sign-offs at the same time: the second waits here, and then counts both.
    sqlx::query!(
        "select from training_result where freelancer_id = $1 and campaign_id = $2 for no key update",
        freelancer.0,
        campaign.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    let progress = progress(&mut *db, freelancer, campaign).await?;
    let enough = progress.prepares && progress.passed && progress.left() == 0;
    if !enough || !missing::load(&mut *db, freelancer, campaign, now).await?.is_nothing() {
        return Ok(false);
    }
    let begun = sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, reason)
         select $1, $2, $3, $4 from campaign c join account a on a.id = $1
         where c.id = $2 and c.ended_at is null and a.access_ended_at is null
         on conflict on constraint qualification_once do nothing",
        freelancer.0,
        campaign.0,
        now,
        BY_ITSELF,
    )
    .execute(&mut *db)
    .await?;
    if begun.rows_affected() == 0 {
        return Ok(false);
    }
    take_bars(&mut *db, freelancer, campaign, now).await?;
    let step = Note { freelancer, campaign: Some(campaign), event: Event::Qualified, by: None, note: Some(BY_ITSELF) };
    history::note(&mut *db, step, now).await?;
    let told = sqlx::query!(
        r#"select a.id as "id: AccountId", a.name, a.email, c.client || ' · ' || c.name as "title!", c.slug
           from account a, campaign c where a.id = $1 and c.id = $2"#,
        freelancer.0,
        campaign.0,
    )
    .fetch_one(&mut *db)
    .await?;
    let to = mails::To { account: told.id, name: &told.name, email: &told.email };
    mail::enqueue(db, &mails::qualified(config, to, (&told.title, &told.slug)), now).await.map(|()| true)
}

/// Begins all that waited only for a paper, or for a campaign that now asks for fewer first shifts; returns how many.
pub async fn begin_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let mut begun = 0;
    for (freelancer, campaign) in waiting(db).await? {
        let mut tx = db.begin().await?;
        begun += usize::from(begin(&mut tx, config, freelancer, campaign, now).await?);
        tx.commit().await?;
    }
    Ok(begun)
}

/// Who has done it all but was held up by a paper, or by a number of first shifts that was lowered since.
async fn waiting(db: impl PgExecutor<'_>) -> Result<Vec<(FreelancerId, CampaignId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.freelancer_id as "freelancer: FreelancerId", r.campaign_id as "campaign: CampaignId"
           from training_result r
           join campaign c on c.id = r.campaign_id and c.ended_at is null
           join preparation p on p.freelancer_id = r.freelancer_id and p.campaign_id = r.campaign_id and p.ended_at is null
           where not exists (select from qualification q where q.freelancer_id = r.freelancer_id and q.campaign_id = c.id)
             and c.first_shifts <= (select count(*) from sign_off o
                                    where o.freelancer_id = r.freelancer_id and o.campaign_id = c.id and o.result = 'passed')"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.freelancer, r.campaign)).collect())
}

/// `Dir fehlt noch: a, b und c.`
pub fn lacking(what: &[&str]) -> String {
    match what {
        [] => String::new(),
        [one] => format!("Dir fehlt noch: {one}."),
        [first @ .., last] => format!("Dir fehlt noch: {} und {last}.", first.join(", ")),
    }
}

/// Why a person may not book in a campaign now, and what to do: read only where somebody is refused.
pub async fn explain(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let Some(found) = find(db, freelancer, campaign).await? else {
        let what = not_yet(db, freelancer, campaign, now).await?;
        return Ok(format!("{NOT_YET} {}", lacking(&what.iter().map(String::as_str).collect::<Vec<_>>()))
            .trim()
            .into());
    };
    let day = |at: OffsetDateTime| german::date(Zone::berlin().date(at));
    let reason = found.decision_reason.as_deref().unwrap_or(&found.reason);
    let own = "Deinen Stand siehst du bei „Meine Schichten“ unter „Einsatzbereit“.";
    Ok(match (found.state(now), found.decided_at(), found.valid_until) {
        (State::Revoked, Some(at), _) => {
            format!("Deine Einsatzbereitschaft wurde am {} entzogen: {reason} {own}", day(at))
        }
        (State::Suspended, Some(at), _) => format!("Deine Einsatzbereitschaft ruht seit {}: {reason} {own}", day(at)),
        (State::Expired, _, Some(until)) => format!("Deine Einsatzbereitschaft galt bis {}. {own}", day(until)),
        (State::Barred, ..) => {
            let bars = bar::list(db, freelancer, campaign).await?;
            let causes: Vec<&str> = bars.iter().filter(|b| b.from_at <= now).map(|b| b.cause.missing()).collect();
            lacking(&causes)
        }
        // Granted or lifted since the look.
        _ => NOT_YET.into(),
    })
}

async fn not_yet(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    let progress = progress(db, freelancer, campaign).await?;
    if !progress.prepares {
        return Ok(Vec::new());
    }
    let missing = missing::load(db, freelancer, campaign, now).await?;
    let mut what: Vec<String> = missing.said().into_iter().map(String::from).collect();
    if !progress.passed {
        what.push("die Schulung".into());
    }
    match progress.left() {
        0 => {}
        1 => what.push("eine erste Schicht mit Pat*in".into()),
        n => what.push(format!("{n} erste Schichten mit Pat*in")),
    }
    Ok(what)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_sentence() {
        assert_eq!(lacking(&[]), "");
        assert_eq!(lacking(&["die Schulung"]), "Dir fehlt noch: die Schulung.");
        assert_eq!(lacking(&["a", "b", "c"]), "Dir fehlt noch: a, b und c.");
    }

    #[test]
    fn progress_counts_down_to_nothing() {
        let of = |first_shifts, signed| Progress { prepares: true, passed: true, first_shifts, signed }.left();
        assert_eq!((of(3, 1), of(3, 3), of(2, 3), of(0, 0)), (2, 0, 0, 0));
    }
}
