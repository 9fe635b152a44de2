//! Erases what applications leave: the dossier with everything that hangs on it, and with a person's last dossier their
//! profile and, unless it has another use, their account.

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::introduction;
use crate::accounts;
use crate::accounts::role::Role;
use crate::clock::Zone;
use crate::files;
use crate::id::{AccountId, ApplicantId, ApplicationId};
use crate::mail::{self, Topic};
use crate::retention::gone::{Erased, Gone, Kind, Outcome, Turn};
use crate::retention::wish::{self, Wish};
use crate::retention::{Periods, Rule, data_copy, dossier, hold};

/// The people of whom something may no longer exist on `today`.
pub async fn people_due(
    db: &mut PgConnection,
    periods: &Periods,
    today: Date,
) -> Result<Vec<ApplicantId>, sqlx::Error> {
    let dossiers = dossier::due(&mut *db, periods, today).await?;
    let mut people: Vec<ApplicantId> = dossiers.into_iter().map(|dossier| dossier.applicant).collect();
    // Profiles without any application: an address that was typed and never confirmed.
    let bare = sqlx::query_scalar!(
        r#"select id as "id: ApplicantId" from applicant p
           where not exists (select from application a where a.applicant_id = p.id)
             and ((p.updated_at at time zone 'Europe/Berlin')::date <= $1
                  or exists (select from data_request w where w.account_id = p.id and w.wish = 'erasure' and w.done_at is null))"#,
        today.saturating_sub(Duration::days(i64::from(periods.draft_days))),
    );
    people.extend(bare.fetch_all(db).await?);
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// Erases whatever of this person may no longer exist on `today`; a step in a transaction of its own. The rule is reckoned
/// again under the lock: what changed since the person was selected counts.
pub async fn erase_due(
    db: &mut PgConnection,
    id: ApplicantId,
    (periods, today): (&Periods, Date),
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let Some(untouched_since) = lock(&mut *db, id, turn).await? else { return Ok(Outcome::Busy) };
    let dossiers = dossier::facts_of_person(&mut *db, id).await?;
    let mut erased = Erased::default();
    for dossier in dossiers.iter().filter(|dossier| dossier.is_due(periods, today)) {
        let (subject, rule) = (dossier.application.0, dossier.facts.rule());
        let files = erase_dossier(&mut *db, dossier.application, now).await?;
        erased.gone.push(Gone { kind: Kind::Dossier, subject, rule, files });
    }
    let rule_of_person = match erased.gone.last() {
        Some(last) => (erased.gone.len() == dossiers.len()).then_some(last.rule),
        None if dossiers.is_empty() => rule_of_bare(&mut *db, id, untouched_since, (periods, today)).await?,
        None => None,
    };
    if let Some(rule) = rule_of_person {
        erased.gone.push(Gone { kind: Kind::Person, subject: id.0, rule, files: 0 });
        erased.account = erase_person(&mut *db, id, now).await?;
    }
    // With the account they have gone already.
    if !erased.gone.is_empty() && !erased.account {
        data_copy::renew(db, id.into(), now).await?;
    }
    Ok(Outcome::Done(erased))
}

/// By which rule a profile without any application goes now; none: it stays.
async fn rule_of_bare(
    db: &mut PgConnection,
    id: ApplicantId,
    untouched_since: Date,
    (periods, today): (&Periods, Date),
) -> Result<Option<Rule>, sqlx::Error> {
    if hold::until(&mut *db, id.into(), today).await?.is_some() {
        return Ok(None);
    }
    let is_wished = wish::open(db, id.into(), Wish::Erasure).await?.is_some();
    let is_old = untouched_since <= today.saturating_sub(Duration::days(i64::from(periods.draft_days)));
    Ok(if is_wished { Some(Rule::Wish) } else { is_old.then_some(Rule::Draft) })
}

/// Erases a dossier again that a restored backup brought back; one that is not there is erased already.
/// Copies of the person's data that came back hold it as well.
pub async fn dossier_again(db: &mut PgConnection, subject: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let owner =
        sqlx::query_scalar!(r#"select applicant_id as "owner: AccountId" from application where id = $1"#, subject);
    if let Some(owner) = owner.fetch_optional(&mut *db).await? {
        data_copy::renew(&mut *db, owner, now).await?;
    }
    erase_dossier(db, ApplicationId(subject), now).await.map(drop)
}

/// The same of an applicant's profile, with whatever dossiers it has.
pub async fn person_again(db: &mut PgConnection, subject: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let id = ApplicantId(subject);
    for dossier in dossier::facts_of_person(&mut *db, id).await? {
        erase_dossier(&mut *db, dossier.application, now).await?;
    }
    erase_person(db, id, now).await.map(drop)
}

/// Locks the rows of the person and of their account, so that whoever wants to add an application, a role or a mail waits,
/// and the rows of their applications, in this order. Returns the day (Berlin) on which the profile was last touched; none if
/// somebody holds the person's rows or they are gone.
async fn lock(db: &mut PgConnection, id: ApplicantId, turn: Turn) -> Result<Option<Date>, sqlx::Error> {
    let free = sqlx::query_scalar!(
        "select p.updated_at from applicant p join account a on a.id = p.id where p.id = $1
         for update of p, a skip locked",
        id.0,
    );
    let waited_for = sqlx::query_scalar!(
        "select p.updated_at from applicant p join account a on a.id = p.id where p.id = $1 for update of p, a",
        id.0,
    );
    let locked = match turn {
        Turn::Skip => free.fetch_optional(&mut *db).await?,
        Turn::Wait => waited_for.fetch_optional(&mut *db).await?,
    };
    let Some(updated_at) = locked else { return Ok(None) };
    // A consent that is being given holds its dossier: wait for it, then reckon with it.
    sqlx::query!("select id from application where applicant_id = $1 order by id for update", id.0)
        .fetch_all(db)
        .await?;
    Ok(Some(Zone::berlin().date(updated_at)))
}

/// Erases one dossier; returns how many recordings went. Answers, notes, opinions, checks, interviews and consents go with
/// the application's row.
async fn erase_dossier(db: &mut PgConnection, id: ApplicationId, now: OffsetDateTime) -> Result<i32, sqlx::Error> {
    let has_recording = introduction::erase(&mut *db, id, now).await?;
    sqlx::query!("delete from application where id = $1", id.0).execute(db).await?;
    Ok(i32::from(has_recording))
}

/// Erases the profile, and the account if it has no other role; returns whether the account went. A freelancer's wish
/// stands until their account is erased, too.
async fn erase_person(db: &mut PgConnection, id: ApplicantId, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let account = AccountId::from(id);
    // The profile goes, and by the account's other roles one knows what becomes of the account.
    let roles = sqlx::query_scalar!(
        r#"with gone as (delete from applicant where id = $1)
           select role as "role: Role" from account_role where account_id = $1 and role <> 'applicant'"#,
        id.0,
    )
    .fetch_all(&mut *db)
    .await?;
    let of_application: &[Topic] = &[Topic::Application, Topic::Interview];
    mail::erasure::erase(&mut *db, account, (!roles.is_empty()).then_some(of_application), now).await?;
    if roles.is_empty() {
        files::erasure::erase(&mut *db, account, now).await?;
        accounts::erasure::delete(db, account, now).await?;
        return Ok(true);
    }
    sqlx::query!("delete from account_role where account_id = $1 and role = 'applicant'", id.0)
        .execute(&mut *db)
        .await?;
    if !roles.contains(&Role::Freelancer) {
        wish::done(db, account, Wish::Erasure, now).await?;
    }
    Ok(false)
}

/// Removes what the log of views keeps no longer: `months` calendar months after the view.
pub async fn sweep_views(db: impl PgExecutor<'_>, months: i32, today: Date) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "delete from view_log
         where ((at at time zone 'Europe/Berlin')::date + make_interval(months => $1))::date < $2",
        months,
        today,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
