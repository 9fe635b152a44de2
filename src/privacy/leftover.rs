//! The leftover check (privacy.md): after a run nothing may be found by which one could tell whoever was erased, in any
//! column that the map does not declare kept, and in no file of the folder of mails.
//!
//! Each table is read once for all people of a run: an automaton looks for all their values at the same time. What was
//! found is noted by place and id, never by its words, and makes the health check red.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, BuildError};
use futures_util::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::map;
use super::traces::{self, Traces};
use crate::config::{Config, MailUrl};
use crate::files::master::Master;
use crate::mail;

/// So many people are looked for at the same time: a bound for the memory that it takes.
const PEOPLE: usize = 1000;

/// The place of what is found in the folder of the default transport.
const FOLDER: &str = "mail folder";

/// Where something was found of whom, in how many rows.
pub type Found = BTreeMap<(String, Uuid), i64>;

/// Looks for all values of some people at once.
struct Search<'a> {
    automaton: AhoCorasick,
    /// Of each pattern: whose it is, and the value.
    patterns: Vec<(Uuid, &'a str)>,
}

impl<'a> Search<'a> {
    fn new(people: &'a [Traces]) -> Result<Self, BuildError> {
        let (mut patterns, mut written) = (Vec::new(), Vec::new());
        for (subject, value) in people.iter().flat_map(|one| one.values.iter().map(|value| (one.subject, value))) {
            for spelling in spellings(value) {
                patterns.push((subject, value.as_str()));
                written.push(spelling);
            }
        }
        let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(written)?;
        Ok(Self { automaton, patterns })
    }

    /// The values in a text that stand there as whole words, with their places.
    fn hits<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, Uuid, &'a str)> + 't {
        let found = self.automaton.find_overlapping_iter(text);
        found.filter(|hit| is_word(text, hit.start(), hit.end())).filter_map(|hit| {
            let (subject, value) = self.patterns.get(hit.pattern().as_usize())?;
            Some((hit.start(), *subject, *value))
        })
    }
}

/// A value as it was typed, in small and in capital letters, for letters beyond ASCII; each spelling once.
fn spellings(value: &str) -> BTreeSet<String> {
    [value, &value.to_lowercase(), &value.to_uppercase()].map(str::to_ascii_lowercase).into()
}

/// Whether nothing on either side goes on with a letter or digit. `\n` and its like, as COPY writes them, are no letters.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let before = start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| goes_on(*byte));
    let escaped = start.checked_sub(2).and_then(|at| text.get(at)) == Some(&b'\\');
    let after = text.get(end).is_some_and(|byte| goes_on(*byte));
    // A hash in a column of bytes follows `\\x`.
    let is_hash = start.checked_sub(3).is_some_and(|at| text[at..start] == *b"\\\\x");
    (!before || escaped || is_hash) && !after
}

/// Searches for everybody who was erased and not searched for yet, in a run that was killed as well.
pub async fn check_all(
    db: &PgPool,
    config: &Config,
    master: &Master,
    now: OffsetDateTime,
) -> Result<Found, sqlx::Error> {
    let mut found = Found::new();
    for some in traces::unchecked(db).await?.chunks(PEOPLE) {
        let people = traces::open(db, master, some).await?;
        let of_some = search(db, config, &people, now).await?;
        // Together: after a kill in between nothing is noted twice.
        let mut tx = db.begin().await?;
        note(&mut tx, &of_some, now).await?;
        traces::checked(&mut *tx, &people).await?;
        tx.commit().await?;
        found.extend(of_some);
    }
    Ok(found)
}

/// Searches for people who were erased. Mails to others that name them are scrubbed first, and files of the folder that the
/// outbox has let go of removed.
async fn search(db: &PgPool, config: &Config, people: &[Traces], now: OffsetDateTime) -> Result<Found, sqlx::Error> {
    let mut found = Found::new();
    if people.is_empty() {
        return Ok(found);
    }
    let search = Search::new(people).map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    scrub_mails(db, &search, now).await?;
    let mut shared = Shared { db, known: BTreeMap::new() };
    for (table, columns) in columns(db).await? {
        look_into(db, &search, &table, &columns, &mut shared, &mut found).await?;
    }
    if let Ok(MailUrl::Folder(folder)) = config.mail_target() {
        let mails = mail::erasure::clear_folder(db, &folder).await?;
        look_through(mails, &search, &mut shared, &mut found).await?;
    }
    Ok(found)
}

/// Which values tell somebody else, too: asked once for each that is found.
struct Shared<'a> {
    db: &'a PgPool,
    known: BTreeMap<(String, Uuid), bool>,
}

impl Shared<'_> {
    async fn add(&mut self, found: &mut Found, place: &str, subject: Uuid, value: &str) -> Result<(), sqlx::Error> {
        let key = (value.to_owned(), subject);
        let is_shared = match self.known.get(&key) {
            Some(known) => *known,
            None => {
                let shared = traces::is_shared(self.db, value, subject).await?;
                self.known.insert(key, shared);
                shared
            }
        };
        if !is_shared {
            *found.entry((place.to_owned(), subject)).or_default() += 1;
        }
        Ok(())
    }
}

/// Every column that can hold words or hashes, but for those that the map declares kept.
pub async fn columns(db: &PgPool) -> Result<BTreeMap<String, Vec<String>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.table_name::text as "table!", c.column_name::text as "column!"
           from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
           where table_schema = 'public' and t.table_type = 'BASE TABLE'
             and c.data_type in ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'inet')
           order by 1, c.ordinal_position"#
    )
    .fetch_all(db)
    .await?;
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let action = map::find(&row.table).and_then(|table| table.action(&row.column));
        if action.is_none_or(|action| action.reason().is_none()) {
            tables.entry(row.table).or_default().push(row.column);
        }
    }
    Ok(tables)
}

async fn look_into(
    db: &PgPool,
    search: &Search<'_>,
    table: &str,
    columns: &[String],
    shared: &mut Shared<'_>,
    found: &mut Found,
) -> Result<(), sqlx::Error> {
    let list = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    // The one exception (privacy.md): a receipt loses its words as soon as it is handed over.
    let but = if table == "mail" { " and not is_receipt" } else { "" };
    let copy = format!("copy (select {list} from \"{table}\" where num_nonnulls({list}) > 0{but}) to stdout");
    // A message per row: columns are divided by tabs, which do not stand in values.
    let mut rows = db.copy_out_raw(&copy).await?;
    let mut hits = Vec::new();
    while let Some(row) = rows.try_next().await? {
        for (start, subject, value) in search.hits(&row) {
            let column = row.iter().take(start).filter(|byte| **byte == b'\t').count();
            if let Some(column) = columns.get(column) {
                hits.push((format!("{table}.{column}"), subject, value));
            }
        }
    }
    drop(rows);
    for (place, subject, value) in hits {
        shared.add(found, &place, subject, value).await?;
    }
    Ok(())
}

/// Mails to others that were handed over and name somebody: their words are gone days before they would be.
async fn scrub_mails(db: &PgPool, search: &Search<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let copy =
        "copy (select id, recipient, subject, body from mail where scrubbed_at is null and not is_receipt) to stdout";
    let mut rows = db.copy_out_raw(copy).await?;
    let mut mails = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let id = row.split(|byte| *byte == b'\t').next().and_then(|id| Uuid::try_parse_ascii(id).ok());
        if let Some(id) = id.filter(|_| search.hits(&row).next().is_some()) {
            mails.push(id);
        }
    }
    drop(rows);
    mail::erasure::scrub(db, &mails, now).await.map(drop)
}

async fn look_through(
    mails: Vec<PathBuf>,
    search: &Search<'_>,
    shared: &mut Shared<'_>,
    found: &mut Found,
) -> Result<(), sqlx::Error> {
    for path in mails {
        // What another server removed meanwhile holds nothing.
        let Ok(bytes) = std::fs::read(path) else { continue };
        for (_, subject, value) in search.hits(&unquoted(&bytes)) {
            shared.add(found, FOLDER, subject, value).await?;
        }
    }
    Ok(())
}

/// Quoted-printable (RFC 2045) undone: lines that go on, and letters written as `=C3`.
fn unquoted(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) if let Some(byte) = hex(*high, *low) => {
                text.push(byte);
                after
            }
            _ => {
                text.push(*first);
                after
            }
        };
    }
    text
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

async fn note(db: &mut PgConnection, found: &Found, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    for ((place, subject), n) in found {
        tracing::error!(place, %subject, n, "the leftover check found somebody who was erased");
        sqlx::query!(
            "insert into erasure_leftover (at, place, subject, n) values ($1, $2, $3, $4)",
            now,
            place,
            subject,
            n,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(values: &[&str], text: &str) -> usize {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let people = [Traces { subject: Uuid::nil(), values }];
        Search::new(&people).expect("an automaton").hits(text.as_bytes()).count()
    }

    #[test]
    fn a_value_is_found_as_a_whole_word_in_any_case() {
        let jana = ["Jana Wölk", "jana@beispiel.de"];
        for text in
            ["Jana Wölk", "(jana wölk)", "JANA WÖLK", "Hallo Jana Wölk,", "eins\tJana Wölk\tzwei", "<JANA@Beispiel.de>"]
        {
            assert_eq!(hits(&jana, text), 1, "{text}");
        }
        for text in ["Özgür Weiß", "özgür weiß", "ÖZGÜR WEISS"] {
            assert_eq!(hits(&["Özgür Weiß"], text), 1, "{text}");
        }
        // As COPY writes a line break, within JSON as well, and bytes.
        for text in [r"Liebe Grüße\nJana Wölk", r#"{"a": "x\\nJana Wölk"}"#] {
            assert_eq!(hits(&jana, text), 1, "{text}");
        }
        assert_eq!(hits(&["00ff00ff00ff"], r"\\x00ff00ff00ff"), 1);
        for text in ["Jana Wölkchen", "Tatjana Wölk", "Jana  Wölk", "xjana@beispiel.de"] {
            assert_eq!(hits(&jana, text), 0, "{text}");
        }
    }

    #[test]
    fn mails_are_read_as_people_read_them() {
        assert_eq!(unquoted(b"Jana W=C3=B6=\r\nlk = 1"), "Jana Wölk = 1".as_bytes());
    }
}
