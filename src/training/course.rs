//! Courses: what a campaign's people learn, described in Markdown.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::clock::Zone;
use crate::id::{AccountId, CampaignId, CourseId};

/// Longest title, in characters.
pub const LONGEST_TITLE: usize = 120;
/// Longest description, in characters.
pub const LONGEST_DESCRIPTION: usize = 10_000;

/// A course with its campaign.
#[derive(Debug, Clone)]
pub struct Course {
    pub id: CourseId,
    pub campaign: CampaignId,
    pub campaign_slug: String,
    pub client: String,
    pub campaign_name: String,
    pub zone: Zone,
    pub title: String,
    /// Markdown.
    pub description: String,
    /// No further dates.
    pub retired_at: Option<OffsetDateTime>,
    pub campaign_ended_at: Option<OffsetDateTime>,
}

impl Course {
    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn campaign_title(&self) -> String {
        format!("{} · {}", self.client, self.campaign_name)
    }

    /// Whether further dates can be offered.
    pub fn is_open(&self) -> bool {
        self.retired_at.is_none() && self.campaign_ended_at.is_none()
    }
}

/// What staff typed, proven.
#[derive(Debug, Clone)]
pub struct NewCourse {
    pub title: String,
    pub description: String,
}

/// All courses, those of running campaigns and still taught first.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Course>, sqlx::Error> {
    select(db, None).await
}

/// One course.
pub async fn find(db: impl PgExecutor<'_>, id: CourseId) -> Result<Option<Course>, sqlx::Error> {
    Ok(select(db, Some(id)).await?.pop())
}

async fn select(db: impl PgExecutor<'_>, id: Option<CourseId>) -> Result<Vec<Course>, sqlx::Error> {
    sqlx::query_as!(
        Course,
        r#"select k.id as "id: CourseId", c.id as "campaign: CampaignId", c.slug as campaign_slug, c.client, c.name as campaign_name,
                  c.zone as "zone: Zone", k.title, k.description, k.retired_at, c.ended_at as campaign_ended_at
           from course k join campaign c on c.id = k.campaign_id
           where $1::uuid is null or k.id = $1
           order by k.retired_at is not null or c.ended_at is not null, c.client, c.name, k.title, k.id"#,
        id.map(|id| id.0),
    )
    .fetch_all(db)
    .await
}

/// Lays a course down; `None` if the campaign is over or there is none.
pub async fn create(
    db: &PgPool,
    campaign: CampaignId,
    new: &NewCourse,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Option<CourseId>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let made = sqlx::query_scalar!(
        r#"insert into course (id, campaign_id, title, description, created_at)
           select $1, id, $3, $4, $5 from campaign where id = $2 and ended_at is null
           returning id as "id: CourseId""#,
        CourseId::new().0,
        campaign.0,
        new.title,
        new.description,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = made {
        audit::note(&mut *tx, Some(by), "course.create", &id.to_string(), now).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// Changes title and description.
pub async fn update(
    db: &PgPool,
    id: CourseId,
    new: &NewCourse,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!("update course set title = $2, description = $3 where id = $1", id.0, new.title, new.description)
        .execute(&mut *tx)
        .await?;
    audit::note(&mut *tx, Some(by), "course.update", &id.to_string(), now).await?;
    tx.commit().await
}

/// Ends a course: no further dates. Those that stand, stay. Or takes it up again.
pub async fn retire(
    db: &PgPool,
    id: CourseId,
    retired: bool,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "update course set retired_at = case when $2 then coalesce(retired_at, $3) end where id = $1",
        id.0,
        retired,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let action = if retired { "course.retire" } else { "course.resume" };
    audit::note(&mut *tx, Some(by), action, &id.to_string(), now).await?;
    tx.commit().await
}
