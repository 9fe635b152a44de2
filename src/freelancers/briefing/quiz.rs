//! The quiz: all answers at once, each wrong one explained, repeated until right. What was right stays right.

use std::collections::BTreeMap;

use sqlx::PgExecutor;
use time::OffsetDateTime;

use super::{Progress, Question};
use crate::id::{BriefingQuestionId, FreelancerId};

/// What was chosen: question → number of the answer, from 1.
pub type Chosen = BTreeMap<BriefingQuestionId, i16>;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answered rightly, now or before.
    Right,
    Wrong,
    /// Not answered yet.
    Open,
}

/// Judges one question.
pub fn judge(question: &Question, progress: &Progress, chosen: &Chosen) -> Verdict {
    match chosen.get(&question.id) {
        _ if progress.right.contains(&question.id) => Verdict::Right,
        Some(answer) if *answer == question.right => Verdict::Right,
        Some(_) => Verdict::Wrong,
        None => Verdict::Open,
    }
}

/// Keeps the right answers of somebody.
pub async fn keep(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    right: &[BriefingQuestionId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into briefing_answer (question_id, freelancer_id, answered_at) select q, $1, $3 from unnest($2::uuid[]) as q
         on conflict on constraint briefing_answer_once do nothing",
        freelancer.0,
        &right.iter().map(|id| id.0).collect::<Vec<_>>(),
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_right_stays_right() {
        let id = BriefingQuestionId::new();
        let answers = vec!["ja".into(), "nein".into()];
        let question = Question { id, wording: "?".into(), answers, right: 2, explanation: "weil".into() };
        let none = Progress::default();
        assert_eq!(judge(&question, &none, &Chosen::new()), Verdict::Open);
        assert_eq!(judge(&question, &none, &Chosen::from([(id, 1)])), Verdict::Wrong);
        assert_eq!(judge(&question, &none, &Chosen::from([(id, 2)])), Verdict::Right);
        let before = Progress { right: vec![id], confirmed_at: None };
        assert_eq!(judge(&question, &before, &Chosen::from([(id, 1)])), Verdict::Right);
        assert_eq!(question.right_text(), "nein");
    }
}
