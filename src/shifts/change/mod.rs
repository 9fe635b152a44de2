//! Changing and deleting shifts: the words of it, and the facts that decide.
//!
//! `preview` is pure and says what would happen. Its digest goes through the page: what `execute` does is what was
//! shown, or it is shown anew.

mod execute;
mod preview;

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::kind::Kind;
use super::shift::{self, Shift};
use super::week::Week;
use crate::campaigns::campaign::{Campaign, Channel};
use crate::campaigns::opening::Hours;
use crate::clock::Zone;
use crate::id::{AccountId, BookingId, ShiftId};

pub use execute::{Done, Order, execute};
pub use preview::preview;

/// What shall become of the shifts; what is not given stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// Minutes after midnight of the day on which the shift begins.
    pub start: Option<i16>,
    /// Not after the start: on the next day.
    pub end: Option<i16>,
    pub seats: Option<i16>,
    pub channel: Option<Channel>,
    /// Shifts of which nothing is left between the new start and end go, instead of ending on the next day.
    pub drop: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Change(Wish),
    /// Drafts are deleted, published shifts withdrawn.
    Delete,
}

/// Why a shift stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Started,
    Past,
    Closed,
    Missing,
    Reversed,
    TooLong,
}

impl Block {
    /// The reason.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Started => "hat schon begonnen",
            Self::Past => "läge dann in der Vergangenheit",
            Self::Closed => "läge dann außerhalb der Öffnungszeiten",
            Self::Missing => "diese Uhrzeit gibt es an dem Tag nicht (Zeitumstellung)",
            Self::Reversed => "würde enden, bevor sie beginnt",
            Self::TooLong => "wäre länger als 24 Stunden",
        }
    }
}

/// What becomes of a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It gets these values.
    Changed(Shift),
    Gone,
    /// It is like that already.
    Same,
    Kept(Block),
}

/// What becomes of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The shift goes, or its seats do.
    TakenOff,
    Shorter(Duration),
    Longer(Duration),
    Later,
    Earlier,
    OtherChannel,
    /// The trainee stays, and the mentor beside them goes.
    MentorLeaves,
    /// The moved shift overlaps these other bookings of the person, said as one.
    Collides(Vec<BookingId>, String),
}

/// A booking that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    pub held: Held,
    pub effect: Effect,
}

/// A live booking of a chosen shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub booking: BookingId,
    pub shift: ShiftId,
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub booked_at: OffsetDateTime,
    /// A seat, or a trainee's place.
    pub kind: Kind,
    /// The seat beside which a trainee's place is.
    pub mentor: Option<BookingId>,
}

/// Another live booking of the same people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    pub booking: BookingId,
    pub account: AccountId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub campaign: String,
}

/// All that decides about a change.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub shifts: Vec<Shift>,
    pub held: Vec<Held>,
    pub others: Vec<Other>,
    pub hours: Hours,
}

/// A shift and what becomes of it and its bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    pub shift: Shift,
    pub fate: Fate,
    pub touched: Vec<Touched>,
}

impl Impact {
    /// `endet um 18:00`, `entfällt`, `3 Plätze`: what is new about the shift.
    pub fn news(&self, zone: &Zone) -> String {
        match &self.fate {
            Fate::Changed(new) => preview::news(&self.shift, new, zone),
            Fate::Gone => "entfällt".into(),
            Fate::Same => "bleibt gleich".into(),
            Fate::Kept(_) => "bleibt, wie sie ist".into(),
        }
    }

    /// Whether something is done to the shift.
    pub fn acts(&self) -> bool {
        matches!(self.fate, Fate::Changed(_) | Fate::Gone)
    }
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub impacts: Vec<Impact>,
    /// Stands for all of it.
    pub digest: String,
}

impl Preview {
    /// How many shifts are changed or go.
    pub fn acting(&self) -> usize {
        self.impacts.iter().filter(|i| i.acts()).count()
    }

    /// The bookings that are touched, with their shifts.
    pub fn touched(&self) -> impl Iterator<Item = (&Impact, &Touched)> {
        self.impacts.iter().flat_map(|i| i.touched.iter().map(move |t| (i, t)))
    }

    /// How many people get a mail.
    pub fn people(&self) -> usize {
        self.touched().map(|(_, t)| t.held.account).collect::<BTreeSet<_>>().len()
    }

    /// The bookings that still collide when the `chosen` ones are taken off. Only moved bookings can be chosen.
    pub fn unsolved(&self, chosen: &BTreeSet<BookingId>) -> usize {
        let gone: BTreeSet<BookingId> =
            self.touched().map(|(_, t)| t.held.booking).filter(|id| chosen.contains(id)).collect();
        let collides = |t: &Touched| match &t.effect {
            Effect::Collides(with, _) => {
                !gone.contains(&t.held.booking) && with.iter().any(|other| !gone.contains(other))
            }
            _ => false,
        };
        self.touched().filter(|(_, t)| collides(t)).count()
    }
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It would do something else than what was shown.
    Differs,
    /// A moved booking overlaps another one of that person.
    Collides,
    /// There is nothing to do.
    Nothing,
    /// The plan was busy for too long.
    Busy,
}

impl Refusal {
    /// What happened, and what one can do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Differs => {
                "Inzwischen hat sich etwas getan. Das ist der neue Stand; bitte prüfe ihn und bestätige noch einmal."
            }
            Self::Collides => {
                "Eine verschobene Schicht überlappt eine andere Buchung. Hebe die Buchung auf oder lass die Schicht aus."
            }
            Self::Nothing => "Keine der gewählten Schichten lässt sich so ändern.",
            Self::Busy => "Im Plan wird gerade viel gebucht. Bitte bestätige noch einmal.",
        }
    }
}

/// Reads the facts about these shifts of a campaign's week.
pub async fn facts(
    db: &mut PgConnection,
    campaign: &Campaign,
    week: Week,
    ids: &[ShiftId],
    hours: &Hours,
) -> Result<Facts, sqlx::Error> {
    let shifts = shift::chosen(&mut *db, campaign.id, week, ids).await?;
    let ids: Vec<i64> = shifts.iter().map(|s| s.id.0).collect();
    let held = sqlx::query_as!(
        Held,
        r#"select b.id as "booking: BookingId", b.shift_id as "shift!: ShiftId", a.id as "account: AccountId", a.name, a.email, b.booked_at,
                  b.kind as "kind: Kind", b.mentor_booking_id as "mentor: BookingId"
           from booking b join account a on a.id = b.freelancer_id
           where b.shift_id = any ($1) and b.released_at is null order by b.booked_at, b.id"#,
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    let people: Vec<_> = held.iter().map(|h| h.account.0).collect();
    let (from, to) = week.bounds(&campaign.zone);
    let others = sqlx::query_as!(
        Other,
        r#"select b.id as "booking: BookingId", b.freelancer_id as "account: AccountId",
                  lower(b.during) as "starts_at!", upper(b.during) as "ends_at!",
                  case when b.kind = 'training' then 'Schulung ' else '' end || c.client as "campaign!"
           from booking b
           left join shift s on s.id = b.shift_id
           left join training_day d on d.id = b.training_day_id
           left join training_date t on t.id = d.date_id
           left join course k on k.id = t.course_id
           join campaign c on c.id = coalesce(s.campaign_id, k.campaign_id)
           where b.freelancer_id = any ($1) and b.released_at is null and (b.shift_id is null or b.shift_id <> all ($2))
             and b.during && tstzrange($3, $4)
           order by lower(b.during), b.id"#,
        &people,
        &ids,
        from - Duration::DAY,
        to + Duration::days(2),
    )
    .fetch_all(db)
    .await?;
    Ok(Facts { shifts, held, others, hours: hours.clone() })
}
