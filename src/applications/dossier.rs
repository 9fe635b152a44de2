//! The dossier: all that staff see of one application beside notes, opinions and looks.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use super::application::State;
use super::introduction::{self, Introduction};
use super::pipeline::Step;
use crate::campaigns::question::Kind;
use crate::id::{ApplicantId, ApplicationId};

/// What the person says about themselves, shared by all their applications.
#[derive(Debug, Clone)]
pub struct Profile {
    pub phone: Option<String>,
    pub place: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    pub has_windows: Option<bool>,
    pub has_headset: Option<bool>,
    pub has_lan: Option<bool>,
    pub has_line: Option<bool>,
    pub has_room: Option<bool>,
    /// `registered`, `planned`, `vat_id`, `unknown`.
    pub trade: Option<String>,
    pub other_clients: Option<String>,
    pub experience: Option<String>,
    /// Whether the person has access as a freelancer already.
    pub is_freelancer: bool,
}

/// The profile behind an application.
pub async fn profile(db: impl PgExecutor<'_>, applicant: ApplicantId) -> Result<Option<Profile>, sqlx::Error> {
    sqlx::query_as!(
        Profile,
        r#"select phone, place, country, languages, has_windows, has_headset, has_lan, has_line, has_room,
                  trade::text as trade, other_clients, experience,
                  exists (select from account_role r where r.account_id = p.id and r.role = 'freelancer') as "is_freelancer!"
           from applicant p where id = $1"#,
        applicant.0,
    )
    .fetch_optional(db)
    .await
}

/// A question in the wording it was answered in.
#[derive(Debug, Clone)]
pub struct Answered {
    pub wording: String,
    pub kind: Kind,
    /// The knock-out, if the question has one.
    pub must_be: Option<String>,
    pub value: Option<String>,
}

/// The questions of the set that the application was sent with, and their answers.
pub async fn answers(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Vec<Answered>, sqlx::Error> {
    sqlx::query_as!(
        Answered,
        r#"select q.wording, q.kind as "kind: Kind", q.must_be, a.value as "value?"
           from application p
           join question q on q.set_id = p.question_set_id
           left join answer a on a.application_id = p.id and a.question_id = q.id
           where p.id = $1 order by q.position"#,
        id.0,
    )
    .fetch_all(db)
    .await
}

/// What the equipment check measured.
#[derive(Debug, Clone)]
pub struct Check {
    pub at: OffsetDateTime,
    pub down_kbit: i32,
    pub up_kbit: i32,
    pub latency_ms: i32,
    pub jitter_ms: i32,
    pub microphone: Option<bool>,
    pub camera: Option<bool>,
    pub system: String,
}

/// The latest equipment check.
pub async fn check(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<Check>, sqlx::Error> {
    sqlx::query_as!(
        Check,
        "select at, down_kbit, up_kbit, latency_ms, jitter_ms, microphone, camera, system from equipment_check
         where application_id = $1 order by at desc, id limit 1",
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Another application: of the same person, or of one who may be the same.
#[derive(Debug, Clone)]
pub struct Other {
    pub id: ApplicationId,
    pub name: String,
    pub email: String,
    pub client: String,
    pub title: String,
    pub state: State,
    pub submitted_at: OffsetDateTime,
    /// Whether it is the same telephone number that makes it likely.
    pub same_phone: bool,
}

/// The person's other applications, earlier and present, the latest first.
pub async fn others(
    db: impl PgExecutor<'_>,
    id: ApplicationId,
    applicant: ApplicantId,
) -> Result<Vec<Other>, sqlx::Error> {
    sqlx::query_as!(
        Other,
        r#"select a.id as "id: ApplicationId", k.name, k.email, c.client, q.title, a.state as "state: State",
                  a.submitted_at as "submitted_at!", false as "same_phone!"
           from application a
           join account k on k.id = a.applicant_id
           join campaign c on c.id = a.campaign_id
           join posting q on q.campaign_id = a.campaign_id
           where a.applicant_id = $2 and a.id <> $1 and a.submitted_at is not null
           order by a.submitted_at desc, a.id"#,
        id.0,
        applicant.0,
    )
    .fetch_all(db)
    .await
}

/// Applications under another address that may be the same person's: same name and place, or same telephone number
/// (digits only; a leading +49 or 0049 counts as 0).
pub async fn likely(db: impl PgExecutor<'_>, applicant: ApplicantId) -> Result<Vec<Other>, sqlx::Error> {
    sqlx::query_as!(
        Other,
        r#"with spelt as (
               select p.id, lower(k.name) as name, lower(p.place) as place, k.name as written, k.email,
                      regexp_replace(regexp_replace(p.phone, '^\s*(\+|00)49', '0'), '[^0-9]', '', 'g') as phone
               from applicant p join account k on k.id = p.id
           )
           select a.id as "id: ApplicationId", o.written as "name!", o.email as "email!", c.client, q.title,
                  a.state as "state: State", a.submitted_at as "submitted_at!",
                  coalesce(o.phone = me.phone and length(me.phone) > 5, false) as "same_phone!"
           from spelt me
           join spelt o on o.id <> me.id
                and ((o.name = me.name and o.place = me.place) or (o.phone = me.phone and length(me.phone) > 5))
           join application a on a.applicant_id = o.id
           join campaign c on c.id = a.campaign_id
           join posting q on q.campaign_id = a.campaign_id
           where me.id = $1 and a.submitted_at is not null
           order by a.submitted_at desc, a.id limit 10"#,
        applicant.0,
    )
    .fetch_all(db)
    .await
}

/// A line of the history.
#[derive(Debug, Clone)]
pub struct Happened {
    pub at: OffsetDateTime,
    pub step: Step,
    /// Who did it; nobody: the applicant.
    pub by: Option<String>,
}

/// What staff and applicant did, the latest first.
pub async fn history(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Vec<Happened>, sqlx::Error> {
    sqlx::query_as!(
        Happened,
        r#"select s.at, s.kind as "step: Step", k.name as "by?"
           from application_step s left join account k on k.id = s.actor_id
           where s.application_id = $1 order by s.at desc, s.id desc"#,
        id.0,
    )
    .fetch_all(db)
    .await
}

/// The interview's slot, if one is chosen.
#[derive(Debug, Clone)]
pub struct Slot {
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub interviewer: String,
    pub place: String,
}

/// The slot that the applicant chose.
pub async fn slot(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<Slot>, sqlx::Error> {
    sqlx::query_as!(
        Slot,
        r#"select s.starts_at, s.ends_at, k.name as interviewer, s.place
           from interview i join interview_slot s on s.id = i.slot_id join account k on k.id = s.interviewer_id
           where i.application_id = $1 and i.ended_at is null"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Dossier {
    pub profile: Profile,
    pub answers: Vec<Answered>,
    pub introduction: Option<Introduction>,
    pub check: Option<Check>,
    pub others: Vec<Other>,
    pub likely: Vec<Other>,
    pub history: Vec<Happened>,
    pub slot: Option<Slot>,
}

/// The dossier of an application that was sent.
pub async fn load(db: &PgPool, id: ApplicationId, applicant: ApplicantId) -> Result<Option<Dossier>, sqlx::Error> {
    let Some(profile) = profile(db, applicant).await? else { return Ok(None) };
    Ok(Some(Dossier {
        profile,
        answers: answers(db, id).await?,
        introduction: introduction::find(db, id).await?,
        check: check(db, id).await?,
        others: others(db, id, applicant).await?,
        likely: likely(db, applicant).await?,
        history: history(db, id).await?,
        slot: slot(db, id).await?,
    }))
}
