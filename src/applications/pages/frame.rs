//! What the pages of one application share: its title, the line of steps, and the day on which it is erased.

use time::OffsetDateTime;

use crate::applications::application::{Application, State};
use crate::applications::closing::Fate;
use crate::applications::form::submission::{self, Facts};
use crate::applications::introduction;
use crate::clock::Zone;
use crate::id::ApplicationId;
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::retention::day::ErasureDay;
use crate::retention::{Periods, dossier};
use crate::web::{Error, Me};

/// A step of the line.
pub struct Step {
    pub label: &'static str,
    /// Where a step that is done leads.
    pub path: Option<String>,
    pub is_done: bool,
    pub is_current: bool,
}

/// The page that is shown; it is the current step of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    Home,
    Profile,
    Questions,
    Introduction,
    Submission,
}

/// What the pages of one application share.
pub struct Frame {
    pub title: String,
    pub slug: String,
    /// `/bewerbung/{id}`
    pub path: String,
    pub steps: Vec<Step>,
    pub is_draft: bool,
    /// When everything of this application is gone, as things stand.
    pub erased: Option<ErasureDay>,
    /// What becomes of the introduction when the application is over.
    pub fate: Fate,
    /// Whether an introduction can be sent or replaced now, or why not.
    pub introduction: Result<(), introduction::Refusal>,
    pub policy: Policy,
}

impl Frame {
    /// The application of this person with its frame; somebody else's is not there.
    pub async fn load(
        portal: &Portal,
        me: &Me,
        id: ApplicationId,
        here: Here,
        now: OffsetDateTime,
    ) -> Result<(Facts, Self), Error> {
        let mut connection = portal.db.acquire().await?;
        let facts = submission::facts(&mut connection, id, me.account.into()).await?.ok_or(Error::NotFound)?;
        drop(connection);
        let policy = policy::at(&portal.db, now).await?;
        let clock = dossier::facts_of(&portal.db, id).await?;
        let today = Zone::berlin().date(now);
        let erased = clock.and_then(|clock| ErasureDay::of(&clock, &Periods::from(&policy), today));
        let is_held = erased.is_some_and(|day| day.is_held());
        let application = &facts.application;
        let fate = Fate::of(application.introduced_at.is_some(), facts.has_introduction, is_held);
        let frame = Self {
            title: application.title.clone(),
            slug: application.slug.clone(),
            path: format!("/bewerbung/{id}"),
            steps: if application.state == State::Draft { draft_steps(&facts, here) } else { sent_steps(application) },
            is_draft: application.state == State::Draft,
            erased,
            introduction: introduction::admit(application.state, application.review_started_at, fate),
            fate,
            policy,
        };
        Ok((facts, frame))
    }

    /// Whether a legal hold keeps it now, whatever the person wished.
    pub fn is_held(&self) -> bool {
        self.erased.is_some_and(|day| day.is_held())
    }

    /// How long a sent application is kept: `6 Monate`.
    pub fn kept(&self) -> String {
        self.policy.said(Figure::ErasureMonths)
    }
}

/// The form's steps; one that is done can be opened again.
fn draft_steps(facts: &Facts, here: Here) -> Vec<Step> {
    let gaps = facts.gaps();
    let is_done = |step| !gaps.iter().any(|gap| gap.step == step);
    let path = |name: &str| format!("/bewerbung/{}/{name}", facts.application.id);
    let steps = [
        ("Über dich", "angaben", is_done(submission::Step::Profile), Here::Profile),
        ("Fragen", "fragen", is_done(submission::Step::Questions), Here::Questions),
        ("Vorstellung", "vorstellung", facts.has_introduction, Here::Introduction),
        ("Absenden", "absenden", false, Here::Submission),
    ];
    let step = |(label, name, is_done, place)| Step {
        label,
        path: (place != here).then(|| path(name)),
        is_done: is_done && place != here,
        is_current: place == here,
    };
    steps.map(step).into()
}

/// What has happened since it was sent, and what is going on.
fn sent_steps(application: &Application) -> Vec<Step> {
    let reached = match application.state {
        State::Draft | State::New => 1,
        State::Introduced => 2,
        State::Invited => 3,
        State::Talked => 4,
        State::Accepted => 5,
        // Over: nothing is going on.
        State::Refused | State::Withdrawn => return Vec::new(),
    };
    let labels = ["Abgeschickt", "Vorstellung", "Durchsicht", "Gespräch", "Entscheidung"];
    let step = |(at, label)| Step { label, path: None, is_done: at < reached, is_current: at == reached };
    // Who is invited without an introduction has left that step out.
    let was_skipped = |at| at == 1 && reached > 1 && application.introduced_at.is_none();
    labels.into_iter().enumerate().filter(|(at, _)| !was_skipped(*at)).map(step).collect()
}
