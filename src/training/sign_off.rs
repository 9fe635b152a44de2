//! The sign-off of a first shift: by the mentor who sat beside, with a word to the trainee; by staff where the mentor
//! cannot. Once per place. After as many as the campaign asks for, the qualification begins by itself.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::first_shifts::mails;
use crate::accounts::audit;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::qualification;
use crate::id::{AccountId, BookingId, CampaignId, FreelancerId};
use crate::mail;
use crate::shifts::pair::Somebody;
use crate::shifts::said;

/// Longest word to the trainee, in characters.
pub const LONGEST_WORD: usize = 1000;

/// How a first shift went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "sign_off_result", rename_all = "snake_case")]
pub enum SignOff {
    /// It counts.
    Passed,
    /// Once more, without harm.
    Again,
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// Only places beside their own seat.
    Mentor(FreelancerId),
    /// Any place.
    Staff(AccountId),
}

impl Signer {
    fn account(self) -> AccountId {
        match self {
            Self::Mentor(id) => id.into(),
            Self::Staff(id) => id,
        }
    }
}

/// Why nothing was signed off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such place, or not beside this mentor.
    Unknown,
    /// The shift goes on.
    NotOver,
    Already,
}

impl Refusal {
    /// The reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "Diesen Platz gibt es nicht mehr.",
            Self::NotOver => "Die Schicht ist noch nicht vorbei. Danach kannst du sagen, wie es war.",
            Self::Already => "Diese Schicht ist schon abgenommen.",
        }
    }
}

/// A trainee's place.
#[derive(Debug, Clone)]
pub struct Place {
    pub booking: BookingId,
    pub trainee: FreelancerId,
    pub name: String,
    pub email: String,
    pub campaign: CampaignId,
    pub title: String,
    pub zone: Zone,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub mentor: Option<FreelancerId>,
    pub mentor_name: Option<String>,
    pub is_signed: bool,
}

impl Place {
    /// `Mi, 2.12., 09:00–13:00 Uhr`
    pub fn said(&self) -> String {
        said(&self.zone, self.starts_at, self.ends_at)
    }

    /// Whether it can be signed off now, by somebody who may see it.
    pub fn admit(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        match () {
            () if self.is_signed => Err(Refusal::Already),
            () if self.ends_at > now => Err(Refusal::NotOver),
            () => Ok(()),
        }
    }
}

/// The places that this person, or (none) anybody, may sign off or will be able to: unsigned, next first.
pub async fn places(
    db: impl PgExecutor<'_>,
    mentor: Option<FreelancerId>,
    signed_too: Option<BookingId>,
) -> Result<Vec<Place>, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"select b.id as "booking: BookingId", a.id as "trainee: FreelancerId", a.name, a.email, c.id as "campaign: CampaignId",
                  c.client || ' · ' || c.name as "title!", c.zone as "zone: Zone", s.starts_at, s.ends_at,
                  m.freelancer_id as "mentor?: FreelancerId", mentor.name as "mentor_name?", o.booking_id is not null as "is_signed!"
           from booking b
           join shift s on s.id = b.shift_id
           join campaign c on c.id = s.campaign_id
           join account a on a.id = b.freelancer_id
           left join booking m on m.id = b.mentor_booking_id
           left join account mentor on mentor.id = m.freelancer_id
           left join sign_off o on o.booking_id = b.id
           where b.kind = 'beside' and b.released_at is null and ($1::uuid is null or m.freelancer_id = $1)
             and (b.id = $2 or ($2 is null and o.booking_id is null))
           order by s.starts_at, b.id"#,
        mentor.map(|id| id.0) as Option<uuid::Uuid>,
        signed_too.map(|id| id.0) as Option<uuid::Uuid>,
    )
    .fetch_all(db)
    .await
}

/// One place, if this signer may know of it.
pub async fn find(db: impl PgExecutor<'_>, booking: BookingId, signer: Signer) -> Result<Option<Place>, sqlx::Error> {
    let mentor = if let Signer::Mentor(id) = signer { Some(id) } else { None };
    Ok(places(db, mentor, Some(booking)).await?.pop())
}

/// Signs a place off; returns whether the qualification began with it.
pub async fn sign(
    db: &PgPool,
    config: &Config,
    booking: BookingId,
    signer: Signer,
    (result, word): (SignOff, &str),
    now: OffsetDateTime,
) -> Result<Result<bool, Refusal>, sqlx::Error> {
    let Some(place) = find(db, booking, signer).await? else { return Ok(Err(Refusal::Unknown)) };
    if let Err(refusal) = place.admit(now) {
        return Ok(Err(refusal));
    }
    let mentor = if let Signer::Mentor(id) = signer { Some(id.0) } else { None };
    let mut tx = db.begin().await?;
    let signed = sqlx::query!(
        "insert into sign_off (booking_id, freelancer_id, campaign_id, result, word, signed_at, signed_by)
         select b.id, b.freelancer_id, s.campaign_id, $2, $3, $4, $5
         from booking b join shift s on s.id = b.shift_id left join booking m on m.id = b.mentor_booking_id
         where b.id = $1 and b.kind = 'beside' and b.released_at is null and s.ends_at <= $4
           and ($6::uuid is null or m.freelancer_id = $6)
         on conflict (booking_id) do nothing",
        booking.0,
        result as SignOff,
        word,
        now,
        signer.account().0,
        mentor,
    )
    .execute(&mut *tx)
    .await?;
    if signed.rows_affected() == 0 {
        return Ok(Err(Refusal::Already));
    }
    let event = if result == SignOff::Passed { Event::FirstShiftPassed } else { Event::FirstShiftAgain };
    let (freelancer, campaign, by) = (place.trainee, Some(place.campaign), Some(signer.account()));
    history::note(&mut *tx, Note { freelancer, campaign, event, by, note: Some(word) }, now).await?;
    audit::note(&mut *tx, by, "first_shift.sign_off", &booking.to_string(), now).await?;
    let begun = qualification::begin(&mut tx, config, place.trainee, place.campaign, now).await?;
    let trainee = Somebody { account: place.trainee.into(), name: place.name.clone(), email: place.email.clone() };
    let progress = qualification::progress(&mut *tx, place.trainee, place.campaign).await?;
    let letter = mails::signed(config, &trainee, (&place.title, &place.said()), (result, word), progress);
    mail::enqueue(&mut *tx, &letter, now).await?;
    tx.commit().await?;
    Ok(Ok(begun))
}

/// Somebody on the way through the first shifts.
#[derive(Debug, Clone)]
pub struct Trainee {
    pub freelancer: FreelancerId,
    pub name: String,
    pub title: String,
    pub passed_at: OffsetDateTime,
    pub first_shifts: i16,
    pub signed: i64,
    /// Coming places.
    pub booked: i64,
}

/// Everybody who passed the training and is not qualified yet, longest waiting first.
pub async fn trainees(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Trainee>, sqlx::Error> {
    sqlx::query_as!(
        Trainee,
        r#"select r.freelancer_id as "freelancer: FreelancerId", a.name, c.client || ' · ' || c.name as "title!", r.passed_at,
                  c.first_shifts,
                  (select count(*) from sign_off o
                   where o.freelancer_id = r.freelancer_id and o.campaign_id = c.id and o.result = 'passed') as "signed!",
                  (select count(*) from booking b join shift s on s.id = b.shift_id
                   where b.freelancer_id = r.freelancer_id and b.kind = 'beside' and b.released_at is null
                     and s.campaign_id = c.id and s.starts_at > $1) as "booked!"
           from training_result r
           join preparation p on p.freelancer_id = r.freelancer_id and p.campaign_id = r.campaign_id and p.ended_at is null
           join campaign c on c.id = r.campaign_id and c.ended_at is null
           join account a on a.id = r.freelancer_id and a.access_ended_at is null
           where not exists (select from qualification q where q.freelancer_id = r.freelancer_id and q.campaign_id = c.id)
           order by r.passed_at, a.name, c.id"#,
        now,
    )
    .fetch_all(db)
    .await
}
