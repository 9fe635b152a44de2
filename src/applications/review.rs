//! Staff look at an application: the review begins, its due date moves, a question goes out, an interview is offered and held.
//!
//! Each step is one guarded statement on the state: of two people at once the second gets a sentence.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::application::{self, Application, State};
use super::mail_text::Key;
use super::mails::{self, Said};
use super::note;
use super::pipeline::{self, Step, label};
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{AccountId, ApplicationId};
use crate::retention::gone;

/// How far ahead a due date may lie.
pub const FURTHEST_DUE: Duration = Duration::days(180);
/// Longest question by mail, in characters.
pub const LONGEST_QUESTION: usize = 1500;
/// What stands before a question that is kept as a note.
const ASKED: &str = "Rückfrage per Mail: ";

/// Why the review did not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeginRefusal {
    Already,
    NothingYet,
    Closed(State),
}

impl BeginRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        match self {
            Self::Already => "Die Sichtung hat schon begonnen.".into(),
            Self::NothingYet => "Es gibt noch keine Vorstellung, die man sichten könnte.".into(),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Begins the review: from now on the introduction can no longer be replaced.
pub async fn begin(
    db: &PgPool,
    id: ApplicationId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), BeginRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "update application set review_started_at = $2
         where id = $1 and review_started_at is null and introduced_at is not null
           and state in ('introduced', 'invited', 'talked')",
        id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(match state(&mut *tx, id).await? {
            State::New => BeginRefusal::NothingYet,
            open if open.is_open() => BeginRefusal::Already,
            closed => BeginRefusal::Closed(closed),
        }));
    }
    pipeline::note_step(&mut tx, id, Step::Review, Some(by), now).await?;
    tx.commit().await.map(Ok)
}

/// Why a due date was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueRefusal {
    Past,
    TooFar,
    Closed(State),
}

impl DueRefusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> String {
        match self {
            Self::Past => "Der Tag liegt in der Vergangenheit.".into(),
            Self::TooFar => format!("Der Tag liegt mehr als {} Tage voraus.", FURTHEST_DUE.whole_days()),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Moves the day until which the next step is due.
pub async fn set_due(
    db: &PgPool,
    id: ApplicationId,
    day: Date,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), DueRefusal>, sqlx::Error> {
    let today = Zone::berlin().date(now);
    if day < today {
        return Ok(Err(DueRefusal::Past));
    }
    if day - today > FURTHEST_DUE {
        return Ok(Err(DueRefusal::TooFar));
    }
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "update application set due_on = $2 where id = $1 and state in ('new', 'introduced', 'invited', 'talked')",
        id.0,
        day,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(DueRefusal::Closed(state(&mut *tx, id).await?)));
    }
    pipeline::note_step(&mut tx, id, Step::Due, Some(by), now).await?;
    tx.commit().await.map(Ok)
}

/// Why nobody was invited to an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteRefusal {
    Already,
    Talked,
    Closed(State),
}

impl InviteRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        match self {
            Self::Already => "Die Einladung zum Gespräch ist schon raus. Es ging keine zweite Mail weg.".into(),
            Self::Talked => "Das Gespräch hat schon stattgefunden.".into(),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Invites the applicant to choose a slot for the interview.
pub async fn invite(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), InviteRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let done = sqlx::query!(
        "update application set state = 'invited', due_on = $3,
             review_started_at = case when introduced_at is not null then coalesce(review_started_at, $2) end
         where id = $1 and state in ('new', 'introduced')",
        id.0,
        now,
        pipeline::due_on(State::Invited, Zone::berlin().date(now)),
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(match state(&mut *tx, id).await? {
            State::Talked => InviteRefusal::Talked,
            open if open.is_open() => InviteRefusal::Already,
            closed => InviteRefusal::Closed(closed),
        }));
    }
    pipeline::note_step(&mut tx, id, Step::Invited, Some(by), now).await?;
    send(&mut tx, config, Key::Invitation, id, "", now).await?;
    tx.commit().await.map(Ok)
}

/// Why an interview was not marked as held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkRefusal {
    Already,
    NotInvited,
    Closed(State),
}

impl TalkRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        match self {
            Self::Already => "Das Gespräch ist schon als geführt vermerkt.".into(),
            Self::NotInvited => "Zu einem Gespräch ist noch niemand eingeladen.".into(),
            Self::Closed(state) => closed(state),
        }
    }
}

/// Notes that the interview took place.
pub async fn talked(
    db: &PgPool,
    id: ApplicationId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), TalkRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "update application set state = 'talked', due_on = $2 where id = $1 and state = 'invited'",
        id.0,
        pipeline::due_on(State::Talked, Zone::berlin().date(now)),
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(match state(&mut *tx, id).await? {
            State::Talked => TalkRefusal::Already,
            open if open.is_open() => TalkRefusal::NotInvited,
            closed => TalkRefusal::Closed(closed),
        }));
    }
    pipeline::note_step(&mut tx, id, Step::Talked, Some(by), now).await?;
    tx.commit().await.map(Ok)
}

/// Why a question was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskRefusal {
    Closed(State),
}

impl AskRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> String {
        let Self::Closed(state) = self;
        closed(state)
    }
}

/// Asks the applicant something by mail; the question is kept as a note.
pub async fn ask(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    question: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), AskRefusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    // The row's lock: no mail to somebody who is refused at the same moment.
    let open = sqlx::query_scalar!(
        r#"select state in ('new', 'introduced', 'invited', 'talked') as "open!" from application where id = $1 for update"#,
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if open != Some(true) {
        return Ok(Err(AskRefusal::Closed(state(&mut *tx, id).await?)));
    }
    note::add(&mut *tx, id, by, &format!("{ASKED}{question}"), now).await?;
    pipeline::note_step(&mut tx, id, Step::Asked, Some(by), now).await?;
    send(&mut tx, config, Key::Question, id, question, now).await?;
    tx.commit().await.map(Ok)
}

/// One open application with its row locked or changed in this transaction, and the mail about it.
async fn send(
    db: &mut PgConnection,
    config: &Config,
    key: Key,
    id: ApplicationId,
    question: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let application = written(&mut *db, id).await?;
    let said = Said { question, ..Said::default() };
    mails::send(db, config, key, &application, &said, now).await
}

/// The application as this transaction left it.
pub(super) async fn written(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Application, sqlx::Error> {
    application::find(db, id).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Where an application stands after a statement found that it may not be changed; one that is gone counts as withdrawn.
pub(super) async fn state(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<State, sqlx::Error> {
    pipeline::state(db, id).await.map(|state| state.unwrap_or(State::Withdrawn))
}

/// `Diese Bewerbung ist inzwischen abgesagt.`
pub(super) fn closed(state: State) -> String {
    format!("Diese Bewerbung ist inzwischen {}. Es wurde nichts geändert.", label(state))
}
