//! Sending an application: everything that is still open is said at once, and a second press sends nothing twice.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::answer::{self, Answers};
use super::begin::{self, Of, Target};
use super::mails;
use super::profile::{self, Profile};
use super::words;
use crate::accounts::limit;
use crate::applications::application::{self, Application, State};
use crate::applications::pipeline::due_on;
use crate::campaigns::posting::{self, Posting};
use crate::campaigns::question::{self, Question};
use crate::campaigns::{country, language};
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{ApplicantId, ApplicationId, QuestionSetId};
use crate::mail;
use crate::retention::{dossier, gone, hold};

/// Applications that somebody may send within [`limit::WINDOW`]: each causes a mail, and work for staff.
const SENT: i32 = 6;

/// The step of the form on which something is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Profile,
    Questions,
}

/// Something that is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub step: Step,
    /// The field on that step's page, for the link; empty: the page as a whole.
    pub field: String,
    pub sentence: String,
    /// Whether nothing that one could type helps: this posting is for others.
    pub knock_out: bool,
}

/// What decides whether an application can be sent.
#[derive(Debug, Clone)]
pub struct Facts {
    pub application: Application,
    pub posting: Posting,
    pub profile: Profile,
    /// The set that the answers are to be given to: the newest one of a draft, later the one that was answered.
    pub set: QuestionSetId,
    pub questions: Vec<Question>,
    pub answers: Answers,
    /// Whether staff edited the questions since the draft was saved.
    pub has_new_questions: bool,
    pub has_introduction: bool,
}

impl Facts {
    /// Everything that is still open, in the order of the form.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self
            .profile
            .missing()
            .into_iter()
            .map(|(field, sentence)| Gap::open(Step::Profile, field, sentence))
            .collect();
        gaps.extend(self.restrictions());
        if self.has_new_questions {
            let sentence = "Die Fragen zu dieser Stelle haben sich geändert. Sieh sie dir bitte noch einmal an.";
            gaps.push(Gap::open(Step::Questions, "", sentence));
        }
        gaps.extend(self.questions.iter().filter_map(|question| self.gap_of(question)));
        gaps
    }

    /// What the posting says about country and language (FAQ facts 1, 5).
    pub fn restrictions(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let (posting, profile) = (&self.posting, &self.profile);
        if let Some(country) = &profile.country
            && !posting.countries.is_empty()
            && !posting.countries.contains(country)
        {
            let sentence = format!(
                "Diese Stelle ist nur aus {} möglich.",
                words::listed(posting.countries.iter().map(|c| country::name(c)))
            );
            gaps.push(Gap { knock_out: true, ..Gap::open(Step::Profile, "country", sentence) });
        }
        let lacking: Vec<&str> =
            posting.languages.iter().filter(|l| !profile.languages.contains(l)).map(|l| language::name(l)).collect();
        if !profile.languages.is_empty() && !lacking.is_empty() {
            let sentence = format!("Für diese Stelle braucht es fließend {}.", words::listed(lacking.into_iter()));
            gaps.push(Gap { knock_out: true, ..Gap::open(Step::Profile, "languages", sentence) });
        }
        gaps
    }

    fn gap_of(&self, question: &Question) -> Option<Gap> {
        let given = self.answers.get(&question.id).map(String::as_str);
        let gap =
            |sentence: String| Gap::open(Step::Questions, field(question), format!("{} {sentence}", question.wording));
        match given {
            None => answer::prove(question, "").err().map(gap),
            Some(given) if answer::is_knocked_out(question, given) => {
                answer::condition(question).map(|sentence| Gap { knock_out: true, ..gap(sentence) })
            }
            Some(_) => None,
        }
    }
}

impl Gap {
    fn open(step: Step, field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { step, field: field.into(), sentence: sentence.into(), knock_out: false }
    }
}

/// The name of a question's field.
pub fn field(question: &Question) -> String {
    format!("q-{}", question.id)
}

/// What is known about an application of this person; somebody else's is not there.
pub async fn facts(
    db: &mut PgConnection,
    id: ApplicationId,
    applicant: ApplicantId,
) -> Result<Option<Facts>, sqlx::Error> {
    let Some(application) = application::find_own(&mut *db, id, applicant).await? else { return Ok(None) };
    let Some(posting) = posting::find(&mut *db, &application.slug).await? else { return Ok(None) };
    let profile = profile::find(&mut *db, applicant).await?.unwrap_or_default();
    let given = answer::of_application(&mut *db, id).await?;
    let newest = match application.state {
        State::Draft => question::newest(&mut *db, application.campaign).await?,
        _ => None,
    };
    let set = newest.unwrap_or(application.question_set);
    let questions = question::of_set(&mut *db, set).await?;
    let has_new_questions = set != application.question_set;
    let answers = if has_new_questions {
        let old = question::of_set(&mut *db, application.question_set).await?;
        answer::carry_over(&old, &given, &questions)
    } else {
        given
    };
    let has_introduction =
        sqlx::query_scalar!(r#"select exists (select from introduction where application_id = $1) as "there!""#, id.0)
            .fetch_one(db)
            .await?;
    Ok(Some(Facts { application, posting, profile, set, questions, answers, has_new_questions, has_introduction }))
}

/// Why an application was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is on its way already; nothing was sent twice.
    Already,
    /// Withdrawn, or decided.
    Over,
    /// Nobody can apply any more.
    Closed,
    /// Something is still open; the page says what.
    Incomplete,
    /// More than [`SENT`] within [`limit::WINDOW`]: sent, withdrawn, sent again.
    TooOften,
}

impl Refusal {
    /// The sentence shown to the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Already => "Deine Bewerbung ist schon bei uns.",
            Self::Over => "Diese Bewerbung ist abgeschlossen.",
            Self::Closed => "Diese Stelle ist inzwischen besetzt oder geschlossen.",
            Self::Incomplete => "Es fehlt noch etwas.",
            Self::TooOften => "Das waren gerade viele Bewerbungen nacheinander. Bitte warte eine Viertelstunde.",
        }
    }
}

/// Sends a draft and writes the receipt.
pub async fn submit(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    // One at a time: of two presses at once the second finds it sent.
    lock(&mut tx, id).await?;
    let Some(facts) = facts(&mut tx, id, applicant).await? else { return Ok(Err(Refusal::Over)) };
    match facts.application.state {
        State::Draft => {}
        state if state.is_open() => return Ok(Err(Refusal::Already)),
        _ => return Ok(Err(Refusal::Over)),
    }
    if !facts.posting.is_open() {
        return Ok(Err(Refusal::Closed));
    }
    if !facts.gaps().is_empty() {
        return Ok(Err(Refusal::Incomplete));
    }
    if !send(&mut tx, config, id, applicant, now).await? {
        return Ok(Err(Refusal::TooOften));
    }
    tx.commit().await.map(Ok)
}

/// The short path of freelancers: their answers make an application that is sent at once; their profile is known.
pub async fn submit_short(
    db: &PgPool,
    config: &Config,
    target: Target<'_>,
    applicant: ApplicantId,
    answers: &Answers,
    now: OffsetDateTime,
) -> Result<Result<ApplicationId, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    begin::ensure_confirmed(&mut tx, applicant, now).await?;
    let draft = begin::ensure_draft(&mut tx, applicant, target, Of::SignedIn, now).await?;
    let Some(id) = draft else { return Ok(Err(Refusal::Over)) };
    lock(&mut tx, id).await?;
    let state = application::find_own(&mut *tx, id, applicant).await?.map(|a| a.state);
    if state != Some(State::Draft) {
        return Ok(Err(Refusal::Already));
    }
    answer::save(&mut tx, id, target.questions, answers, now).await?;
    if !send(&mut tx, config, id, applicant, now).await? {
        return Ok(Err(Refusal::TooOften));
    }
    tx.commit().await?;
    Ok(Ok(id))
}

async fn lock(db: &mut PgConnection, id: ApplicationId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from application where id = $1 for update", id.0).fetch_optional(db).await.map(drop)
}

/// Turns a draft into a sent application and writes the receipt; false if the person sent too many just now.
async fn send(
    db: &mut PgConnection,
    config: &Config,
    id: ApplicationId,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    if limit::turn(&mut *db, &format!("submission {applicant}"), SENT, now).await?.is_err() {
        return Ok(false);
    }
    let today = Zone::berlin().date(now);
    sqlx::query!(
        "update application a set
             state = case when exists (select from introduction i where i.application_id = a.id) then 'introduced' else 'new' end::application_state,
             introduced_at = (select i.sent_at from introduction i where i.application_id = a.id),
             submitted_at = $2, submitted_on = $3, edited_at = $2,
             due_on = case when exists (select from introduction i where i.application_id = a.id) then $4::date else $5 end
         where id = $1 and state = 'draft'",
        id.0,
        now,
        today,
        due_on(State::Introduced, today),
        due_on(State::New, today),
    )
    .execute(&mut *db)
    .await?;
    let sent = application::find_own(&mut *db, id, applicant).await?.ok_or(sqlx::Error::RowNotFound)?;
    let erased = dossier::day_of(&mut *db, id, now).await?;
    mail::enqueue(&mut *db, &mails::received(config, &sent, erased), now).await?;
    Ok(true)
}

/// Why answers stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// Staff read them.
    Read,
    /// A legal hold keeps those that were sent.
    Held,
    /// Withdrawn, or decided.
    Over,
    /// Staff edited the questions while they were being answered.
    OtherQuestions,
}

impl Fixed {
    /// Why answers of this application stay as they are; none: they can be changed.
    pub fn of(application: &Application, is_held: bool) -> Option<Self> {
        match application.state {
            State::Draft => None,
            state if !state.is_open() => Some(Self::Over),
            State::New | State::Introduced if application.review_started_at.is_none() => is_held.then_some(Self::Held),
            _ => Some(Self::Read),
        }
    }

    /// The sentence shown to the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Read => "Deine Antworten werden schon gelesen und bleiben deshalb, wie sie sind.",
            Self::Held => {
                "Deine Antworten müssen wir wegen einer rechtlichen Auseinandersetzung so aufheben, wie sie sind."
            }
            Self::Over => "Diese Bewerbung ist abgeschlossen.",
            Self::OtherQuestions => "Die Fragen haben sich inzwischen geändert. Sieh sie dir bitte noch einmal an.",
        }
    }
}

/// Saves answers of a draft, or corrected ones.
pub async fn save_answers(
    db: &PgPool,
    facts: &Facts,
    answers: &Answers,
    now: OffsetDateTime,
) -> Result<Result<(), Fixed>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let application = &facts.application;
    gone::keep_waiting(&mut *tx, application.id).await?;
    lock(&mut tx, application.id).await?;
    let today = Zone::berlin().date(now);
    let is_held = hold::until(&mut *tx, application.applicant.into(), today).await?.is_some();
    let locked = self::facts(&mut tx, application.id, application.applicant).await?;
    let Some(locked) = locked else { return Ok(Err(Fixed::Over)) };
    if let Some(fixed) = Fixed::of(&locked.application, is_held) {
        return Ok(Err(fixed));
    }
    if locked.set != facts.set {
        return Ok(Err(Fixed::OtherQuestions));
    }
    answer::save(&mut tx, application.id, facts.set, answers, now).await?;
    tx.commit().await.map(Ok)
}
