//! The application: one person's to one posting. Together with what hangs on it, it is the dossier.

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

use crate::clock::Zone;
use crate::id::{ApplicantId, ApplicationId, CampaignId, QuestionSetId};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "application_state", rename_all = "snake_case")]
pub enum State {
    /// Begun, not yet sent.
    Draft,
    /// Sent; the introduction is still to come.
    New,
    Introduced,
    /// Asked to choose a slot for the interview.
    Invited,
    Talked,
    Accepted,
    Refused,
    Withdrawn,
}

impl State {
    /// Whether somebody still works on it: one such application per person and posting.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Accepted | Self::Refused | Self::Withdrawn)
    }
}

/// An application, with its applicant's name and its campaign.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: ApplicationId,
    pub applicant: ApplicantId,
    pub name: String,
    pub email: String,
    pub campaign: CampaignId,
    pub slug: String,
    pub title: String,
    pub question_set: QuestionSetId,
    pub state: State,
    pub created_at: OffsetDateTime,
    /// The clock of a draft.
    pub edited_at: OffsetDateTime,
    pub submitted_at: Option<OffsetDateTime>,
    /// The local day in Berlin: the clock of the dossier.
    pub submitted_on: Option<Date>,
    pub introduced_at: Option<OffsetDateTime>,
    pub review_started_at: Option<OffsetDateTime>,
    pub due_on: Option<Date>,
    pub decided_at: Option<OffsetDateTime>,
    pub offered_at: Option<OffsetDateTime>,
    pub withdrawn_at: Option<OffsetDateTime>,
    pub refusal: Option<String>,
}

/// One application, for staff.
pub async fn find(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<Application>, sqlx::Error> {
    find_where(db, id, None).await
}

/// One application of this person; somebody else's is not there.
pub async fn find_own(
    db: impl PgExecutor<'_>,
    id: ApplicationId,
    applicant: ApplicantId,
) -> Result<Option<Application>, sqlx::Error> {
    find_where(db, id, Some(applicant)).await
}

async fn find_where(
    db: impl PgExecutor<'_>,
    id: ApplicationId,
    applicant: Option<ApplicantId>,
) -> Result<Option<Application>, sqlx::Error> {
    sqlx::query_as!(
        Application,
        r#"select a.id as "id: ApplicationId", a.applicant_id as "applicant: ApplicantId", k.name, k.email,
                  a.campaign_id as "campaign: CampaignId", c.slug, p.title, a.question_set_id as "question_set: QuestionSetId",
                  a.state as "state: State", a.created_at, a.edited_at, a.submitted_at, a.submitted_on, a.introduced_at,
                  a.review_started_at, a.due_on, a.decided_at, a.offered_at, a.withdrawn_at, a.refusal
           from application a
           join account k on k.id = a.applicant_id
           join campaign c on c.id = a.campaign_id
           join posting p on p.campaign_id = a.campaign_id
           where a.id = $1 and ($2::uuid is null or a.applicant_id = $2)"#,
        id.0,
        applicant.map(|a| a.0),
    )
    .fetch_optional(db)
    .await
}

/// All applications of a person, those in progress first, then the latest.
pub async fn list_own(db: impl PgExecutor<'_>, applicant: ApplicantId) -> Result<Vec<Application>, sqlx::Error> {
    sqlx::query_as!(
        Application,
        r#"select a.id as "id: ApplicationId", a.applicant_id as "applicant: ApplicantId", k.name, k.email,
                  a.campaign_id as "campaign: CampaignId", c.slug, p.title, a.question_set_id as "question_set: QuestionSetId",
                  a.state as "state: State", a.created_at, a.edited_at, a.submitted_at, a.submitted_on, a.introduced_at,
                  a.review_started_at, a.due_on, a.decided_at, a.offered_at, a.withdrawn_at, a.refusal
           from application a
           join account k on k.id = a.applicant_id
           join campaign c on c.id = a.campaign_id
           join posting p on p.campaign_id = a.campaign_id
           where a.applicant_id = $1
           order by a.state in ('accepted', 'refused', 'withdrawn'), a.created_at desc, a.id"#,
        applicant.0,
    )
    .fetch_all(db)
    .await
}

/// An application with sample values, for the previews of mails.
pub fn sample(now: OffsetDateTime) -> Application {
    Application {
        id: ApplicationId::new(),
        applicant: ApplicantId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        campaign: CampaignId::new(),
        slug: "pflanzen".into(),
        title: "Bestellungen für Pflanzen und Saatgut".into(),
        question_set: QuestionSetId::new(),
        state: State::New,
        created_at: now,
        edited_at: now,
        submitted_at: Some(now),
        submitted_on: Some(Zone::berlin().date(now)),
        introduced_at: None,
        review_started_at: None,
        due_on: None,
        decided_at: None,
        offered_at: None,
        withdrawn_at: None,
        refusal: None,
    }
}
