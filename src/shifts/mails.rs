//! The mails about shifts: plain text, subjects without names.

use askama::Template;
use time::{Duration, OffsetDateTime};

use super::booking::Facts;
use super::kind::Kind;
use super::said;
use super::taking_off::Live;
use crate::campaigns::campaign::Channel;
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::qualification::Qualified;
use crate::id::{AccountId, BookingId, CampaignId, ShiftId};
use crate::mail::{self, Mail, Recipient, Sample, Topic};

/// Subject and body of a mail whose recipient the statement knows.
pub struct Text {
    pub subject: String,
    pub body: String,
}

#[derive(Template)]
#[template(path = "mail/booked.txt")]
struct Booked<'a> {
    shift: &'a str,
    campaign: &'a str,
    channel: &'a str,
    hint: &'a str,
    link: String,
    operator: &'a str,
}

/// "You booked …"
pub fn booked(config: &Config, facts: &Facts, now: OffsetDateTime) -> Text {
    let shift = facts.said();
    let body = Booked {
        shift: &shift,
        campaign: &facts.campaign_title(),
        channel: facts.channel.label(),
        hint: &facts.release_hint(now),
        link: config.link("/meine-schichten"),
        operator: &config.operator_name,
    };
    Text { subject: format!("Gebucht: {shift}"), body: mail::text(&body) }
}

#[derive(Template)]
#[template(path = "mail/released.txt")]
struct Released<'a> {
    shift: &'a str,
    campaign: &'a str,
    link: String,
    operator: &'a str,
}

/// "You released …"
pub fn released(config: &Config, facts: &Facts) -> Text {
    let shift = facts.said();
    let body = Released {
        shift: &shift,
        campaign: &facts.campaign_title(),
        link: config.link("/schichten/frei"),
        operator: &config.operator_name,
    };
    Text { subject: format!("Freigegeben: {shift}"), body: mail::text(&body) }
}

#[derive(Template)]
#[template(path = "mail/taken_off.txt")]
struct TakenOff<'a> {
    shift: &'a str,
    campaign: &'a str,
    reason: &'a str,
    link: String,
    operator: &'a str,
}

/// "Your booking was taken off …"
pub fn taken_off(config: &Config, booking: &Live, reason: &str) -> Mail {
    let shift = said(&booking.zone, booking.starts_at, booking.ends_at);
    let body = TakenOff {
        shift: &shift,
        campaign: &format!("{} · {}", booking.client, booking.campaign_name),
        reason,
        link: config.link("/schichten/frei"),
        operator: &config.operator_name,
    };
    let subject = format!("Deine Buchung ist aufgehoben: {shift}");
    Recipient::of(booking.person, &booking.email).mail(Topic::Change, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/bookings_kept.txt")]
struct Kept<'a> {
    name: &'a str,
    lines: &'a [String],
    reason: &'a str,
    link: String,
    operator: &'a str,
}

/// "What you booked stays …" after a decision of staff. `lines` are the shifts, said.
pub fn kept(config: &Config, (account, name, email): (AccountId, &str, &str), lines: &[String], reason: &str) -> Mail {
    let body = Kept { name, lines, reason, link: config.link("/meine-schichten"), operator: &config.operator_name };
    Recipient::of(account, email).mail(Topic::Readiness, "Deine gebuchten Schichten bleiben", &body)
}

#[derive(Template)]
#[template(path = "mail/published.txt")]
struct Published<'a> {
    name: &'a str,
    campaign: &'a str,
    shifts: &'a str,
    weeks: &'a str,
    link: String,
    operator: &'a str,
}

/// "The plan is out …" `shifts` and `weeks` are said: `186 Schichten`, `KW 49 bis KW 53`.
pub fn published(
    config: &Config,
    to: &Qualified,
    campaign: &str,
    slug: &str,
    shifts: &str,
    weeks: &str,
    first_week: &str,
) -> Mail {
    let body = Published {
        name: &to.name,
        campaign,
        shifts,
        weeks,
        link: config.link(&format!("/schichtplan?kampagne={slug}&woche={first_week}")),
        operator: &config.operator_name,
    };
    let subject = format!("Neuer Schichtplan: {campaign}, {weeks}");
    Recipient::of(to.account, &to.email).mail(Topic::Publication, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/help.txt")]
struct Help<'a> {
    name: &'a str,
    campaign: &'a str,
    week: &'a str,
    lines: &'a [String],
    link: String,
    operator: &'a str,
}

/// "There are open seats; could you …" `lines` are the open shifts, said.
pub fn help(config: &Config, to: &Qualified, campaign: &str, week: &str, lines: &[String], path: &str) -> Mail {
    let body = Help { name: &to.name, campaign, week, lines, link: config.link(path), operator: &config.operator_name };
    let subject = format!("Offene Schichten: {campaign}, {week}");
    Recipient::of(to.account, &to.email).mail(Topic::Help, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/changed.txt")]
struct Changed<'a> {
    name: &'a str,
    campaign: &'a str,
    lines: &'a [String],
    reason: &'a str,
    link: String,
    operator: &'a str,
}

/// "Shifts that you booked change …" `lines` say what becomes of each.
pub fn changed(config: &Config, to: &Qualified, campaign: &str, lines: &[String], reason: &str) -> Mail {
    let body = Changed {
        name: &to.name,
        campaign,
        lines,
        reason,
        link: config.link("/meine-schichten"),
        operator: &config.operator_name,
    };
    let subject = format!("Deine gebuchten Schichten ändern sich: {campaign}");
    Recipient::of(to.account, &to.email).mail(Topic::Change, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let (facts, live) = (sample_facts(now), sample_live(now));
    let to = Qualified { account: live.person, name: live.name.clone(), email: live.email.clone() };
    let topics = [
        ("booked", Topic::Booking, booked(config, &facts, now)),
        ("released", Topic::Release, released(config, &facts)),
    ];
    let addressed = topics.map(|(template, topic, Text { subject, body })| {
        Sample::new(template, Mail { account: Some(to.account), topic, recipient: to.email.clone(), subject, body })
    });
    let campaign = facts.campaign_title();
    let lines = [format!("{}, Telefon: 3 Plätze", facts.said())];
    let change = [format!("{}: beginnt um 10:00 Uhr", facts.said())];
    let reason = "Der Auftraggeber öffnet später.";
    let (week, path) = ("KW 49", "/schichtplan?kampagne=bestellhotline&woche=2026-W49");
    let mut samples = addressed.to_vec();
    samples.push(Sample::new("changed", changed(config, &to, &campaign, &change, reason)));
    samples.push(Sample::new("taken_off", taken_off(config, &live, reason)));
    let stays = (to.account, to.name.as_str(), to.email.as_str());
    samples.push(Sample::new("bookings_kept", kept(config, stays, &[format!("{}, {campaign}", facts.said())], reason)));
    samples.push(Sample::new("help", help(config, &to, &campaign, week, &lines, path)));
    let published = published(config, &to, &campaign, "bestellhotline", "186 Schichten", "KW 49 bis KW 52", "2026-W49");
    samples.push(Sample::new("published", published));
    samples
}

fn sample_facts(now: OffsetDateTime) -> Facts {
    let live = sample_live(now);
    Facts {
        shift: live.shift,
        campaign: CampaignId::new(),
        client: live.client,
        campaign_name: live.campaign_name,
        channel: Channel::Phone,
        zone: live.zone,
        starts_at: live.starts_at,
        ends_at: live.ends_at,
        seats: 5,
        booked: 2,
        withdrawn_at: None,
        campaign_ended_at: None,
        release_deadline_hours: 24,
        planner_contact: "planung@beispiel.example".into(),
        qualified: true,
        mentors: false,
        booking: Some(live.id),
        booked_at: Some(now),
        kind: Some(Kind::Seat),
        other_starts_at: None,
        other_ends_at: None,
        other_course: None,
    }
}

fn sample_live(now: OffsetDateTime) -> Live {
    let zone = Zone::berlin();
    let starts_at = zone.wall_or_next(zone.date(now) + Duration::days(8), 9 * 60);
    Live {
        id: BookingId::new(),
        shift: ShiftId(1),
        person: AccountId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        kind: Kind::Seat,
        campaign_slug: "bestellhotline".into(),
        client: "Blattgrün".into(),
        campaign_name: "Bestellhotline".into(),
        zone,
        starts_at,
        ends_at: starts_at + Duration::hours(4),
    }
}
