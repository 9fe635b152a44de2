//! Papers as rows: what somebody has handed in of each kind, and how it stands.

use sqlx::{PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::kind::Kind;
use crate::freelancers::profile;
use crate::id::{BlobId, DocumentId, FreelancerId};

/// Where a paper stands. That it has expired is no state: it follows from the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "document_state", rename_all = "snake_case")]
pub enum State {
    /// Being looked through for malware; nobody sees it before that is done.
    Quarantined,
    Submitted,
    Accepted,
    Refused,
    /// Another one took its place.
    Replaced,
}

/// A paper.
#[derive(Debug, Clone)]
pub struct Document {
    pub id: DocumentId,
    pub freelancer: FreelancerId,
    pub kind: Kind,
    pub state: State,
    /// None: its file is gone.
    pub blob: Option<BlobId>,
    pub media_type: Option<String>,
    pub submitted_at: OffsetDateTime,
    pub decided_at: Option<OffsetDateTime>,
    /// Why it was returned.
    pub refusal: Option<String>,
    /// The last local day (Berlin) on which it is valid; none: without end.
    pub valid_until: Option<Date>,
}

impl Document {
    /// Whether it is a picture, which a page may show; everything else is only handed out as a file.
    pub fn is_picture(&self) -> bool {
        self.media_type.as_deref() == Some("image/jpeg")
    }
}

/// All papers of a person, the latest first.
pub async fn list(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Document>, sqlx::Error> {
    sqlx::query_as!(
        Document,
        r#"select d.id as "id: DocumentId", d.freelancer_id as "freelancer: FreelancerId", d.kind as "kind: Kind",
                  d.state as "state: State", d.blob_id as "blob: BlobId", b.media_type as "media_type?", d.submitted_at,
                  d.decided_at, d.refusal, d.valid_until
           from document d left join blob b on b.id = d.blob_id
           where d.freelancer_id = $1 order by d.submitted_at desc, d.id"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await
}

/// One paper.
pub async fn find(db: impl PgExecutor<'_>, id: DocumentId) -> Result<Option<Document>, sqlx::Error> {
    sqlx::query_as!(
        Document,
        r#"select d.id as "id: DocumentId", d.freelancer_id as "freelancer: FreelancerId", d.kind as "kind: Kind",
                  d.state as "state: State", d.blob_id as "blob: BlobId", b.media_type as "media_type?", d.submitted_at,
                  d.decided_at, d.refusal, d.valid_until
           from document d left join blob b on b.id = d.blob_id
           where d.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// How somebody stands with one kind of paper.
#[derive(Debug, Clone)]
pub struct Standing {
    pub kind: Kind,
    /// What makes it necessary; empty: nothing does.
    pub wanted_for: Vec<String>,
    pub accepted: Option<Document>,
    /// Handed in after the accepted one: waits, or was returned.
    pub latest: Option<Document>,
}

/// The kinds of papers that somebody needs or has handed in.
pub async fn standings(db: &PgPool, freelancer: FreelancerId) -> Result<Vec<Standing>, sqlx::Error> {
    let wanted = wanted(db, freelancer).await?;
    let papers = list(db, freelancer).await?;
    let standing = |kind: Kind| {
        let of_kind = |states: &[State]| papers.iter().find(|p| p.kind == kind && states.contains(&p.state)).cloned();
        let wanted_for = wanted.iter().filter(|(wanted, _)| *wanted == kind).map(|(_, reason)| reason.clone());
        Standing {
            kind,
            wanted_for: wanted_for.collect(),
            accepted: of_kind(&[State::Accepted]),
            latest: of_kind(&[State::Quarantined, State::Submitted, State::Refused]),
        }
    };
    let is_shown = |s: &Standing| !s.wanted_for.is_empty() || s.accepted.is_some() || s.latest.is_some();
    Ok(Kind::ALL.into_iter().map(standing).filter(is_shown).collect())
}

/// Whether somebody may hand in this kind: what only some campaigns want, only for one of those.
pub async fn may_hand_in(db: &PgPool, freelancer: FreelancerId, kind: Kind) -> Result<bool, sqlx::Error> {
    Ok(!Kind::SPECIAL.contains(&kind) || wanted(db, freelancer).await?.iter().any(|(wanted, _)| *wanted == kind))
}

/// Which kinds somebody needs, each with the reason.
async fn wanted(db: &PgPool, freelancer: FreelancerId) -> Result<Vec<(Kind, String)>, sqlx::Error> {
    let profile = profile::find(db, freelancer).await?.unwrap_or_default();
    let mut wanted = Vec::new();
    match (&profile.vat_id, &profile.foreign_registration) {
        (Some(_), _) => {}
        (None, Some(_)) => wanted.push((Kind::ForeignRegistration, "alle Kampagnen".to_owned())),
        (None, None) => wanted.push((Kind::TradeLicence, "alle Kampagnen".to_owned())),
    }
    if profile.is_employed {
        wanted.push((Kind::EmployerPermission, "alle Kampagnen".to_owned()));
    }
    let special = sqlx::query!(
        r#"select r.kind as "kind: Kind", c.client, c.name
           from required_document r join campaign c on c.id = r.campaign_id and c.ended_at is null
           where exists (select from preparation p
                         where p.campaign_id = c.id and p.freelancer_id = $1 and p.ended_at is null)
              or exists (select from qualification q
                         where q.campaign_id = c.id and q.freelancer_id = $1 and q.ended_at is null)
           order by c.client, c.name"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await?;
    wanted.extend(special.into_iter().map(|row| (row.kind, format!("{} · {}", row.client, row.name))));
    Ok(wanted)
}
