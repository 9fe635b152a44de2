//! The ledger of erasures: a row for each, chained by hashes, with a copy outside the database (privacy.md).
//!
//! It is written in the transaction that erases. No name, no address, no hash of one: the subject is the id of a row that
//! is gone. The copy is brought up to date after each run; after a restore it is ahead of the database, and what it has
//! more is erased again before the portal opens.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::slice;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::begun::Begun;
use super::{leftover, person};
use crate::clock::Zone;
use crate::config::Config;
use crate::files::master::Master;
use crate::id::AccountId;
use crate::retention::Rule;
use crate::retention::gone::{Gone, Kind};

/// The advisory lock of whoever adds to the chain: "ledger" in ASCII.
const LOCK: i64 = 0x6c65_6467_6572;
/// Entries that are read at once: a bound for the memory that they take.
const AT_ONCE: i64 = 1000;
/// What the first entry follows.
const ROOT: [u8; 32] = [0; 32];

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub position: i64,
    /// Random: the number of the receipt.
    pub id: Uuid,
    pub kind: Kind,
    /// The erased row's id.
    pub subject: Uuid,
    pub rule: Rule,
    /// The newest row of the policy's history that counted; 0: none.
    pub policy: i64,
    /// Recordings that went with it.
    pub files: i32,
    #[serde(with = "micros")]
    pub erased_at: OffsetDateTime,
    #[serde(with = "hex::serde")]
    pub previous: Vec<u8>,
    #[serde(with = "hex::serde")]
    pub hash: Vec<u8>,
}

/// Instants as microseconds since 1970: exactly what PostgreSQL keeps.
mod micros {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use time::OffsetDateTime;

    pub fn of(at: OffsetDateTime) -> i64 {
        i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(of(*at))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
        let micros = i64::deserialize(deserializer)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).map_err(D::Error::custom)
    }
}

impl Entry {
    /// The hash that belongs to what the entry says and follows.
    fn reckon(&self) -> [u8; 32] {
        let said = format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|",
            self.position,
            self.id,
            self.kind.key(),
            self.subject,
            self.rule.key(),
            self.policy,
            self.files,
            micros::of(self.erased_at),
        );
        Sha256::new().chain_update(said).chain_update(&self.previous).finalize().into()
    }
}

/// Where a chain is broken: the first entry that does not follow from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {0} of the ledger of erasures does not follow from the one before")]
pub struct Broken(pub i64);

/// Checks entries that follow the one at `position` with this hash.
fn check(entries: &[Entry], (mut position, mut hash): (i64, Vec<u8>)) -> Result<(), Broken> {
    for entry in entries {
        position += 1;
        if entry.position != position || entry.previous != hash || entry.hash != entry.reckon() {
            return Err(Broken(position));
        }
        hash.clone_from(&entry.hash);
    }
    Ok(())
}

/// Adds what a transaction erased; returns the last entry's id, if there is any.
pub async fn append(
    db: &mut PgConnection,
    gone: &[Gone],
    policy: i64,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, sqlx::Error> {
    if gone.is_empty() {
        return Ok(None);
    }
    let (mut position, mut previous) = lock(&mut *db).await?;
    let mut entries = Vec::with_capacity(gone.len());
    for gone in gone {
        position += 1;
        let mut entry = Entry {
            position,
            id: Uuid::new_v4(),
            kind: gone.kind,
            subject: gone.subject,
            rule: gone.rule,
            policy,
            files: gone.files,
            erased_at: now,
            previous,
            hash: Vec::new(),
        };
        entry.hash = entry.reckon().to_vec();
        previous = entry.hash.clone();
        entries.push(entry);
    }
    insert(db, &entries).await?;
    Ok(entries.last().map(|entry| entry.id))
}

async fn insert(db: impl PgExecutor<'_>, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let column = |of: fn(&Entry) -> &Vec<u8>| entries.iter().map(of).cloned().collect::<Vec<_>>();
    sqlx::query!(
        "insert into erasure_entry (position, id, kind, subject, rule, policy, files, erased_at, previous, hash)
         select * from unnest($1::bigint[], $2::uuid[], $3::erasure_kind[], $4::uuid[], $5::erasure_rule[], $6::bigint[],
                              $7::integer[], $8::timestamptz[], $9::bytea[], $10::bytea[])",
        &entries.iter().map(|entry| entry.position).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        entries.iter().map(|entry| entry.kind).collect::<Vec<_>>() as Vec<Kind>,
        &entries.iter().map(|entry| entry.subject).collect::<Vec<_>>(),
        entries.iter().map(|entry| entry.rule).collect::<Vec<_>>() as Vec<Rule>,
        &entries.iter().map(|entry| entry.policy).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.files).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.erased_at).collect::<Vec<_>>(),
        &column(|entry| &entry.previous),
        &column(|entry| &entry.hash),
    )
    .execute(db)
    .await
    .map(drop)
}

/// Waits until whatever is committed is on the disk: a crash of the database must not leave it behind the copy.
async fn flush(db: &PgPool) -> Result<(), sqlx::Error> {
    // Any commit that is waited for flushes all before it; this one changes nothing.
    sqlx::query!(r#"select pg_logical_emit_message(true, 'portal', 'the ledger is copied')::text as "at!""#)
        .fetch_one(db)
        .await
        .map(drop)
}

/// Waits until whoever adds entries has committed, and keeps others waiting; position and hash of the last entry.
async fn lock(db: impl PgExecutor<'_>) -> Result<(i64, Vec<u8>), sqlx::Error> {
    let last = sqlx::query!(r#"select position as "position!", hash as "hash!" from erasure_ledger_lock($1)"#, LOCK)
        .fetch_optional(db)
        .await?;
    Ok(last.map_or_else(|| (0, ROOT.to_vec()), |last| (last.position, last.hash)))
}

/// Position and hash of the last entry.
async fn last(db: impl PgExecutor<'_>) -> Result<(i64, Vec<u8>), sqlx::Error> {
    let last = sqlx::query!("select position, hash from erasure_entry order by position desc limit 1")
        .fetch_optional(db)
        .await?;
    Ok(last.map_or_else(|| (0, ROOT.to_vec()), |last| (last.position, last.hash)))
}

/// How many entries there are.
pub async fn length(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    last(db).await.map(|(position, _)| position)
}

/// The entries after this position, in their order.
pub async fn after(db: impl PgExecutor<'_>, position: i64, most: i64) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select position, id, kind as "kind: Kind", subject, rule as "rule: Rule", policy, files, erased_at, previous, hash
           from erasure_entry where position > $1 order by position limit $2"#,
        position,
        most,
    )
    .fetch_all(db)
    .await
}

/// Checks the whole chain; the number of its entries, or where it is broken.
pub async fn verify(db: &PgPool) -> Result<Result<i64, Broken>, sqlx::Error> {
    let mut at = (0, ROOT.to_vec());
    loop {
        let entries = after(db, at.0, AT_ONCE).await?;
        let Some(last) = entries.last() else { return Ok(Ok(at.0)) };
        if let Err(broken) = check(&entries, at) {
            return Ok(Err(broken));
        }
        at = (last.position, last.hash.clone());
    }
}

/// Why the copy and the database do not go together.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the copy of the ledger of erasures: {0}")]
    File(#[from] io::Error),
    #[error("line {0} of the copy of the ledger of erasures is unreadable")]
    Line(usize),
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The database was restored from a backup that is older than the copy.
    #[error("the database is {0} erasures older than their ledger: run `portal erase --replay` before it is opened")]
    Behind(i64),
    #[error("the copy of the ledger of erasures lacks {0} entries for more than an hour: it is not written")]
    Late(i64),
    #[error("the ledger of erasures and its copy differ from entry {0} on")]
    Differs(i64),
}

/// The copy outside the database: a line of JSON per entry.
#[derive(Debug, Clone)]
pub struct Copy(PathBuf);

impl Copy {
    /// The copy in this data folder.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self(data_dir.join("erasures.jsonl"))
    }

    /// The open file, locked for as long as it is held, and its entries, checked: two servers on one folder take turns, on
    /// a thread that may wait.
    async fn open(&self) -> Result<(File, Vec<Entry>), Trouble> {
        let path = self.0.clone();
        let opened = spawn_blocking(move || {
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            file.lock()?;
            let entries = Self::read(&mut file)?;
            Ok((file, entries))
        });
        opened.await.map_err(io::Error::other)?
    }

    /// Its entries, checked. A last line that a kill cut short is dropped: the database has it.
    fn read(file: &mut File) -> Result<Vec<Entry>, Trouble> {
        file.seek(SeekFrom::Start(0))?;
        let (mut entries, mut whole) = (Vec::new(), 0);
        let mut reader = BufReader::new(&mut *file);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            if !line.ends_with('\n') {
                break;
            }
            entries.push(serde_json::from_str(&line).map_err(|_| Trouble::Line(entries.len() + 1))?);
            whole += line.len() as u64;
            line.clear();
        }
        drop(reader);
        file.set_len(whole)?;
        check(&entries, (0, ROOT.to_vec()))?;
        Ok(entries)
    }

    /// How many entries the copy has more than the database, which must agree on all others.
    async fn compare(db: &PgPool, entries: &[Entry]) -> Result<i64, Trouble> {
        let (position, hash) = last(db).await?;
        let shared = entries.len().min(usize::try_from(position).unwrap_or(usize::MAX));
        if let Some(newest) = shared.checked_sub(1).and_then(|at| entries.get(at)) {
            let known = match newest.position == position {
                true => hash,
                false => after(db, newest.position - 1, 1).await?.pop().map(|e| e.hash).unwrap_or_default(),
            };
            if known != newest.hash {
                return Err(Trouble::Differs(newest.position));
            }
        }
        Ok(i64::try_from(entries.len()).unwrap_or(i64::MAX) - position)
    }

    /// Whether the database is as new as the copy: asked before the portal opens.
    pub async fn admit(&self, db: &PgPool) -> Result<(), Trouble> {
        self.lag(db).await.map(drop)
    }

    /// How many entries the copy still lacks, if both agree on all others.
    pub async fn lag(&self, db: &PgPool) -> Result<i64, Trouble> {
        let (_locked, entries) = self.open().await?;
        match Self::compare(db, &entries).await? {
            behind @ 1.. => Err(Trouble::Behind(behind)),
            lag => Ok(-lag),
        }
    }

    /// Adds what the database has more; returns how many entries.
    pub async fn renew(&self, db: &PgPool) -> Result<usize, Trouble> {
        let (mut file, entries) = self.open().await?;
        if let behind @ 1.. = Self::compare(db, &entries).await? {
            return Err(Trouble::Behind(behind));
        }
        let known = entries.len();
        drop(entries);
        let mut length = known;
        loop {
            let new = after(db, i64::try_from(length).unwrap_or(i64::MAX), AT_ONCE).await?;
            if new.is_empty() {
                return Ok(length - known);
            }
            flush(db).await?;
            let mut lines = Vec::new();
            for entry in &new {
                serde_json::to_writer(&mut lines, entry).map_err(io::Error::from)?;
                lines.push(b'\n');
            }
            file.write_all(&lines)?;
            file.sync_all()?;
            length += new.len();
        }
    }

    /// Erases again what the copy has more than a restored database, makes the ledgers equal, and searches for whoever went.
    /// Each entry has a transaction of its own: after a kill the next call does the rest, the search included.
    pub async fn replay(&self, db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<Replayed, Trouble> {
        let (_locked, entries) = self.open().await?;
        let missing = Self::compare(db, &entries).await?.max(0);
        let known = entries.len() - usize::try_from(missing).unwrap_or_default();
        let master = Master::open(config).map_err(io::Error::other)?;
        for entry in &entries[known..] {
            let mut tx = db.begin().await?;
            let on = Zone::berlin().date(entry.erased_at);
            let begun = Begun::of(&mut *tx, AccountId(entry.subject)).await?;
            begun.erase_messages(&mut *tx, entry.rule).await?;
            person::again(&mut tx, config, (entry.kind, entry.subject, entry.rule), on, now).await?;
            insert(&mut *tx, slice::from_ref(entry)).await?;
            begun.end_again(&mut tx, &master, now).await?;
            tx.commit().await?;
        }
        let found = leftover::check_all(db, config, &master, now).await?;
        Ok(Replayed { entries: missing, leftovers: found.len() })
    }
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Entries that the restored database lacked.
    pub entries: i64,
    /// Places in which somebody who was erased is still found.
    pub leftovers: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn chain(length: i64) -> Vec<Entry> {
        let mut previous = ROOT.to_vec();
        let entries = (1..=length).map(|position| {
            let mut entry = Entry {
                position,
                id: Uuid::from_u128(position.unsigned_abs().into()),
                kind: Kind::Dossier,
                subject: Uuid::from_u128(7),
                rule: Rule::Period,
                policy: 0,
                files: 1,
                erased_at: datetime!(2026-11-24 3:15 UTC),
                previous: previous.clone(),
                hash: Vec::new(),
            };
            entry.hash = entry.reckon().to_vec();
            previous.clone_from(&entry.hash);
            entry
        });
        entries.collect()
    }

    #[test]
    fn whatever_is_changed_breaks_the_chain() {
        let root = || (0, ROOT.to_vec());
        assert_eq!(check(&chain(3), root()), Ok(()));
        let changes: [fn(&mut Entry); 7] = [
            |e| e.id = Uuid::nil(),
            |e| e.subject = Uuid::nil(),
            |e| e.kind = Kind::Person,
            |e| e.rule = Rule::Wish,
            |e| e.files = 0,
            |e| e.policy = 1,
            |e| e.erased_at += time::Duration::MICROSECOND,
        ];
        for change in changes {
            let mut chain = chain(3);
            change(&mut chain[1]);
            assert_eq!(check(&chain, root()), Err(Broken(2)));
        }
        let mut gap = chain(3);
        gap.remove(1);
        assert_eq!(check(&gap, root()), Err(Broken(2)));
        // Whoever reckons a changed entry's hash anew breaks the next one.
        let mut forged = chain(3);
        forged[1].rule = Rule::Wish;
        forged[1].hash = forged[1].reckon().to_vec();
        assert_eq!(check(&forged, root()), Err(Broken(3)));
    }

    #[test]
    fn a_line_of_the_copy_is_the_entry() {
        let entry = chain(1).remove(0);
        let line = serde_json::to_string(&entry).expect("JSON");
        assert_eq!(serde_json::from_str::<Entry>(&line).expect("an entry"), entry);
    }
}
