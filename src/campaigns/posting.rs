//! The posting: the public page of a campaign that is recruiting. Its address is the campaign's slug.
//!
//! A posting is a draft that nobody outside sees, then open, then closed; closed ones can be opened again. It always has
//! a set of questions, be it an empty one, since every application answers one.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::campaign::Channel;
use super::question;
use crate::accounts::audit;
use crate::id::{AccountId, CampaignId};

/// How demanding the tasks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "difficulty", rename_all = "snake_case")]
pub enum Difficulty {
    Simple,
    Medium,
    Demanding,
}

impl Difficulty {
    /// All, in the order of the forms.
    pub const ALL: [Self; 3] = [Self::Simple, Self::Medium, Self::Demanding];

    /// Its name in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Medium => "medium",
            Self::Demanding => "demanding",
        }
    }

    /// The one of this key.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|difficulty| difficulty.key() == key)
    }

    /// Its German name, as it follows „Schwierigkeit:“.
    pub fn label(self) -> &'static str {
        match self {
            Self::Simple => "leicht",
            Self::Medium => "mittel",
            Self::Demanding => "anspruchsvoll",
        }
    }
}

/// Where a posting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody outside sees it.
    Draft,
    /// One can apply.
    Open,
    /// Its page says that it is over.
    Closed,
}

/// A posting with what its campaign says about the work.
#[derive(Debug, Clone)]
pub struct Posting {
    pub campaign: CampaignId,
    pub slug: String,
    pub client: String,
    pub channels: Vec<Channel>,
    /// Weeks ahead that can be booked (FAQ fact 12).
    pub horizon_weeks: i16,
    /// Hours a week expected on average (FAQ fact 13).
    pub expected_hours_min: i16,
    pub expected_hours_max: i16,
    pub title: String,
    pub summary: String,
    /// Markdown.
    pub tasks: String,
    /// Markdown; may be empty.
    pub needs: String,
    pub difficulty: Difficulty,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    /// ISO 3166-1 alpha-2 codes; empty: anywhere (FAQ fact 1).
    pub countries: Vec<String>,
    pub restriction: Option<String>,
    /// The first day on which a training may begin; `None`: as soon as there is a date.
    pub starts_on: Option<Date>,
    pub published_at: Option<OffsetDateTime>,
    pub closed_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

impl Posting {
    /// Whether one can apply.
    pub fn is_open(&self) -> bool {
        self.state() == State::Open
    }

    /// Where it stands; the end of its campaign closes it, too.
    pub fn state(&self) -> State {
        match self.published_at {
            None => State::Draft,
            Some(_) if self.closed_at.is_some() || self.ended_at.is_some() => State::Closed,
            Some(_) => State::Open,
        }
    }
}

/// What a posting is made of, proven: the content of the staff form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    pub title: String,
    pub summary: String,
    pub tasks: String,
    pub needs: String,
    pub difficulty: Difficulty,
    pub languages: Vec<String>,
    pub countries: Vec<String>,
    pub restriction: Option<String>,
    pub starts_on: Option<Date>,
}

/// Why a posting stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A campaign has one posting; a double click ends here, too.
    Exists,
    /// It was published before.
    Published,
    /// It is not open.
    NotOpen,
    /// It is not closed.
    NotClosed,
    /// The campaign is over.
    CampaignEnded,
}

impl Refusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Exists => "Diese Kampagne hat schon eine Stellenausschreibung.",
            Self::Published => "Diese Stelle war schon veröffentlicht.",
            Self::NotOpen => "Diese Stelle ist gerade nicht offen.",
            Self::NotClosed => "Diese Stelle ist gerade nicht geschlossen.",
            Self::CampaignEnded => "Die Kampagne ist beendet, deshalb kann sich niemand mehr bewerben.",
        }
    }
}

/// The posting of this slug, in any state; the caller asks [`Posting::is_open`].
pub async fn find(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Posting>, sqlx::Error> {
    sqlx::query_as!(
        Posting,
        r#"select p.campaign_id as "campaign: CampaignId", c.slug, c.client, c.channels as "channels: Vec<Channel>",
                  c.horizon_weeks, c.expected_hours_min, c.expected_hours_max,
                  p.title, p.summary, p.tasks, p.needs, p.difficulty as "difficulty: Difficulty", p.languages, p.countries,
                  p.restriction, p.starts_on, p.published_at, p.closed_at, c.ended_at
           from posting p join campaign c on c.id = p.campaign_id
           where c.slug = $1"#,
        slug,
    )
    .fetch_optional(db)
    .await
}

/// All open postings, the latest first.
pub async fn open(db: impl PgExecutor<'_>) -> Result<Vec<Posting>, sqlx::Error> {
    sqlx::query_as!(
        Posting,
        r#"select p.campaign_id as "campaign: CampaignId", c.slug, c.client, c.channels as "channels: Vec<Channel>",
                  c.horizon_weeks, c.expected_hours_min, c.expected_hours_max,
                  p.title, p.summary, p.tasks, p.needs, p.difficulty as "difficulty: Difficulty", p.languages, p.countries,
                  p.restriction, p.starts_on, p.published_at, p.closed_at, c.ended_at
           from posting p join campaign c on c.id = p.campaign_id
           where p.published_at is not null and p.closed_at is null and c.ended_at is null
           order by p.published_at desc, c.client, c.id"#
    )
    .fetch_all(db)
    .await
}

/// A campaign in the list that recruiters see, with its posting if it has one.
#[derive(Debug, Clone)]
pub struct Listed {
    pub slug: String,
    pub client: String,
    pub name: String,
    pub ended_at: Option<OffsetDateTime>,
    /// `None`: not written yet.
    pub title: Option<String>,
    pub published_at: Option<OffsetDateTime>,
    pub closed_at: Option<OffsetDateTime>,
    /// Applications that were sent.
    pub applications: i64,
    /// Of those, the ones that wait for a decision.
    pub undecided: i64,
    /// Questions of the newest set.
    pub questions: i64,
}

impl Listed {
    /// Where the posting stands; `None`: there is none yet.
    pub fn state(&self) -> Option<State> {
        self.title.as_ref()?;
        Some(match self.published_at {
            None => State::Draft,
            Some(_) if self.closed_at.is_some() || self.ended_at.is_some() => State::Closed,
            Some(_) => State::Open,
        })
    }
}

/// Every running campaign, and every ended one that had a posting; running ones first, by client and name.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as!(
        Listed,
        r#"select c.slug, c.client, c.name, c.ended_at, p.title as "title?", p.published_at, p.closed_at,
                  coalesce(a.sent, 0) as "applications!", coalesce(a.undecided, 0) as "undecided!",
                  coalesce(q.questions, 0) as "questions!"
           from campaign c
           left join posting p on p.campaign_id = c.id
           left join lateral (
               select count(*) filter (where state <> 'draft' and submitted_at is not null) as sent,
                      count(*) filter (where state in ('new', 'introduced', 'invited', 'talked')) as undecided
               from application where campaign_id = c.id
           ) a on true
           left join lateral (
               select count(*) as questions from question where set_id = (
                   select id from question_set where campaign_id = c.id order by version desc limit 1
               )
           ) q on true
           where p.campaign_id is not null or c.ended_at is null
           order by c.ended_at is not null, c.client, c.name, c.id"#
    )
    .fetch_all(db)
    .await
}

/// Writes a campaign's posting as a draft, with an empty set of questions. `by`: `None` for the demo data.
pub async fn create(
    db: &PgPool,
    campaign: CampaignId,
    new: &NewPosting,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    if !insert(&mut tx, campaign, new, now).await? {
        return Ok(Err(Refusal::Exists));
    }
    question::insert(&mut tx, campaign, 1, &[], by, now).await?;
    audit::note(&mut *tx, by, "posting.create", &campaign.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Inserts the draft; says whether there was none before.
pub async fn insert(
    db: &mut PgConnection,
    campaign: CampaignId,
    new: &NewPosting,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into posting (campaign_id, title, summary, tasks, needs, difficulty, languages, countries, restriction,
                              starts_on, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         on conflict on constraint posting_pkey do nothing",
        campaign.0,
        new.title,
        new.summary,
        new.tasks,
        new.needs,
        new.difficulty as Difficulty,
        &new.languages,
        &new.countries,
        new.restriction,
        new.starts_on,
        now,
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Gives a posting new words; an open one changes at once for everybody.
pub async fn update(
    db: &PgPool,
    campaign: CampaignId,
    new: &NewPosting,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "update posting set title = $2, summary = $3, tasks = $4, needs = $5, difficulty = $6, languages = $7, countries = $8,
                restriction = $9, starts_on = $10, updated_at = $11
         where campaign_id = $1",
        campaign.0,
        new.title,
        new.summary,
        new.tasks,
        new.needs,
        new.difficulty as Difficulty,
        &new.languages,
        &new.countries,
        new.restriction,
        new.starts_on,
        now,
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "posting.update", &campaign.to_string(), now).await?;
    tx.commit().await
}
