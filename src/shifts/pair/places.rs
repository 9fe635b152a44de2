//! What trainees and staff see of places beside mentors. Read only.

use sqlx::PgPool;
use time::OffsetDateTime;

use crate::campaigns::campaign::Channel;
use crate::clock::Zone;
use crate::id::{BookingId, CampaignId, FreelancerId, ShiftId};

/// So many shifts are offered at once.
pub const MOST: i64 = 24;

/// A coming shift with a free place beside a mentor.
#[derive(Debug, Clone)]
pub struct Open {
    pub shift: ShiftId,
    pub channel: Channel,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    /// Names, in the order in which places are given.
    pub mentors: Vec<String>,
    /// Whether another booking of the person lies in the way.
    pub overlaps: bool,
}

/// The open places of a campaign for this person, next first.
pub async fn open(
    db: &PgPool,
    campaign: CampaignId,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<Vec<Open>, sqlx::Error> {
    sqlx::query_as!(
        Open,
        r#"select s.id as "shift: ShiftId", s.channel as "channel: Channel", c.zone as "zone: Zone", s.starts_at, s.ends_at,
                  array_agg(a.name order by f.booked_at, f.booking_id) as "mentors!",
                  exists (select from booking b
                          where b.freelancer_id = $2 and b.released_at is null and b.during && s.during) as "overlaps!"
           from free_mentor f
           join shift s on s.id = f.shift_id
           join campaign c on c.id = s.campaign_id
           join account a on a.id = f.freelancer_id
           where s.campaign_id = $1 and s.starts_at > $3 and s.published_at is not null and s.withdrawn_at is null
             and c.ended_at is null and f.freelancer_id <> $2
           group by s.id, c.zone
           order by s.starts_at, s.id limit $4"#,
        campaign.0,
        person.0,
        now,
        MOST,
    )
    .fetch_all(db)
    .await
}

/// A place that somebody has, or had, with what was said about it.
#[derive(Debug, Clone)]
pub struct Own {
    pub booking: BookingId,
    pub shift: ShiftId,
    pub campaign: CampaignId,
    pub title: String,
    pub channel: Channel,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub booked_at: OffsetDateTime,
    pub release_deadline_hours: i16,
    /// Whom to ask.
    pub planner_contact: String,
    /// None: for the time being nobody.
    pub mentor: Option<String>,
    /// Signed off: whether as passed.
    pub passed: Option<bool>,
    pub word: Option<String>,
    pub signed_by: Option<String>,
}

/// A person's places, latest first.
pub async fn own(db: &PgPool, person: FreelancerId) -> Result<Vec<Own>, sqlx::Error> {
    sqlx::query_as!(
        Own,
        r#"select b.id as "booking: BookingId", s.id as "shift: ShiftId", c.id as "campaign: CampaignId",
                  c.client || ' · ' || c.name as "title!", s.channel as "channel: Channel", c.zone as "zone: Zone",
                  s.starts_at, s.ends_at, b.booked_at, c.release_deadline_hours, c.planner_contact, mentor.name as "mentor?",
                  o.result = 'passed' as passed, o.word as "word?", signer.name as "signed_by?"
           from booking b
           join shift s on s.id = b.shift_id
           join campaign c on c.id = s.campaign_id
           left join booking m on m.id = b.mentor_booking_id
           left join account mentor on mentor.id = m.freelancer_id
           left join sign_off o on o.booking_id = b.id
           left join account signer on signer.id = o.signed_by
           where b.freelancer_id = $1 and b.kind = 'beside' and b.released_at is null
           order by s.starts_at desc, b.id"#,
        person.0,
    )
    .fetch_all(db)
    .await
}

/// Who sits with somebody in a shift of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Company {
    /// A trainee's mentor.
    Mentor(String),
    /// A trainee has no mentor for the time being.
    Nobody,
    /// A mentor's trainee.
    Trainee(String),
}

impl Company {
    /// `du sitzt neben Mara Petersen`
    pub fn said(&self) -> String {
        match self {
            Self::Mentor(name) => format!("du sitzt neben {name}"),
            Self::Nobody => "vorerst ohne Pat*in; sobald eine dabei ist, bekommst du eine Mail".into(),
            Self::Trainee(name) => format!("neben dir sitzt {name}"),
        }
    }
}

/// Who sits with this person in the shift; `None` for an ordinary seat, and for whoever is not in it.
pub async fn company(db: &PgPool, shift: ShiftId, person: FreelancerId) -> Result<Option<Company>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select b.kind = 'beside' as "is_trainee!", mentor.name as "mentor?", trainee.name as "trainee?"
           from booking b
           left join booking m on m.id = b.mentor_booking_id
           left join account mentor on mentor.id = m.freelancer_id
           left join booking t on t.mentor_booking_id = b.id and t.released_at is null
           left join account trainee on trainee.id = t.freelancer_id
           where b.shift_id = $1 and b.freelancer_id = $2 and b.released_at is null"#,
        shift.0,
        person.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| match (row.is_trainee, row.mentor, row.trainee) {
        (true, Some(mentor), _) => Some(Company::Mentor(mentor)),
        (true, None, _) => Some(Company::Nobody),
        (false, _, trainee) => trainee.map(Company::Trainee),
    }))
}

/// A trainee in a coming shift with nobody beside them.
#[derive(Debug, Clone)]
pub struct Unaccompanied {
    pub shift: ShiftId,
    pub name: String,
    pub title: String,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// Everybody who sits alone for the time being, next first.
pub async fn unaccompanied(db: &PgPool, now: OffsetDateTime) -> Result<Vec<Unaccompanied>, sqlx::Error> {
    sqlx::query_as!(
        Unaccompanied,
        r#"select s.id as "shift: ShiftId", a.name, c.client || ' · ' || c.name as "title!", c.zone as "zone: Zone",
                  s.starts_at, s.ends_at
           from booking b
           join shift s on s.id = b.shift_id
           join campaign c on c.id = s.campaign_id
           join account a on a.id = b.freelancer_id
           where b.alone_since is not null and b.released_at is null and s.starts_at > $1
           order by s.starts_at, a.name"#,
        now,
    )
    .fetch_all(db)
    .await
}
