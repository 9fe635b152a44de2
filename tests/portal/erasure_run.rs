//! The runs of the erasure: once a night over all servers, caught up, whole or not at all, by clock or by command.

use std::process::{Child, Stdio};

use portal::clock::Zone;
use portal::config::FilesUrl;
use portal::database::connect;
use portal::health;
use portal::id::ApplicationId;
use portal::privacy::ledger;
use portal::privacy::night::{self, Mode, Order, Report, Stopped};
use portal::retention::wish::{self, Wish};
use portal::worker;
use sqlx::{AssertSqlSafe, PgPool};
use time::macros::{date, datetime};
use time::{Date, Duration};

use crate::cluster::program;
use crate::database::connect_url;
use crate::erasure::{count, fill, night, open_campaign, recording, run, sent};
use crate::server::{START, TestPortal};

#[tokio::test]
async fn the_nights_in_which_the_clock_changes_have_one_run_each() {
    for (midnight, due, day) in [
        (datetime!(2027-03-27 23:00 UTC), datetime!(2027-03-28 1:15 UTC), date!(2027 - 03 - 28)),
        (datetime!(2027-10-30 22:00 UTC), datetime!(2027-10-31 2:15 UTC), date!(2027 - 10 - 31)),
    ] {
        let portal = TestPortal::new().await;
        let (mut now, mut ran) = (midnight, Vec::new());
        while Zone::berlin().date(now) == day {
            if run(&portal, now).await.is_some() {
                ran.push(now);
            }
            now += Duration::minutes(5);
        }
        assert_eq!(ran, [due]);
        let nights: Vec<Date> =
            sqlx::query_scalar("select business_date from erasure_run").fetch_all(&portal.db).await.unwrap();
        assert_eq!(nights, [day]);
    }
}

/// Ten thousand dossiers take a minute (performance.md) only if nothing reads a whole table for each of them: the database
/// looks into every table that may refer to the row it deletes. Tables that stay small may be read.
#[tokio::test]
async fn whatever_refers_to_what_is_erased_is_found_by_an_index() {
    let portal = TestPortal::new().await;
    let without: Vec<String> = sqlx::query_scalar(
        "select c.conrelid::regclass || '.' || a.attname from pg_constraint c
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
         where c.contype = 'f'
           and c.confrelid in ('account'::regclass, 'applicant'::regclass, 'application'::regclass, 'blob'::regclass,
                               'upload'::regclass)
           and c.conrelid <> all (array['batch', 'publication', 'help_call', 'policy_figure', 'question_set', 'mail_text',
                                        'faq_entry', 'briefing_version', 'contract_version', 'mentor', 'campaign_system']::regclass[])
           and not exists (
               select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
                 and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = '(' || quote_ident(a.attname) || ' IS NOT NULL)'))
         order by 1",
    )
    .fetch_all(&portal.db)
    .await
    .unwrap();
    assert_eq!(without, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_run_once() {
    let portal = TestPortal::with_connections(16).await;
    let campaign = open_campaign(&portal.db).await;
    for day in 0..10 {
        sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC) + Duration::days(day)).await;
    }
    for day in 0..10 {
        let now = night(date!(2026 - 11 - 02) + Duration::days(day));
        let (one, other) = tokio::join!(
            night::run_due(&portal.db, &portal.portal.config, now),
            night::run_due(&portal.db, &portal.portal.config, now)
        );
        let ran: Vec<Report> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
        assert_eq!(ran.iter().map(|report| report.dossiers).collect::<Vec<_>>(), [1], "day {day}");
    }
    assert_eq!(count(&portal.db, "erasure_run").await, 10);
}

/// PostgreSQL's lock fails to keep two servers apart: the rows of each person do.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_without_the_lock_erase_everybody_once() {
    let portal = TestPortal::with_connections(16).await;
    let campaign = open_campaign(&portal.db).await;
    for _ in 0..40 {
        sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    }
    for sql in [
        "create function public.pg_try_advisory_lock(bigint) returns boolean language sql as 'select true'",
        "do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$",
    ] {
        sqlx::query(sql).execute(&portal.db).await.unwrap();
    }
    let server = || async { connect((*portal.db.connect_options()).clone(), 4).await.unwrap() };
    let (one, other) = (server().await, server().await);
    let now = night(date!(2026 - 11 - 02));
    let config = &portal.portal.config;
    let (first, second) = tokio::join!(night::run_due(&one, config, now), night::run_due(&other, config, now));
    let reports = [first.unwrap().unwrap(), second.unwrap().unwrap()];
    let sum = |of: fn(&Report) -> i64| reports.iter().map(of).sum::<i64>();
    assert_eq!((sum(|r| r.dossiers), sum(|r| r.accounts), sum(|r| r.failed)), (40, 40, 0));
    assert!(reports.iter().all(|report| report.dossiers > 0), "both were at it: {reports:?}");
    assert_eq!(count(&portal.db, "application").await, 0);
    assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(80), "a dossier and a person each");
    assert_eq!(count(&portal.db, "erasure_run").await, 1);
    assert_eq!(count(&portal.db, "erasure_run where finished_at > started_at").await, 1, "it takes its time");
}

/// The server that held the lock was cut off from the database: another one may be at it already.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_the_lock_erases_nobody_more() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (busy, _) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    let mut holding = portal.db.begin().await.unwrap();
    sqlx::query("select id from applicant where id = $1 for update")
        .bind(busy.id.0)
        .execute(&mut *holding)
        .await
        .unwrap();
    let running = tokio::spawn({
        let portal = portal.portal.clone();
        async move { night::run_due(&portal.db, &portal.config, night(date!(2026 - 11 - 02))).await }
    });
    while count(&portal.db, "application").await > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let cut = "select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database
               where locktype = 'advisory' and datname = current_database() and objid = $1::bigint::oid";
    sqlx::query(cut).bind(night::LOCK & 0xffff_ffff).execute(&portal.db).await.unwrap();
    assert!(running.await.unwrap().is_err());
    holding.rollback().await.unwrap();
    assert_eq!((count(&portal.db, "application").await, count(&portal.db, "erasure_run").await), (1, 0));
    assert_eq!(run(&portal, night(date!(2026 - 11 - 02))).await.unwrap().dossiers, 1);
}

/// The store is away at night: rows go, files wait, and nobody is told before they are gone.
#[tokio::test]
async fn a_store_that_is_down_in_the_night_holds_up_files_and_receipts_and_nothing_else() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (_, application) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    recording(&portal, application).await;
    let FilesUrl::Folder(store) = portal.portal.config.files_target().unwrap() else { panic!("no folder") };
    let away = store.with_extension("away");
    std::fs::rename(&store, &away).unwrap();
    std::fs::write(&store, "no folder").unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.dossiers, report.failed), (1, 0));
    worker::delete_files(portal.portal.clone()).await.unwrap();
    assert_eq!(count(&portal.db, "blob where state = 'doomed' and attempts = 1").await, 1);
    assert_eq!((count(&portal.db, "erasure_receipt").await, count(&portal.db, "mail where is_receipt").await), (1, 0));
    portal.pass(Duration::hours(25));
    assert_eq!(portal.client().get("/readyz").await.body, "files");
    let troubles = health::look(&portal.db, portal.now()).await.unwrap().troubles(portal.now());
    assert!(troubles.contains(&"Eine Datei wartet seit über 24 Stunden auf ihre Löschung.".into()), "{troubles:?}");
    std::fs::remove_file(&store).unwrap();
    std::fs::rename(&away, &store).unwrap();
    worker::delete_files(portal.portal.clone()).await.unwrap();
    assert_eq!(count(&portal.db, "blob").await, 0);
    assert_eq!((count(&portal.db, "erasure_receipt").await, count(&portal.db, "mail where is_receipt").await), (0, 1));
    let objects = std::fs::read_dir(&store).unwrap().flatten().filter(|entry| entry.path().is_file());
    assert_eq!(objects.count(), 0);
}

#[tokio::test]
async fn five_days_down_are_caught_up_in_one_run() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    for day in 0..5 {
        sent(&portal.db, &campaign, datetime!(2026-05-20 10:00 UTC) + Duration::days(day)).await;
    }
    assert_eq!(run(&portal, night(date!(2026 - 11 - 20))).await.unwrap().dossiers, 0);
    let report = run(&portal, datetime!(2026-11-25 14:00 UTC)).await.unwrap();
    assert_eq!(report.dossiers, 5);
    assert_eq!(run(&portal, datetime!(2026-11-25 14:10 UTC)).await, None);
    assert_eq!(count(&portal.db, "erasure_run").await, 2, "the missed nights are not made up");
}

/// A trigger that lets nobody delete this application.
async fn hinder(db: &PgPool, application: ApplicationId) {
    let body = format!("begin if old.id = '{application}' then raise exception 'no'; end if; return old; end");
    for sql in [
        format!("create function hinder() returns trigger language plpgsql as $$ {body} $$"),
        "create trigger hinder before delete on application for each row execute function hinder()".into(),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(db).await.unwrap();
    }
}

#[tokio::test]
async fn one_failing_case_is_recorded_and_skipped_and_staff_are_told() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let at = datetime!(2026-05-01 10:00 UTC);
    let (stuck, application) = sent(&portal.db, &campaign, at).await;
    sent(&portal.db, &campaign, at).await;
    sent(&portal.db, &campaign, at).await;
    hinder(&portal.db, application).await;
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.dossiers, report.failed), (2, 1));
    let noted = format!("erasure_failure where applicant_id = '{}' and sqlstate = 'P0001'", stuck.id);
    assert_eq!(count(&portal.db, &noted).await, 1);
    portal.pass(Duration::hours(2));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("ist bei 1 Person gescheitert") && ready.contains("1 Bewerbung ist noch da"), "{ready}");
    sqlx::query("drop trigger hinder on application").execute(&portal.db).await.unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 25))).await.unwrap();
    assert_eq!((report.dossiers, report.failed), (1, 0));
    portal.pass(Duration::hours(2));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(!ready.contains("öschung ist bei") && !ready.contains("noch da"), "{ready}");
}

#[tokio::test]
async fn a_run_that_does_not_happen_and_a_wish_that_stands_are_noticed() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, START).await;
    run(&portal, night(date!(2026 - 11 - 24))).await;
    wish::record(&portal.db, person.id, Wish::Erasure, portal.now()).await.unwrap();
    let late = "seit über 26 Stunden nicht gelaufen";
    portal.pass(Duration::hours(20));
    let mut client = portal.client();
    let ready = client.get("/readyz").await.body.clone();
    assert!(!ready.contains("ösch"), "the night will see to it: {ready}");
    portal.pass(Duration::hours(7));
    let ready = client.get("/readyz").await.body.clone();
    assert!(ready.contains(late) && ready.contains("1 Bewerbung ist noch da"), "{ready}");
    portal.pass(Duration::hours(46));
    let ready = client.get("/readyz").await.body.clone();
    assert!(ready.contains("1 Wunsch nach Löschung oder Kopie ist länger offen"), "{ready}");
}

/// `portal erase` on the test's database.
async fn command(portal: &TestPortal, arguments: &[&str]) -> Child {
    let url = connect_url(&portal.db).await;
    let mut command = program(&portal.portal.config.data_dir, &["erase", "--database-url", &url]);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub async fn said(portal: &TestPortal, arguments: &[&str]) -> (bool, String) {
    let child = command(portal, arguments).await;
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test]
async fn the_command_tells_first_and_then_does_the_same() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, datetime!(2040-08-31 10:00 UTC)).await;
    let file = recording(&portal, application).await;
    let (ok, text) = said(&portal, &["--dry-run", "--today", "2041-02-28"]).await;
    assert!(ok && text.contains("would be erased on 2041-02-28: 0 dossiers"), "{text}");
    let (ok, text) = said(&portal, &["--dry-run", "--today", "2041-03-01"]).await;
    assert!(
        ok && text.contains("would be erased on 2041-03-01: 1 dossiers, 1 recordings, 1 profiles, 1 accounts"),
        "{text}"
    );
    assert!(!text.contains(&person.name) && !text.contains(&person.email), "{text}");
    assert_eq!((count(&portal.db, "application").await, count(&portal.db, "blob where state = 'live'").await), (1, 1));
    let (ok, text) = said(&portal, &["--today", "2041-03-01"]).await;
    assert!(!ok && text.contains("--confirm 1"), "a day far ahead may be a slip: {text}");
    let (ok, text) = said(&portal, &["--today", "2041-03-01", "--confirm", "1"]).await;
    assert!(ok && text.contains("erased on 2041-03-01: 1 dossiers") && text.contains("from the store: 1"), "{text}");
    assert_eq!((count(&portal.db, "application").await, count(&portal.db, "blob").await), (0, 0));
    assert!(portal.portal.files.read(file, 0..7).await.is_err());
    assert_eq!(count(&portal.db, "erasure_run").await, 0, "it does not count as the night's");
    let (ok, text) = said(&portal, &["--today", "01.03.2041"]).await;
    assert!(!ok && text.contains("no day"), "{text}");
}

/// A trigger that stops whoever deletes from this table until the test lets go.
async fn stop_at(db: &PgPool, table: &str) {
    for sql in [
        "create or replace function stop() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return old; end $$".to_owned(),
        format!("create trigger stop before delete on {table} for each row execute function stop()"),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(db).await.unwrap();
    }
}

/// Begins `portal erase` and kills it while it deletes from this table.
pub async fn kill_at(portal: &TestPortal, table: &str, today: &str) {
    stop_at(&portal.db, table).await;
    let mut holding =
        connect((*portal.db.connect_options()).clone(), 1).await.unwrap().acquire().await.unwrap().detach();
    sqlx::query("select pg_advisory_lock(4711)").execute(&mut holding).await.unwrap();
    let waiting = "pg_locks where locktype = 'advisory' and objid = 4711 and not granted
         and database = (select oid from pg_database where datname = current_database())";
    let mut child = command(portal, &["--today", today]).await;
    while count(&portal.db, waiting).await == 0 {
        assert_eq!(child.try_wait().unwrap(), None, "{table}: it ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(holding);
    while count(&portal.db, waiting).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    sqlx::query(AssertSqlSafe(format!("drop trigger stop on {table}"))).execute(&portal.db).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_half_way_it_is_finished_by_the_next_run() {
    // At the dossier, at the profile, at the account, and when the object is deleted and its row is not.
    for table in ["application", "applicant", "account", "blob"] {
        let portal = TestPortal::new().await;
        let campaign = open_campaign(&portal.db).await;
        let (person, application) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
        fill(&portal.db, &person, application).await;
        let file = recording(&portal, application).await;
        let (other, theirs) = sent(&portal.db, &campaign, portal.now()).await;
        fill(&portal.db, &other, theirs).await;
        let kept_file = recording(&portal, theirs).await;
        kill_at(&portal, table, "2026-11-24").await;
        let kept = i64::from(table != "blob");
        // All or nothing: the transaction was not committed, or all of it was.
        for whole in ["application", "note", "answer", "introduction", "applicant"] {
            assert_eq!(count(&portal.db, whole).await, kept + 1, "{whole} after a kill at {table}");
        }
        let live = count(&portal.db, "blob where state = 'live'").await;
        assert_eq!(live, kept + 1, "kill at {table}");
        let (ok, text) = said(&portal, &["--today", "2026-11-24"]).await;
        assert!(ok, "{text}");
        for gone in ["application", "applicant", "introduction", "blob"] {
            assert_eq!(count(&portal.db, gone).await, 1, "{gone} after the second run, kill at {table}");
        }
        assert_eq!(count(&portal.db, &format!("account where email = '{}'", person.email)).await, 0);
        assert!(portal.portal.files.read(file, 0..7).await.is_err());
        // Nobody else is touched, and the ledger has each of them once.
        assert_eq!(count(&portal.db, &format!("account where email = '{}'", other.email)).await, 1);
        assert_eq!(&portal.portal.files.read(kept_file, 0..7).await.unwrap()[..], b"a voice");
        assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(2), "kill at {table}");
    }
}

#[tokio::test]
async fn a_second_run_at_the_same_time_waits_for_another_day() {
    let portal = TestPortal::new().await;
    let mut holding = portal.db.acquire().await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(night::LOCK).execute(&mut *holding).await.unwrap();
    let order = Order { today: date!(2026 - 11 - 24), mode: Mode::Erase, confirmed: None };
    assert_eq!(night::run(&portal.db, &portal.portal.config, order, START).await.unwrap(), Err(Stopped::Running));
    assert_eq!(night::run_due(&portal.db, &portal.portal.config, night(date!(2026 - 11 - 24))).await.unwrap(), None);
}
