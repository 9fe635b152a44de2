//! What is erased and when: on the day, everything of the person, nothing of anybody else.

use bytes::Bytes;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::clock::Zone;
use portal::files;
use portal::files::blob;
use portal::id::{ApplicationId, BlobId};
use portal::policy::{self, Figure};
use portal::privacy::night::{self, Report};
use portal::retention::wish::{self, Wish};
use portal::retention::{consent, dossier};
use sqlx::{AssertSqlSafe, PgPool};
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::seed::{self, Campaign, Person};
use crate::server::{START, TestPortal};

/// The first second of the night's run of this day.
pub fn night(day: Date) -> OffsetDateTime {
    Zone::berlin().wall_or_next(day, 3 * 60 + 15)
}

pub async fn count(db: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {sql}"))).fetch_one(db).await.unwrap()
}

pub async fn open_campaign(db: &PgPool) -> Campaign {
    let campaign = seed::campaign(db).await;
    seed::posting(db, &campaign).await;
    campaign
}

/// Somebody's application, sent at this instant.
pub async fn sent(db: &PgPool, campaign: &Campaign, at: OffsetDateTime) -> (Person, ApplicationId) {
    let person = seed::applicant(db).await;
    let application = sent_by(db, &person, campaign, State::New, at).await;
    (person, application)
}

async fn sent_by(db: &PgPool, person: &Person, campaign: &Campaign, state: State, at: OffsetDateTime) -> ApplicationId {
    let application = seed::application(db, person, campaign, state).await;
    sqlx::query("update application set edited_at = $2, submitted_at = $2, submitted_on = $3 where id = $1")
        .bind(application)
        .bind(at)
        .bind(Zone::berlin().date(at))
        .execute(db)
        .await
        .unwrap();
    application
}

/// The day of an application's erasure, as things stand at this instant.
pub async fn erased_on(portal: &TestPortal, application: ApplicationId, at: OffsetDateTime) -> Date {
    let day = dossier::day_of(&mut portal.db.acquire().await.unwrap(), application, at).await.unwrap();
    day.expect("a day").on
}

/// A recording with its bytes in the store.
pub async fn recording(portal: &TestPortal, application: ApplicationId) -> BlobId {
    let draft = seed::begin_recording(portal, application).await;
    let id = draft.id;
    let mut tx = portal.db.begin().await.unwrap();
    portal.portal.files.put(draft, Bytes::from_static(b"a voice")).await.unwrap();
    assert!(blob::go_live(&mut tx, id, "video/webm", 7).await.unwrap());
    sqlx::query("insert into introduction (application_id, kind, blob_id, sent_at) values ($1, 'video', $2, $3)")
        .bind(application)
        .bind(id)
        .bind(START)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// One row in every table that hangs on an application or its person.
pub async fn fill(db: &PgPool, person: &Person, application: ApplicationId) {
    let staff = seed::staff(db, Role::Recruiter).await;
    let (id, at) = (Uuid::new_v4(), START);
    for (sql, by_staff) in [
        (
            "insert into answer select $1, q.id, 'ja' from application a join question q on q.set_id = a.question_set_id where a.id = $1 and $2::uuid is not null and $3::uuid is not null and $4::timestamptz is not null",
            false,
        ),
        ("insert into note values ($2, $1, $3, $4, 'Freundliche Stimme')", true),
        ("insert into opinion select $1, $3, $4, 'yes', 'yes', 'yes', 'yes', 'yes' where $2::uuid is not null", true),
        (
            "insert into equipment_check select $2, $1, $4, 1, 1, 1, 1, true, true, 'Windows 11' where $3::uuid is not null",
            false,
        ),
        ("insert into consent values ($2, $1, 1, $4, case when $3::uuid is not null then $4 end)", false),
        (
            "insert into interview_slot select $2, $3, null, $4, $4 + interval '1 hour', '0461 5550177', $4, $3 where $1::uuid is not null",
            true,
        ),
        ("insert into interview select $2, $2, $1, $4 where $3::uuid is not null", false),
        ("insert into view_log (at, viewer_id, application_id) select $4, $3, $1 where $2::uuid is not null", true),
        (
            "insert into applicant_link (id, token_hash, applicant_id, application_id, created_at, expires_at)
             select $2, sha256(convert_to($1::uuid::text, 'UTF8')), $3, $1, $4, $4 + interval '1 day'",
            false,
        ),
    ] {
        let other = if by_staff { staff.id.0 } else { person.id.0 };
        sqlx::query(sql)
            .bind(application)
            .bind(id)
            .bind(other)
            .bind(at)
            .execute(db)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    for (topic, sent) in [("application", None), ("account", Some(at)), ("application", Some(at))] {
        sqlx::query(AssertSqlSafe(format!(
            "insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at, sent_at)
             values (gen_random_uuid(), $1, '{topic}', $2, 'Deine Bewerbung', 'Hallo', $3, $3, $4)"
        )))
        .bind(person.id)
        .bind(&person.email)
        .bind(at)
        .bind(sent)
        .execute(db)
        .await
        .unwrap();
    }
}

pub async fn run(portal: &TestPortal, now: OffsetDateTime) -> Option<Report> {
    portal.set_time(now);
    night::run_due(&portal.db, &portal.portal.config, now).await.unwrap()
}

#[tokio::test]
async fn a_dossier_is_there_the_day_before_and_gone_on_the_day_and_after() {
    for (at, gone_on) in [
        (datetime!(2025-08-28 10:00 UTC), date!(2026 - 03 - 01)),
        (datetime!(2025-08-29 10:00 UTC), date!(2026 - 03 - 01)),
        (datetime!(2025-08-30 10:00 UTC), date!(2026 - 03 - 01)),
        (datetime!(2025-08-31 10:00 UTC), date!(2026 - 03 - 01)),
        (datetime!(2025-12-31 10:00 UTC), date!(2026 - 07 - 01)),
        (datetime!(2024-02-29 10:00 UTC), date!(2024 - 08 - 30)),
        (datetime!(2027-08-31 10:00 UTC), date!(2028 - 03 - 01)),
        // Half past midnight of 1 September in Berlin.
        (datetime!(2026-08-31 22:30 UTC), date!(2027 - 03 - 02)),
    ] {
        let portal = TestPortal::new().await;
        let campaign = open_campaign(&portal.db).await;
        let (_, application) = sent(&portal.db, &campaign, at).await;
        assert_eq!(erased_on(&portal, application, at).await, gone_on, "{at}");
        let before = run(&portal, night(gone_on - Duration::DAY)).await.unwrap();
        assert_eq!((before, count(&portal.db, "application").await), (Report::default(), 1), "{at}: the day before");
        let on = run(&portal, night(gone_on)).await.unwrap();
        assert_eq!((on.dossiers, count(&portal.db, "application").await), (1, 0), "{at}: on the day");
        let after = run(&portal, night(gone_on + Duration::DAY)).await.unwrap();
        assert_eq!(after, Report::default(), "{at}: the day after");
    }
}

#[tokio::test]
async fn everything_of_the_person_goes_rows_and_files() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, datetime!(2025-08-31 10:00 UTC)).await;
    fill(&portal.db, &person, application).await;
    sqlx::query("update consent set withdrawn_at = granted_at").execute(&portal.db).await.unwrap();
    let file = recording(&portal, application).await;
    person.session(&portal).await;
    let (other, _) = sent(&portal.db, &campaign, START).await;
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    let expected = Report { dossiers: 1, files: 1, profiles: 1, accounts: 1, ..Report::default() };
    assert_eq!(report, expected);
    for left in [
        "answer",
        "note",
        "opinion",
        "equipment_check",
        "consent",
        "interview",
        "introduction",
        "applicant_link",
        "session",
    ] {
        assert_eq!(count(&portal.db, left).await, 0, "{left}");
    }
    for (kept, rows) in [("application", 1), ("applicant", 1), ("interview_slot", 1), ("view_log", 1), ("mail", 2)] {
        assert_eq!(count(&portal.db, kept).await, rows, "{kept}");
    }
    assert_eq!(
        count(&portal.db, "mail where coalesce(recipient, subject, body) is not null or sent_at is null").await,
        0
    );
    for (table, column) in [("account", "email"), ("mail", "recipient")] {
        let named = format!("{table} where {column} = '{}'", person.email);
        assert_eq!(count(&portal.db, &named).await, 0, "{table}");
    }
    assert_eq!(
        count(&portal.db, &format!("account where email = '{}'", other.email)).await,
        1,
        "the other person stays"
    );
    assert_eq!(count(&portal.db, "blob where state = 'doomed'").await, 1);
    files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    assert_eq!(count(&portal.db, "blob").await, 0);
    assert!(portal.portal.files.read(file, 0..7).await.is_err(), "the bytes are gone");
}

#[tokio::test]
async fn each_dossier_has_its_own_clock_and_the_profile_goes_with_the_last() {
    let portal = TestPortal::new().await;
    let (one, other) = (open_campaign(&portal.db).await, open_campaign(&portal.db).await);
    let (person, _) = sent(&portal.db, &one, datetime!(2026-06-01 10:00 UTC)).await;
    // Decided or not: an undecided application is erased, too.
    sent_by(&portal.db, &person, &other, State::Accepted, datetime!(2026-07-01 10:00 UTC)).await;
    let first = run(&portal, night(date!(2026 - 12 - 02))).await.unwrap();
    assert_eq!((first.dossiers, first.profiles, first.accounts), (1, 0, 0));
    assert_eq!(count(&portal.db, "application where state = 'accepted'").await, 1);
    let second = run(&portal, night(date!(2027 - 01 - 02))).await.unwrap();
    assert_eq!((second.dossiers, second.profiles, second.accounts), (1, 1, 1));
}

#[tokio::test]
async fn an_account_with_another_role_stays_and_loses_only_the_application() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let person = seed::person(&portal.db, &[Role::Freelancer, Role::Applicant]).await;
    sqlx::query("insert into applicant (id, confirmed_at, created_at, updated_at) values ($1, $2, $2, $2)")
        .bind(person.id)
        .bind(START)
        .execute(&portal.db)
        .await
        .unwrap();
    let application = sent_by(&portal.db, &person, &campaign, State::Accepted, datetime!(2026-05-01 10:00 UTC)).await;
    fill(&portal.db, &person, application).await;
    sqlx::query("update consent set withdrawn_at = granted_at").execute(&portal.db).await.unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.dossiers, report.profiles, report.accounts), (1, 1, 0));
    assert_eq!(count(&portal.db, "applicant").await, 0);
    let roles = format!("account_role where account_id = '{}' and role = 'freelancer'", person.id);
    assert_eq!(count(&portal.db, &roles).await, 1);
    assert_eq!(count(&portal.db, &format!("account_role where account_id = '{}'", person.id)).await, 1);
    assert_eq!(
        count(&portal.db, "mail where topic = 'account' and body is not null").await,
        1,
        "not of the application"
    );
    assert_eq!(count(&portal.db, "mail where topic = 'application' and body is not null").await, 0);
    // And may go on booking.
    portal.client_of(&person).await.get("/schichten/frei").await;
}

#[tokio::test]
async fn an_account_that_other_rows_name_stays_without_a_name() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    sqlx::query("insert into faq_entry values ('eine-frage', 'work', 99, 'Frage', 'Antwort', false, $1, $2)")
        .bind(START)
        .bind(person.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.accounts, report.failed), (1, 0));
    assert_eq!(count(&portal.db, "account where name = 'Gelöscht' and email like '%@geloescht.invalid'").await, 1);
    assert_eq!(count(&portal.db, &format!("account where email = '{}'", person.email)).await, 0);
}

#[tokio::test]
async fn drafts_and_unconfirmed_addresses_go_after_30_days() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let draft = seed::applicant(&portal.db).await;
    seed::application(&portal.db, &draft, &campaign, State::Draft).await;
    let (unconfirmed, _) = sent(&portal.db, &campaign, START - Duration::days(3)).await;
    let bare = seed::applicant(&portal.db).await;
    sqlx::query("update applicant set confirmed_at = null, updated_at = $3 where id in ($1, $2)")
        .bind(unconfirmed.id)
        .bind(bare.id)
        .bind(START - Duration::days(3))
        .execute(&portal.db)
        .await
        .unwrap();
    // Touched on 20 November.
    let report = run(&portal, night(date!(2026 - 12 - 19))).await.unwrap();
    assert_eq!((report.dossiers, report.profiles), (0, 0));
    let report = run(&portal, night(date!(2026 - 12 - 20))).await.unwrap();
    assert_eq!((report.dossiers, report.profiles, report.accounts), (2, 3, 3));
}

#[tokio::test]
async fn a_consent_keeps_withdrawn_it_does_not_and_a_wish_beats_it() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let at = datetime!(2026-05-01 10:00 UTC);
    let (_, kept) = sent(&portal.db, &campaign, at).await;
    let (_, withdrawn) = sent(&portal.db, &campaign, at).await;
    let (wishing, wished) = sent(&portal.db, &campaign, at).await;
    for application in [kept, withdrawn, wished] {
        let mut db = portal.db.acquire().await.unwrap();
        consent::grant(&mut db, application, at).await.unwrap().unwrap();
        consent::grant(&mut db, application, datetime!(2026-06-30 23:00 UTC)).await.unwrap().unwrap();
    }
    assert_eq!(count(&portal.db, "consent where renewed_at is null").await, 3, "given again, it is renewed");
    assert_eq!(count(&portal.db, "consent where renewed_at is not null").await, 3, "and the first one stays on record");
    consent::withdraw(&portal.db, withdrawn, START).await.unwrap();
    let since = wish::record(&portal.db, wishing.id, Wish::Erasure, START).await.unwrap();
    assert_eq!(wish::record(&portal.db, wishing.id, Wish::Erasure, START + Duration::HOUR).await.unwrap(), since);
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!(report.dossiers, 2);
    let left: Vec<ApplicationId> =
        sqlx::query_scalar("select id from application").fetch_all(&portal.db).await.unwrap();
    assert_eq!(left, [kept]);
    let mut db = portal.db.acquire().await.unwrap();
    assert_eq!(consent::grant(&mut db, wished, START).await.unwrap(), Err(consent::Refusal::NothingToKeep));
    drop(db);
    // 1 July in Berlin and 12 months, and the day after; without the nights between, the brake would hold.
    sqlx::query("update erasure_run set business_date = '2027-06-30'").execute(&portal.db).await.unwrap();
    assert_eq!(run(&portal, night(date!(2027 - 07 - 01))).await.unwrap().dossiers, 0);
    assert_eq!(run(&portal, night(date!(2027 - 07 - 02))).await.unwrap().dossiers, 1);
}

#[tokio::test]
async fn a_consent_given_while_the_run_waits_counts() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (_, application) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    let mut giving = portal.db.begin().await.unwrap();
    sqlx::query("insert into consent values (gen_random_uuid(), $1, 1, $2)")
        .bind(application)
        .bind(START)
        .execute(&mut *giving)
        .await
        .unwrap();
    let (db, config) = (portal.db.clone(), portal.portal.config.clone());
    let running =
        tokio::spawn(async move { night::run_due(&db, &config, night(date!(2026 - 11 - 24))).await.unwrap() });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    giving.commit().await.unwrap();
    assert_eq!(running.await.unwrap(), Some(Report::default()));
    assert_eq!(count(&portal.db, "application").await, 1);
}

#[tokio::test]
async fn views_and_messages_have_periods_of_their_own() {
    let portal = TestPortal::new().await;
    for (at, viewer) in [(datetime!(2024-11-23 12:00 UTC), 1), (datetime!(2024-11-24 12:00 UTC), 2)] {
        sqlx::query("insert into view_log (at, viewer_id, application_id) values ($1, $2, $2)")
            .bind(at)
            .bind(Uuid::from_u128(viewer))
            .execute(&portal.db)
            .await
            .unwrap();
    }
    for (received, answered) in [
        (datetime!(2026-05-23 12:00 UTC), None),
        (datetime!(2026-05-24 12:00 UTC), None),
        (datetime!(2026-01-01 12:00 UTC), Some(datetime!(2026-05-24 12:00 UTC))),
        (datetime!(2026-01-01 12:00 UTC), Some(datetime!(2026-05-23 12:00 UTC))),
    ] {
        sqlx::query(
            "insert into contact_message (id, stamp, name, email, subject, body, received_at, answered_at)
             values (gen_random_uuid(), decode(md5(random()::text), 'hex'), 'N', 'n@b.de', 'S', 'B', $1, $2)",
        )
        .bind(received)
        .bind(answered)
        .execute(&portal.db)
        .await
        .unwrap();
    }
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.views, report.messages), (1, 2));
    assert_eq!((count(&portal.db, "view_log").await, count(&portal.db, "contact_message").await), (1, 2));
}

#[tokio::test]
async fn the_run_obeys_the_policy_of_its_day() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (_, application) = sent(&portal.db, &campaign, datetime!(2026-10-31 10:00 UTC)).await;
    policy::note(&portal.db, Figure::ErasureMonths, 1, date!(2026 - 12 - 24), None, START).await.unwrap().unwrap();
    assert_eq!(erased_on(&portal, application, START).await, date!(2027 - 05 - 01));
    // Somebody else, whose time has come by the policy of before: the ledger names what held that day.
    sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    assert_eq!(run(&portal, night(date!(2026 - 12 - 23))).await.unwrap().dossiers, 1);
    assert_eq!(count(&portal.db, "erasure_entry where policy <> 0").await, 0);
    assert_eq!(run(&portal, night(date!(2026 - 12 - 24))).await.unwrap().dossiers, 1);
    assert_eq!(count(&portal.db, "erasure_entry where policy = (select max(id) from policy_figure)").await, 2);
}

#[tokio::test]
async fn our_months_are_postgresqls_for_every_day_of_eight_years() {
    let portal = TestPortal::new().await;
    for months in [1, 3, 6, 12, 24] {
        let days: Vec<(Date, Date)> = sqlx::query_as(
            "select d::date, (d::date + make_interval(months => $1))::date from generate_series('2023-01-01', '2030-12-31', interval '1 day') as d",
        )
        .bind(months)
        .fetch_all(&portal.db)
        .await
        .unwrap();
        assert_eq!(days.len(), 2922);
        for (day, later) in days {
            assert_eq!(portal::retention::months::add(day, months), Some(later), "{day} + {months} months");
        }
    }
}
