//! The facts that decide a dossier's erasure date, read for a page or for the nightly task.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use super::day::ErasureDay;
use super::{Facts, Periods, erase_on};
use crate::clock::Zone;
use crate::id::{ApplicantId, ApplicationId};
use crate::policy;

/// A dossier, its person, and its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocked {
    pub application: ApplicationId,
    pub applicant: ApplicantId,
    pub facts: Facts,
    /// When somebody last moved the date towards them: by a wish, by taking a consent back, by lifting a hold.
    pub hastened_on: Option<Date>,
}

impl Clocked {
    /// Whether it may no longer exist on `today`.
    pub fn is_due(&self, periods: &Periods, today: Date) -> bool {
        erase_on(&self.facts, periods).is_some_and(|date| date <= today)
    }
}

struct Row {
    application: ApplicationId,
    applicant: ApplicantId,
    edited_at: OffsetDateTime,
    submitted_on: Option<Date>,
    confirmed_at: Option<OffsetDateTime>,
    consented_at: Option<OffsetDateTime>,
    wished_at: Option<OffsetDateTime>,
    consent_withdrawn_at: Option<OffsetDateTime>,
    consent_ends_on: Option<Date>,
    held_until: Option<Date>,
    hold_lifted_at: Option<OffsetDateTime>,
    is_draft: bool,
}

impl From<Row> for Clocked {
    fn from(row: Row) -> Self {
        let berlin = Zone::berlin();
        let facts = Facts {
            edited_on: berlin.date(row.edited_at),
            submitted_on: row.submitted_on,
            is_draft: row.is_draft,
            confirmed: row.confirmed_at.is_some(),
            consented_on: row.consented_at.map(|at| berlin.date(at)),
            consent_ends_on: row.consent_ends_on,
            erasure_wished_on: row.wished_at.map(|at| berlin.date(at)),
            held_until: row.held_until,
        };
        let hastened_on = row.wished_at.max(row.consent_withdrawn_at).max(row.hold_lifted_at).map(|at| berlin.date(at));
        Self { application: row.application, applicant: row.applicant, facts, hastened_on }
    }
}

/// The facts of one dossier; none if it is gone.
pub async fn facts_of(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<Facts>, sqlx::Error> {
    Ok(facts_of_all(db, &[id]).await?.pop().map(|clocked| clocked.facts))
}

/// The facts of many dossiers, for a list; one query.
pub async fn facts_of_all(db: impl PgExecutor<'_>, ids: &[ApplicationId]) -> Result<Vec<Clocked>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select application_id as "application!: ApplicationId", applicant_id as "applicant!: ApplicantId",
                  edited_at as "edited_at!", submitted_on, confirmed_at, consented_at, wished_at,
                  consent_withdrawn_at, consent_ends_on, held_until, hold_lifted_at, is_draft as "is_draft!"
           from dossier_clock where application_id = any($1)"#,
        &ids,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Clocked::from).collect())
}

/// The facts of all dossiers of one person.
pub async fn facts_of_person(db: impl PgExecutor<'_>, id: ApplicantId) -> Result<Vec<Clocked>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select application_id as "application!: ApplicationId", applicant_id as "applicant!: ApplicantId",
                  edited_at as "edited_at!", submitted_on, confirmed_at, consented_at, wished_at,
                  consent_withdrawn_at, consent_ends_on, held_until, hold_lifted_at, is_draft as "is_draft!"
           from dossier_clock where applicant_id = $1 order by application_id"#,
        id.0,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Clocked::from).collect())
}

/// The dossiers that may no longer exist on `today`, person by person. The database leaves out only those that cannot be
/// due yet; the rule itself is [`erase_on`].
pub async fn due(db: impl PgExecutor<'_>, periods: &Periods, today: Date) -> Result<Vec<Clocked>, sqlx::Error> {
    // No month is shorter than 28 days, and Berlin's day begins before UTC's.
    let submitted_until = today.saturating_sub(Duration::days(28 * i64::from(periods.dossier_months)));
    let edited_until = today.saturating_sub(Duration::days(i64::from(periods.draft_days) - 1)).midnight().assume_utc();
    let rows = sqlx::query_as!(
        Row,
        r#"select application_id as "application!: ApplicationId", applicant_id as "applicant!: ApplicantId",
                  edited_at as "edited_at!", submitted_on, confirmed_at, consented_at, wished_at,
                  consent_withdrawn_at, consent_ends_on, held_until, hold_lifted_at, is_draft as "is_draft!"
           from dossier_clock
           where submitted_on <= $1 or wished_at is not null
              or ((submitted_on is null or confirmed_at is null) and edited_at < $2)
           order by applicant_id, application_id"#,
        submitted_until,
        edited_until,
    );
    let clocked = rows.fetch_all(db).await?.into_iter().map(Clocked::from);
    Ok(clocked.filter(|dossier| dossier.is_due(periods, today)).collect())
}

/// The erasure day of one dossier, as today's policy has it; none if it is gone.
pub async fn day_of(
    db: &mut PgConnection,
    id: ApplicationId,
    now: OffsetDateTime,
) -> Result<Option<ErasureDay>, sqlx::Error> {
    let periods = Periods::from(&policy::at(&mut *db, now).await?);
    let today = Zone::berlin().date(now);
    Ok(facts_of(db, id).await?.and_then(|facts| ErasureDay::of(&facts, &periods, today)))
}

/// The day on which the last dossier of a person is erased, for a mail about all of them; none: there is no dossier.
pub async fn last_day_of(
    db: &mut PgConnection,
    id: ApplicantId,
    now: OffsetDateTime,
) -> Result<Option<ErasureDay>, sqlx::Error> {
    let periods = Periods::from(&policy::at(&mut *db, now).await?);
    let today = Zone::berlin().date(now);
    let dossiers = facts_of_person(db, id).await?;
    Ok(ErasureDay::last(dossiers.iter().filter_map(|dossier| ErasureDay::of(&dossier.facts, &periods, today))))
}

/// The erasure dates of many dossiers, for a list.
pub async fn erase_on_of_all(
    db: &PgPool,
    ids: &[ApplicationId],
    now: OffsetDateTime,
) -> Result<BTreeMap<ApplicationId, Date>, sqlx::Error> {
    let periods = Periods::from(&policy::at(db, now).await?);
    let dated = |dossier: Clocked| Some((dossier.application, erase_on(&dossier.facts, &periods)?));
    Ok(facts_of_all(db, ids).await?.into_iter().filter_map(dated).collect())
}
