//! The questions of a posting. Sets are versions: editing makes a new one, answers keep the wording they were given to.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::id::{AccountId, CampaignId, QuestionId, QuestionSetId};

/// Questions that a set may have: a few, since nobody should need longer than ten minutes.
pub const MOST: usize = 12;

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "question_kind", rename_all = "snake_case")]
pub enum Kind {
    Text,
    YesNo,
    Choice,
    Number,
}

impl Kind {
    /// All kinds, in the order of the forms.
    pub const ALL: [Self; 4] = [Self::YesNo, Self::Choice, Self::Number, Self::Text];

    /// The kind's name in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
            Self::Number => "number",
        }
    }

    /// The kind of this key.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The kind's German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::YesNo => "Ja oder nein",
            Self::Choice => "Auswahl",
            Self::Number => "Zahl",
        }
    }
}

/// A question of a set.
#[derive(Debug, Clone)]
pub struct Question {
    pub id: QuestionId,
    pub kind: Kind,
    pub wording: String,
    pub hint: String,
    pub required: bool,
    pub options: Vec<String>,
    /// The knock-out: `yes` or `no`, an option, or the least number. Without it one cannot take part, and the form says so.
    pub must_be: Option<String>,
}

/// A question, proven: the content of the staff form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuestion {
    pub kind: Kind,
    pub wording: String,
    pub hint: String,
    pub required: bool,
    pub options: Vec<String>,
    pub must_be: Option<String>,
}

impl From<Question> for NewQuestion {
    fn from(question: Question) -> Self {
        let Question { id: _, kind, wording, hint, required, options, must_be } = question;
        Self { kind, wording, hint, required, options, must_be }
    }
}

/// The honest sentence beside a question with a knock-out: what is needed, before anybody answers.
pub fn knock_out(kind: Kind, must_be: Option<&str>) -> Option<String> {
    let must_be = must_be?;
    Some(match (kind, must_be) {
        (Kind::YesNo, "no") => "Für diese Aufgabe ist hier ein Nein nötig. Sonst passt sie leider nicht.".into(),
        (Kind::YesNo, _) => "Für diese Aufgabe ist hier ein Ja nötig. Sonst passt sie leider nicht.".into(),
        (Kind::Number, least) => {
            format!("Für diese Aufgabe ist mindestens {least} nötig. Sonst passt sie leider nicht.")
        }
        (_, option) => format!("Für diese Aufgabe ist „{option}“ nötig. Sonst passt sie leider nicht."),
    })
}

/// Why a set was not saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else has saved meanwhile.
    Changed,
    /// There is nothing new.
    Unchanged,
}

impl Refusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Changed => {
                "Jemand hat die Fragen inzwischen geändert. Deine Fassung steht noch hier; prüfe sie gegen die neue und speichere noch einmal."
            }
            Self::Unchanged => "An den Fragen hat sich nichts geändert.",
        }
    }
}

/// The newest set of a campaign's posting.
pub async fn newest(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Option<QuestionSetId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: QuestionSetId" from question_set where campaign_id = $1 order by version desc limit 1"#,
        campaign.0,
    )
    .fetch_optional(db)
    .await
}

/// The questions of a set, in order.
pub async fn of_set(db: impl PgExecutor<'_>, set: QuestionSetId) -> Result<Vec<Question>, sqlx::Error> {
    sqlx::query_as!(
        Question,
        r#"select id as "id: QuestionId", kind as "kind: Kind", wording, hint, required, options, must_be
           from question where set_id = $1 order by position"#,
        set.0,
    )
    .fetch_all(db)
    .await
}

/// A version of the questions.
#[derive(Debug, Clone)]
pub struct Version {
    pub number: i32,
    pub created_at: OffsetDateTime,
    pub questions: Vec<NewQuestion>,
}

/// Every version of a posting's questions, the newest first.
pub async fn versions(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<Version>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.version, s.created_at, q.kind as "kind?: Kind", q.wording as "wording?", q.hint as "hint?",
                  q.required as "required?", q.options as "options?", q.must_be
           from question_set s left join question q on q.set_id = s.id
           where s.campaign_id = $1 order by s.version desc, q.position"#,
        campaign.0,
    )
    .fetch_all(db)
    .await?;
    let mut versions: Vec<Version> = Vec::new();
    for row in rows {
        if versions.last().is_none_or(|version| version.number != row.version) {
            versions.push(Version { number: row.version, created_at: row.created_at, questions: Vec::new() });
        }
        let question = row.kind.zip(row.wording).map(|(kind, wording)| NewQuestion {
            kind,
            wording,
            hint: row.hint.unwrap_or_default(),
            required: row.required.unwrap_or_default(),
            options: row.options.unwrap_or_default(),
            must_be: row.must_be,
        });
        if let Some(version) = versions.last_mut() {
            version.questions.extend(question);
        }
    }
    Ok(versions)
}

/// Saves a new version, if the newest one is still `base` and differs. Says which version it became.
pub async fn save(
    db: &PgPool,
    campaign: CampaignId,
    base: i32,
    questions: &[NewQuestion],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<i32, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    // One change of a posting's questions at a time.
    sqlx::query!("select campaign_id from posting where campaign_id = $1 for update", campaign.0)
        .fetch_optional(&mut *tx)
        .await?;
    let versions = versions(&mut *tx, campaign).await?;
    let newest = versions.first().map_or(0, |version| version.number);
    if newest != base {
        return Ok(Err(Refusal::Changed));
    }
    if versions.first().is_some_and(|version| version.questions == questions) {
        return Ok(Err(Refusal::Unchanged));
    }
    insert(&mut tx, campaign, newest + 1, questions, Some(by), now).await?;
    audit::note(&mut *tx, Some(by), "posting.questions", &format!("{campaign} {}", newest + 1), now).await?;
    tx.commit().await?;
    Ok(Ok(newest + 1))
}

/// Writes a version; the caller has looked that it is the next one.
pub async fn insert(
    db: &mut PgConnection,
    campaign: CampaignId,
    version: i32,
    questions: &[NewQuestion],
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<QuestionSetId, sqlx::Error> {
    let set = QuestionSetId::new();
    sqlx::query!(
        "insert into question_set (id, campaign_id, version, created_at, created_by) values ($1, $2, $3, $4, $5)",
        set.0,
        campaign.0,
        version,
        now,
        by.map(|account| account.0),
    )
    .execute(&mut *db)
    .await?;
    for (position, question) in (1_i16..).zip(questions) {
        sqlx::query!(
            "insert into question (id, set_id, position, kind, wording, hint, required, options, must_be)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            QuestionId::new().0,
            set.0,
            position,
            question.kind as Kind,
            question.wording,
            question.hint,
            question.required,
            &question.options,
            question.must_be,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knock_out_is_said_before_anybody_answers() {
        assert_eq!(knock_out(Kind::YesNo, None), None);
        let said = |kind, must_be| knock_out(kind, Some(must_be)).unwrap_or_default();
        assert!(said(Kind::YesNo, "yes").contains("ein Ja nötig"));
        assert!(said(Kind::YesNo, "no").contains("ein Nein nötig"));
        assert!(said(Kind::Number, "2").contains("mindestens 2"));
        assert!(said(Kind::Choice, "fließend").contains("„fließend“"));
    }
}
