//! By what one could tell somebody: read before the erasure and searched for after it. Until then it lies in the database,
//! sealed with the master key, so that a kill in between does not spare anybody the search.

use std::io;

use secrecy::{ExposeSecret, SecretSlice};
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::files::master::Master;
use crate::id::{AccountId, KeyId};

/// Characters; what is shorter stands in too many texts by chance.
const SHORTEST: usize = 5;

/// The values that told who somebody was: name, mail address, telephone, address, tax ids, hashes of tokens.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The account's id.
    pub subject: Uuid,
    pub values: Vec<String>,
}

impl Traces {
    /// Leaves out what too many texts hold by chance: a name of one word, short values.
    pub fn new(account: AccountId, name: String, others: impl IntoIterator<Item = String>) -> Self {
        let name = Some(name).filter(|name| name.trim().contains(' '));
        let values = others.into_iter().chain(name).map(|value| value.trim().to_owned());
        Self { subject: account.0, values: values.filter(|value| value.chars().count() >= SHORTEST).collect() }
    }
}

/// Keeps the traces of somebody whose account goes in this transaction, until [`checked`].
pub async fn keep(
    db: impl PgExecutor<'_>,
    master: &Master,
    traces: &Traces,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let values = serde_json::to_vec(&traces.values).map_err(io::Error::from)?;
    let sealed = master.wrap(KeyId(traces.subject), &SecretSlice::from(values))?;
    sqlx::query!(
        "insert into erasure_unchecked (subject, traces, erased_at) values ($1, $2, $3)
         on conflict (subject) do update set traces = excluded.traces, erased_at = excluded.erased_at",
        traces.subject,
        sealed,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Those who are erased and not searched for yet.
pub async fn unchecked(db: &PgPool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select subject from erasure_unchecked order by subject").fetch_all(db).await
}

/// Their traces. Whose seal does not open any more stays for somebody to look at.
pub async fn open(db: &PgPool, master: &Master, subjects: &[Uuid]) -> Result<Vec<Traces>, sqlx::Error> {
    let rows = sqlx::query!("select subject, traces from erasure_unchecked where subject = any($1)", subjects);
    let open = |subject, sealed: &str| {
        let values = master.unwrap(KeyId(subject), sealed.as_bytes())?;
        Ok(Traces { subject, values: serde_json::from_slice(values.expose_secret())? })
    };
    let opened = rows.fetch_all(db).await?.into_iter().filter_map(|row| {
        let traces: io::Result<Traces> = open(row.subject, &row.traces);
        traces
            .inspect_err(|error| tracing::error!(subject = %row.subject, %error, "nobody can search for this person"))
            .ok()
    });
    Ok(opened.collect())
}

/// These were searched for.
pub async fn checked(db: impl PgExecutor<'_>, people: &[Traces]) -> Result<(), sqlx::Error> {
    let subjects: Vec<Uuid> = people.iter().map(|one| one.subject).collect();
    sqlx::query!("delete from erasure_unchecked where subject = any($1)", &subjects).execute(db).await.map(drop)
}

/// Whether somebody who is not erased can be told by the same value: two people of one name, a shared telephone.
pub async fn is_shared(db: impl PgExecutor<'_>, value: &str, subject: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from account a where a.id <> $2 and a.erased_at is null
                          and (lower(a.name) = lower($1) or a.email = lower($1)))
               or exists (select from applicant p where p.id <> $2 and p.phone = $1)
               or exists (select from profile f where f.freelancer_id <> $2
                          and $1 in (f.phone, f.street, f.vat_id, f.business_id, f.foreign_registration)) as "shared!""#,
        value,
        subject,
    )
    .fetch_one(db)
    .await
}
