//! The mails about one's own application. What a stranger may have typed stands in none that goes to an address which
//! nobody has confirmed: the form is no way to send words to others.

use askama::Template;
use time::{Duration, OffsetDateTime};

use super::link;
use crate::applications::application::{self, Application, State};
use crate::applications::closing::Fate;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::retention::day::ErasureDay;
use crate::retention::mails::with_day;
use crate::retention::months;

#[derive(Template)]
#[template(path = "mail/application_link.txt")]
struct PersonalLink<'a> {
    title: Option<&'a str>,
    operator: &'a str,
    link: String,
    until: String,
}

/// The personal link; with the posting's title if it begins or goes on with an application to it.
pub fn personal_link(
    config: &Config,
    to: Recipient<'_>,
    title: Option<&str>,
    token: &str,
    now: OffsetDateTime,
) -> Mail {
    let body = PersonalLink {
        title,
        operator: &config.operator_name,
        link: config.link(&link::path(token)),
        until: german::day(Zone::berlin().date(now + link::LIFETIME)),
    };
    to.mail(Topic::Application, "Dein persönlicher Link zur Bewerbung", &body)
}

#[derive(Template)]
#[template(path = "mail/application_sign_in.txt")]
struct SignIn<'a> {
    operator: &'a str,
    link: String,
}

/// To somebody who has a password already: no link opens their session, they sign in. `path` is where they wanted to go.
pub fn sign_in(config: &Config, to: Recipient<'_>, path: &str) -> Mail {
    to.mail(
        Topic::Application,
        "Bitte melde dich an",
        &SignIn { operator: &config.operator_name, link: config.link(path) },
    )
}

#[derive(Template)]
#[template(path = "mail/data_copy.txt")]
struct DataCopy<'a> {
    operator: &'a str,
    link: String,
    until: String,
    way: &'a Way,
    /// Where a new copy can be asked for without signing in.
    request: String,
}

/// How somebody comes to their copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// They have a password.
    Password,
    /// They apply: the link with this token signs in, once.
    SignIn(String),
    /// Their access has ended: this path leads to the copy, once.
    Copy(String),
}

impl Way {
    /// By a token for applicants; those for whom there is none have a password.
    pub fn of(token: Option<String>) -> Self {
        token.map_or(Self::Password, Self::SignIn)
    }
}

/// The copy of one's own data is there.
pub fn data_copy(config: &Config, to: Recipient<'_>, way: &Way, until: OffsetDateTime) -> Mail {
    let path = match way {
        Way::Password => link::COPY.to_owned(),
        Way::SignIn(token) => link::path(token),
        Way::Copy(path) => path.clone(),
    };
    let body = DataCopy {
        operator: &config.operator_name,
        link: config.link(&path),
        until: german::moment(Zone::berlin().local(until)),
        way,
        request: config.link("/datenschutz/anfrage"),
    };
    to.mail(Topic::Privacy, "Die Kopie deiner Daten ist fertig", &body)
}

#[derive(Template)]
#[template(path = "mail/application_received.txt")]
struct Received<'a> {
    title: &'a str,
    next: &'a str,
    erased: Option<ErasureDay>,
    link: String,
    operator: &'a str,
}

/// "We have your application": what comes next, and when it will be erased.
pub fn received(config: &Config, sent: &Application, erased: Option<ErasureDay>) -> Mail {
    let next = match (sent.state, sent.due_on) {
        (State::Introduced, Some(day)) => {
            format!("Wir sehen sie uns bis {} an und melden uns dann bei dir.", german::day(day))
        }
        _ => "Als Nächstes fehlt noch deine Vorstellung: ein kurzes Video, eine Tonaufnahme oder ein Text. Alle drei zählen gleich viel.".into(),
    };
    let body = Received {
        title: &sent.title,
        next: &next,
        erased,
        link: config.link(&path(sent)),
        operator: &config.operator_name,
    };
    recipient(sent).mail(Topic::Application, "Deine Bewerbung ist da", &body)
}

#[derive(Template)]
#[template(path = "mail/application_withdrawn.txt")]
struct Withdrawn<'a> {
    title: &'a str,
    introduction: Option<&'static str>,
    erased: Option<ErasureDay>,
    link: String,
    operator: &'a str,
}

/// "You withdrew": what became of the introduction; the rest follows on this day.
pub fn withdrawn(config: &Config, application: &Application, introduction: Fate, erased: Option<ErasureDay>) -> Mail {
    let body = Withdrawn {
        title: &application.title,
        introduction: introduction.sentence(),
        erased,
        link: config.link(&path(application)),
        operator: &config.operator_name,
    };
    recipient(application).mail(Topic::Application, "Deine Bewerbung ist zurückgezogen", &body)
}

#[derive(Template)]
#[template(path = "mail/consent_given.txt")]
struct KeptLonger<'a> {
    title: &'a str,
    erased: Option<ErasureDay>,
    withdrawal: String,
    operator: &'a str,
}

/// "We keep it longer": until when, and the link that takes it back.
pub fn kept_longer(config: &Config, application: &Application, erased: Option<ErasureDay>, token: &str) -> Mail {
    let body = KeptLonger {
        title: &application.title,
        erased,
        withdrawal: config.link(&consent_path(token)),
        operator: &config.operator_name,
    };
    recipient(application).mail(Topic::Application, "Wir behalten deine Bewerbung länger", &body)
}

#[derive(Template)]
#[template(path = "mail/consent_ending.txt")]
struct KeepingEnds<'a> {
    title: &'a str,
    erased: Option<ErasureDay>,
    link: String,
    withdrawal: String,
    operator: &'a str,
}

/// "Your consent ends": what happens by itself, the way to renew it, and the link that takes it back. `personal` is the
/// token of the personal link; without one the mail leads to the page itself.
pub fn keeping_ends(
    config: &Config,
    application: &Application,
    erased: Option<ErasureDay>,
    personal: Option<&str>,
    withdrawal: &str,
) -> Mail {
    let body = KeepingEnds {
        title: &application.title,
        erased,
        link: config.link(&personal.map_or_else(|| path(application), link::path)),
        withdrawal: config.link(&consent_path(withdrawal)),
        operator: &config.operator_name,
    };
    recipient(application).mail(Topic::Application, "Deine Einwilligung endet bald", &body)
}

/// The page on which a consent is withdrawn without signing in.
fn consent_path(token: &str) -> String {
    format!("/bewerbung/einwilligung/{token}")
}

fn recipient(application: &Application) -> Recipient<'_> {
    Recipient::of(application.applicant, &application.email)
}

fn path(application: &Application) -> String {
    format!("/bewerbung/{}", application.id)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let application = application::sample(now);
    let to = recipient(&application);
    let erased = months::first_day_after(Zone::berlin().date(now), 6).map(ErasureDay::usual);
    vec![
        Sample::new(
            "application_link",
            with_day(personal_link(config, to, Some(&application.title), "beispiel", now), erased),
        ),
        Sample::new("application_sign_in", sign_in(config, to, "/anmeldung?weiter=%2Fbewerbung")),
        Sample::new("application_received", received(config, &application, erased)),
        Sample::new("data_copy", data_copy(config, to, &Way::SignIn("beispiel".into()), now + Duration::days(7))),
        Sample::new("application_withdrawn", withdrawn(config, &application, Fate::Erased, erased)),
        Sample::new("consent_given", kept_longer(config, &application, erased, "beispiel")),
        Sample::new("consent_ending", keeping_ends(config, &application, erased, Some("beispiel"), "beispiel")),
    ]
}
