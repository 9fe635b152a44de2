//! The outbox. A mail is a row written in the transaction that causes it; the worker hands it over later.

pub mod erasure;
pub mod html;
pub mod sign_off;
pub mod transport;
pub mod worker;

use askama::Template;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::id::AccountId;

/// What a mail is about; each but [`Topic::Account`] can be switched off by its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "mail_topic", rename_all = "snake_case")]
pub enum Topic {
    /// Invitation, password: cannot be switched off.
    Account,
    /// A plan was published.
    Publication,
    /// You booked.
    Booking,
    /// You released.
    Release,
    /// A booking was changed or taken off by staff. Always worth a mail, yet the person decides.
    Change,
    /// Staff ask for help with open shifts.
    Help,
    /// The steps of one's own application: cannot be switched off.
    Application,
    /// Reminder of an interview.
    Interview,
    /// What decides whether one may book: papers, contract, briefing, qualification. Cannot be switched off.
    Readiness,
    /// Trainings: enrolment, reminder, an offered seat.
    Training,
    /// First shifts beside a mentor.
    FirstShifts,
    /// One's own data: requests and receipts. Cannot be switched off, and reaches those whose access has ended.
    Privacy,
    /// Answers to somebody who wrote through the contact form and has no account: nothing to switch off.
    Contact,
}

impl Topic {
    /// The topics a person can switch off, in the order of the account page.
    pub const OPTIONAL: [Self; 8] = [
        Self::Publication,
        Self::Booking,
        Self::Release,
        Self::Change,
        Self::Help,
        Self::Training,
        Self::FirstShifts,
        Self::Interview,
    ];

    /// Whether a person can switch it off.
    pub fn is_optional(self) -> bool {
        Self::OPTIONAL.contains(&self)
    }

    /// The topic's name in forms and the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Publication => "publication",
            Self::Booking => "booking",
            Self::Release => "release",
            Self::Change => "change",
            Self::Help => "help",
            Self::Application => "application",
            Self::Interview => "interview",
            Self::Contact => "contact",
            Self::Privacy => "privacy",
            Self::Readiness => "readiness",
            Self::Training => "training",
            Self::FirstShifts => "first_shifts",
        }
    }

    /// What the topic is called on the account page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Account => "Zugang und Passwort",
            Self::Publication => "Ein neuer Schichtplan ist da",
            Self::Booking => "Bestätigung, wenn du gebucht hast",
            Self::Release => "Bestätigung, wenn du freigegeben hast",
            Self::Change => "Eine gebuchte Schicht ändert sich oder entfällt",
            Self::Help => "Bitte um Mithilfe bei offenen Schichten",
            Self::Application => "Deine Bewerbung",
            Self::Interview => "Erinnerung an ein Kennenlerngespräch",
            Self::Contact => "Antworten auf deine Nachrichten",
            Self::Privacy => "Deine Daten: Anfragen und Löschnachweise",
            Self::Readiness => "Unterlagen, Unterweisung und Einsatzbereitschaft",
            Self::Training => "Schulungen: Erinnerung und freie Plätze",
            Self::FirstShifts => "Erste Schichten mit Pat*in",
        }
    }
}

/// A mail to be sent: plain text, a subject without names.
#[derive(Debug, Clone)]
pub struct Mail {
    /// None: somebody without an account, who wrote to us and gave this address.
    pub account: Option<AccountId>,
    pub topic: Topic,
    pub recipient: String,
    pub subject: String,
    pub body: String,
}

/// To whom a mail goes.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    account: Option<AccountId>,
    email: &'a str,
}

impl<'a> Recipient<'a> {
    /// Somebody with an account: what they switched off is not sent.
    pub fn of(account: impl Into<AccountId>, email: &'a str) -> Self {
        Self { account: Some(account.into()), email }
    }

    /// Somebody without an account, who wrote to us and gave this address.
    pub fn stranger(email: &'a str) -> Self {
        Self { account: None, email }
    }

    /// The mail to them with this text.
    pub fn mail(self, topic: Topic, subject: impl Into<String>, body: &impl Template) -> Mail {
        Mail {
            account: self.account,
            topic,
            recipient: self.email.to_owned(),
            subject: subject.into(),
            body: text(body),
        }
    }
}

/// The text of a template below `templates/mail`. They are made of strings and numbers only, which cannot fail.
pub fn text(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

/// A mail with sample values, for the preview in the demo.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its template's name below `templates/mail`, without the ending, or the key of a text that staff edit.
    pub template: &'static str,
    pub mail: Mail,
}

impl Sample {
    /// The sample of a template.
    pub fn new(template: &'static str, mail: Mail) -> Self {
        Self { template, mail }
    }
}

/// Puts a mail into the outbox, unless its recipient switched the topic off or no longer has access.
pub async fn enqueue(db: impl PgExecutor<'_>, mail: &Mail, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    enqueue_all(db, std::slice::from_ref(mail), now).await
}

/// Puts many mails into the outbox with one statement, leaving out switched-off topics and people without access.
pub async fn enqueue_all(db: impl PgExecutor<'_>, mails: &[Mail], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    insert(db, mails, false, now).await
}

/// Puts receipts of erasures into the outbox: they belong to no account, and at its hand-over each loses recipient and text.
pub async fn enqueue_receipts(db: impl PgExecutor<'_>, mails: &[Mail], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    insert(db, mails, true, now).await
}

async fn insert(
    db: impl PgExecutor<'_>,
    mails: &[Mail],
    are_receipts: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = mails.iter().map(|_| Uuid::new_v4()).collect();
    let accounts: Vec<Option<Uuid>> = mails.iter().map(|m| m.account.map(|a| a.0)).collect();
    let topics: Vec<Topic> = mails.iter().map(|m| m.topic).collect();
    let recipients: Vec<String> = mails.iter().map(|m| m.recipient.clone()).collect();
    let subjects: Vec<String> = mails.iter().map(|m| m.subject.clone()).collect();
    let bodies: Vec<String> = mails.iter().map(|m| m.body.clone()).collect();
    sqlx::query!(
        r#"insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at, is_receipt)
           select m.id, m.account_id, m.topic, m.recipient, m.subject, m.body, $7, $7, $8
           from unnest($1::uuid[], $2::uuid[], $3::mail_topic[], $4::text[], $5::text[], $6::text[])
                as m (id, account_id, topic, recipient, subject, body)
           where not exists (select from mail_opt_out o where o.account_id = m.account_id and o.topic = m.topic)
             and (m.topic = 'privacy'
                  or not exists (select from account a where a.id = m.account_id and a.access_ended_at is not null))"#,
        &ids,
        &accounts as &[Option<Uuid>],
        topics as Vec<Topic>,
        &recipients,
        &subjects,
        &bodies,
        now,
        are_receipts,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The topics this person switched off.
pub async fn opt_outs(db: impl PgExecutor<'_>, account: AccountId) -> Result<Vec<Topic>, sqlx::Error> {
    sqlx::query_scalar!(r#"select topic as "topic: Topic" from mail_opt_out where account_id = $1"#, account.0)
        .fetch_all(db)
        .await
}

/// Switches exactly `topics` off for this person, all others on.
pub async fn set_opt_outs(
    db: &sqlx::PgPool,
    account: AccountId,
    topics: Vec<Topic>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!("delete from mail_opt_out where account_id = $1", account.0).execute(&mut *tx).await?;
    sqlx::query!(
        "insert into mail_opt_out (account_id, topic, at) select $1, topic, $3 from unnest($2::mail_topic[]) as topic
         on conflict on constraint mail_opt_out_once do nothing",
        account.0,
        topics as Vec<Topic>,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Removes recipient, subject and body of mails that were sent, or failed, before these instants; returns how many.
pub async fn scrub(
    db: impl PgExecutor<'_>,
    sent_before: OffsetDateTime,
    failed_before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "update mail set recipient = null, subject = null, body = null, scrubbed_at = $1
         where scrubbed_at is null and (sent_at < $2 or failed_at < $3)",
        now,
        sent_before,
        failed_before,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
