//! What the privacy officer of the demo sees: two weeks of nights with their entries in the ledger, a failure and a finding
//! that are over, consents, holds, requests, and what is erased within the next days.

use rand::RngExt;
use rand::rngs::StdRng;
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::applications;
use super::people::Staff;
use crate::accounts::{audit, token};
use crate::applications::application::State;
use crate::clock::Zone;
use crate::id::{AccountId, ApplicationId};
use crate::privacy::{export, ledger};
use crate::retention::gone::{Gone, Kind};
use crate::retention::wish::{self, Wish};
use crate::retention::{Rule, consent};

/// Nights that were.
const NIGHTS: i64 = 14;
/// Counted from the first one: in this night an erasure failed, in that one something was found.
const FAILED: i64 = 6;
const FOUND: i64 = 9;
/// Of the applications that are written here: the state, and how many days ago they were sent. Undecided ones are erased in
/// some three weeks and in some days; a consent keeps the last one.
const LONG_AGO: [(State, i64); 3] = [(State::Introduced, 160), (State::Introduced, 179), (State::Refused, 350)];

/// Writes all of it; staff, freelancers and applications exist.
pub async fn create(db: &mut PgConnection, rng: &mut StdRng, staff: &Staff, now: OffsetDateTime) -> anyhow::Result<()> {
    nights(db, rng, staff, now).await?;
    let old = applications::of_long_ago(db, rng, staff, &LONG_AGO, now).await?;
    let closed = closed(db).await?;
    if let ([.., kept], [first, second, third, fourth, ..]) = (&old[..], &closed[..]) {
        consents(db, *kept, first.0, now).await?;
        holds(db, staff, (second.1, third.1), now).await?;
        requests(db, (second.1, fourth.1), now).await?;
    }
    former(db, rng, now).await
}

/// The latest night whose run has begun.
fn last_night(now: OffsetDateTime) -> Date {
    Zone::berlin().date(now - Duration::minutes(3 * 60 + 16))
}

/// Each night's run with what it erased, and now and then a wish that was carried out by day.
async fn nights(db: &mut PgConnection, rng: &mut StdRng, staff: &Staff, now: OffsetDateTime) -> anyhow::Result<()> {
    let zone = Zone::berlin();
    let first = last_night(now) - Duration::days(NIGHTS - 1);
    for n in 0..NIGHTS {
        let date = first + Duration::days(n);
        let at = zone.wall_or_next(date, 3 * 60 + 15) + Duration::seconds(rng.random_range(2..50));
        let people = rng.random_range(0..4);
        let mut gone: Vec<Gone> = (0..people).flat_map(|_| applicant(rng, Rule::Period)).collect();
        let accounts = people + i64::from(n % 5 == 3);
        if n % 5 == 3 {
            gone.push(erased(rng, Kind::Account, Rule::Period));
        }
        ledger::append(&mut *db, &gone, 0, at).await?;
        run(db, date, at, (people, accounts, i64::from(n == FOUND), i64::from(n == FAILED))).await?;
        if n == FAILED {
            failure(db, rng, at).await?;
        }
        if n == FOUND {
            finding(db, rng, staff, at).await?;
        }
        let by_day = zone.wall_or_next(date, 14 * 60);
        if n % 6 == 1 && by_day < now {
            ledger::append(&mut *db, &applicant(rng, Rule::Wish), 0, by_day).await?;
        }
    }
    Ok(())
}

/// An application, and with it the profile.
fn applicant(rng: &mut StdRng, rule: Rule) -> [Gone; 2] {
    let recordings = rng.random_range(0..2);
    [Gone { files: recordings, ..erased(rng, Kind::Dossier, rule) }, erased(rng, Kind::Person, rule)]
}

fn erased(rng: &mut StdRng, kind: Kind, rule: Rule) -> Gone {
    Gone { kind, subject: Uuid::from_u128(rng.random()), rule, files: 0 }
}

async fn run(
    db: &mut PgConnection,
    date: Date,
    at: OffsetDateTime,
    (dossiers, accounts, leftovers, failed): (i64, i64, i64, i64),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erasure_run (business_date, started_at, finished_at, erased, accounts, leftovers, failed)
         select $1, $2, $2, $3::bigint::integer, $4::bigint::integer, $5::bigint::integer, $6::bigint::integer",
        date,
        at,
        dossiers,
        accounts,
        leftovers,
        failed,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A lock that lasted too long; the next night did it.
async fn failure(db: &mut PgConnection, rng: &mut StdRng, at: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erasure_failure (applicant_id, at, sqlstate) values ($1, $2, '55P03')",
        Uuid::from_u128(rng.random()),
        at,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A name in a text of the house, taken out the next morning.
async fn finding(
    db: &mut PgConnection,
    rng: &mut StdRng,
    staff: &Staff,
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let cleared = at + Duration::minutes(6 * 60 + 12);
    let id = sqlx::query_scalar!(
        "insert into erasure_leftover (at, place, subject, n, cleared_at, cleared_by, note)
         values ($1, 'campaign.requirements', $2, 1, $3, $4, $5) returning id",
        at,
        Uuid::from_u128(rng.random()),
        cleared,
        staff.privacy_officer.0,
        "In den Anforderungen der Kampagne stand noch eine frühere Ansprechperson. Herausgenommen und mit der Planung besprochen.",
    )
    .fetch_one(&mut *db)
    .await?;
    audit::note(db, Some(staff.privacy_officer), "finding.clear", &id.to_string(), cleared).await
}

/// Applications that are closed, the earliest first, with whose they are.
async fn closed(db: &mut PgConnection) -> Result<Vec<(ApplicationId, AccountId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ApplicationId", applicant_id as "person: AccountId" from application a
           where state in ('refused', 'withdrawn') and submitted_at > (select min(submitted_at) from application)
             and (select count(*) from application b where b.applicant_id = a.applicant_id) = 1
           order by submitted_at, id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.person)).collect())
}

/// A consent that ends in some weeks, of which the person was told, and a fresh one.
async fn consents(
    db: &mut PgConnection,
    ending: ApplicationId,
    fresh: ApplicationId,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    for (id, days) in [(ending, 338), (fresh, 3)] {
        let granted = consent::grant(&mut *db, id, now - Duration::days(days)).await?;
        anyhow::ensure!(granted.is_ok(), "the application can be kept");
    }
    sqlx::query!("update consent set reminded_at = $2 where application_id = $1", ending.0, now - Duration::DAY)
        .execute(db)
        .await?;
    Ok(())
}

/// A hold that two people have confirmed, and one that waits for the second.
async fn holds(
    db: &mut PgConnection,
    staff: &Staff,
    (held, waiting): (AccountId, AccountId),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let since = |days| now - Duration::days(days);
    for (person, reason, set_at, confirmed) in [
        (
            held,
            "Beschwerde wegen der Absage bei der Antidiskriminierungsstelle; der Schriftwechsel läuft noch.",
            since(12),
            true,
        ),
        (waiting, "Klage vor dem Amtsgericht angekündigt, Frist bis Jahresende.", since(1), false),
    ] {
        let second = confirmed.then_some(staff.administrator.0);
        let starts_on = Zone::berlin().date(set_at);
        sqlx::query!(
            "insert into legal_hold (id, account_id, reason, set_by, set_at, starts_on, held_until, confirmed_by, confirmed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            Uuid::new_v4(),
            person.0,
            reason,
            staff.privacy_officer.0,
            set_at,
            starts_on,
            starts_on + Duration::days(75),
            second,
            second.map(|_| set_at + Duration::hours(3)),
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A wish for erasure that a hold keeps back, one that the next hour carries out, a copy that is about to be made, and a
/// request by mail whose link nobody has used yet.
async fn requests(
    db: &mut PgConnection,
    (held, free): (AccountId, AccountId),
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    wish::record(&mut *db, held, Wish::Erasure, now - Duration::hours(62)).await?;
    wish::record(&mut *db, free, Wish::Erasure, now - Duration::minutes(40)).await?;
    let copying =
        sqlx::query_scalar!(r#"select id as "id: AccountId" from account where email = 'freelancer042@demo.example'"#);
    let copying = copying.fetch_one(&mut *db).await?;
    export::request::record(&mut *db, copying, now - Duration::minutes(2)).await?;
    sqlx::query!(
        "insert into data_request_link (token_hash, account_id, wish, created_at, expires_at)
         select $1, id, 'erasure', $2, $3 from account where email = 'freelancer043@demo.example'",
        &token::new().hash[..],
        now - Duration::hours(3),
        now + Duration::days(1),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody who left: the account becomes anonymous in some days.
async fn former(db: &mut PgConnection, rng: &mut StdRng, now: OffsetDateTime) -> anyhow::Result<()> {
    sqlx::query!(
        "with left_us as (insert into account (id, email, name, created_at, access_ended_at)
                          values ($1, 'ehemals@post.example', 'Wilma Jessen', $2, $3) returning id),
              role as (insert into account_role (account_id, role, granted_at) values ($1, 'freelancer', $2))
         insert into freelancer (id, joined_at) select id, $2 from left_us",
        Uuid::from_u128(rng.random()),
        now - Duration::days(300),
        now - Duration::days(76),
    )
    .execute(db)
    .await?;
    Ok(())
}
