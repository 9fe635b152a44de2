//! What decides whether somebody may sit beside a mentor. Pure but for the one statement that reads it.

use sqlx::PgPool;
use time::OffsetDateTime;

use crate::clock::Zone;
use crate::freelancers::qualification;
use crate::id::{CampaignId, FreelancerId, ShiftId};
use crate::shifts::kind::Kind;
use crate::shifts::{booking, said};

/// All that decides about a trainee's place in a shift, but for the papers.
#[derive(Debug, Clone)]
pub struct Facts {
    pub shift: ShiftId,
    pub campaign: CampaignId,
    pub client: String,
    pub campaign_name: String,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub withdrawn_at: Option<OffsetDateTime>,
    pub campaign_ended_at: Option<OffsetDateTime>,
    pub release_deadline_hours: i16,
    /// Whether their preparation for the campaign goes on.
    pub prepares: bool,
    pub passed: bool,
    /// Whether they are, or were, qualified.
    pub qualified: bool,
    /// First shifts that the campaign asks for.
    pub first_shifts: i16,
    /// Signed off as passed.
    pub signed: i64,
    /// Booked and not signed off yet.
    pub places: i64,
    /// The person's own live booking of this shift.
    pub kind: Option<Kind>,
    /// Mentors of the shift with nobody beside them.
    pub mentors: i64,
    pub other_starts_at: Option<OffsetDateTime>,
    pub other_ends_at: Option<OffsetDateTime>,
    pub other_course: Option<String>,
}

/// Why there is no place. A normal answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such published shift.
    Unknown,
    Already,
    /// They booked a seat in it.
    Seat,
    Withdrawn,
    Started,
    CampaignEnded,
    NotPreparing,
    /// They are qualified and book seats.
    Qualified,
    NotPassed,
    /// The papers that are missing.
    Missing(Vec<&'static str>),
    /// As many places as they need.
    Enough,
    /// Overlaps another booking of theirs, said like `deine Schicht Mi, 2.12., 09:00–13:00 Uhr`.
    Overlap(String),
    NoMentor,
    /// It kept changing while it was tried.
    Unsettled,
}

impl Refusal {
    /// The reason and the nearest way on; what holds for every booking is said in the same words.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown => booking::Refusal::Unknown.sentence(),
            Self::Already => "In dieser Schicht hast du schon einen Platz.".into(),
            Self::Seat => booking::Refusal::AlreadyBooked.sentence(),
            Self::Withdrawn => booking::Refusal::Withdrawn.sentence(),
            Self::Started => booking::Refusal::Started.sentence(),
            Self::CampaignEnded => booking::Refusal::CampaignEnded.sentence(),
            Self::NotPreparing => "Auf diese Kampagne bereitest du dich gerade nicht vor.".into(),
            Self::Qualified => {
                "Einen Platz neben Pat*innen brauchst du in dieser Kampagne nicht mehr. Deinen Stand siehst du unter „Einsatzbereit“.".into()
            }
            Self::NotPassed => "Dir fehlt noch: die Schulung. Danach kommen die ersten Schichten.".into(),
            Self::Missing(what) => qualification::lacking(what),
            Self::Enough => {
                "Du hast schon so viele erste Schichten, wie du brauchst. Wenn dir eine andere lieber ist, gib zuerst einen Platz frei.".into()
            }
            Self::Overlap(other) => booking::Refusal::Overlap(other.clone()).sentence(),
            Self::NoMentor => "Inzwischen ist neben keiner Pat*in mehr ein Platz frei. Sieh dir die anderen Schichten an.".into(),
            Self::Unsettled => booking::Refusal::Unsettled.sentence(),
        }
    }
}

impl Facts {
    /// Whether the person may have a place now, papers left aside.
    pub fn admit(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        match () {
            () if self.kind == Some(Kind::Beside) => Err(Refusal::Already),
            () if self.kind.is_some() => Err(Refusal::Seat),
            () if self.withdrawn_at.is_some() => Err(Refusal::Withdrawn),
            () if self.starts_at <= now => Err(Refusal::Started),
            () if self.campaign_ended_at.is_some() => Err(Refusal::CampaignEnded),
            () if self.qualified => Err(Refusal::Qualified),
            () if !self.prepares => Err(Refusal::NotPreparing),
            () if !self.passed => Err(Refusal::NotPassed),
            () if self.signed + self.places >= i64::from(self.first_shifts) => Err(Refusal::Enough),
            () if self.other_starts_at.is_some() => Err(Refusal::Overlap(self.other_said())),
            () if self.mentors == 0 => Err(Refusal::NoMentor),
            () => Ok(()),
        }
    }

    /// `Mi, 2.12., 09:00–13:00 Uhr`
    pub fn said(&self) -> String {
        said(&self.zone, self.starts_at, self.ends_at)
    }

    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn campaign_title(&self) -> String {
        format!("{} · {}", self.client, self.campaign_name)
    }

    /// Somebody who may have a place in a shift that begins then, for samples.
    pub fn sample(campaign: CampaignId, starts_at: OffsetDateTime) -> Self {
        Self {
            shift: ShiftId(1),
            campaign,
            client: "Blattgrün".into(),
            campaign_name: "Bestellhotline".into(),
            zone: Zone::berlin(),
            starts_at,
            ends_at: starts_at + time::Duration::hours(4),
            withdrawn_at: None,
            campaign_ended_at: None,
            release_deadline_hours: 24,
            prepares: true,
            passed: true,
            qualified: false,
            first_shifts: 3,
            signed: 0,
            places: 2,
            kind: None,
            mentors: 1,
            other_starts_at: None,
            other_ends_at: None,
            other_course: None,
        }
    }

    fn other_said(&self) -> String {
        let (Some(from), Some(to)) = (self.other_starts_at, self.other_ends_at) else { return String::new() };
        booking::other_said(&self.zone, (from, to), self.other_course.as_deref())
    }
}

/// Reads the facts of a published shift for a trainee; one statement, no locks.
pub async fn facts(
    db: &PgPool,
    shift: ShiftId,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<Option<Facts>, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        r#"select s.id as "shift: ShiftId", s.campaign_id as "campaign: CampaignId", c.client, c.name as campaign_name,
                  c.zone as "zone: Zone", s.starts_at, s.ends_at, s.withdrawn_at, c.ended_at as campaign_ended_at,
                  c.release_deadline_hours, c.first_shifts,
                  exists (select from preparation p
                          where p.freelancer_id = $2 and p.campaign_id = c.id and p.ended_at is null) as "prepares!",
                  exists (select from training_result r
                          where r.freelancer_id = $2 and r.campaign_id = c.id and r.passed_at <= $3) as "passed!",
                  exists (select from qualification q where q.freelancer_id = $2 and q.campaign_id = c.id) as "qualified!",
                  (select count(*) from sign_off o
                   where o.freelancer_id = $2 and o.campaign_id = c.id and o.result = 'passed') as "signed!",
                  (select count(*) from booking b join shift t on t.id = b.shift_id
                   where b.freelancer_id = $2 and b.kind = 'beside' and b.released_at is null and t.campaign_id = c.id
                     and not exists (select from sign_off o where o.booking_id = b.id)) as "places!",
                  (select b.kind from booking b
                   where b.shift_id = s.id and b.freelancer_id = $2 and b.released_at is null) as "kind: Kind",
                  (select count(*) from free_mentor f where f.shift_id = s.id and f.freelancer_id <> $2) as "mentors!",
                  other.starts_at as "other_starts_at?", other.ends_at as "other_ends_at?",
                  (select k.title from training_day d join training_date t on t.id = d.date_id join course k on k.id = t.course_id
                   where d.id = other.training_day_id) as other_course
           from shift s
           join campaign c on c.id = s.campaign_id
           left join lateral (
               select lower(b.during) as starts_at, upper(b.during) as ends_at, b.training_day_id from booking b
               where b.freelancer_id = $2 and b.released_at is null and b.during && s.during and b.shift_id is distinct from s.id
               order by lower(b.during) limit 1
           ) other on true
           where s.id = $1 and s.published_at is not null"#,
        shift.0,
        person.0,
        now,
    )
    .fetch_optional(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

    fn facts() -> Facts {
        Facts::sample(CampaignId::new(), datetime!(2026-12-02 8:00 UTC))
    }

    #[test]
    fn each_reason_is_said() {
        assert_eq!(facts().admit(NOW), Ok(()));
        let refused = |facts: Facts| facts.admit(NOW).unwrap_err();
        assert_eq!(refused(Facts { kind: Some(Kind::Beside), ..facts() }), Refusal::Already);
        assert_eq!(refused(Facts { kind: Some(Kind::Seat), ..facts() }), Refusal::Seat);
        assert_eq!(refused(Facts { withdrawn_at: Some(NOW), ..facts() }), Refusal::Withdrawn);
        assert_eq!(refused(Facts { starts_at: NOW, ..facts() }), Refusal::Started);
        assert_eq!(refused(Facts { campaign_ended_at: Some(NOW), ..facts() }), Refusal::CampaignEnded);
        assert_eq!(refused(Facts { qualified: true, ..facts() }), Refusal::Qualified);
        assert_eq!(refused(Facts { prepares: false, ..facts() }), Refusal::NotPreparing);
        assert_eq!(refused(Facts { passed: false, ..facts() }), Refusal::NotPassed);
        assert_eq!(refused(Facts { signed: 1, ..facts() }), Refusal::Enough);
        assert_eq!(refused(Facts { mentors: 0, ..facts() }), Refusal::NoMentor);
    }
}
