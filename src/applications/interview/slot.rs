//! Slots as recruiters keep them: offered, listed by week, cancelled with a reason.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::series::Proposal;
use super::{LEAD, mails};
use crate::accounts::audit;
use crate::applications::application::{Application, State};
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{AccountId, ApplicationId, CampaignId, InterviewId, SlotId};
use crate::mail;
use crate::retention::dossier;
use crate::retention::mails::with_day;

/// Somebody who leads interviews.
#[derive(Debug, Clone)]
pub struct Interviewer {
    pub id: AccountId,
    pub name: String,
}

/// Everybody who may lead interviews, by name: recruiters and administrators with access.
pub async fn interviewers(db: impl PgExecutor<'_>) -> Result<Vec<Interviewer>, sqlx::Error> {
    sqlx::query_as!(
        Interviewer,
        r#"select id as "id: AccountId", name from account a
           where access_ended_at is null
             and exists (select from account_role where account_id = a.id and role in ('recruiter', 'administrator'))
           order by name, id"#
    )
    .fetch_all(db)
    .await
}

/// The spans of these interviewers' slots, to be compared with proposals.
#[derive(Debug, Clone)]
pub struct Busy {
    pub interviewer: AccountId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// When the interviewers already have slots, from an instant on.
pub async fn busy(
    db: impl PgExecutor<'_>,
    interviewers: &[AccountId],
    from: OffsetDateTime,
) -> Result<Vec<Busy>, sqlx::Error> {
    let ids: Vec<Uuid> = interviewers.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Busy,
        r#"select interviewer_id as "interviewer: AccountId", starts_at, ends_at from interview_slot
           where interviewer_id = any ($1) and cancelled_at is null and ends_at > $2"#,
        &ids,
        from,
    )
    .fetch_all(db)
    .await
}

/// Offers slots; returns how many came into being. One that overlaps another of the same interviewer stays away:
/// `interview_slot_overlap` decides.
pub async fn offer(
    db: &PgPool,
    proposals: &[Proposal],
    (campaign, place): (Option<CampaignId>, &str),
    by: AccountId,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let spans: Vec<_> = proposals.iter().filter_map(|p| p.span.map(|span| (p.interviewer, span))).collect();
    let ids: Vec<Uuid> = spans.iter().map(|_| Uuid::new_v4()).collect();
    let interviewers: Vec<Uuid> = spans.iter().map(|(who, _)| who.0).collect();
    let starts: Vec<OffsetDateTime> = spans.iter().map(|(_, span)| span.0).collect();
    let ends: Vec<OffsetDateTime> = spans.iter().map(|(_, span)| span.1).collect();
    let mut tx = db.begin().await?;
    let made = sqlx::query!(
        "insert into interview_slot (id, interviewer_id, campaign_id, starts_at, ends_at, place, created_at, created_by)
         select s.id, s.interviewer_id, $5, s.starts_at, s.ends_at, $6, $7, $8
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as s (id, interviewer_id, starts_at, ends_at)
         on conflict on constraint interview_slot_overlap do nothing",
        &ids,
        &interviewers,
        &starts,
        &ends,
        campaign.map(|c| c.0),
        place,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    audit::note(&mut *tx, Some(by), "interview.offer", &format!("{made} slots"), now).await?;
    tx.commit().await?;
    Ok(usize::try_from(made).unwrap_or_default())
}

/// A slot that can be chosen.
#[derive(Debug, Clone)]
pub struct Free {
    pub id: SlotId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
}

/// The slots that an applicant can choose now: free, of their campaign or any, in [`LEAD`] or later, and not at the
/// same time as an interview of another application of theirs. Of several at the same time only one is shown.
pub async fn free(
    db: impl PgExecutor<'_>,
    application: &Application,
    now: OffsetDateTime,
) -> Result<Vec<Free>, sqlx::Error> {
    sqlx::query_as!(
        Free,
        r#"select distinct on (s.starts_at, s.ends_at) s.id as "id: SlotId", s.starts_at, s.ends_at
           from interview_slot s join account h on h.id = s.interviewer_id
           where s.cancelled_at is null and h.access_ended_at is null and s.starts_at >= $1
             and (s.campaign_id is null or s.campaign_id = $2)
             and not exists (select from interview i where i.slot_id = s.id and i.ended_at is null)
             and not exists (
                 select from interview i
                 join interview_slot o on o.id = i.slot_id
                 join application a on a.id = i.application_id
                 where a.applicant_id = $3 and a.id <> $4 and i.ended_at is null
                   and o.starts_at < s.ends_at and s.starts_at < o.ends_at
             )
           order by s.starts_at, s.ends_at, s.campaign_id nulls last, s.id
           limit 400"#,
        now + LEAD,
        application.campaign.0,
        application.applicant.0,
        application.id.0,
    )
    .fetch_all(db)
    .await
}

/// Holds a slot against being cancelled until the transaction ends; `false` if it cannot be chosen (any more).
pub async fn hold(
    db: impl PgExecutor<'_>,
    id: SlotId,
    application: &Application,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        r#"select s.id from interview_slot s join account h on h.id = s.interviewer_id
           where s.id = $1 and s.cancelled_at is null and h.access_ended_at is null and s.starts_at >= $2
             and (s.campaign_id is null or s.campaign_id = $3)
             and not exists (select from interview i where i.slot_id = s.id and i.ended_at is null)
             and not exists (
                 select from interview i
                 join interview_slot o on o.id = i.slot_id
                 join application a on a.id = i.application_id
                 where a.applicant_id = $4 and a.id <> $5 and i.ended_at is null
                   and o.starts_at < s.ends_at and s.starts_at < o.ends_at
             )
           for share of s"#,
        id.0,
        now + LEAD,
        application.campaign.0,
        application.applicant.0,
        application.id.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(held.is_some())
}

/// A slot in staff's list, with who has chosen it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: SlotId,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub place: String,
    pub interviewer: AccountId,
    pub interviewer_name: String,
    /// `Blattgrün · Bestellhotline`; none: for any campaign.
    pub campaign: Option<String>,
    pub cancellation: Option<String>,
    pub application: Option<ApplicationId>,
    pub applicant: Option<String>,
    pub state: Option<State>,
}

impl Listed {
    /// Whether it can be cancelled: to come, and not cancelled before.
    pub fn may_cancel(&self, now: OffsetDateTime) -> bool {
        self.cancellation.is_none() && self.starts_at > now
    }
}

/// The slots that begin between two instants, or these very ones, by start; cancelled ones among them.
pub async fn list(
    db: impl PgExecutor<'_>,
    (from, to): (OffsetDateTime, OffsetDateTime),
    ids: &[SlotId],
) -> Result<Vec<Listed>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Listed,
        r#"select s.id as "id: SlotId", s.starts_at, s.ends_at, s.place, s.interviewer_id as "interviewer: AccountId",
                  h.name as interviewer_name, c.client || ' · ' || c.name as campaign, s.cancellation,
                  a.id as "application?: ApplicationId", k.name as "applicant?", a.state as "state?: State"
           from interview_slot s
           join account h on h.id = s.interviewer_id
           left join campaign c on c.id = s.campaign_id
           left join interview i on i.slot_id = s.id and i.ended_at is null
           left join application a on a.id = i.application_id
           left join account k on k.id = a.applicant_id
           where (s.starts_at >= $1 and s.starts_at < $2) or s.id = any ($3)
           order by s.starts_at, h.name, s.id"#,
        from,
        to,
        &ids,
    )
    .fetch_all(db)
    .await
}

/// Deletes slots of past days (Berlin) that no application refers to any more: a cancelled one may say why (privacy.md: with
/// the dossier).
pub async fn sweep(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let berlin = Zone::berlin();
    sqlx::query!(
        "delete from interview_slot s
         where ends_at < $1 and not exists (select from interview i where i.slot_id = s.id)",
        berlin.midnight(berlin.date(now)),
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Cancels slots that are still to come; whoever had one gets the reason by mail, and may choose anew. Returns how many
/// slots were cancelled and how many mails went to applicants.
pub async fn cancel(
    db: &PgPool,
    config: &Config,
    ids: &[SlotId],
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<(usize, usize), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut tx = db.begin().await?;
    // People and applications before slots and interviews, as an erasure and the applicants themselves lock them.
    sqlx::query!(
        "select a.id from interview i join application a on a.id = i.application_id join applicant p on p.id = a.applicant_id
         where i.slot_id = any ($1) and i.ended_at is null order by p.id, a.id for share of p for key share of a",
        &ids,
    )
    .fetch_all(&mut *tx)
    .await?;
    let gone = sqlx::query_scalar!(
        "update interview_slot set cancelled_at = $2, cancellation = $3
         where id in (select id from interview_slot where id = any ($1) and cancelled_at is null and starts_at > $2 order by id for update)
         returning id",
        &ids,
        now,
        reason,
    )
    .fetch_all(&mut *tx)
    .await?;
    // And whoever has chosen one in between.
    sqlx::query!(
        "select p.id from interview i join application a on a.id = i.application_id join applicant p on p.id = a.applicant_id
         where i.slot_id = any ($1) and i.ended_at is null order by p.id for share of p",
        &gone,
    )
    .fetch_all(&mut *tx)
    .await?;
    let ended = sqlx::query_scalar!(
        r#"update interview set ended_at = $2, ending = 'cancelled_by_staff', sequence = sequence + 1
           where slot_id = any ($1) and ended_at is null returning id as "id: InterviewId""#,
        &gone,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    let interviews = super::all(&mut *tx, &ended).await?;
    let mut told = Vec::with_capacity(interviews.len());
    for interview in &interviews {
        let path = mails::personal_path(&mut tx, interview, now).await?;
        let erased = dossier::day_of(&mut tx, interview.application, now).await?;
        told.push(with_day(mails::cancelled_by_staff(config, interview, reason, &path), erased));
    }
    mail::enqueue_all(&mut *tx, &told, now).await?;
    // The interviewer is told unless they cancelled themselves.
    let others = interviews.iter().filter(|i| i.interviewer != by);
    let others: Vec<_> = others.map(|i| mails::interviewer_gone(config, i)).collect();
    mail::enqueue_all(&mut *tx, &others, now).await?;
    for id in &gone {
        audit::note(&mut *tx, Some(by), "interview.cancel", &id.to_string(), now).await?;
    }
    tx.commit().await?;
    Ok((gone.len(), told.len()))
}
