//! Opinions by fixed criteria. Nobody sees another's before giving their own, so that two people really look.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::application::State;
use super::pipeline;
use crate::id::{AccountId, ApplicationId};

/// Longest word beside an opinion, in characters.
pub const LONGEST: usize = 2000;

/// An answer to one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Yes,
    Unsure,
    No,
}

impl Verdict {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Yes, Self::Unsure, Self::No];

    /// Its word in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Yes => "ja",
            Self::Unsure => "unsicher",
            Self::No => "nein",
        }
    }

    /// The verdict of this word.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.key() == key)
    }
}

/// The criteria: field of the form, and the question.
pub const CRITERIA: [(&str, &str); 5] = [
    ("service", "Zugewandt im Umgang mit Kund*innen"),
    ("language", "Sicher in der Sprache"),
    ("clarity", "Gut zu verstehen"),
    ("equipment", "Ausstattung passt"),
    ("overall", "Insgesamt: passt zu uns"),
];

/// An opinion that was given: verdicts in the order of [`CRITERIA`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOpinion {
    pub verdicts: [Verdict; 5],
    pub body: String,
}

/// An opinion with its author.
#[derive(Debug, Clone)]
pub struct Opinion {
    pub author: AccountId,
    pub name: String,
    pub at: OffsetDateTime,
    pub verdicts: [Verdict; 5],
    pub body: String,
}

/// The opinions that somebody may see.
#[derive(Debug, Clone, Default)]
pub struct Opinions {
    pub own: Option<Opinion>,
    /// Other people's; empty until one's own is given.
    pub others: Vec<Opinion>,
    /// How many other people gave theirs.
    pub given: i64,
}

/// Why an opinion was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Closed(State),
}

impl Refusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        let Self::Closed(state) = self;
        format!("Diese Bewerbung ist inzwischen {}. Eine Einschätzung ist nicht mehr nötig.", pipeline::label(state))
    }
}

/// The opinions that this member of staff may see.
pub async fn seen_by(db: &PgPool, application: ApplicationId, viewer: AccountId) -> Result<Opinions, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.author_id as "author: AccountId", a.name, o.at, o.service as "service: Verdict",
                  o.language as "language: Verdict", o.clarity as "clarity: Verdict", o.equipment as "equipment: Verdict",
                  o.overall as "overall: Verdict", o.body
           from opinion o join account a on a.id = o.author_id
           where o.application_id = $1
             and exists (select from opinion m where m.application_id = $1 and m.author_id = $2)
           order by o.at, o.author_id"#,
        application.0,
        viewer.0,
    )
    .fetch_all(db)
    .await?;
    let given = others(db, application, viewer).await?;
    let all = rows.into_iter().map(|r| Opinion {
        author: r.author,
        name: r.name,
        at: r.at,
        verdicts: [r.service, r.language, r.clarity, r.equipment, r.overall],
        body: r.body,
    });
    let (own, others): (Vec<_>, Vec<_>) = all.partition(|opinion| opinion.author == viewer);
    Ok(Opinions { own: own.into_iter().next(), others, given })
}

async fn others(db: impl PgExecutor<'_>, application: ApplicationId, viewer: AccountId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from opinion where application_id = $1 and author_id <> $2"#,
        application.0,
        viewer.0,
    )
    .fetch_one(db)
    .await
}

/// Gives one's own opinion, or changes it, while the application is open.
pub async fn give(
    db: &PgPool,
    application: ApplicationId,
    author: AccountId,
    new: &NewOpinion,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let [service, language, clarity, equipment, overall] = new.verdicts;
    let done = sqlx::query!(
        "insert into opinion (application_id, author_id, at, service, language, clarity, equipment, overall, body)
         select a.id, $2, $3, $4, $5, $6, $7, $8, $9 from application a
         where a.id = $1 and a.state in ('new', 'introduced', 'invited', 'talked')
         on conflict on constraint opinion_once do update set at = $3, service = $4, language = $5, clarity = $6,
             equipment = $7, overall = $8, body = $9",
        application.0,
        author.0,
        now,
        service as Verdict,
        language as Verdict,
        clarity as Verdict,
        equipment as Verdict,
        overall as Verdict,
        new.body,
    )
    .execute(db)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Ok(()));
    }
    let state = pipeline::state(db, application).await?.unwrap_or(State::Withdrawn);
    Ok(Err(Refusal::Closed(state)))
}
