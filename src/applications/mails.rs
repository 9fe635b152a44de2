//! The mails about an application that staff's steps cause: their texts filled in, put into the outbox.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::application::{self, Application};
use super::closing::Fate;
use super::form::link::{self, Page};
use super::mail_text::{self, Key, Text, Values};
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::mail::{self, Mail, Sample, Topic};
use crate::retention::day::ErasureDay;
use crate::retention::mails::with_day;
use crate::retention::{dossier, months};

/// What a mail says beyond the application's own facts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// Why, in a refusal.
    pub reason: &'a str,
    /// What became of the introduction, in a refusal.
    pub introduction: Fate,
    /// What is asked, in a question.
    pub question: &'a str,
    /// When the dossier is erased, as things stand when the mail is written.
    pub erased: Option<ErasureDay>,
    /// The token of the personal link; without one the mail leads to the page itself.
    pub token: Option<&'a str>,
}

/// The page of the application that a mail leads to; none: it leads into the portal.
fn page(key: Key) -> Option<Page> {
    match key {
        Key::Invitation => Some(Page::Interview),
        Key::Question | Key::Offer | Key::Refusal => Some(Page::Application),
        Key::Accepted => None,
    }
}

/// The mail of this text to the applicant.
pub fn compose(config: &Config, text: &Text, application: &Application, said: &Said<'_>) -> Mail {
    let link = config.link(&match (page(text.key), said.token) {
        (None, _) => "/schichten/frei".into(),
        (Some(_), Some(token)) => link::path(token),
        (Some(page), None) => page.of(application.id),
    });
    let erased_on = said.erased.map_or_else(|| "Tag der Löschung".into(), |day| german::date(day.on));
    let erasure = said.erased.map(|day| day.sentences()).unwrap_or_default();
    let values = Values {
        name: &application.name,
        stelle: &application.title,
        link: &link,
        grund: said.reason,
        vorstellung: said.introduction.sentence().unwrap_or_default(),
        frage: said.question,
        betreiber: &config.operator_name,
        loeschdatum: &erased_on,
        loeschung: &erasure,
    };
    let mail = Mail {
        account: Some(application.applicant.into()),
        topic: Topic::Application,
        recipient: application.email.clone(),
        subject: text.subject(&values),
        body: text.body(&values),
    };
    with_day(mail, said.erased)
}

/// Writes the mail of this key into the outbox, with the text that holds now and a personal link.
pub async fn send(
    db: &mut PgConnection,
    config: &Config,
    key: Key,
    application: &Application,
    said: &Said<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let text = mail_text::find(&mut *db, key).await?;
    let token = match page(key) {
        Some(page) => link::for_mail(&mut *db, application.applicant, application.id, page, now).await?,
        None => None,
    };
    let erased = dossier::day_of(&mut *db, application.id, now).await?;
    let said = Said { token: token.as_deref(), erased, ..*said };
    mail::enqueue(db, &compose(config, &text, application, &said), now).await
}

/// Each built-in text with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let application = application::sample(now);
    let said = Said {
        reason: "Wir haben uns für Menschen entschieden, die auch abends telefonieren möchten.",
        introduction: Fate::Erased,
        question: "An welchen Tagen möchtest du am liebsten Schichten buchen?",
        erased: months::first_day_after(Zone::berlin().date(now), 6).map(ErasureDay::usual),
        token: Some("beispiel"),
    };
    let sample = |key: Key| Sample::new(key.word(), compose(config, &key.built_in(), &application, &said));
    Key::ALL.map(sample).to_vec()
}
