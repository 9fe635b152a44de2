//! What changing or deleting shifts would do, and doing exactly that.
//!
//! The preview is pure. Its digest goes through the page: what is executed is what was shown, or it is shown anew.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};

use super::pattern::LONGEST;
use super::shift::{self, Shift};
use super::week::Week;
use super::{batch, mails, said};
use crate::accounts::audit;
use crate::campaigns::campaign::{Campaign, Channel};
use crate::campaigns::opening::{self, Hours};
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::database::{constraint, is_contention};
use crate::freelancers::qualification::Qualified;
use crate::id::{AccountId, BatchId, BookingId, ShiftId};
use crate::mail;

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
            Fate::Changed(new) => news(&self.shift, new, zone),
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

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub shifts: usize,
    pub people: usize,
}

/// What `action` would do, decided from the facts.
pub fn preview(facts: &Facts, action: Action, zone: &Zone, now: OffsetDateTime) -> Preview {
    let fate = |shift: &Shift| match action {
        _ if shift.starts_at <= now => Fate::Kept(Block::Started),
        Action::Delete => Fate::Gone,
        Action::Change(wish) => match wanted(shift, wish, &facts.hours, zone, now) {
            Err(block) => Fate::Kept(block),
            Ok(None) => Fate::Gone,
            Ok(Some(new)) if new == *shift => Fate::Same,
            Ok(Some(new)) => Fate::Changed(new),
        },
    };
    let mut impacts: Vec<Impact> = facts
        .shifts
        .iter()
        .map(|shift| {
            let fate = fate(shift);
            let touched = touched(shift, &fate, &facts.held);
            Impact { shift: shift.clone(), fate, touched }
        })
        .collect();
    collide(&mut impacts, facts, zone);
    let digest = digest(action, &impacts);
    Preview { impacts, digest }
}

/// Stands for all that the preview does; a booking that nothing happens to makes no difference.
fn digest(action: Action, impacts: &[Impact]) -> String {
    let unbooked = |shift: &Shift| Shift { booked: 0, ..shift.clone() };
    let mut hash = Sha256::new();
    hash.update(format!("{action:?}"));
    for Impact { shift, fate, touched } in impacts {
        let fate = if let Fate::Changed(new) = fate { Fate::Changed(unbooked(new)) } else { fate.clone() };
        hash.update(format!("{:?}{fate:?}{touched:?}", unbooked(shift)));
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// The shift with the wished values, in wall time of the day on which it begins; none if nothing is left of it.
fn wanted(shift: &Shift, wish: Wish, hours: &Hours, zone: &Zone, now: OffsetDateTime) -> Result<Option<Shift>, Block> {
    let slot = shift.slot(zone);
    let start = wish.start.unwrap_or(slot.starts);
    if wish.drop && wish.end.unwrap_or(slot.ends) <= start {
        return Ok(None);
    }
    let end = match wish.end {
        Some(end) if end <= start => end + 1440,
        Some(end) => end,
        None => slot.ends,
    };
    // What is not wished for stays the instant it is, even in the second of two equal hours.
    let wall = |minutes| zone.wall(slot.day, minutes).map_err(|_| Block::Missing);
    let starts_at = if start == slot.starts { shift.starts_at } else { wall(start)? };
    let ends_at = if end == slot.ends { shift.ends_at } else { wall(end)? };
    let moved = (starts_at, ends_at) != (shift.starts_at, shift.ends_at);
    match () {
        () if ends_at <= starts_at => return Err(Block::Reversed),
        () if ends_at - starts_at > LONGEST => return Err(Block::TooLong),
        () if starts_at <= now => return Err(Block::Past),
        () if moved && !hours.cover(zone, starts_at, ends_at) => return Err(Block::Closed),
        () => {}
    }
    Ok(Some(Shift {
        starts_at,
        ends_at,
        seats: wish.seats.unwrap_or(shift.seats),
        channel: wish.channel.unwrap_or(shift.channel),
        ..shift.clone()
    }))
}

/// What becomes of a shift's bookings; where seats go, those who booked last lose theirs.
fn touched(shift: &Shift, fate: &Fate, held: &[Held]) -> Vec<Touched> {
    let mut own: Vec<&Held> = held.iter().filter(|h| h.shift == shift.id).collect();
    own.sort_by_key(|h| (h.booked_at, h.booking));
    let keep = match fate {
        Fate::Gone => 0,
        Fate::Changed(new) => usize::try_from(new.seats).unwrap_or(0),
        Fate::Same | Fate::Kept(_) => return Vec::new(),
    };
    let effect = |(place, held): (usize, &Held)| {
        let effect = match fate {
            _ if place >= keep => Effect::TakenOff,
            Fate::Changed(new) => effect(shift, new)?,
            _ => return None,
        };
        Some(Touched { held: held.clone(), effect })
    };
    own.into_iter().enumerate().filter_map(effect).collect()
}

/// What a booking that stays has from the change, if anything.
fn effect(old: &Shift, new: &Shift) -> Option<Effect> {
    let longer = new.length() - old.length();
    match () {
        () if longer.is_negative() => Some(Effect::Shorter(-longer)),
        () if longer.is_positive() => Some(Effect::Longer(longer)),
        () if new.starts_at > old.starts_at => Some(Effect::Later),
        () if new.starts_at < old.starts_at => Some(Effect::Earlier),
        () if new.channel != old.channel => Some(Effect::OtherChannel),
        () => None,
    }
}

/// Marks the moved bookings that overlap another booking of their person.
fn collide(impacts: &mut [Impact], facts: &Facts, zone: &Zone) {
    let mut spans: BTreeMap<AccountId, Vec<Other>> = BTreeMap::new();
    for other in &facts.others {
        spans.entry(other.account).or_default().push(other.clone());
    }
    for impact in impacts.iter() {
        let shift = if let Fate::Changed(new) = &impact.fate { new } else { &impact.shift };
        for held in facts.held.iter().filter(|h| h.shift == shift.id && impact.fate != Fate::Gone) {
            if impact.touched.iter().any(|t| t.held.booking == held.booking && t.effect == Effect::TakenOff) {
                continue;
            }
            spans.entry(held.account).or_default().push(Other {
                booking: held.booking,
                account: held.account,
                starts_at: shift.starts_at,
                ends_at: shift.ends_at,
                campaign: String::new(),
            });
        }
    }
    for impact in impacts.iter_mut() {
        let Fate::Changed(new) = &impact.fate else { continue };
        for touched in impact.touched.iter_mut().filter(|t| t.effect != Effect::TakenOff) {
            let hits: Vec<&Other> = spans
                .get(&touched.held.account)
                .into_iter()
                .flatten()
                .filter(|o| o.booking != touched.held.booking && o.starts_at < new.ends_at && new.starts_at < o.ends_at)
                .collect();
            if let Some(first) = hits.first() {
                let place = if first.campaign.is_empty() { String::new() } else { format!(" ({})", first.campaign) };
                let sentence = format!("{}{place}", said(zone, first.starts_at, first.ends_at));
                touched.effect = Effect::Collides(hits.iter().map(|o| o.booking).collect(), sentence);
            }
        }
    }
}

fn news(old: &Shift, new: &Shift, zone: &Zone) -> String {
    let (from, to) = (zone.local(new.starts_at).time(), zone.local(new.ends_at).time());
    let mut parts = Vec::new();
    match (new.starts_at != old.starts_at, new.ends_at != old.ends_at) {
        (true, true) => parts.push(german::span(from, to)),
        (true, false) => parts.push(format!("beginnt um {}", german::time(from))),
        (false, true) => parts.push(format!("endet um {}", german::time(to))),
        (false, false) => {}
    }
    if new.channel != old.channel {
        parts.push(new.channel.label().into());
    }
    if new.seats != old.seats {
        parts.push(german::count(i64::from(new.seats), "Platz", "Plätze"));
    }
    parts.join(", ")
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
        r#"select b.id as "booking: BookingId", b.shift_id as "shift: ShiftId", a.id as "account: AccountId", a.name, a.email, b.booked_at
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
                  lower(b.during) as "starts_at!", upper(b.during) as "ends_at!", c.client as campaign
           from booking b join shift s on s.id = b.shift_id join campaign c on c.id = s.campaign_id
           where b.freelancer_id = any ($1) and b.released_at is null and b.shift_id <> all ($2)
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

/// What a planner confirmed.
pub struct Order<'a> {
    pub ids: &'a [ShiftId],
    pub action: Action,
    /// Colliding bookings that are taken off in the same step.
    pub chosen: &'a BTreeSet<BookingId>,
    /// Told to everybody concerned; not empty where anybody is.
    pub reason: &'a str,
    /// Of the preview that was shown.
    pub digest: &'a str,
}

/// Does what the preview showed, in one transaction; or nothing.
pub async fn execute(
    db: &PgPool,
    config: &Config,
    (campaign, week): (&Campaign, Week),
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Done, Refusal>, sqlx::Error> {
    match try_execute(db, config, (campaign, week), order, by, now).await {
        Err(error) if constraint(&error) == Some("booking_overlap") => Ok(Err(Refusal::Collides)),
        // A constraint that the preview did not see: somebody was quicker.
        Err(error) if constraint(&error).is_some_and(|name| name.starts_with("shift_")) => Ok(Err(Refusal::Differs)),
        Err(error) if is_contention(&error) => Ok(Err(Refusal::Busy)),
        other => other,
    }
}

async fn try_execute(
    db: &PgPool,
    config: &Config,
    (campaign, week): (&Campaign, Week),
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Done, Refusal>, sqlx::Error> {
    let hours = opening::load(db, campaign.id).await?;
    let mut tx = db.begin().await?;
    batch::lock_plan(&mut tx, campaign.id).await?;
    let published = shift::chosen(&mut *tx, campaign.id, week, order.ids).await?.iter().any(|s| !s.is_draft());
    if published {
        // Waits for the bookings that are being made; new ones wait for us. Before any shift is locked: booking, then shift.
        sqlx::query!("lock table booking in share row exclusive mode").execute(&mut *tx).await?;
    }
    let ids: Vec<i64> = order.ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        "select id from shift where campaign_id = $1 and id = any ($2) order by id for update",
        campaign.id.0,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let facts = facts(&mut tx, campaign, week, order.ids, &hours).await?;
    let preview = preview(&facts, order.action, &campaign.zone, now);
    match () {
        () if preview.digest != order.digest => return Ok(Err(Refusal::Differs)),
        () if preview.acting() == 0 => return Ok(Err(Refusal::Nothing)),
        () if preview.unsolved(order.chosen) > 0 => return Ok(Err(Refusal::Collides)),
        () => {}
    }
    let kind = if order.action == Action::Delete { batch::Kind::Delete } else { batch::Kind::Change };
    let acting: Vec<&Impact> = preview.impacts.iter().filter(|i| i.acts()).collect();
    let batch = batch::open(&mut *tx, campaign.id, week, kind, by, now).await?;
    batch::keep(&mut *tx, batch, &acting.iter().map(|i| i.shift.id).collect::<Vec<_>>()).await?;
    take_off(&mut tx, &preview, order, by, now).await?;
    apply(&mut tx, &acting, now).await?;
    tell(&mut tx, config, campaign, &preview, order, now).await?;
    note(&mut tx, campaign, (week, batch), kind, by, now).await?;
    tx.commit().await?;
    Ok(Ok(Done { shifts: acting.len(), people: preview.people() }))
}

async fn note(
    db: &mut PgConnection,
    campaign: &Campaign,
    (week, batch): (Week, BatchId),
    kind: batch::Kind,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let action = if kind == batch::Kind::Delete { "plan.delete" } else { "plan.change" };
    audit::note(db, Some(by), action, &format!("{} {week} {batch}", campaign.id), now).await
}

/// Whether this booking ends with the step.
fn ends(touched: &Touched, chosen: &BTreeSet<BookingId>) -> bool {
    match touched.effect {
        Effect::TakenOff => true,
        Effect::Collides(..) => chosen.contains(&touched.held.booking),
        _ => false,
    }
}

async fn take_off(
    db: &mut PgConnection,
    preview: &Preview,
    order: &Order<'_>,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let gone: Vec<_> =
        preview.touched().filter(|(_, t)| ends(t, order.chosen)).map(|(_, t)| t.held.booking.0).collect();
    sqlx::query!(
        "with gone as (
             update booking set released_at = $2, release_kind = 'shift', released_by = $3, release_reason = $4
             where id = any ($1) and released_at is null
             returning shift_id
         )
         update shift set booked = booked - n from (select shift_id, count(*)::smallint as n from gone group by shift_id) g
         where shift.id = g.shift_id",
        &gone,
        now,
        by.0,
        order.reason,
    )
    .execute(db)
    .await
    .map(drop)
}

async fn apply(db: &mut PgConnection, acting: &[&Impact], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let gone: Vec<i64> = acting.iter().filter(|i| i.fate == Fate::Gone).map(|i| i.shift.id.0).collect();
    sqlx::query!("update shift set withdrawn_at = $2 where id = any ($1) and published_at is not null", &gone, now)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from shift where id = any ($1) and published_at is null", &gone).execute(&mut *db).await?;
    let mut moved: Vec<(&Shift, &Shift)> = acting
        .iter()
        .filter_map(|i| if let Fate::Changed(new) = &i.fate { Some((&i.shift, new)) } else { None })
        .collect();
    // The overlap rule is kept row by row: what moves later moves from the end of the week on.
    if moved.iter().any(|(old, new)| new.starts_at > old.starts_at || new.ends_at > old.ends_at) {
        moved.reverse();
    }
    for (_, new) in moved {
        sqlx::query!(
            "update shift set starts_at = $2, ends_at = $3, seats = $4, channel = $5 where id = $1",
            new.id.0,
            new.starts_at,
            new.ends_at,
            new.seats,
            new.channel as Channel,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// One mail per person, with all that changes for them.
async fn tell(
    db: &mut PgConnection,
    config: &Config,
    campaign: &Campaign,
    preview: &Preview,
    order: &Order<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut people: BTreeMap<AccountId, (&Held, Vec<String>)> = BTreeMap::new();
    for (impact, touched) in preview.touched() {
        let shift = said(&campaign.zone, impact.shift.starts_at, impact.shift.ends_at);
        let line = if impact.fate == Fate::Gone {
            format!("{shift}: entfällt, deine Buchung ist aufgehoben")
        } else if ends(touched, order.chosen) {
            format!("{shift}: deine Buchung ist aufgehoben")
        } else {
            format!("{shift}: {}", impact.news(&campaign.zone))
        };
        people.entry(touched.held.account).or_insert((&touched.held, Vec::new())).1.push(line);
    }
    let mails: Vec<_> = people
        .into_values()
        .map(|(held, lines)| {
            let to = Qualified { account: held.account, name: held.name.clone(), email: held.email.clone() };
            mails::changed(config, &to, &campaign.title(), &lines, order.reason)
        })
        .collect();
    mail::enqueue_all(db, &mails, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::opening::Span;
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-11-30 12:00 UTC);

    /// Wednesday, 2 December, 16:00–20:00 in Berlin.
    fn shift(id: i64) -> Shift {
        Shift {
            id: ShiftId(id),
            channel: Channel::Phone,
            starts_at: datetime!(2026-12-02 15:00 UTC),
            ends_at: datetime!(2026-12-02 19:00 UTC),
            seats: 3,
            booked: 2,
            published_at: Some(NOW),
        }
    }

    fn held(shift: i64, person: u128, booked_at: OffsetDateTime) -> Held {
        Held {
            booking: BookingId(Uuid::from_u128(100 * person + shift as u128)),
            shift: ShiftId(shift),
            account: AccountId(Uuid::from_u128(person)),
            name: format!("Person {person}"),
            email: "person@beispiel.de".into(),
            booked_at,
        }
    }

    fn facts(shifts: Vec<Shift>, held: Vec<Held>) -> Facts {
        let weekly = std::array::from_fn(|_| vec![Span { opens: 420, closes: 1320 }]);
        Facts { shifts, held, others: Vec::new(), hours: Hours { weekly, ..Hours::default() } }
    }

    fn change(facts: &Facts, wish: Wish) -> Preview {
        preview(facts, Action::Change(wish), &Zone::berlin(), NOW)
    }

    fn until(end: i16) -> Wish {
        Wish { end: Some(end), ..Wish::default() }
    }

    #[test]
    fn an_earlier_end_takes_hours() {
        let facts = facts(vec![shift(1)], vec![held(1, 7, NOW)]);
        let preview = change(&facts, until(18 * 60));
        assert_eq!(preview.impacts[0].news(&Zone::berlin()), "endet um 18:00");
        assert_eq!(preview.impacts[0].touched[0].effect, Effect::Shorter(Duration::hours(2)));
        assert_eq!((preview.acting(), preview.people()), (1, 1));
    }

    #[test]
    fn what_begins_after_an_earlier_end_goes_if_wished() {
        let facts = facts(vec![shift(1)], vec![held(1, 7, NOW)]);
        let preview = change(&facts, Wish { drop: true, ..until(16 * 60) });
        assert_eq!((&preview.impacts[0].fate, &preview.impacts[0].touched[0].effect), (&Fate::Gone, &Effect::TakenOff));
        assert_eq!(change(&facts, until(16 * 60)).impacts[0].fate, Fate::Kept(Block::Closed));
    }

    #[test]
    fn outside_the_opening_hours_a_shift_stays() {
        let facts = facts(vec![shift(1)], vec![held(1, 7, NOW)]);
        let preview = change(&facts, until(23 * 60));
        assert_eq!(preview.impacts[0].fate, Fate::Kept(Block::Closed));
        assert_eq!((preview.acting(), preview.people()), (0, 0));
    }

    #[test]
    fn a_shift_that_has_begun_stays() {
        let begun = Shift { starts_at: NOW, ends_at: NOW + Duration::HOUR, ..shift(1) };
        let facts = facts(vec![begun], vec![]);
        for action in [Action::Delete, Action::Change(until(18 * 60))] {
            let preview = preview(&facts, action, &Zone::berlin(), NOW);
            assert_eq!(preview.impacts[0].fate, Fate::Kept(Block::Started));
        }
    }

    #[test]
    fn who_booked_last_loses_the_seat() {
        let facts = facts(vec![shift(1)], vec![held(1, 7, NOW), held(1, 8, NOW - Duration::HOUR)]);
        let preview = change(&facts, Wish { seats: Some(1), ..Wish::default() });
        let names: Vec<_> = preview.touched().map(|(_, t)| t.held.name.clone()).collect();
        assert_eq!((names, &preview.impacts[0].touched[0].effect), (vec!["Person 7".to_owned()], &Effect::TakenOff));
    }

    #[test]
    fn a_collision_is_named_and_solved_by_taking_the_booking_off() {
        let mut facts = facts(vec![shift(1)], vec![held(1, 7, NOW)]);
        facts.others.push(Other {
            booking: BookingId(Uuid::from_u128(1)),
            account: AccountId(Uuid::from_u128(7)),
            starts_at: datetime!(2026-12-02 19:00 UTC),
            ends_at: datetime!(2026-12-02 21:00 UTC),
            campaign: "Fährhaus Reisen".into(),
        });
        assert_eq!(change(&facts, until(20 * 60)).impacts[0].fate, Fate::Same);
        let preview = change(&facts, until(21 * 60));
        let Effect::Collides(_, said) = &preview.impacts[0].touched[0].effect else { panic!("a collision") };
        assert_eq!(said, "Mi, 2.12., 20:00–22:00 Uhr (Fährhaus Reisen)");
        assert_eq!(preview.unsolved(&BTreeSet::new()), 1);
        assert_eq!(preview.unsolved(&BTreeSet::from([preview.impacts[0].touched[0].held.booking])), 0);
        // Naming the other booking does not help: it is not this shift's to take off.
        assert_eq!(preview.unsolved(&BTreeSet::from([BookingId(Uuid::from_u128(1))])), 1);
        assert_eq!(preview.digest, change(&facts, until(21 * 60)).digest);
    }

    #[test]
    fn two_moved_shifts_of_one_person_collide_with_each_other() {
        let early =
            Shift { starts_at: datetime!(2026-12-02 11:00 UTC), ends_at: datetime!(2026-12-02 15:00 UTC), ..shift(2) };
        let facts = facts(vec![early, shift(1)], vec![held(1, 7, NOW), held(2, 7, NOW)]);
        let preview = change(&facts, until(18 * 60));
        assert_eq!(preview.unsolved(&BTreeSet::new()), 2);
        let one = preview.impacts[0].touched[0].held.booking;
        assert_eq!((preview.unsolved(&BTreeSet::from([one])), preview.people()), (0, 1));
    }

    #[test]
    fn deleting_touches_every_booking_and_the_digest_sees_new_ones() {
        let mut facts = facts(vec![shift(1)], vec![held(1, 7, NOW)]);
        let before = preview(&facts, Action::Delete, &Zone::berlin(), NOW);
        facts.held.push(held(1, 8, NOW));
        let after = preview(&facts, Action::Delete, &Zone::berlin(), NOW);
        assert_eq!((before.people(), after.people()), (1, 2));
        assert_ne!(before.digest, after.digest);
    }

    #[test]
    fn a_booking_that_nothing_happens_to_leaves_the_digest() {
        let more = Wish { seats: Some(9), ..Wish::default() };
        let before = change(&facts(vec![shift(1)], vec![]), more).digest;
        let booked = Shift { booked: 3, ..shift(1) };
        assert_eq!(change(&facts(vec![booked], vec![held(1, 7, NOW)]), more).digest, before);
    }

    #[test]
    fn clock_changes_are_the_walls() {
        // Sunday 28 March 2027, 00:00–04:00 in Berlin: three hours long.
        let night =
            Shift { starts_at: datetime!(2027-03-27 23:00 UTC), ends_at: datetime!(2027-03-28 2:00 UTC), ..shift(1) };
        let mut facts = facts(vec![night], vec![held(1, 7, NOW)]);
        facts.hours.weekly = std::array::from_fn(|_| vec![Span { opens: 0, closes: 1440 }]);
        assert_eq!(change(&facts, until(150)).impacts[0].fate, Fate::Kept(Block::Missing));
        assert_eq!(change(&facts, until(180)).impacts[0].touched[0].effect, Effect::Shorter(Duration::HOUR));
    }
}
