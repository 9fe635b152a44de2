//! The calendar entry of an interview (RFC 5545): times in UTC, one UID per application, SEQUENCE grows with each change,
//! and a cancelled interview stays in the file as CANCELLED. Folding and escaping are the crate's.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use time::OffsetDateTime;
use time::macros::format_description;

use super::Interview;
use crate::config::Config;

/// The file's text.
pub fn ics(config: &Config, interview: &Interview) -> String {
    let changed = interview.ended_at.unwrap_or(interview.chosen_at);
    let status = if interview.is_live() { EventStatus::Confirmed } else { EventStatus::Cancelled };
    let link = config.link(&super::mails::path(interview));
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", interview.interviewer_email));
    organizer.add_parameter("CN", &interview.interviewer_name);
    let event = Event::new()
        .uid(&uid(config, interview))
        .sequence(u32::try_from(interview.sequence).unwrap_or_default())
        .status(status)
        .summary(&format!("Kennenlerngespräch mit {}", config.operator_name))
        .description(&format!("Bewerbung: {}\nVerschieben oder absagen: {link}", interview.title))
        .location(&interview.place)
        .url(&link)
        .add_property("DTSTAMP", utc(changed))
        .add_property("LAST-MODIFIED", utc(changed))
        .add_property("DTSTART", utc(interview.starts_at))
        .add_property("DTEND", utc(interview.ends_at))
        .append_property(organizer.done())
        .done();
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//portal//Kennenlerngespräch//DE"));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.push(event);
    calendar.to_string()
}

/// The same for every interview of an application, so that a calendar replaces the entry.
fn uid(config: &Config, interview: &Interview) -> String {
    format!("gespraech-{}@{}", interview.application, config.base_url().host_str().unwrap_or("localhost"))
}

/// `20261201T080000Z`
fn utc(at: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}
