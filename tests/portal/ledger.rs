//! The proof of erasures: a chain that shows every change, a copy outside the database, and what a restore brings back is
//! erased again before the portal opens. And the brakes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::database::connect;
use portal::id::ApplicationId;
use portal::privacy::ledger::{self, Broken, Copy, Trouble};
use portal::privacy::proof;
use portal::retention::wish::{self, Wish};
use portal::training::enrolment::State as Enrolment;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::cluster::program;
use crate::database::{binary, connect_url};
use crate::erasure::{count, fill, night, open_campaign, recording, run, sent};
use crate::server::TestPortal;
use crate::{seed, seed_training};

/// Submitted so long ago that it is due on 24 November 2026.
pub const LONG_AGO: OffsetDateTime = datetime!(2026-05-01 10:00 UTC);

pub fn copy(portal: &TestPortal) -> Copy {
    Copy::in_folder(&portal.portal.config.data_dir)
}

pub fn file(portal: &TestPortal) -> PathBuf {
    portal.portal.config.data_dir.join("erasures.jsonl")
}

/// Three people whose dossiers were erased on 24 November.
pub async fn erased() -> (TestPortal, Vec<ApplicationId>) {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let mut dossiers = Vec::new();
    for _ in 0..3 {
        dossiers.push(sent(&portal.db, &campaign, LONG_AGO).await.1);
    }
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    (portal, dossiers)
}

/// What somebody with all rights to the database could do.
pub async fn tamper(db: &PgPool, sql: &'static str) {
    for sql in ["alter table erasure_entry disable trigger all", sql, "alter table erasure_entry enable trigger all"] {
        sqlx::query(sql).execute(db).await.unwrap();
    }
}

#[tokio::test]
async fn every_erasure_has_an_entry_with_its_rule_and_without_a_name() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, LONG_AGO).await;
    fill(&portal.db, &person, application).await;
    recording(&portal, application).await;
    let (wishing, wished) = sent(&portal.db, &campaign, portal.now()).await;
    wish::record(&portal.db, wishing.id, Wish::Erasure, portal.now()).await.unwrap();
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    let entries: Vec<(String, Uuid, String, i32)> =
        sqlx::query_as("select kind::text, subject, rule::text, files from erasure_entry order by rule, position")
            .fetch_all(&portal.db)
            .await
            .unwrap();
    assert_eq!(
        entries,
        [
            ("dossier".into(), application.0, "period".into(), 1),
            ("person".into(), person.id.0, "period".into(), 0),
            ("dossier".into(), wished.0, "wish".into(), 0),
            ("person".into(), wishing.id.0, "wish".into(), 0),
        ]
    );
    assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(4));
    assert_eq!(copy(&portal).renew(&portal.db).await.unwrap(), 4);
    assert_eq!(copy(&portal).renew(&portal.db).await.unwrap(), 0, "once");
    let text = std::fs::read_to_string(file(&portal)).unwrap();
    assert_eq!(text.lines().count(), 4);
    for personal in [&person.name, &person.email, &wishing.name, &wishing.email] {
        assert!(!text.contains(personal.as_str()), "{text}");
    }
}

#[tokio::test]
async fn the_database_refuses_to_change_an_entry() {
    let (portal, _) = erased().await;
    for sql in ["update erasure_entry set files = 9", "delete from erasure_entry", "truncate erasure_entry cascade"] {
        let error = sqlx::query(sql).execute(&portal.db).await.expect_err(sql);
        assert_eq!(portal::database::constraint(&error), Some("erasure_entry_final"), "{sql}");
    }
}

#[tokio::test]
async fn whatever_is_changed_in_spite_of_it_is_found() {
    for (sql, broken) in [
        ("update erasure_entry set files = 9 where position = 3", 3),
        ("update erasure_entry set erased_at = erased_at + interval '1 microsecond' where position = 1", 1),
        ("update erasure_entry set subject = gen_random_uuid() where position = 6", 6),
        ("delete from erasure_entry where position = 4", 4),
    ] {
        let (portal, _) = erased().await;
        assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(6));
        tamper(&portal.db, sql).await;
        assert_eq!(ledger::verify(&portal.db).await.unwrap(), Err(Broken(broken)), "{sql}");
    }
    // The end cut off leaves a whole chain: the copy knows better.
    let (portal, _) = erased().await;
    copy(&portal).renew(&portal.db).await.unwrap();
    tamper(&portal.db, "delete from erasure_entry where position > 4").await;
    assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(4));
    assert!(matches!(copy(&portal).admit(&portal.db).await, Err(Trouble::Behind(2))));
    // And a chain that was reckoned anew differs from it.
    let (portal, _) = erased().await;
    copy(&portal).renew(&portal.db).await.unwrap();
    let text = std::fs::read_to_string(file(&portal)).unwrap();
    let (other, _) = erased().await;
    copy(&other).renew(&other.db).await.unwrap();
    std::fs::write(file(&other), text).unwrap();
    assert!(matches!(copy(&other).admit(&other.db).await, Err(Trouble::Differs(6))));
}

#[tokio::test]
async fn a_line_that_a_kill_cut_short_is_written_again() {
    let (portal, _) = erased().await;
    copy(&portal).renew(&portal.db).await.unwrap();
    let whole = std::fs::read(file(&portal)).unwrap();
    std::fs::write(file(&portal), &whole[..whole.len() - 40]).unwrap();
    copy(&portal).admit(&portal.db).await.unwrap();
    assert_eq!(copy(&portal).renew(&portal.db).await.unwrap(), 1);
    assert_eq!(std::fs::read(file(&portal)).unwrap(), whole);
    // A line in the middle that is no entry is no accident.
    let mut broken = whole.clone();
    broken[3] = b'#';
    std::fs::write(file(&portal), broken).unwrap();
    assert!(matches!(copy(&portal).admit(&portal.db).await, Err(Trouble::Line(1))));
}

pub fn dump(url: &str) -> Vec<u8> {
    let output = Command::new(binary("pg_dump")).args(["--dbname", url]).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    // The line that guards a dump against psql's commands is random.
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}

/// Another database with what a dump holds.
pub async fn restore(portal: &TestPortal, dump: &[u8]) -> (String, PgPool) {
    let name = format!("restored_{}", Uuid::new_v4().simple());
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&portal.db).await.unwrap();
    let url = connect_url(&portal.db).await;
    let current: String = sqlx::query_scalar("select current_database()").fetch_one(&portal.db).await.unwrap();
    let url = url.replace(&current, &name);
    let path = portal.portal.config.data_dir.join("dump.sql");
    std::fs::write(&path, dump).unwrap();
    let psql = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", &url, "--file"];
    let done = Command::new(binary("psql")).args(psql).arg(&path).stdout(Stdio::null()).status().unwrap();
    assert!(done.success());
    let options: PgConnectOptions = (*portal.db.connect_options()).clone().database(&name);
    (url, connect(options, 4).await.unwrap())
}

pub fn said(data: &Path, url: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = program(data, arguments);
    let output = command.args(["--database-url", url]).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restore_brings_back_is_erased_again_before_the_portal_opens() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, LONG_AGO).await;
    fill(&portal.db, &person, application).await;
    recording(&portal, application).await;
    let (other, _) = sent(&portal.db, &campaign, portal.now()).await;
    // By a wish what somebody wrote as a visitor goes, too.
    for sql in [
        "insert into data_request (id, account_id, wish, requested_at) select gen_random_uuid(), id, 'erasure', now() from account where email = $1",
        "insert into contact_message (id, stamp, name, email, subject, body, received_at) values (gen_random_uuid(), sha256('x'), 'x', $1, 'x', 'x', now())",
    ] {
        sqlx::query(sql).bind(&person.email).execute(&portal.db).await.unwrap();
    }
    let backup = dump(&connect_url(&portal.db).await);
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!(count(&portal.db, "contact_message").await, 0);
    copy(&portal).renew(&portal.db).await.unwrap();

    let data = &portal.portal.config.data_dir;
    let (url, restored) = restore(&portal, &backup).await;
    assert_eq!(count(&restored, &format!("account where email = '{}'", person.email)).await, 1, "it is back");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["erase"], &["erase", "--dry-run"]] {
        let (ok, text) = said(data, &url, command);
        assert!(!ok && text.contains("portal erase --replay"), "{command:?}: {text}");
    }
    let (ok, text) = said(data, &url, &["erase", "--replay"]);
    assert!(ok && text.contains("erased again: 2"), "{text}");
    assert_eq!(count(&restored, &format!("account where email = '{}'", person.email)).await, 0);
    for gone in [
        "application where state <> 'new' or submitted_on < '2026-11-01'",
        "introduction",
        "note",
        "answer",
        "contact_message",
    ] {
        assert_eq!(count(&restored, gone).await, 0, "{gone}");
    }
    assert_eq!(
        count(&restored, &format!("account where email = '{}'", other.email)).await,
        1,
        "nobody else is touched"
    );
    assert_eq!(ledger::verify(&restored).await.unwrap(), Ok(2));
    let (ok, text) = said(data, &url, &["erase", "--replay"]);
    assert!(ok && text.contains("erased again: 0"), "twice is once: {text}");
    copy(&portal).admit(&restored).await.unwrap();
    restored.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_leaves_no_trace_in_a_dump() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, LONG_AGO).await;
    fill(&portal.db, &person, application).await;
    recording(&portal, application).await;
    // An account that is due, and somebody who waits for its seat of a training.
    let leaving = seed::freelancer(&portal.db).await;
    let trainer = seed::staff(&portal.db, Role::Trainer).await;
    let course = seed_training::course(&portal.db, &campaign).await;
    let days = [datetime!(2027-03-10 08:00 UTC)];
    let date = seed_training::date(&portal.db, course, &trainer, &days, 1).await;
    seed_training::enrolment(&portal.db, &leaving, date, Enrolment::Enrolled).await;
    let next = seed_training::preparing(&portal.db, &campaign).await;
    seed_training::enrolment(&portal.db, &next, date, Enrolment::Waiting).await;
    sqlx::query("update account set access_ended_at = '2026-09-01' where id = $1")
        .bind(leaving.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let url = connect_url(&portal.db).await;
    let before = dump(&url);
    let (ok, text) = said(&portal.portal.config.data_dir, &url, &["erase", "--dry-run", "--today", "2026-12-31"]);
    assert!(
        ok && text.contains("would be erased on 2026-12-31: 1 dossiers, 1 recordings") && text.contains("2 accounts"),
        "{text}"
    );
    assert!(dump(&url) == before, "something changed");
}

/// So many dossiers due on 24 November 2026, and so many that are not.
async fn crowd(due: i32, fresh: i32) -> TestPortal {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    sent(&portal.db, &campaign, LONG_AGO).await;
    sent(&portal.db, &campaign, portal.now()).await;
    for (like, more) in [("submitted_on < '2026-11-01'", due - 1), ("submitted_on > '2026-11-01'", fresh - 1)] {
        for sql in [
            "insert into account (id, email, name, created_at) select md5('$2' || n)::uuid, md5('$2' || n) || '@x.example', 'N', now() from generate_series(1, $1) n",
            "insert into applicant (id, confirmed_at, created_at, updated_at) select md5('$2' || n)::uuid, now(), now(), now() from generate_series(1, $1) n",
            "insert into application (id, applicant_id, campaign_id, question_set_id, state, created_at, edited_at, submitted_at, submitted_on)
             select md5('a$2' || n)::uuid, md5('$2' || n)::uuid, a.campaign_id, a.question_set_id, a.state, a.created_at, a.edited_at, a.submitted_at, a.submitted_on
             from application a, generate_series(1, $1) n where a.applicant_id not in (select md5(k || m)::uuid from unnest(array['<', '>']) k, generate_series(1, 1000) m) and a.$3",
        ] {
            let mark = if like.contains('<') { "<" } else { ">" };
            let sql = sql.replace("$1", &more.to_string()).replace("$2", mark).replace("$3", like);
            sqlx::query(AssertSqlSafe(sql)).execute(&portal.db).await.unwrap();
        }
    }
    assert_eq!(count(&portal.db, "application").await, i64::from(due + fresh));
    portal
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_of_all_may_go_at_once_and_more_only_when_somebody_has_looked() {
    let portal = crowd(60, 240).await;
    assert_eq!(run(&portal, night(date!(2026 - 11 - 24))).await.unwrap().dossiers, 60, "20 %");

    let portal = crowd(63, 237).await;
    let night = night(date!(2026 - 11 - 24));
    assert_eq!(run(&portal, night).await, None, "21 %");
    assert_eq!(count(&portal.db, "application").await, 300, "nothing went");
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("still, bis jemand hinsieht: 63 Löschungen wären fällig"), "{ready}");
    assert_eq!(run(&portal, night + Duration::minutes(10)).await, None, "it stays so");
    let since: OffsetDateTime = sqlx::query_scalar("select at from erasure_brake").fetch_one(&portal.db).await.unwrap();
    assert_eq!(since, night, "since it first stood still");
    let url = connect_url(&portal.db).await;
    let data = &portal.portal.config.data_dir;
    let on = ["erase", "--today", "2026-11-24"];
    let (ok, text) = said(data, &url, &on);
    assert!(!ok && text.contains("63 of 600 dossiers and accounts are due") && text.contains("--confirm 63"), "{text}");
    let (ok, _) = said(data, &url, &[&on[..], &["--confirm", "62"]].concat());
    assert!(!ok && count(&portal.db, "application").await == 300, "another number is no look");
    let (ok, text) = said(data, &url, &[&on[..], &["--confirm", "63"]].concat());
    assert!(ok && text.contains("63 dossiers"), "{text}");
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(!ready.contains("bis jemand hinsieht"), "{ready}");
}

#[tokio::test]
async fn a_clock_that_is_ten_years_wrong_erases_nothing() {
    for wrong in [datetime!(2036-11-24 12:00 UTC), datetime!(2016-11-24 12:00 UTC)] {
        let portal = TestPortal::new().await;
        let campaign = open_campaign(&portal.db).await;
        sent(&portal.db, &campaign, portal.now()).await;
        run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
        assert_eq!(run(&portal, wrong).await, None);
        assert_eq!((count(&portal.db, "application").await, count(&portal.db, "erasure_run").await), (1, 1), "{wrong}");
        assert_eq!(count(&portal.db, "erasure_brake").await, 1);
        // The clock is right again: the next night goes on by itself.
        assert!(run(&portal, night(date!(2026 - 11 - 25))).await.is_some());
        assert_eq!(count(&portal.db, "erasure_brake").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_not_written_any_more_is_a_trouble_after_an_hour() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    sent(&portal.db, &campaign, LONG_AGO).await;
    let erased = night(date!(2026 - 11 - 24));
    run(&portal, erased).await.unwrap();
    for (minutes, is_broken) in [(60, false), (61, true)] {
        let now = erased + time::Duration::minutes(minutes);
        proof::check(&portal.db, &copy(&portal), now).await.unwrap();
        assert_eq!(portal::health::look(&portal.db, now).await.unwrap().is_ledger_broken, is_broken, "{minutes}");
    }
    copy(&portal).renew(&portal.db).await.unwrap();
    let now = erased + time::Duration::hours(2);
    assert!(proof::check(&portal.db, &copy(&portal), now).await.unwrap().is_intact());
}

/// Not only with the check of the day: erasures of the hours after it would be in no copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_cannot_be_written_is_a_trouble_until_it_can() {
    let portal = TestPortal::new().await;
    let tick = async |at| {
        portal.set_time(at);
        portal::worker::erase(portal.portal.clone()).await.unwrap();
        portal::health::look(&portal.db, at).await.unwrap().is_ledger_broken
    };
    let begin = night(date!(2026 - 11 - 24));
    assert!(!tick(begin).await);
    let path = portal.portal.config.data_dir.join("erasures.jsonl");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(tick(begin + Duration::minutes(10)).await, "today's check was done before");
    std::fs::remove_dir(&path).unwrap();
    assert!(!tick(begin + Duration::minutes(20)).await, "and it is over as soon as it is mended");
}

/// What watches the erasure does not depend on it: committed erasures are in the copy although the night cannot run.
#[tokio::test(flavor = "multi_thread")]
async fn the_copy_is_written_although_the_night_fails() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    sent(&portal.db, &campaign, LONG_AGO).await;
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    std::fs::write(portal.portal.config.data_dir.join("master.key"), "no key").unwrap();
    portal.set_time(night(date!(2026 - 11 - 25)));
    assert!(portal::worker::erase(portal.portal.clone()).await.is_err());
    assert_eq!(copy(&portal).lag(&portal.db).await.unwrap(), 0);
    assert_eq!(count(&portal.db, "ledger_check where state = 'intact'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_in_the_copy_as_soon_as_it_is_carried_out() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, portal.now()).await;
    wish::record(&portal.db, person.id, Wish::Erasure, portal.now()).await.unwrap();
    portal::worker::drain(portal.portal.clone()).await.unwrap();
    assert_eq!(count(&portal.db, "erasure_entry").await, 2);
    assert_eq!(copy(&portal).lag(&portal.db).await.unwrap(), 0);
}

/// What the backup has of an erased dossier elsewhere: a copy of the person's data, and words about them.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_takes_copies_along_and_finds_what_is_left_of_somebody() {
    let portal = TestPortal::new().await;
    let (campaign, second) = (open_campaign(&portal.db).await, open_campaign(&portal.db).await);
    let (stays, old) = sent(&portal.db, &campaign, LONG_AGO).await;
    seed::application(&portal.db, &stays, &second, State::New).await;
    seed::data_copy(&portal, &stays).await;
    let (gone, _) = sent(&portal.db, &campaign, LONG_AGO).await;
    sqlx::query("update campaign set requirements = $1 where id = $2")
        .bind(format!("Fragen dazu an {}", gone.email))
        .bind(campaign.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let backup = dump(&connect_url(&portal.db).await);
    sqlx::query("update campaign set requirements = ''").execute(&portal.db).await.unwrap();
    assert_eq!(run(&portal, night(date!(2026 - 11 - 24))).await.unwrap().leftovers, 0);
    copy(&portal).renew(&portal.db).await.unwrap();
    let (url, restored) = restore(&portal, &backup).await;
    assert_eq!(count(&restored, "data_copy").await, 1);
    let (ok, text) = said(&portal.portal.config.data_dir, &url, &["erase", "--replay"]);
    assert!(!ok && text.contains("1 leftovers of erased people were found"), "{text}");
    assert_eq!(count(&restored, "data_copy").await, 0);
    assert_eq!(count(&restored, &format!("application where id = '{old}'")).await, 0);
    assert_eq!(count(&restored, &format!("account where email = '{}'", stays.email)).await, 1);
    assert_eq!(count(&restored, "erasure_unchecked").await, 0);
    restored.close().await;
}
