//! The draft of the next version: one at a time, saved by whoever saw its last state.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::{Question, Version};
use crate::accounts::audit;
use crate::database::constraint;
use crate::id::{AccountId, BriefingId, BriefingQuestionId};

/// Most questions of a quiz.
pub const MOST: usize = 12;
/// Longest title, text, question, answer and explanation, in characters.
pub const LONGEST_TITLE: usize = 120;
pub const LONGEST_BODY: usize = 60_000;
pub const LONGEST_WORDING: usize = 300;
pub const LONGEST_EXPLANATION: usize = 500;

/// A proven draft.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub title: String,
    /// Markdown.
    pub body: String,
    pub questions: Vec<NewQuestion>,
}

/// A proven question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuestion {
    pub wording: String,
    pub answers: Vec<String>,
    /// Number of the right answer, from 1.
    pub right: i16,
    pub explanation: String,
}

impl From<Question> for NewQuestion {
    fn from(question: Question) -> Self {
        let Question { wording, answers, right, explanation, .. } = question;
        Self { wording, answers, right, explanation }
    }
}

/// The draft has changed since the person saw it, or was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed;

/// The draft, if there is one.
pub async fn find(db: impl PgExecutor<'_>) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        r#"select id as "id: BriefingId", version, title, body, revision, published_at, confirm_by
           from briefing_version where published_at is null"#
    )
    .fetch_optional(db)
    .await
}

/// Begins a draft; false if there is one already.
pub async fn begin(db: &PgPool, new: &NewDraft, by: AccountId, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let id = BriefingId::new();
    let begun = sqlx::query!(
        "insert into briefing_version (id, version, title, body, created_at, created_by)
         select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5 from briefing_version",
        id.0,
        new.title,
        new.body,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await;
    match begun {
        Ok(_) => {}
        Err(error) if matches!(constraint(&error), Some("briefing_draft_one" | "briefing_version_once")) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    write_questions(&mut tx, id, &new.questions).await?;
    audit::note(&mut *tx, Some(by), "briefing.begin", &id.to_string(), now).await?;
    tx.commit().await.map(|()| true)
}

/// Saves the draft, as somebody changed it who had seen this revision.
pub async fn save(
    db: &PgPool,
    revision: i32,
    new: &NewDraft,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Changed>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let saved = sqlx::query_scalar!(
        r#"update briefing_version set title = $2, body = $3, revision = revision + 1
           where published_at is null and revision = $1 returning id as "id: BriefingId""#,
        revision,
        new.title,
        new.body,
    );
    let Some(id) = saved.fetch_optional(&mut *tx).await? else { return Ok(Err(Changed)) };
    sqlx::query!("delete from briefing_question where version_id = $1", id.0).execute(&mut *tx).await?;
    write_questions(&mut tx, id, &new.questions).await?;
    audit::note(&mut *tx, Some(by), "briefing.save", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Writes a draft's questions in their order.
pub async fn write_questions(
    db: &mut PgConnection,
    version: BriefingId,
    questions: &[NewQuestion],
) -> Result<(), sqlx::Error> {
    for (position, question) in (1_i16..).zip(questions) {
        sqlx::query!(
            "insert into briefing_question (id, version_id, position, wording, answers, right_answer, explanation)
             values ($1, $2, $3, $4, $5, $6, $7)",
            BriefingQuestionId::new().0,
            version.0,
            position,
            question.wording,
            &question.answers,
            question.right,
            question.explanation,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
