//! Everything that is kept of one person, read at one moment, as a document for programs; `pages::readable` makes
//! the page for people of it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::id::{AccountId, ApplicantId, FreelancerId};
use crate::retention::disclosure::{Attachment, Table, Value, record};
use crate::retention::wish::Wish;
use crate::site::contact;
use crate::{accounts, applications, fees, freelancers, readiness, shifts, training};

/// What one feature tells.
#[derive(Debug, Clone)]
pub struct Chapter {
    pub title: &'static str,
    pub tables: Vec<Table>,
}

/// The whole copy.
#[derive(Debug, Clone)]
pub struct Contents {
    pub name: String,
    pub email: String,
    pub operator: String,
    pub read_at: OffsetDateTime,
    pub chapters: Vec<Chapter>,
}

impl Contents {
    /// Reads it all at one moment; none if there is no such account.
    pub async fn read(
        db: &PgPool,
        account: AccountId,
        operator: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Self>, sqlx::Error> {
        let mut tx = db.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read read only").execute(&mut *tx).await?;
        let Some(person) = accounts::account::find(&mut *tx, account).await? else { return Ok(None) };
        let chapters = chapters(&mut tx, account, &person.email).await?;
        tx.commit().await?;
        let (name, email) = (person.name, person.email);
        Ok(Some(Self { name, email, operator: operator.to_owned(), read_at: now, chapters }))
    }

    /// The files that belong to it, in the order of the page.
    pub fn files(&self) -> Vec<&Attachment> {
        let tables = self.chapters.iter().flat_map(|chapter| &chapter.tables);
        tables
            .flat_map(|table| &table.rows)
            .flat_map(|row| row.0.iter().filter_map(|(_, value)| value.file()))
            .collect()
    }

    /// All of it for programs.
    pub fn json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self)
    }
}

async fn chapters(db: &mut PgConnection, account: AccountId, email: &str) -> Result<Vec<Chapter>, sqlx::Error> {
    let (applicant, freelancer) = (ApplicantId(account.0), FreelancerId(account.0));
    let chapter = |title, tables| Chapter { title, tables };
    Ok(vec![
        chapter("Konto und Mails", accounts::disclosure::of(db, account).await?),
        chapter("Bewerbung", applications::disclosure::of(db, applicant).await?),
        chapter("Bereit werden", freelancers::disclosure::of(db, freelancer).await?),
        chapter("Schulungen und erste Schichten", training::disclosure::of(db, freelancer).await?),
        chapter("Schichten", shifts::disclosure::of(db, freelancer).await?),
        chapter("Zugänge und Kampagnen", readiness::disclosure::of(db, freelancer).await?),
        chapter("Beiträge", fees::disclosure::of(db, freelancer).await?),
        chapter("Nachrichten", contact::disclosure::of(db, email).await?),
        chapter(
            "Wünsche und Sperren",
            vec![wishes(db, account).await?, asked_by_mail(db, account).await?, holds(db, account).await?],
        ),
    ])
}

async fn wishes(db: &mut PgConnection, account: AccountId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select wish as "wish: Wish", requested_at, done_at from data_request where account_id = $1 order by requested_at, id"#,
        account.0
    );
    let record = rows.fetch_all(db).await?.into_iter().map(|row| {
        record! { "Wunsch" => row.wish.label(), "Geäußert" => row.requested_at, "Ausgeführt" => row.done_at }
    });
    Ok(Table::new("Wünsche zu den eigenen Daten", record))
}

async fn asked_by_mail(db: &mut PgConnection, account: AccountId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select wish as "wish: Wish", created_at, used_at from data_request_link where account_id = $1 order by created_at, wish"#,
        account.0
    );
    let record = rows.fetch_all(db).await?.into_iter().map(|row| {
        record! { "Wunsch" => row.wish.label(), "Gefragt" => row.created_at, "Bestätigt" => row.used_at }
    });
    Ok(Table::new("Anfragen mit der Mailadresse", record))
}

/// Why something may not be erased yet. Who set it is somebody else's data.
async fn holds(db: &mut PgConnection, account: AccountId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        "select reason, set_at, held_until, confirmed_at, lifted_at from legal_hold where account_id = $1 order by set_at",
        account.0
    );
    let record = rows.fetch_all(db).await?.into_iter().map(|hold| {
        record! {
            "Grund" => hold.reason, "Gesetzt" => hold.set_at, "Bestätigt" => hold.confirmed_at,
            "Letzter Tag" => hold.held_until, "Aufgehoben" => hold.lifted_at,
        }
    });
    Ok(Table::new("Sperren", record))
}

impl Serialize for Contents {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("Betreiber", &self.operator)?;
        map.serialize_entry("Gelesen", &Value::Moment(self.read_at))?;
        map.serialize_entry("Bereiche", &Chapters(&self.chapters))?;
        map.end()
    }
}

struct Chapters<'a>(&'a [Chapter]);

impl Serialize for Chapters<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for chapter in self.0 {
            map.serialize_entry(chapter.title, &Tables(&chapter.tables))?;
        }
        map.end()
    }
}

struct Tables<'a>(&'a [Table]);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for table in self.0 {
            map.serialize_entry(table.title, &table.rows)?;
        }
        map.end()
    }
}
