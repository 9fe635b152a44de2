//! The confirmation: of the latest version, after the whole quiz; kept with its time, and lifting what it barred.

use sqlx::PgPool;
use time::OffsetDateTime;

use crate::freelancers::bar::{self, Cause};
use crate::freelancers::history::{self, Event, Note};
use crate::id::{BriefingId, FreelancerId};

/// Why it was not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is a newer version, or this one is none.
    NotLatest,
    /// So many questions have no right answer yet.
    QuizOpen(i64),
}

impl Refusal {
    /// The sentence of the message.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotLatest => "Inzwischen gibt es eine neuere Fassung. Bitte lies sie und beantworte ihre Fragen.",
            Self::QuizOpen(1) => "Eine Frage ist noch offen. Danach kannst du bestätigen.",
            Self::QuizOpen(_) => "Einige Fragen sind noch offen. Danach kannst du bestätigen.",
        }
    }
}

/// What decides it.
struct Facts {
    is_latest: bool,
    open: i64,
}

impl Facts {
    fn admit(&self) -> Result<(), Refusal> {
        match self {
            Self { is_latest: false, .. } => Err(Refusal::NotLatest),
            Self { open: 1.., .. } => Err(Refusal::QuizOpen(self.open)),
            _ => Ok(()),
        }
    }
}

/// Confirms a version; again is no mistake.
pub async fn confirm(
    db: &PgPool,
    freelancer: FreelancerId,
    version: BriefingId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    // A publication holds the version before it: what is read after this line is the last word.
    sqlx::query!("select id from briefing_version where id = $1 for share", version.0).fetch_optional(&mut *tx).await?;
    let facts = sqlx::query_as!(
        Facts,
        r#"select coalesce($1 = (select id from briefing_version where published_at <= $3 order by version desc limit 1), false)
                      as "is_latest!",
                  (select count(*) from briefing_question q where q.version_id = $1 and not exists (
                      select from briefing_answer a where a.question_id = q.id and a.freelancer_id = $2)) as "open!""#,
        version.0,
        freelancer.0,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    if let Err(refusal) = facts.admit() {
        return Ok(Err(refusal));
    }
    let confirmed = sqlx::query!(
        "insert into briefing_confirmation (version_id, freelancer_id, confirmed_at) values ($1, $2, $3)
         on conflict on constraint briefing_confirmation_once do nothing",
        version.0,
        freelancer.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if confirmed.rows_affected() == 1 {
        bar::lift_all(&mut tx, freelancer, Cause::Briefing).await?;
        let step = Note {
            freelancer,
            campaign: None,
            event: Event::BriefingConfirmed,
            by: Some(freelancer.into()),
            note: None,
        };
        history::note(&mut *tx, step, now).await?;
    }
    tx.commit().await.map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_and_only_after_the_quiz() {
        let admit = |is_latest, open| Facts { is_latest, open }.admit();
        assert_eq!(admit(true, 0), Ok(()));
        assert_eq!(admit(true, 2), Err(Refusal::QuizOpen(2)));
        assert_eq!(admit(false, 0), Err(Refusal::NotLatest));
    }
}
