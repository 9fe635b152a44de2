//! What an erasure was about, in the words of the ledger: every feature names by it what it erased.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Rule;
use crate::id::{AccountId, ApplicationId};

/// What an erasure was about. A new kind needs a value of the database's type, a key that never changes, and a way to erase
/// it again after a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "erasure_kind", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An application with everything that hangs on it.
    Dossier,
    /// An applicant's profile and, unless it has another use, their account.
    Person,
    /// An account whose access has ended, with everything that hangs on it; its row stays without a personal field.
    Account,
    /// A person's confirmations of contract papers.
    Contracts,
    /// A person's results of the privacy briefing.
    Briefings,
    /// A person's bookings of past years.
    Bookings,
    /// A person's rows of the fee ledger.
    Fees,
}

impl Kind {
    /// Its name, as the ledger's hashes have it; never changed.
    pub fn key(self) -> &'static str {
        match self {
            Self::Dossier => "dossier",
            Self::Person => "person",
            Self::Account => "account",
            Self::Contracts => "contracts",
            Self::Briefings => "briefings",
            Self::Bookings => "bookings",
            Self::Fees => "fees",
        }
    }
}

/// Something that was erased: for the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    pub kind: Kind,
    /// The id of the row that is gone, or no longer tells whose it was.
    pub subject: Uuid,
    pub rule: Rule,
    /// Files that went with it; their bytes follow by the queue of doomed files.
    pub files: i32,
}

/// What was erased of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    pub gone: Vec<Gone>,
    /// Whether the account went, too.
    pub account: bool,
}

/// What to do about a person whose rows somebody else holds right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Come back later.
    Skip,
    /// Wait for them.
    Wait,
}

/// Waits for an erasure of this person that is under way, by the rows that it locks, and keeps the next one waiting: the
/// applicant before the account. What is read afterwards is true until the caller's transaction ends.
pub async fn wait_for(db: &mut PgConnection, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from applicant where id = $1 for no key update", account.0)
        .fetch_optional(&mut *db)
        .await?;
    sqlx::query!("select id from account where id = $1 for no key update", account.0).fetch_optional(db).await.map(drop)
}

/// Keeps an erasure of this dossier's person, and a hold on them, waiting until the caller's transaction ends, or waits for one
/// that is under way. Whoever locks a dossier and then anything of its person begins with it: the person comes first, as in
/// the erasure.
pub async fn keep_waiting(db: impl PgExecutor<'_>, dossier: ApplicationId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select p.id from application a join applicant p on p.id = a.applicant_id where a.id = $1 for share of p",
        dossier.0
    )
    .fetch_optional(db)
    .await
    .map(drop)
}

/// The same for whoever applies under this address, by which somebody begins that may be known or not.
pub async fn keep_waiting_by(db: impl PgExecutor<'_>, email: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select p.id from account a join applicant p on p.id = a.id where a.email = $1 for share of p", email)
        .fetch_optional(db)
        .await
        .map(drop)
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done(Erased),
    /// Somebody else holds the person's row, or it is gone.
    Busy,
}
