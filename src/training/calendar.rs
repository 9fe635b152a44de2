//! The calendar entries of a training (RFC 5545): one a day, times in UTC, one UID per person's day, SEQUENCE grows with each
//! change, and what was left or cancelled stays in the file as CANCELLED. Folding and escaping are the crate's.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use time::OffsetDateTime;
use time::macros::format_description;

use super::date::{Day, TrainingDate};
use super::participant::Participant;
use crate::config::Config;

/// The file's text, for somebody who has or had a seat.
pub fn ics(config: &Config, date: &TrainingDate, person: &Participant) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//portal//Schulung//DE"));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    for day in date.days() {
        calendar.push(event(config, date, person, day));
    }
    calendar.to_string()
}

fn event(config: &Config, date: &TrainingDate, person: &Participant, day: Day) -> Event {
    let status = if person.state.takes_part() { EventStatus::Confirmed } else { EventStatus::Cancelled };
    let link = config.link(&super::mails::path(date));
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", date.trainer_email));
    organizer.add_parameter("CN", &date.trainer_name);
    let host = config.base_url();
    let uid = format!("schulung-{}-{}@{}", day.id, person.freelancer, host.host_str().unwrap_or("localhost"));
    Event::new()
        .uid(&uid)
        .sequence(u32::try_from(person.sequence).unwrap_or_default())
        .status(status)
        .summary(&format!("Schulung: {}", date.title))
        .description(&format!("{}\nAlles dazu: {link}", date.campaign_title()))
        .location(&date.place)
        .url(&link)
        .add_property("DTSTAMP", utc(person.changed_at))
        .add_property("LAST-MODIFIED", utc(person.changed_at))
        .add_property("DTSTART", utc(day.starts_at))
        .add_property("DTEND", utc(day.ends_at))
        .append_property(organizer.done())
        .done()
}

/// `20261207T080000Z`
fn utc(at: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}
