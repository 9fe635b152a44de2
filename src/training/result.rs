//! The result of a training, with a word to the person: passed opens the first shifts, repeat lets them enrol again.
//!
//! Written by the date's trainer or an administrator, from the beginning of the last day on; corrected by the same, and the
//! person's history keeps each of them.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::date::{self, TrainingDate};
use super::enrolment::State;
use super::{mails, participant, passed};
use crate::accounts::audit;
use crate::config::Config;
use crate::database::constraint;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::qualification;
use crate::id::{AccountId, EnrolmentId};
use crate::mail;

/// Longest word to the person, in characters.
pub const LONGEST_WORD: usize = 1000;

/// Somebody of staff who writes what became of a training.
#[derive(Debug, Clone, Copy)]
pub struct Writer {
    pub account: AccountId,
    pub is_administrator: bool,
}

/// Whether somebody may write what became of this date: its trainer, or an administrator.
pub fn may_write(date: &TrainingDate, by: Writer) -> bool {
    by.is_administrator || by.account == date.trainer
}

/// What becomes of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Repeat,
}

impl Verdict {
    /// The state that the enrolment gets.
    pub fn state(self) -> State {
        match self {
            Self::Passed => State::Passed,
            Self::Repeat => State::Repeat,
        }
    }

    fn event(self) -> Event {
        match self {
            Self::Passed => Event::TrainingPassed,
            Self::Repeat => Event::TrainingToRepeat,
        }
    }
}

/// Why no result can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    NotYours,
    /// The date was cancelled, or the person is not among those who take part.
    NoPart,
    /// The last day has not begun.
    TooSoon,
    /// The person has enrolled again meanwhile, so the old date can no longer be passed.
    EnrolledAgain,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "Diese Anmeldung gibt es nicht mehr.",
            Self::NotYours => "Das Ergebnis schreibt, wer den Termin leitet, oder die Administration.",
            Self::NoPart => "Wer nicht teilgenommen hat, bekommt kein Ergebnis.",
            Self::TooSoon => "Ein Ergebnis gibt es erst, wenn der letzte Tag begonnen hat.",
            Self::EnrolledAgain => "Die Person hat sich inzwischen neu angemeldet. Dort schreibst du das Ergebnis.",
        }
    }
}

fn admit(date: &TrainingDate, state: State, by: Writer, now: OffsetDateTime) -> Result<(), Refusal> {
    match () {
        () if !may_write(date, by) => Err(Refusal::NotYours),
        () if date.cancelled_at.is_some() || !state.takes_part() => Err(Refusal::NoPart),
        () if date.last_starts_at() > now => Err(Refusal::TooSoon),
        () => Ok(()),
    }
}

/// Writes or corrects a result; the person is told.
pub async fn decide(
    db: &PgPool,
    config: &Config,
    id: EnrolmentId,
    (verdict, word): (Verdict, Option<&str>),
    by: Writer,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(before) = participant::find(&mut *tx, id).await? else { return Ok(Err(Refusal::Unknown)) };
    let Some(date) = date::lock(&mut tx, before.date).await? else { return Ok(Err(Refusal::Unknown)) };
    let Some(person) = participant::find(&mut *tx, id).await? else { return Ok(Err(Refusal::Unknown)) };
    if let Err(refusal) = admit(&date, person.state, by, now) {
        return Ok(Err(refusal));
    }
    let written = sqlx::query!(
        "update enrolment set state = $2, result_at = $3, result_by = $4, word = $5 where id = $1",
        id.0,
        verdict.state() as State,
        now,
        by.account.0,
        word,
    )
    .execute(&mut *tx)
    .await;
    match written {
        Err(error) if constraint(&error) == Some("enrolment_live") => return Ok(Err(Refusal::EnrolledAgain)),
        other => other?,
    };
    let step = Note {
        freelancer: person.freelancer,
        campaign: Some(date.campaign),
        event: verdict.event(),
        by: Some(by.account),
        note: word,
    };
    history::note(&mut *tx, step, now).await?;
    mail::enqueue(&mut *tx, &mails::result(config, &date, &person, verdict, word), now).await?;
    match verdict {
        Verdict::Passed => {
            passed::note(&mut *tx, person.freelancer, date.campaign, now).await?;
            // In a campaign without first shifts the passed training qualifies, if nothing else is missing.
            qualification::begin(&mut tx, config, person.freelancer, date.campaign, now).await?;
        }
        Verdict::Repeat => passed::take_back(&mut *tx, person.freelancer, date.campaign).await?,
    }
    audit::note(&mut *tx, Some(by.account), "training.result", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::date::tests::date;
    use time::Duration;

    #[test]
    fn a_result_has_its_time_and_its_writer() {
        let date = date();
        let trainer = Writer { account: date.trainer, is_administrator: false };
        let other = Writer { account: AccountId::new(), is_administrator: false };
        let begun = date.last_starts_at();
        assert_eq!(admit(&date, State::Enrolled, trainer, begun), Ok(()));
        assert_eq!(admit(&date, State::Enrolled, trainer, begun - Duration::SECOND), Err(Refusal::TooSoon));
        assert_eq!(admit(&date, State::Enrolled, other, begun), Err(Refusal::NotYours));
        assert_eq!(admit(&date, State::Repeat, Writer { is_administrator: true, ..other }, begun), Ok(()));
        for state in [State::Waiting, State::Offered, State::Left, State::Lapsed, State::Cancelled] {
            assert_eq!(admit(&date, state, trainer, begun), Err(Refusal::NoPart), "{state:?}");
        }
    }
}
