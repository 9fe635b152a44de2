//! One person across the features: an account that is due, a wish, and what a restore brought back. Each feature erases its
//! own rows; the order is from the top of the house down, so that nothing refers any more to what goes.

use std::ops::Range;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::years;
use crate::applications::erasure as dossiers;
use crate::clock::Zone;
use crate::config::Config;
use crate::id::{AccountId, ApplicantId, FreelancerId};
use crate::policy;
use crate::retention::account::{Facts, Periods, erase_on};
use crate::retention::gone::{Erased, Gone, Kind, Outcome, Turn};
use crate::retention::wish::{self, Wish};
use crate::retention::{self, Rule, gone, hold};
use crate::{accounts, files, freelancers, mail, readiness, shifts, training};

/// The accounts that may no longer tell whose they are on `today`: access ended long enough ago, or a freelancer's wish.
/// Whoever still has a dossier keeps the account until that is gone; a wish of somebody of staff waits until
/// an administrator has ended their access.
pub async fn accounts_due(
    db: impl PgExecutor<'_>,
    periods: &Periods,
    today: Date,
) -> Result<Vec<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select a.id as "id: AccountId" from account a
           where a.erased_at is null and not exists (select from applicant p where p.id = a.id) and not is_held(a.id, $2)
             and ((a.access_ended_at at time zone 'Europe/Berlin')::date <= $1
                  or exists (select from data_request w
                             where w.account_id = a.id and w.wish = 'erasure' and w.done_at is null)
                     and not exists (select from account_role r
                                     where r.account_id = a.id and r.role not in ('freelancer', 'applicant')
                                       and a.access_ended_at is null))
           order by a.id"#,
        today.saturating_sub(Duration::days(i64::from(periods.account_days))),
        today,
    )
    .fetch_all(db)
    .await
}

/// The accounts that were made anonymous in this span, its end left out.
pub async fn accounts_erased(
    db: impl PgExecutor<'_>,
    span: Range<OffsetDateTime>,
) -> Result<Vec<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: AccountId" from account where erased_at >= $1 and erased_at < $2 order by id"#,
        span.start,
        span.end,
    )
    .fetch_all(db)
    .await
}

/// Erases an account once more: what somebody had begun to send while it was erased may have come in after it.
pub async fn erase_account_again(
    db: &mut PgConnection,
    config: &Config,
    id: AccountId,
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    if accounts::erasure::lock(&mut *db, id, turn).await?.is_none() {
        return Ok(Outcome::Busy);
    }
    let today = Zone::berlin().date(now);
    erase_account(db, config, id, (Rule::Period, today), now).await?;
    Ok(Outcome::Done(Erased::default()))
}

/// Whether a legal hold keeps this person's data on `today`, true until the caller's transaction ends.
pub async fn is_held(db: &mut PgConnection, id: AccountId, today: Date) -> Result<bool, sqlx::Error> {
    gone::wait_for(&mut *db, id).await?;
    hold::until(db, id, today).await.map(|until| until.is_some())
}

/// Makes an account anonymous if it is due on `today`; a step in a transaction of its own. The rule is reckoned again under
/// the lock.
pub async fn erase_account_due(
    db: &mut PgConnection,
    config: &Config,
    id: AccountId,
    (periods, today): (&Periods, Date),
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let mut turn = turn;
    if wish::open(&mut *db, id, Wish::Erasure).await?.is_some() {
        keep_from_booking(&mut *db, id).await?;
        // Nobody waits to book for as long as this waits: the drain of the hour tries again.
        turn = Turn::Skip;
    }
    let Some(locked) = accounts::erasure::lock(&mut *db, id, turn).await? else { return Ok(Outcome::Busy) };
    if locked.erased_at.is_some() {
        // Wished once more while it was carried out.
        wish::done(&mut *db, id, Wish::Erasure, now).await?;
    }
    let facts = Facts::new(locked.access_ended_at, wish::open(&mut *db, id, Wish::Erasure).await?);
    let is_due = erase_on(&facts, periods).is_some_and(|date| date <= today);
    let is_bound =
        locked.is_staff && locked.access_ended_at.is_none() || hold::until(&mut *db, id, today).await?.is_some();
    if !is_due || is_bound || locked.erased_at.is_some() || applies(&mut *db, id).await? {
        return Ok(Outcome::Done(Erased::default()));
    }
    let gone = erase_account(db, config, id, (facts.rule(), today), now).await?;
    Ok(Outcome::Done(Erased { gone: vec![gone], account: true }))
}

/// Whoever could book does not while the rest goes. Before any row of the person: whoever books holds some.
async fn keep_from_booking(db: &mut PgConnection, id: AccountId) -> Result<(), sqlx::Error> {
    let books = sqlx::query_scalar!(r#"select exists (select from freelancer where id = $1) as "books!""#, id.0);
    if books.fetch_one(&mut *db).await? { shifts::erasure::lock(db).await } else { Ok(()) }
}

/// Locks a person before anything of them is read that an erasure by their wish goes by. An error if somebody else holds
/// them: nobody in the portal waits to book until that ends.
pub async fn lock(db: &mut PgConnection, account: AccountId) -> Result<(), sqlx::Error> {
    keep_from_booking(&mut *db, account).await?;
    sqlx::query!("select id from applicant where id = $1 for update nowait", account.0)
        .fetch_optional(&mut *db)
        .await?;
    sqlx::query!("select id from account where id = $1 for update nowait", account.0).fetch_optional(db).await.map(drop)
}

/// Whether the person still has a dossier, or may begin one.
async fn applies(db: impl PgExecutor<'_>, id: AccountId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from applicant where id = $1) as "applies!""#, id.0)
        .fetch_one(db)
        .await
}

/// Erases everything that hangs on an account but what the law keeps, and leaves its row without a personal field. `on`: the
/// day of the erasure, by which what is kept counts its years unless access had ended before.
async fn erase_account(
    db: &mut PgConnection,
    config: &Config,
    id: AccountId,
    (rule, on): (Rule, Date),
    now: OffsetDateTime,
) -> Result<Gone, sqlx::Error> {
    let ended_at = sqlx::query_scalar!("select access_ended_at from account where id = $1", id.0)
        .fetch_optional(&mut *db)
        .await?
        .flatten();
    let year = ended_at.map_or(on, |at| Zone::berlin().date(at)).year();
    accounts::erasure::end_access(&mut *db, id, now).await?;
    let person = FreelancerId::from(id);
    readiness::erasure::erase(&mut *db, person, year).await?;
    training::erasure::erase(&mut *db, config, person, year, now).await?;
    shifts::erasure::release_coming(&mut *db, config, person, now).await?;
    shifts::erasure::erase(&mut *db, person).await?;
    let files = freelancers::erasure::erase(&mut *db, person, year, now).await?;
    files::erasure::erase(&mut *db, id, now).await?;
    mail::erasure::erase(&mut *db, id, None, now).await?;
    accounts::erasure::anonymise(db, id, now).await?;
    Ok(Gone { kind: Kind::Account, subject: id.0, rule, files })
}

/// Erases whatever may no longer exist of a person whose wish for erasure is recorded; a step in a transaction of its own.
/// Dossiers and account go at once, coming bookings are given back; what the law keeps stays for its years. After [`lock`]:
/// a wish that was taken back, or a hold, leaves nothing to do.
pub async fn erase_wished(
    db: &mut PgConnection,
    config: &Config,
    account: AccountId,
    today: Date,
    turn: Turn,
    now: OffsetDateTime,
) -> Result<Outcome, sqlx::Error> {
    let policy = policy::load(&mut *db, today).await?;
    let is_held = hold::until(&mut *db, account, today).await?.is_some();
    if is_held || wish::open(&mut *db, account, Wish::Erasure).await?.is_none() {
        return Ok(Outcome::Done(Erased::default()));
    }
    let mut erased = Erased::default();
    if applies(&mut *db, account).await? {
        let periods = retention::Periods::from(&policy);
        match dossiers::erase_due(&mut *db, ApplicantId(account.0), (&periods, today), turn, now).await? {
            Outcome::Done(of_applicant) => erased = of_applicant,
            Outcome::Busy => return Ok(Outcome::Busy),
        }
    }
    if !erased.account {
        let periods = Periods::from(&policy);
        match erase_account_due(&mut *db, config, account, (&periods, today), turn, now).await? {
            Outcome::Done(of_account) => {
                erased.account |= of_account.account;
                erased.gone.extend(of_account.gone);
            }
            Outcome::Busy => return Ok(Outcome::Busy),
        }
    }
    Ok(Outcome::Done(erased))
}

/// Erases again what a restored backup brought back; what is not there is erased already. `on`: the day of the erasure.
pub async fn again(
    db: &mut PgConnection,
    config: &Config,
    (kind, subject, rule): (Kind, Uuid, Rule),
    on: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    match kind {
        Kind::Dossier => dossiers::dossier_again(db, subject, now).await,
        Kind::Person => dossiers::person_again(db, subject, now).await,
        Kind::Account => {
            // In a backup from before the account there is none.
            if accounts::erasure::lock(&mut *db, AccountId(subject), Turn::Wait).await?.is_none() {
                return Ok(());
            }
            erase_account(db, config, AccountId(subject), (rule, on), now).await.map(drop)
        }
        Kind::Contracts | Kind::Briefings | Kind::Bookings | Kind::Fees => {
            let periods = Periods::from(&policy::load(&mut *db, on).await?);
            years::erase(db, kind, subject, years::last(kind, &periods, on)).await.map(drop)
        }
    }
}
