//! Papers that wait for the virus scanner. They leave quarantine only as clean or as infected; while the scanner is away
//! they wait (privacy.md: fail closed when configured).

use sqlx::PgPool;
use time::OffsetDateTime;

use super::document::State;
use super::kind::Kind;
use super::mails;
use crate::config::Config;
use crate::files::scan::{self, Verdict};
use crate::files::{Files, blob};
use crate::freelancers::freelancer;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::profile;
use crate::id::{BlobId, DocumentId, FreelancerId};
use crate::mail;

/// What the person is told of an infected file.
const INFECTED: &str =
    "In der Datei steckt Schadsoftware; sie ist gelöscht. Bitte prüfe dein Gerät und lade eine saubere Datei hoch.";
/// Papers looked at in one turn.
const AT_ONCE: i64 = 20;

struct Waiting {
    id: DocumentId,
    freelancer: FreelancerId,
    kind: Kind,
    blob: BlobId,
    bytes: i64,
}

/// Lets the scanner look at what waits, oldest first; returns how many were decided. Without a scanner in the settings
/// nothing waits: what still does was left from before.
pub async fn run_due(files: &Files, db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<usize, sqlx::Error> {
    let waiting = sqlx::query_as!(
        Waiting,
        r#"select d.id as "id: DocumentId", d.freelancer_id as "freelancer: FreelancerId", d.kind as "kind: Kind",
                  b.id as "blob: BlobId", b.bytes
           from document d join blob b on b.id = d.blob_id
           where d.state = 'quarantined' order by d.submitted_at limit $1"#,
        AT_ONCE,
    )
    .fetch_all(db)
    .await?;
    let mut decided = 0;
    for paper in waiting {
        let verdict = match &config.clamd {
            None => Ok(Verdict::Clean),
            Some(clamd) => scan::scan(clamd, files, paper.blob, paper.bytes.unsigned_abs()).await,
        };
        match verdict {
            Ok(verdict) => decided += usize::from(decide(db, config, &paper, verdict, now).await?),
            Err(error) => {
                tracing::warn!(document = %paper.id, %error, "a paper could not be scanned; it stays in quarantine");
                metrics::counter!("portal_scan_failures_total").increment(1);
            }
        }
    }
    Ok(decided)
}

/// Writes down the verdict, unless the paper was replaced or decided meanwhile.
async fn decide(
    db: &PgPool,
    config: &Config,
    paper: &Waiting,
    verdict: Verdict,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    profile::lock(&mut tx, paper.freelancer).await?;
    let (state, refusal) = match verdict {
        Verdict::Clean => (State::Submitted, None),
        Verdict::Infected => (State::Refused, Some(INFECTED)),
    };
    let done = sqlx::query!(
        "update document set state = $2, refusal = $3, decided_at = case when $2 = 'refused'::document_state then $4::timestamptz end,
             blob_id = case when $2 = 'refused'::document_state then null else blob_id end
         where id = $1 and state = 'quarantined'",
        paper.id.0,
        state as State,
        refusal,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if verdict == Verdict::Infected {
        blob::doom(&mut tx, &[paper.blob], now).await?;
        let said = format!("{}: {INFECTED}", paper.kind.label());
        let step = Note {
            freelancer: paper.freelancer,
            campaign: None,
            event: Event::DocumentRefused,
            by: None,
            note: Some(&said),
        };
        history::note(&mut *tx, step, now).await?;
        if let Some(person) = freelancer::find(&mut *tx, paper.freelancer).await? {
            mail::enqueue(&mut *tx, &mails::refused(config, &person, paper.kind, INFECTED), now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}
