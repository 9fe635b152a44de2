//! Loads the facts of one person's checklist: a handful of statements, and one per campaign.

use std::collections::HashMap;

use sqlx::PgPool;
use time::{Date, OffsetDateTime};

use super::access_list;
use super::checklist::{Briefing, Facts, Paper, Step};
use super::facts::{self, Course};
use crate::clock::Zone;
use crate::freelancers::{briefing, missing};
use crate::id::{CampaignId, FreelancerId};

/// A campaign that somebody prepares for or works in.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub slug: String,
    pub client: String,
    pub name: String,
    pub facts: Facts,
}

struct Campaign {
    id: CampaignId,
    slug: String,
    client: String,
    name: String,
    first_shifts: i16,
    wants_papers: bool,
    has_contract: bool,
    granted_at: Option<OffsetDateTime>,
    is_barred: bool,
}

/// What counts for all campaigns of a person.
struct Common {
    joined_on: Date,
    has_vat_id: bool,
    is_employed: bool,
    papers: Vec<Paper>,
    briefing: Option<Briefing>,
    courses: HashMap<CampaignId, Course>,
}

/// Everything of one person: their campaigns, those they prepare for first.
pub async fn of_person(db: &PgPool, who: FreelancerId, now: OffsetDateTime) -> Result<Vec<Prepared>, sqlx::Error> {
    let common = common(db, who, now).await?;
    let mut all = Vec::new();
    for campaign in campaigns(db, who, now).await? {
        all.push(prepared(db, who, campaign, &common, now).await?);
    }
    Ok(all)
}

/// What counts for all campaigns, of somebody who has none yet.
pub async fn without_campaign(db: &PgPool, who: FreelancerId, now: OffsetDateTime) -> Result<Facts, sqlx::Error> {
    let common = common(db, who, now).await?;
    let none = Campaign {
        id: CampaignId::new(),
        slug: String::new(),
        client: String::new(),
        name: String::new(),
        first_shifts: 0,
        wants_papers: false,
        has_contract: false,
        granted_at: None,
        is_barred: false,
    };
    Ok(prepared(db, who, none, &common, now).await?.facts)
}

async fn campaigns(db: &PgPool, who: FreelancerId, now: OffsetDateTime) -> Result<Vec<Campaign>, sqlx::Error> {
    sqlx::query_as!(
        Campaign,
        r#"select c.id as "id: CampaignId", c.slug, c.client, c.name, c.first_shifts,
                  exists (select from required_document r where r.campaign_id = c.id) as "wants_papers!",
                  exists (select from contract_version v where v.campaign_id = c.id and v.published_at <= $2) as "has_contract!",
                  q.granted_at as "granted_at?",
                  coalesce(not lets_book(q, $2), false) as "is_barred!"
           from campaign c
           left join qualification q on q.campaign_id = c.id and q.freelancer_id = $1 and q.ended_at is null
           left join preparation p on p.campaign_id = c.id and p.freelancer_id = $1 and p.ended_at is null
           where c.ended_at is null and (q.freelancer_id is not null or p.freelancer_id is not null)
           order by q.freelancer_id is not null, p.began_at, c.client, c.name"#,
        who.0,
        now,
    )
    .fetch_all(db)
    .await
}

async fn common(db: &PgPool, who: FreelancerId, now: OffsetDateTime) -> Result<Common, sqlx::Error> {
    let zone = Zone::berlin();
    let person = sqlx::query!(
        r#"select f.joined_at, p.vat_id is not null as "has_vat_id!", coalesce(p.is_employed, false) as "is_employed!"
           from freelancer f left join profile p on p.freelancer_id = f.id where f.id = $1"#,
        who.0,
    )
    .fetch_one(db)
    .await?;
    Ok(Common {
        joined_on: zone.date(person.joined_at),
        has_vat_id: person.has_vat_id,
        is_employed: person.is_employed,
        papers: papers(db, who).await?,
        briefing: briefing_of(db, who, now).await?,
        courses: facts::of_person(db, who).await?,
    })
}

struct Document {
    kind: String,
    state: String,
    submitted_at: OffsetDateTime,
    decided_at: Option<OffsetDateTime>,
    refusal: Option<String>,
    valid_until: Option<Date>,
}

impl Document {
    fn paper(self) -> Paper {
        let (label, step) = named(&self.kind);
        Paper {
            label,
            step,
            is_waiting: matches!(&*self.state, "quarantined" | "submitted"),
            is_accepted: self.state == "accepted",
            is_refused: self.state == "refused",
            submitted_at: self.submitted_at,
            decided_on: self.decided_at.map(|at| Zone::berlin().date(at)),
            refusal: self.refusal,
            valid_until: self.valid_until,
        }
    }
}

/// The papers that were handed in and not replaced, latest first.
async fn papers(db: &PgPool, who: FreelancerId) -> Result<Vec<Paper>, sqlx::Error> {
    let documents = sqlx::query_as!(
        Document,
        r#"select kind::text as "kind!", state::text as "state!", submitted_at, decided_at, refusal, valid_until
           from document where freelancer_id = $1 and state <> 'replaced' order by submitted_at desc, id"#,
        who.0,
    );
    Ok(documents.fetch_all(db).await?.into_iter().map(Document::paper).collect())
}

/// What a kind of paper is called, and which step it belongs to.
fn named(kind: &str) -> (&'static str, Step) {
    match kind {
        "trade_licence" => ("Gewerbeschein", Step::Proof),
        "foreign_registration" => ("Registrierung im Ausland", Step::Proof),
        "employer_permission" => ("Erlaubnis zur Nebentätigkeit", Step::Permission),
        "conduct_certificate" => ("Führungszeugnis", Step::Papers),
        "language_certificate" => ("Sprachzertifikat", Step::Papers),
        _ => ("Unterlage", Step::Papers),
    }
}

async fn briefing_of(db: &PgPool, who: FreelancerId, now: OffsetDateTime) -> Result<Option<Briefing>, sqlx::Error> {
    let Some(version) = briefing::latest(db, now).await? else { return Ok(None) };
    let questions = briefing::questions(db, version.id).await?.len();
    let progress = briefing::progress(db, who, version.id).await?;
    Ok(Some(Briefing {
        minutes: briefing::minutes(&version.body, questions),
        questions,
        confirm_by: version.confirm_by,
        confirmed_on: progress.confirmed_at.map(|at| Zone::berlin().date(at)),
    }))
}

async fn prepared(
    db: &PgPool,
    who: FreelancerId,
    campaign: Campaign,
    common: &Common,
    now: OffsetDateTime,
) -> Result<Prepared, sqlx::Error> {
    let facts = Facts {
        missing: missing::load(db, who, campaign.id, now).await?,
        joined_on: common.joined_on,
        has_vat_id: common.has_vat_id,
        is_employed: common.is_employed,
        wants_papers: campaign.wants_papers,
        has_contract: campaign.has_contract,
        papers: common.papers.clone(),
        briefing: common.briefing.clone(),
        course: common.courses.get(&campaign.id).copied().unwrap_or_default(),
        first_shifts: campaign.first_shifts,
        access: access_list::of_person(db, who, campaign.id).await?,
        qualified_on: campaign.granted_at.map(|at| Zone::berlin().date(at)),
        is_barred: campaign.is_barred,
    };
    Ok(Prepared { slug: campaign.slug, client: campaign.client, name: campaign.name, facts })
}
