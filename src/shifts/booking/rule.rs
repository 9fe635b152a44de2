//! Whether a person may book or release a shift: a pure function of the facts. Refusals are normal answers, each with its
//! sentence.

use time::{Duration, OffsetDateTime};

use crate::campaigns::campaign::Channel;
use crate::clock::{Zone, german};
use crate::freelancers::qualification;
use crate::id::{BookingId, CampaignId, ShiftId};
use crate::shifts::kind::Kind;
use crate::shifts::said;

/// For so long after booking a seat may be released whatever the deadline (product.md part 5).
pub const FREE_RELEASE: Duration = Duration::minutes(5);

/// All that decides whether a person may book or release a shift.
#[derive(Debug, Clone)]
pub struct Facts {
    pub shift: ShiftId,
    pub campaign: CampaignId,
    pub client: String,
    pub campaign_name: String,
    pub channel: Channel,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub seats: i16,
    pub booked: i16,
    pub withdrawn_at: Option<OffsetDateTime>,
    pub campaign_ended_at: Option<OffsetDateTime>,
    pub release_deadline_hours: i16,
    pub planner_contact: String,
    pub qualified: bool,
    /// Whether they have offered to be a mentor in this campaign, so that a trainee may sit beside them.
    pub mentors: bool,
    /// The person's own live booking of this shift.
    pub booking: Option<BookingId>,
    pub booked_at: Option<OffsetDateTime>,
    pub kind: Option<Kind>,
    /// The span of another booking of theirs that overlaps, and the course if that is a training.
    pub other_starts_at: Option<OffsetDateTime>,
    pub other_ends_at: Option<OffsetDateTime>,
    pub other_course: Option<String>,
}

/// Why a shift cannot be booked. A normal answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such published shift.
    Unknown,
    AlreadyBooked,
    /// They have a trainee's place in it.
    Beside,
    Withdrawn,
    Started,
    /// The campaign has ended.
    CampaignEnded,
    /// With what is missing, in whole sentences; read only when somebody is refused.
    NotQualified(String),
    /// Overlaps another booking of this person, said like `deine Schicht Mi, 2.12., 09:00–13:00 Uhr`.
    Overlap(String),
    Full,
    /// It kept changing while it was tried.
    Unsettled,
}

impl Refusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown => "Diese Schicht gibt es nicht mehr.".into(),
            Self::AlreadyBooked => "Diese Schicht hast du schon gebucht.".into(),
            Self::Beside => "Hier hast du schon einen Platz neben deiner Pat*in.".into(),
            Self::Withdrawn => "Diese Schicht wurde inzwischen aus dem Plan genommen.".into(),
            Self::Started => "Diese Schicht hat schon begonnen.".into(),
            Self::CampaignEnded => "Diese Kampagne ist beendet; es wird nichts mehr gebucht.".into(),
            Self::NotQualified(lack) if lack.is_empty() => qualification::NOT_YET.into(),
            Self::NotQualified(lack) => lack.clone(),
            Self::Overlap(other) => format!("Sie überlappt {other}."),
            Self::Full => "Inzwischen sind alle Plätze vergeben.".into(),
            Self::Unsettled => "Der Plan ändert sich gerade. Bitte sieh noch einmal nach.".into(),
        }
    }
}

/// Why a booking cannot be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseRefusal {
    /// There is no such published shift.
    Unknown,
    NotBooked,
    Started,
    /// The campaign's deadline is over; the planner can help.
    TooLate {
        hours: i16,
        contact: String,
    },
    /// It kept changing while it was tried.
    Unsettled,
}

impl ReleaseRefusal {
    /// The reason and the nearest way on.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown => Refusal::Unknown.sentence(),
            Self::NotBooked => "Du hast diese Schicht nicht gebucht; es gibt nichts freizugeben.".into(),
            Self::Unsettled => Refusal::Unsettled.sentence(),
            Self::Started => "Die Schicht hat schon begonnen und lässt sich nicht mehr freigeben.".into(),
            Self::TooLate { hours, contact } => format!(
                "Bis zum Beginn sind es weniger als {hours} Stunden, da geht das Freigeben nicht mehr selbst. Melde dich bei der Planung: {contact}."
            ),
        }
    }
}

impl Facts {
    /// Whether the person may book now.
    pub fn admit(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        match () {
            () if self.kind == Some(Kind::Beside) => Err(Refusal::Beside),
            () if self.booking.is_some() => Err(Refusal::AlreadyBooked),
            () if self.withdrawn_at.is_some() => Err(Refusal::Withdrawn),
            () if self.starts_at <= now => Err(Refusal::Started),
            () if self.campaign_ended_at.is_some() => Err(Refusal::CampaignEnded),
            () if !self.qualified => Err(Refusal::NotQualified(String::new())),
            () if self.other_starts_at.is_some() => Err(Refusal::Overlap(self.other_said())),
            () if self.booked >= self.seats => Err(Refusal::Full),
            () => Ok(()),
        }
    }

    /// Whether the person may release now: within 5 minutes of booking, or until the campaign's deadline.
    pub fn admit_release(&self, now: OffsetDateTime) -> Result<(), ReleaseRefusal> {
        let Some(booked_at) = self.booked_at else { return Err(ReleaseRefusal::NotBooked) };
        if self.starts_at <= now {
            return Err(ReleaseRefusal::Started);
        }
        if now <= booked_at + FREE_RELEASE || now <= self.deadline() {
            return Ok(());
        }
        Err(ReleaseRefusal::TooLate { hours: self.release_deadline_hours, contact: self.planner_contact.clone() })
    }

    /// The last instant at which releasing is free.
    pub fn deadline(&self) -> OffsetDateTime {
        self.starts_at - Duration::hours(i64::from(self.release_deadline_hours))
    }

    /// `Mi, 2.12., 09:00–13:00 Uhr`
    pub fn said(&self) -> String {
        said(&self.zone, self.starts_at, self.ends_at)
    }

    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn campaign_title(&self) -> String {
        format!("{} · {}", self.client, self.campaign_name)
    }

    fn other_said(&self) -> String {
        let (Some(from), Some(to)) = (self.other_starts_at, self.other_ends_at) else { return String::new() };
        other_said(&self.zone, (from, to), self.other_course.as_deref())
    }

    /// Until when a seat booked at `booked_at` may be released: what the person is told after booking.
    pub fn release_hint(&self, booked_at: OffsetDateTime) -> String {
        let local = |at| self.zone.local(at);
        if self.deadline() > booked_at + FREE_RELEASE {
            format!("Freigeben kannst du sie bis {}.", german::moment(local(self.deadline())))
        } else {
            let until = (booked_at + FREE_RELEASE).min(self.starts_at);
            format!("Bis {} Uhr kannst du ohne Weiteres wieder freigeben.", german::time(local(until).time()))
        }
    }
}

/// Another booking as a refusal names it: `deine Schicht Mi, 2.12., 09:00–13:00 Uhr`, or the day of a training.
pub(in crate::shifts) fn other_said(
    zone: &Zone,
    (from, to): (OffsetDateTime, OffsetDateTime),
    course: Option<&str>,
) -> String {
    match course {
        Some(course) => format!("deine Schulung „{course}“ ({})", said(zone, from, to)),
        None => format!("deine Schicht {}", said(zone, from, to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

    fn facts() -> Facts {
        Facts {
            shift: ShiftId(1),
            campaign: CampaignId::new(),
            client: "Blattgrün".into(),
            campaign_name: "Bestellhotline".into(),
            channel: Channel::Phone,
            zone: Zone::berlin(),
            starts_at: datetime!(2026-12-02 8:00 UTC),
            ends_at: datetime!(2026-12-02 12:00 UTC),
            seats: 2,
            booked: 1,
            withdrawn_at: None,
            campaign_ended_at: None,
            release_deadline_hours: 24,
            planner_contact: "planung@musterruf.example".into(),
            qualified: true,
            mentors: false,
            booking: None,
            booked_at: None,
            kind: None,
            other_starts_at: None,
            other_ends_at: None,
            other_course: None,
        }
    }

    fn booked_at(at: OffsetDateTime) -> Facts {
        Facts { booking: Some(BookingId::new()), booked_at: Some(at), kind: Some(Kind::Seat), ..facts() }
    }

    #[test]
    fn each_reason_is_said() {
        assert_eq!(facts().admit(NOW), Ok(()));
        assert_eq!(booked_at(NOW).admit(NOW), Err(Refusal::AlreadyBooked));
        assert_eq!(Facts { withdrawn_at: Some(NOW), ..facts() }.admit(NOW), Err(Refusal::Withdrawn));
        assert_eq!(Facts { campaign_ended_at: Some(NOW), ..facts() }.admit(NOW), Err(Refusal::CampaignEnded));
        assert_eq!(Facts { qualified: false, ..facts() }.admit(NOW), Err(Refusal::NotQualified(String::new())));
        assert_eq!(Facts { booked: 2, ..facts() }.admit(NOW), Err(Refusal::Full));
        let other = Facts {
            other_starts_at: Some(datetime!(2026-12-02 7:00 UTC)),
            other_ends_at: Some(datetime!(2026-12-02 9:00 UTC)),
            ..facts()
        };
        assert_eq!(other.admit(NOW), Err(Refusal::Overlap("deine Schicht Mi, 2.12., 08:00–10:00 Uhr".into())));
        let training = Facts { other_course: Some("Bestellungen".into()), ..other };
        let said = "deine Schulung „Bestellungen“ (Mi, 2.12., 08:00–10:00 Uhr)";
        assert_eq!(training.admit(NOW), Err(Refusal::Overlap(said.into())));
        assert_eq!(Facts { kind: Some(Kind::Beside), ..booked_at(NOW) }.admit(NOW), Err(Refusal::Beside));
    }

    #[test]
    fn a_shift_is_bookable_until_it_starts() {
        let start = facts().starts_at;
        assert_eq!(facts().admit(start - Duration::SECOND), Ok(()));
        assert_eq!(facts().admit(start), Err(Refusal::Started));
    }

    #[test]
    fn releasing_is_free_until_the_deadline_and_for_five_minutes() {
        let deadline = facts().deadline();
        assert_eq!(booked_at(NOW).admit_release(deadline), Ok(()));
        let late = deadline + Duration::SECOND;
        assert!(matches!(booked_at(NOW).admit_release(late), Err(ReleaseRefusal::TooLate { hours: 24, .. })));
        assert_eq!(booked_at(late).admit_release(late + FREE_RELEASE), Ok(()));
        let over = late + FREE_RELEASE + Duration::SECOND;
        assert!(matches!(booked_at(late).admit_release(over), Err(ReleaseRefusal::TooLate { .. })));
        let start = facts().starts_at;
        assert_eq!(booked_at(start - Duration::MINUTE).admit_release(start), Err(ReleaseRefusal::Started));
        assert_eq!(facts().admit_release(NOW), Err(ReleaseRefusal::NotBooked));
    }
}
