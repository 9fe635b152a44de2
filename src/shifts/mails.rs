//! The mails about shifts: plain text, subjects without names.

use askama::Template;
use time::OffsetDateTime;

use super::booking::Facts;
use super::said;
use super::taking_off::Live;
use crate::config::Config;
use crate::freelancers::qualification::Qualified;
use crate::mail::{Mail, Topic};

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
    settings: String,
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
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Text { subject: format!("Gebucht: {shift}"), body: render(&body) }
}

#[derive(Template)]
#[template(path = "mail/released.txt")]
struct Released<'a> {
    shift: &'a str,
    campaign: &'a str,
    link: String,
    settings: String,
    operator: &'a str,
}

/// "You released …"
pub fn released(config: &Config, facts: &Facts) -> Text {
    let shift = facts.said();
    let body = Released {
        shift: &shift,
        campaign: &facts.campaign_title(),
        link: config.link("/schichten/frei"),
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Text { subject: format!("Freigegeben: {shift}"), body: render(&body) }
}

#[derive(Template)]
#[template(path = "mail/taken_off.txt")]
struct TakenOff<'a> {
    shift: &'a str,
    campaign: &'a str,
    reason: &'a str,
    link: String,
    settings: String,
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
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Mail {
        account: booking.person,
        topic: Topic::Change,
        recipient: booking.email.clone(),
        subject: format!("Deine Buchung ist aufgehoben: {shift}"),
        body: render(&body),
    }
}

#[derive(Template)]
#[template(path = "mail/published.txt")]
struct Published<'a> {
    name: &'a str,
    campaign: &'a str,
    shifts: &'a str,
    weeks: &'a str,
    link: String,
    settings: String,
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
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Mail {
        account: to.account,
        topic: Topic::Publication,
        recipient: to.email.clone(),
        subject: format!("Neuer Schichtplan: {campaign}, {weeks}"),
        body: render(&body),
    }
}

/// Templates over strings cannot fail; an empty body would still be refused by the outbox.
pub(super) fn render(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "mail/help.txt")]
struct Help<'a> {
    name: &'a str,
    campaign: &'a str,
    week: &'a str,
    lines: &'a [String],
    link: String,
    settings: String,
    operator: &'a str,
}

/// "There are open seats; could you …" `lines` are the open shifts, said.
pub fn help(config: &Config, to: &Qualified, campaign: &str, week: &str, lines: &[String], path: &str) -> Mail {
    let body = Help {
        name: &to.name,
        campaign,
        week,
        lines,
        link: config.link(path),
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Mail {
        account: to.account,
        topic: Topic::Help,
        recipient: to.email.clone(),
        subject: format!("Offene Schichten: {campaign}, {week}"),
        body: render(&body),
    }
}

#[derive(Template)]
#[template(path = "mail/changed.txt")]
struct Changed<'a> {
    name: &'a str,
    campaign: &'a str,
    lines: &'a [String],
    reason: &'a str,
    link: String,
    settings: String,
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
        settings: config.link("/konto"),
        operator: &config.operator_name,
    };
    Mail {
        account: to.account,
        topic: Topic::Change,
        recipient: to.email.clone(),
        subject: format!("Deine gebuchten Schichten ändern sich: {campaign}"),
        body: render(&body),
    }
}
