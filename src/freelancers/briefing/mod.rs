//! The privacy briefing: a versioned text with a quiz, read and confirmed by everybody who works with customers' data.

pub mod confirmation;
pub mod draft;
pub mod mails;
pub mod publication;
pub mod quiz;
pub mod reminder;
pub mod template;

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

use crate::id::{BriefingId, BriefingQuestionId, FreelancerId};

/// A version: the draft, or a published one, which never changes.
#[derive(Debug, Clone)]
pub struct Version {
    pub id: BriefingId,
    pub version: i32,
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Changes of the draft.
    pub revision: i32,
    pub published_at: Option<OffsetDateTime>,
    /// Last local day (Berlin) for the confirmation; of published ones.
    pub confirm_by: Option<Date>,
}

/// A question of the quiz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub id: BriefingQuestionId,
    pub wording: String,
    pub answers: Vec<String>,
    /// Number of the right answer, from 1.
    pub right: i16,
    /// Said to whoever chose another one.
    pub explanation: String,
}

impl Question {
    /// The right answer's text.
    pub fn right_text(&self) -> &str {
        let at = usize::try_from(self.right - 1).unwrap_or_default();
        self.answers.get(at).map_or("", String::as_str)
    }
}

/// About how long it takes: reading at 180 words a minute, and a minute per question; in steps of five minutes.
pub fn minutes(body: &str, questions: usize) -> usize {
    let minutes = body.split_whitespace().count().div_ceil(180) + questions;
    minutes.div_ceil(5).max(1) * 5
}

/// The published version that is to be confirmed now.
pub async fn latest(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select id as "id: BriefingId", version, title, body, revision, published_at, confirm_by
           from briefing_version where published_at <= $1 order by version desc limit 1"#,
        now,
    )
    .fetch_optional(db)
    .await
}

/// A version by its id.
pub async fn find(db: impl PgExecutor<'_>, id: BriefingId) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select id as "id: BriefingId", version, title, body, revision, published_at, confirm_by
           from briefing_version where id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// A version's quiz, in its order.
pub async fn questions(db: impl PgExecutor<'_>, id: BriefingId) -> Result<Vec<Question>, sqlx::Error> {
    sqlx::query_as!(
        Question,
        r#"select id as "id: BriefingQuestionId", wording, answers, right_answer as "right", explanation
           from briefing_question where version_id = $1 order by position"#,
        id.0,
    )
    .fetch_all(db)
    .await
}

/// How far somebody is with a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Questions that were answered rightly.
    pub right: Vec<BriefingQuestionId>,
    pub confirmed_at: Option<OffsetDateTime>,
}

/// How far somebody is with a version.
pub async fn progress(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    version: BriefingId,
) -> Result<Progress, sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce((select array_agg(a.question_id) from briefing_answer a join briefing_question q on q.id = a.question_id
                            where a.freelancer_id = $1 and q.version_id = $2), '{}') as "right!: Vec<BriefingQuestionId>",
                  (select confirmed_at from briefing_confirmation where freelancer_id = $1 and version_id = $2) as confirmed_at"#,
        freelancer.0,
        version.0,
    )
    .fetch_one(db)
    .await?;
    Ok(Progress { right: row.right, confirmed_at: row.confirmed_at })
}

/// A published version in the list of staff.
#[derive(Debug, Clone)]
pub struct Published {
    pub id: BriefingId,
    pub version: i32,
    pub title: String,
    pub published_at: OffsetDateTime,
    pub confirm_by: Date,
    pub confirmed: i64,
}

/// The published versions, latest first.
pub async fn published(db: impl PgExecutor<'_>) -> Result<Vec<Published>, sqlx::Error> {
    sqlx::query_as!(
        Published,
        r#"select v.id as "id: BriefingId", v.version, v.title, v.published_at as "published_at!", v.confirm_by as "confirm_by!",
                  (select count(*) from briefing_confirmation c where c.version_id = v.id) as "confirmed!"
           from briefing_version v where v.published_at is not null order by v.version desc"#
    )
    .fetch_all(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effort_is_said_in_steps_of_five_minutes() {
        assert_eq!(minutes("", 0), 5);
        assert_eq!(minutes(&"Wort ".repeat(900), 5), 10);
        assert_eq!(minutes(&"Wort ".repeat(901), 5), 15);
    }
}
