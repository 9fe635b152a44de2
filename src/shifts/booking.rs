//! Booking and releasing a seat.
//!
//! Facts are read without locks, a pure function decides, one guarded statement writes. Constraints catch every race:
//! `shift_seats` (never more bookings than seats), `booking_overlap` (nobody in two shifts at once), `booking_once`.
//! The statement takes its locks in the same order everywhere: booking, then shift.

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::kind::Kind;
use super::{mails, pair, said};
use crate::campaigns::campaign::Channel;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::qualification;
use crate::id::{BookingId, CampaignId, FreelancerId, ShiftId};
use crate::mail::{self, Topic};

/// For so long after booking a seat may be released whatever the deadline (product.md part 5).
pub const FREE_RELEASE: Duration = Duration::minutes(5);
/// How often a lost race is decided anew before the person is asked to look again.
const ROUNDS: usize = 3;

/// The person who books.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub id: FreelancerId,
    pub email: &'a str,
}

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
            Self::Unknown => "Diese Schicht gibt es nicht mehr.".into(),
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
pub(super) fn other_said(zone: &Zone, (from, to): (OffsetDateTime, OffsetDateTime), course: Option<&str>) -> String {
    match course {
        Some(course) => format!("deine Schulung „{course}“ ({})", said(zone, from, to)),
        None => format!("deine Schicht {}", said(zone, from, to)),
    }
}

/// What became of an attempt, with the shift it was about (none: there is no such shift).
#[derive(Debug, Clone)]
pub struct Outcome<E> {
    pub facts: Option<Facts>,
    pub result: Result<(), E>,
}

/// Reads the facts of a published shift for a person at an instant; one statement, no locks.
pub async fn facts(
    db: &PgPool,
    shift: ShiftId,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<Option<Facts>, sqlx::Error> {
    sqlx::query_as!(
        Facts,
        r#"select s.id as "shift: ShiftId", s.campaign_id as "campaign: CampaignId", c.client, c.name as campaign_name,
                  s.channel as "channel: Channel", c.zone as "zone: Zone", s.starts_at, s.ends_at, s.seats, s.booked, s.withdrawn_at,
                  c.release_deadline_hours, c.planner_contact,
                  c.ended_at as campaign_ended_at,
                  exists (select from qualification q
                          where q.freelancer_id = $2 and q.campaign_id = s.campaign_id and lets_book(q, $3)) as "qualified!",
                  exists (select from mentor m where m.freelancer_id = $2 and m.campaign_id = s.campaign_id) as "mentors!",
                  own.id as "booking?: BookingId", own.booked_at as "booked_at?", own.kind as "kind?: Kind",
                  other.starts_at as "other_starts_at?", other.ends_at as "other_ends_at?",
                  (select k.title from training_day d join training_date t on t.id = d.date_id join course k on k.id = t.course_id
                   where d.id = other.training_day_id) as other_course
           from shift s
           join campaign c on c.id = s.campaign_id
           left join booking own on own.shift_id = s.id and own.freelancer_id = $2 and own.released_at is null
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

/// Books a seat, and queues the confirmation. A double click books once and is told so.
pub async fn book(
    db: &PgPool,
    config: &Config,
    shift: ShiftId,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Outcome<Refusal>, sqlx::Error> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(facts) = facts(db, shift, person.id, now).await? else {
            return Ok(Outcome { facts: None, result: Err(Refusal::Unknown) });
        };
        if let Err(mut refusal) = facts.admit(now) {
            if let Refusal::NotQualified(lack) = &mut refusal {
                *lack = qualification::explain(db, person.id, facts.campaign, now).await?;
            }
            return Ok(Outcome { facts: Some(facts), result: Err(refusal) });
        }
        match take(db, config, &facts, person, now).await {
            Ok(true) => return Ok(Outcome { facts: Some(facts), result: Ok(()) }),
            // Something changed between the look and the statement: the facts say what.
            Ok(false) => {}
            Err(error) => match constraint(&error) {
                Some("shift_seats") => return Ok(Outcome { facts: Some(facts), result: Err(Refusal::Full) }),
                Some("shift_withdrawn_unbooked" | "booking_shift" | "booking_overlap" | "booking_once") => {}
                _ if is_contention(&error) => {}
                _ => return Err(error),
            },
        }
        last = Some(facts);
    }
    Ok(Outcome { facts: last, result: Err(Refusal::Unsettled) })
}

/// Takes the seat. A mentor's may be what a trainee without one waits for.
async fn take(
    db: &PgPool,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    if !facts.mentors {
        return take_seat(db, config, facts, person, now).await;
    }
    let mut tx = db.begin().await?;
    let taken = take_seat(&mut *tx, config, facts, person, now).await?;
    pair::settle(&mut tx, config, &[facts.shift], now).await?;
    tx.commit().await?;
    Ok(taken)
}

/// The guarded statement: booking, seat counter and mail, or nothing. `false`: a condition no longer holds.
async fn take_seat(
    db: impl PgExecutor<'_>,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mail = mails::booked(config, facts, now);
    sqlx::query_scalar!(
        r#"with wanted as (
               select s.id, s.during from shift s
               where s.id = $1 and s.published_at is not null and s.withdrawn_at is null and s.starts_at > $3 and s.booked < s.seats
                 and exists (select from qualification q join campaign c on c.id = q.campaign_id
                             where q.freelancer_id = $2 and q.campaign_id = s.campaign_id and lets_book(q, $3) and c.ended_at is null)
           ), made as (
               insert into booking (id, shift_id, freelancer_id, during, booked_at)
               select $4, id, $2, during, $3 from wanted
               on conflict do nothing
               returning shift_id
           ), told as (
               insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
               select $5, $2, $6, $7, $8, $9, $3, $3 from made
               where not exists (select from mail_opt_out o where o.account_id = $2 and o.topic = $6)
           ), counted as (
               update shift set booked = booked + 1 from made where shift.id = made.shift_id
               returning shift.id
           )
           select exists (select from counted) as "taken!""#,
        facts.shift.0,
        person.id.0,
        now,
        BookingId::new().0,
        Uuid::new_v4(),
        Topic::Booking as Topic,
        person.email,
        mail.subject,
        mail.body,
    )
    .fetch_one(db)
    .await
}

/// Gives a seat back, and queues the confirmation.
pub async fn release(
    db: &PgPool,
    config: &Config,
    shift: ShiftId,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Outcome<ReleaseRefusal>, sqlx::Error> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(facts) = facts(db, shift, person.id, now).await? else {
            return Ok(Outcome { facts: None, result: Err(ReleaseRefusal::Unknown) });
        };
        if let Err(refusal) = facts.admit_release(now) {
            return Ok(Outcome { facts: Some(facts), result: Err(refusal) });
        }
        match give_back(db, config, &facts, person, now).await {
            Ok(true) => return Ok(Outcome { facts: Some(facts), result: Ok(()) }),
            // Released in another window, or moved past its deadline, since the look: the facts say what.
            Ok(false) => {}
            Err(error) if is_contention(&error) => {}
            Err(error) => return Err(error),
        }
        last = Some(facts);
    }
    Ok(Outcome { facts: last, result: Err(ReleaseRefusal::Unsettled) })
}

/// Ends the booking. Of a pair, the other one hears of it in the same transaction.
async fn give_back(
    db: &PgPool,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let beside = facts.kind == Some(Kind::Beside);
    if !facts.mentors && !beside {
        return end_own(db, config, facts, person, now).await;
    }
    let mut tx = db.begin().await?;
    let mentor = if beside { pair::mentor_of(&mut tx, facts.booking).await? } else { None };
    let given = end_own(&mut *tx, config, facts, person, now).await?;
    if given && let Some(mentor) = mentor {
        mail::enqueue(
            &mut *tx,
            &pair::mails::trainee_left(config, &mentor, &facts.campaign_title(), &facts.said()),
            now,
        )
        .await?;
    }
    pair::settle(&mut tx, config, &[facts.shift], now).await?;
    tx.commit().await?;
    Ok(given)
}

async fn end_own(
    db: impl PgExecutor<'_>,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mail = mails::released(config, facts);
    sqlx::query_scalar!(
        r#"with gone as (
               update booking b set released_at = $3, release_kind = 'own', released_by = $2
               from shift s, campaign c
               where b.shift_id = $1 and b.freelancer_id = $2 and b.released_at is null
                 and s.id = b.shift_id and c.id = s.campaign_id and s.starts_at > $3
                 and ($3 <= b.booked_at + interval '5 minutes'
                      or $3 <= s.starts_at - make_interval(hours => c.release_deadline_hours::integer))
               returning b.shift_id, b.kind
           ), told as (
               insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
               select $4, $2, $5, $6, $7, $8, $3, $3 from gone
               where not exists (select from mail_opt_out o where o.account_id = $2 and o.topic = $5)
           ), counted as (
               update shift set booked = booked - 1 from gone where shift.id = gone.shift_id and gone.kind = 'seat'
           )
           select exists (select from gone) as "given!""#,
        facts.shift.0,
        person.id.0,
        now,
        Uuid::new_v4(),
        Topic::Release as Topic,
        person.email,
        mail.subject,
        mail.body,
    )
    .fetch_one(db)
    .await
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
