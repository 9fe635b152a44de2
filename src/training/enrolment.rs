//! Enrolling in a training date, its waiting list, and leaving both. Refusals are normal answers.
//!
//! The date's row is locked first, facts are read under that lock, a pure function decides. The constraints named in
//! [`crate::training`] hold whatever the code does.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::date::{self, TrainingDate};
use super::participant;
use super::{mails, offer};
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::missing::{self, Stage};
use crate::id::{CourseId, EnrolmentId, FreelancerId, TrainingDateId};
use crate::mail;
use crate::shifts::training_day::{self, Overlap};

/// How often a lost race is decided anew before the person is asked to look again.
const ROUNDS: usize = 3;

/// Where somebody stands in a training date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "enrolment_state", rename_all = "snake_case")]
pub enum State {
    /// On the waiting list.
    Waiting,
    /// A freed seat is held for them for a limited time.
    Offered,
    /// Has a seat.
    Enrolled,
    Passed,
    /// To be repeated.
    Repeat,
    /// Left, or declined an offer.
    Left,
    /// An offer ran out, or the date began without a free seat.
    Lapsed,
    /// The date was cancelled.
    Cancelled,
}

impl State {
    /// Whether a seat of the date is theirs or held for them: what `training_date.taken` counts.
    pub fn has_seat(self) -> bool {
        matches!(self, Self::Offered | Self::Enrolled | Self::Passed | Self::Repeat)
    }

    /// Whether they are on the date's list, with or without a seat, and no result is there yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered | Self::Enrolled)
    }

    /// Whether they take part, or took part.
    pub fn takes_part(self) -> bool {
        matches!(self, Self::Enrolled | Self::Passed | Self::Repeat)
    }

    /// Short, as lists name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Warteliste",
            Self::Offered => "Platz angeboten",
            Self::Enrolled => "angemeldet",
            Self::Passed => "bestanden",
            Self::Repeat => "wiederholen",
            Self::Left => "abgemeldet",
            Self::Lapsed => "nicht zustande gekommen",
            Self::Cancelled => "abgesagt",
        }
    }
}

/// The person's live enrolment in the same course, in this date or another.
#[derive(Debug, Clone)]
pub struct Live {
    pub id: EnrolmentId,
    pub date: TrainingDateId,
    pub state: State,
    pub offered_until: Option<OffsetDateTime>,
}

/// All that decides whether somebody may enrol or leave.
#[derive(Debug, Clone)]
pub struct Facts {
    pub date: TrainingDate,
    /// Prepares for the campaign.
    pub is_preparing: bool,
    /// The profile is saved.
    pub has_profile: bool,
    pub live: Option<Live>,
}

/// Why it cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    /// The date was cancelled.
    Cancelled,
    Started,
    CampaignEnded,
    CourseRetired,
    NotPreparing,
    /// The profile is not saved yet.
    NoProfile,
    /// Enrolled in this date, or on its list.
    Already(State),
    /// Enrolled in another date of the course, or on its list.
    Elsewhere,
    Passed,
    Full,
    /// There are seats left: nobody has to wait.
    NotFull,
    Overlap(String),
    /// Nothing to leave, accept or decline.
    NotThere,
    /// No seat is offered to them.
    NoOffer,
    OfferOver,
    /// The deadline for leaving is over; whom to ask.
    TooLate {
        until: String,
        contact: String,
    },
    /// There is a result: nothing to leave any more.
    HasResult,
    /// It kept changing while it was tried.
    Unsettled,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown => "Diesen Termin gibt es nicht mehr.".into(),
            Self::Cancelled => "Dieser Termin ist abgesagt. Bitte wähle einen anderen.".into(),
            Self::Started => "Diese Schulung hat schon begonnen.".into(),
            Self::CampaignEnded => "Diese Kampagne ist beendet; es gibt keine Schulungen mehr.".into(),
            Self::CourseRetired => "Für diese Schulung wird niemand mehr angemeldet.".into(),
            Self::NotPreparing => "Auf diese Kampagne bereitest du dich gerade nicht vor.".into(),
            Self::NoProfile => "Dazu brauchen wir zuerst dein Profil. Speichere es unter „Bereit werden“, dann meldest du dich hier an.".into(),
            Self::Already(State::Waiting) => "Du stehst schon auf der Warteliste.".into(),
            Self::Already(State::Offered) => "Ein Platz ist dir schon angeboten. Du kannst ihn annehmen.".into(),
            Self::Already(_) => "Du bist schon angemeldet.".into(),
            Self::Elsewhere => "Du hast schon einen anderen Termin dieser Schulung oder stehst dort auf der Warteliste. Melde dich erst dort ab.".into(),
            Self::Passed => "Diese Schulung hast du schon bestanden.".into(),
            Self::Full => "Inzwischen sind alle Plätze vergeben. Du kannst dich auf die Warteliste setzen.".into(),
            Self::NotFull => "Es ist noch ein Platz frei: Du kannst dich gleich anmelden.".into(),
            Self::Overlap(sentence) => sentence.clone(),
            Self::NotThere => "Du bist für diesen Termin nicht angemeldet.".into(),
            Self::NoOffer => "Dir ist gerade kein Platz angeboten.".into(),
            Self::OfferOver => "Das Angebot ist abgelaufen; der Platz geht an die nächste Person auf der Warteliste.".into(),
            Self::TooLate { until, contact } => {
                format!("Selbst abmelden konntest du dich bis {until}. Wenn etwas dazwischenkommt, schreib bitte an {contact}.")
            }
            Self::HasResult => "Zu dieser Schulung gibt es schon ein Ergebnis.".into(),
            Self::Unsettled => "Der Termin ändert sich gerade. Bitte sieh noch einmal nach.".into(),
        }
    }
}

impl Facts {
    /// The live enrolment, if it is in this very date.
    pub fn here(&self) -> Option<&Live> {
        self.live.as_ref().filter(|live| live.date == self.date.id)
    }

    fn admit(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        match self.live.as_ref().map(|live| (live.state, live.date == self.date.id)) {
            Some((State::Passed, _)) => return Err(Refusal::Passed),
            Some((state, true)) => return Err(Refusal::Already(state)),
            _ => {}
        }
        match () {
            () if self.date.cancelled_at.is_some() => Err(Refusal::Cancelled),
            () if self.date.starts_at() <= now => Err(Refusal::Started),
            () if self.date.campaign_ended_at.is_some() => Err(Refusal::CampaignEnded),
            () if self.date.retired_at.is_some() => Err(Refusal::CourseRetired),
            () if !self.is_preparing => Err(Refusal::NotPreparing),
            () if !self.has_profile => Err(Refusal::NoProfile),
            () if self.live.is_some() => Err(Refusal::Elsewhere),
            () => Ok(()),
        }
    }

    /// Whether the person may take a seat now, overlaps apart.
    pub fn admit_seat(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        self.admit(now)?;
        if self.date.free() <= 0 { Err(Refusal::Full) } else { Ok(()) }
    }

    /// Whether the person may join the waiting list now.
    pub fn admit_waiting(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        self.admit(now)?;
        if self.date.free() > 0 { Err(Refusal::NotFull) } else { Ok(()) }
    }

    /// Whether the person may leave now: a seat until the deadline, list and offer until the start.
    pub fn admit_leaving(&self, now: OffsetDateTime) -> Result<&Live, Refusal> {
        let Some(live) = self.here() else { return Err(Refusal::NotThere) };
        match live.state {
            State::Passed | State::Repeat => Err(Refusal::HasResult),
            _ if self.date.starts_at() <= now => Err(Refusal::Started),
            State::Enrolled if now > self.date.leave_until => {
                Err(Refusal::TooLate { until: self.date.leave_until_said(), contact: self.date.contact() })
            }
            _ => Ok(live),
        }
    }

    /// Whether the person may take the offered seat now, overlaps apart. The instant at which an offer ends is too late.
    pub fn admit_acceptance(&self, now: OffsetDateTime) -> Result<&Live, Refusal> {
        let Some(live) = self.here() else { return Err(Refusal::NoOffer) };
        match (live.state, live.offered_until) {
            (State::Enrolled, _) => Err(Refusal::Already(State::Enrolled)),
            (State::Offered, Some(until)) if until <= now => Err(Refusal::OfferOver),
            (State::Offered, _) if !self.is_preparing => Err(Refusal::NotPreparing),
            (State::Offered, _) => Ok(live),
            _ => Err(Refusal::NoOffer),
        }
    }
}

/// What became of an attempt, with the date it was about (none: there is no such date).
#[derive(Debug, Clone)]
pub struct Outcome {
    pub date: Option<TrainingDate>,
    pub result: Result<(), Refusal>,
}

/// A step of enrolling or leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes a free seat.
    Enrol,
    /// Joins the waiting list.
    Wait,
    /// Takes the offered seat.
    Accept,
    /// Gives the seat, the offer or the place on the list back.
    Leave,
}

/// Takes one step for a person, with mails and history; a lost race is decided anew.
pub async fn take(
    db: &PgPool,
    config: &Config,
    step: Step,
    (id, freelancer): (TrainingDateId, FreelancerId),
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    for _ in 0..ROUNDS {
        match attempt(db, config, step, (id, freelancer), now).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) if is_contention(&error) => {}
            // Lost to another window; the facts of the next round say how.
            Err(error) if matches!(constraint(&error), Some("enrolment_live" | "training_date_seats")) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome { date: date::find(db, id).await?, result: Err(Refusal::Unsettled) })
}

async fn attempt(
    db: &PgPool,
    config: &Config,
    step: Step,
    (id, freelancer): (TrainingDateId, FreelancerId),
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(locked) = date::lock(&mut tx, id).await? else {
        return Ok(Outcome { date: None, result: Err(Refusal::Unknown) });
    };
    let facts = facts(&mut tx, locked, freelancer, now).await?;
    let result = match step {
        Step::Enrol => enrol(&mut tx, &facts, freelancer, now).await?,
        Step::Wait => wait(&mut tx, &facts, freelancer, now).await?,
        Step::Accept => offer::accept(&mut tx, &facts, freelancer, now).await?,
        Step::Leave => leave(&mut tx, &facts, freelancer, now).await?,
    };
    let (enrolment, event) = match result {
        Ok(done) => done,
        // Nothing of this transaction remains.
        Err(refusal) => return Ok(Outcome { date: Some(facts.date), result: Err(refusal) }),
    };
    note(&mut tx, &facts.date, freelancer, event, now).await?;
    if let Some(person) = participant::find(&mut *tx, enrolment).await? {
        let mail = match event {
            Event::TrainingEnrolled => mails::enrolled(config, &facts.date, &person),
            Event::TrainingWaiting => mails::waiting(config, &facts.date, &person),
            _ => mails::left(config, &facts.date, &person),
        };
        mail::enqueue(&mut *tx, &mail, now).await?;
    }
    if step == Step::Leave {
        offer::advance(&mut tx, config, id, now).await?;
    }
    tx.commit().await?;
    Ok(Outcome { date: Some(facts.date), result: Ok(()) })
}

/// What a step wrote: the enrolment, and the event of the history.
type Done = Result<(EnrolmentId, Event), Refusal>;

async fn enrol(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    if let Err(refusal) = facts.admit_seat(now) {
        return Ok(Err(refusal));
    }
    if let Err(overlap) = training_day::hold(&mut *db, freelancer, &facts.date.day_ids, now).await? {
        return Ok(Err(refused(&overlap, &facts.date)));
    }
    date::count(&mut *db, facts.date.id, 1).await?;
    let id = insert(db, facts, freelancer, State::Enrolled, now).await?;
    Ok(Ok((id, Event::TrainingEnrolled)))
}

async fn wait(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    if let Err(refusal) = facts.admit_waiting(now) {
        return Ok(Err(refusal));
    }
    let id = insert(db, facts, freelancer, State::Waiting, now).await?;
    Ok(Ok((id, Event::TrainingWaiting)))
}

async fn leave(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    let live = match facts.admit_leaving(now) {
        Ok(live) => live,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if live.state == State::Enrolled {
        training_day::free(&mut *db, freelancer, &facts.date.day_ids, now).await?;
    }
    if live.state.has_seat() {
        date::count(&mut *db, facts.date.id, -1).await?;
    }
    end(db, live.id, State::Left, now).await?;
    Ok(Ok((live.id, Event::TrainingLeft)))
}

/// An overlap as a refusal.
pub(super) fn refused(overlap: &Overlap, date: &TrainingDate) -> Refusal {
    match overlap {
        Overlap::Unsettled => Refusal::Unsettled,
        overlap => Refusal::Overlap(overlap.sentence(&date.zone)),
    }
}

async fn insert(
    db: &mut PgConnection,
    facts: &Facts,
    freelancer: FreelancerId,
    state: State,
    now: OffsetDateTime,
) -> Result<EnrolmentId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into enrolment (id, date_id, course_id, freelancer_id, state, joined_at, enrolled_at, sequence)
           select $1, $2, $3, $4, $5, $6, case when $7 then $6::timestamptz end, coalesce(max(sequence) + 1, 0)
           from enrolment where date_id = $2 and freelancer_id = $4
           returning id as "id: EnrolmentId""#,
        EnrolmentId::new().0,
        facts.date.id.0,
        facts.date.course.0,
        freelancer.0,
        state as State,
        now,
        state == State::Enrolled,
    )
    .fetch_one(db)
    .await
}

/// Ends an enrolment without a result; its entry in a calendar grows by its SEQUENCE.
pub(super) async fn end(
    db: &mut PgConnection,
    id: EnrolmentId,
    state: State,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update enrolment set state = $2, ended_at = $3, offered_until = null, sequence = sequence + 1 where id = $1",
        id.0,
        state as State,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes a step in the person's history; by themselves, or by the portal when time did it.
pub(super) async fn note(
    db: &mut PgConnection,
    date: &TrainingDate,
    freelancer: FreelancerId,
    event: Event,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let by = match event {
        Event::TrainingOffered | Event::TrainingLapsed => None,
        _ => Some(freelancer.into()),
    };
    let said = format!("{}: {}", date.title, date.said());
    let step = Note { freelancer, campaign: Some(date.campaign), event, by, note: Some(&said) };
    history::note(db, step, now).await
}

/// Reads what decides; the date is locked by the caller, or this is only for looking.
pub async fn facts(
    db: &mut PgConnection,
    date: TrainingDate,
    freelancer: FreelancerId,
    now: OffsetDateTime,
) -> Result<Facts, sqlx::Error> {
    let is_preparing = sqlx::query_scalar!(
        r#"select exists (select from preparation where freelancer_id = $1 and campaign_id = $2 and ended_at is null) as "preparing!""#,
        freelancer.0,
        date.campaign.0,
    )
    .fetch_one(&mut *db)
    .await?;
    let live = live(&mut *db, freelancer, date.course).await?;
    let missing = missing::load(&mut *db, freelancer, date.campaign, now).await?;
    let has_profile = missing.profile == Stage::Done;
    Ok(Facts { date, is_preparing, has_profile, live })
}

/// The person's live enrolment in a course.
pub async fn live(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    course: CourseId,
) -> Result<Option<Live>, sqlx::Error> {
    sqlx::query_as!(
        Live,
        r#"select id as "id: EnrolmentId", date_id as "date: TrainingDateId", state as "state: State", offered_until
           from enrolment
           where course_id = $1 and freelancer_id = $2 and state in ('waiting', 'offered', 'enrolled', 'passed')"#,
        course.0,
        freelancer.0,
    )
    .fetch_optional(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::date::tests::date;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

    fn facts() -> Facts {
        Facts { date: date(), is_preparing: true, has_profile: true, live: None }
    }

    fn with(state: State) -> Facts {
        let facts = facts();
        let until = (state == State::Offered).then_some(NOW + Duration::HOUR);
        let live = Live { id: EnrolmentId::new(), date: facts.date.id, state, offered_until: until };
        Facts { live: Some(live), ..facts }
    }

    #[test]
    fn each_reason_is_a_sentence() {
        assert_eq!(facts().admit_seat(NOW), Ok(()));
        assert_eq!(facts().admit_waiting(NOW), Err(Refusal::NotFull));
        let full = Facts { date: TrainingDate { taken: 8, ..date() }, ..facts() };
        assert_eq!(full.admit_seat(NOW), Err(Refusal::Full));
        assert_eq!(full.admit_waiting(NOW), Ok(()));
        assert_eq!(Facts { is_preparing: false, ..facts() }.admit_seat(NOW), Err(Refusal::NotPreparing));
        assert_eq!(Facts { has_profile: false, ..facts() }.admit_waiting(NOW), Err(Refusal::NoProfile));
        let retired = Facts { date: TrainingDate { retired_at: Some(NOW), ..date() }, ..facts() };
        assert_eq!(retired.admit_seat(NOW), Err(Refusal::CourseRetired));
        assert_eq!(facts().admit_seat(date().starts_at()), Err(Refusal::Started));
        assert_eq!(with(State::Passed).admit_seat(NOW), Err(Refusal::Passed));
        assert_eq!(with(State::Waiting).admit_waiting(NOW), Err(Refusal::Already(State::Waiting)));
        let elsewhere = Facts { date: date(), ..with(State::Enrolled) };
        assert_eq!(elsewhere.admit_seat(NOW), Err(Refusal::Elsewhere));
    }

    #[test]
    fn one_leaves_until_the_deadline_and_its_last_instant_is_in_time() {
        let facts = with(State::Enrolled);
        let until = facts.date.leave_until;
        assert!(facts.admit_leaving(until).is_ok());
        let late = facts.admit_leaving(until + Duration::SECOND).unwrap_err();
        assert!(late.sentence().contains("So, 6.12.2026, 09:00 Uhr") && late.sentence().contains("Thea"), "{late:?}");
        assert!(with(State::Waiting).admit_leaving(until + Duration::SECOND).is_ok(), "the list binds nobody");
        assert_eq!(with(State::Waiting).admit_leaving(facts.date.starts_at()).unwrap_err(), Refusal::Started);
        assert_eq!(with(State::Passed).admit_leaving(NOW).unwrap_err(), Refusal::HasResult);
    }

    #[test]
    fn an_offer_ends_at_its_instant() {
        let offered = with(State::Offered);
        assert!(offered.admit_acceptance(NOW + Duration::minutes(59)).is_ok());
        assert_eq!(offered.admit_acceptance(NOW + Duration::HOUR).unwrap_err(), Refusal::OfferOver);
        assert_eq!(with(State::Waiting).admit_acceptance(NOW).unwrap_err(), Refusal::NoOffer);
    }
}
