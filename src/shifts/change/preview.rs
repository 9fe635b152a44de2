//! What a change would do, decided from the facts. Pure.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Action, Block, Effect, Facts, Fate, Held, Impact, Other, Preview, Touched, Wish};
use crate::campaigns::opening::Hours;
use crate::clock::{Zone, german};
use crate::id::{AccountId, BookingId};
use crate::shifts::kind::Kind;
use crate::shifts::pattern::LONGEST;
use crate::shifts::said;
use crate::shifts::shift::Shift;

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
    // A trainee's place takes no seat, so it never loses one.
    own.sort_by_key(|h| (h.kind, h.booked_at, h.booking));
    let keep = match fate {
        Fate::Gone => 0,
        Fate::Changed(new) => usize::try_from(new.seats).unwrap_or(0),
        Fate::Same | Fate::Kept(_) => return Vec::new(),
    };
    let (seats, places): (Vec<&Held>, Vec<&Held>) = own.into_iter().partition(|h| h.kind == Kind::Seat);
    let leaves = |seat: &BookingId| seats.iter().skip(keep).any(|h| h.booking == *seat);
    let effect = |(goes, held): (bool, &Held)| {
        let effect = match fate {
            _ if goes => Effect::TakenOff,
            Fate::Changed(new) => effect(shift, new).or(held.mentor.filter(leaves).map(|_| Effect::MentorLeaves))?,
            _ => return None,
        };
        Some(Touched { held: held.clone(), effect })
    };
    let seated = seats.iter().enumerate().map(|(place, held)| (place >= keep, *held));
    let beside = places.into_iter().map(|held| (*fate == Fate::Gone, held));
    seated.chain(beside).filter_map(effect).collect()
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

/// What is new about a changed shift: `endet um 18:00, 3 Plätze`.
pub(super) fn news(old: &Shift, new: &Shift, zone: &Zone) -> String {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::campaigns::campaign::Channel;
    use crate::campaigns::opening::Span;
    use crate::id::ShiftId;
    use time::Duration;
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
            kind: Kind::Seat,
            mentor: None,
        }
    }

    fn beside(mentor: &Held, person: u128) -> Held {
        Held { kind: Kind::Beside, mentor: Some(mentor.booking), ..held(mentor.shift.0, person, NOW) }
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
    fn a_trainee_loses_no_seat_and_hears_that_the_mentor_goes() {
        let (first, mentor) = (held(1, 7, NOW - Duration::HOUR), held(1, 8, NOW));
        let facts = facts(vec![shift(1)], vec![first, mentor.clone(), beside(&mentor, 9)]);
        let preview = change(&facts, Wish { seats: Some(1), ..Wish::default() });
        let effects: Vec<_> = preview.touched().map(|(_, t)| (t.held.name.as_str(), t.effect.clone())).collect();
        assert_eq!(effects, [("Person 8", Effect::TakenOff), ("Person 9", Effect::MentorLeaves)]);
        let gone = super::preview(&facts, Action::Delete, &Zone::berlin(), NOW);
        assert!(gone.touched().all(|(_, t)| t.effect == Effect::TakenOff) && gone.people() == 3);
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
