//! Whether somebody may enrol, wait, accept or leave: a pure function of the facts. Refusals are normal answers, each with its
//! sentence.

use time::OffsetDateTime;

use super::State;
use crate::id::{EnrolmentId, TrainingDateId};
use crate::training::date::TrainingDate;

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
