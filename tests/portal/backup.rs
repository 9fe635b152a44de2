//! A backup of a running portal, an erasure, a restore: what was erased does not come back, everything else does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portal::config::Config;
use portal::files::{self, Files};
use portal::privacy::ledger::{self, Copy};
use portal::retention::wish::{self, Wish};
use portal::worker;
use sqlx::PgPool;
use time::format_description::BorrowedFormatItem;
use time::macros::{date, datetime, format_description};

use crate::cluster::{Folder, clean, program};
use crate::database::{TestDatabase, connect_url};
use crate::erasure::{count, fill, night, open_campaign, recording, run, sent};
use crate::seed::Person;
use crate::server::{START, TestPortal};

/// How a backup's folder is called.
const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour][minute][second]Z");

/// Runs one of the scripts of `operation/` with these settings.
fn script(name: &str, argument: &Path, data: &Path, url: &str) -> Output {
    run_script(name, argument, data, url).output().unwrap()
}

fn run_script(name: &str, argument: &Path, data: &Path, url: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("operation").join(name);
    let mut command = clean(&path.to_string_lossy());
    command.arg(argument).env("PORTAL", env!("CARGO_BIN_EXE_portal"));
    command.env("PORTAL_DATA_DIR", data).env("DATABASE_URL", url);
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

fn backup(portal: &TestPortal, target: &Path, url: &str) -> PathBuf {
    // A backup is called by its second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let output = script("backup", target, &portal.portal.config.data_dir, url);
    assert!(output.status.success(), "{}", said(&output));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

async fn has(db: &PgPool, person: &Person) -> bool {
    count(db, &format!("account where email = '{}'", person.email)).await == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_back_everybody_but_those_who_were_erased() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (gone, application) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    fill(&portal.db, &gone, application).await;
    let erased_file = recording(&portal, application).await;
    let (kept, application) = sent(&portal.db, &campaign, START).await;
    let kept_file = recording(&portal, application).await;

    let (folder, url) = (Folder::new(), connect_url(&portal.db).await);
    let target = folder.data();
    let too_old = target.join("2026-01-01T030000Z");
    fs::create_dir_all(&too_old).unwrap();
    let first = backup(&portal, &target, &url);
    assert!(!too_old.exists(), "backups go after 30 days");
    let week_old = target.join((time::OffsetDateTime::now_utc() - time::Duration::days(8)).format(STAMP).unwrap());
    fs::create_dir_all(&week_old).unwrap();
    backup(&portal, &target, &url);
    assert!(week_old.exists());
    sqlx::query("insert into policy_figure (figure, value, valid_from, noted_at) values ('backup_days', 7, '2026-01-01', now())")
        .execute(&portal.db)
        .await
        .unwrap();
    backup(&portal, &target, &url);
    assert!(!week_old.exists(), "or sooner, if that is set");

    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    Copy::in_folder(&portal.portal.config.data_dir).renew(&portal.db).await.unwrap();
    backup(&portal, &target, &url);

    let (other, data) = (TestDatabase::empty(4).await, folder.data().join("restored"));
    let other_url = connect_url(&other.pool).await;
    let output = script("restore", &first, &data, &other_url);
    assert!(!output.status.success() && said(&output).contains("master.key"), "{}", said(&output));
    fs::create_dir_all(&data).unwrap();
    fs::copy(portal.portal.config.data_dir.join("master.key"), data.join("master.key")).unwrap();
    let output = script("restore", &first, &data, &other_url);
    assert!(output.status.success() && said(&output).contains("erased again: 2"), "{}", said(&output));
    assert!(!has(&other.pool, &gone).await && has(&other.pool, &kept).await);
    assert_eq!(ledger::verify(&other.pool).await.unwrap(), Ok(2));
    Copy::in_folder(&data).admit(&other.pool).await.unwrap();
    assert!(!data.join("files").join(erased_file.to_string()).exists());
    let stored = |data: &Path| fs::read(data.join("files").join(kept_file.to_string())).unwrap();
    assert_eq!(stored(&data), stored(&portal.portal.config.data_dir));
    // The backup holds the erased recording still, but nobody can read it.
    assert_eq!(fs::read_dir(target.join("current/keys")).unwrap().count(), 1);
    let restored = Files::open(&Config { data_dir: data.clone(), ..portal.portal.config.clone() }).unwrap();
    assert_eq!(&restored.read(kept_file, 0..7).await.unwrap()[..], b"a voice");
    let copied = Command::new("tar").arg("-xf").arg(first.join("files.tar")).arg("-C").arg(data.join("files")).status();
    assert!(copied.unwrap().success() && data.join("files").join(erased_file.to_string()).exists());
    assert_eq!(restored.read(erased_file, 0..7).await.unwrap_err().kind(), std::io::ErrorKind::NotFound);

    // The data folder survived, and its ledger is newer than the backups': it counts.
    backup(&portal, &target, &url);
    let (late, application) = sent(&portal.db, &campaign, START).await;
    recording(&portal, application).await;
    let last = backup(&portal, &target, &url);
    wish::record(&portal.db, late.id, Wish::Erasure, START).await.unwrap();
    worker::drain(portal.portal.clone()).await.unwrap();
    let (third, kept_folder) = (TestDatabase::empty(4).await, folder.data().join("survived"));
    fs::create_dir_all(&kept_folder).unwrap();
    for name in ["master.key", "erasures.jsonl"] {
        fs::copy(portal.portal.config.data_dir.join(name), kept_folder.join(name)).unwrap();
    }
    let third_url = connect_url(&third.pool).await;
    let output = script("restore", &last, &kept_folder, &third_url);
    assert!(output.status.success() && said(&output).contains("erased again: 2"), "{}", said(&output));
    assert!(!has(&third.pool, &late).await && has(&third.pool, &kept).await);
    // Another portal's ledger is not overwritten, and nothing is restored beside it.
    let (fourth, foreign) = (TestDatabase::empty(4).await, folder.data().join("foreign"));
    fs::create_dir_all(&foreign).unwrap();
    fs::copy(portal.portal.config.data_dir.join("master.key"), foreign.join("master.key")).unwrap();
    fs::write(foreign.join("erasures.jsonl"), "another ledger").unwrap();
    let output = script("restore", &last, &foreign, &connect_url(&fourth.pool).await);
    assert!(!output.status.success() && said(&output).contains("not the same ledger"), "{}", said(&output));
    assert_eq!(fs::read_to_string(foreign.join("erasures.jsonl")).unwrap(), "another ledger");

    let again = script("restore", &first, &data, &other_url);
    assert!(!again.status.success() && said(&again).contains("is not empty"), "{}", said(&again));
    fs::remove_dir_all(data.join("files")).unwrap();
    let again = script("restore", &first, &data, &other_url);
    assert!(!again.status.success() && said(&again).contains("the database is not empty"), "{}", said(&again));
}

/// The files need not lie in the data folder.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_its_own_is_in_the_backup_and_restored_into_a_store_of_its_own() {
    let (folder, store) = (Folder::new(), Folder::new());
    let store_url = format!("file:{}", store.data().display());
    let portal = TestPortal::with(&["--files-url", &store_url]).await;
    let campaign = open_campaign(&portal.db).await;
    let (_, application) = sent(&portal.db, &campaign, START).await;
    let file = recording(&portal, application).await;
    Copy::in_folder(&portal.portal.config.data_dir).renew(&portal.db).await.unwrap();
    let (url, target) = (connect_url(&portal.db).await, folder.data().join("backups"));
    let saved = run_script("backup", &target, &portal.portal.config.data_dir, &url)
        .env("PORTAL_FILES_URL", &store_url)
        .output()
        .unwrap();
    assert!(saved.status.success(), "{}", said(&saved));
    let saved = PathBuf::from(String::from_utf8(saved.stdout).unwrap().trim());

    let (other, data, files) =
        (TestDatabase::empty(4).await, folder.data().join("restored"), folder.data().join("other store"));
    fs::create_dir_all(&data).unwrap();
    fs::copy(portal.portal.config.data_dir.join("master.key"), data.join("master.key")).unwrap();
    let restored = run_script("restore", &saved, &data, &connect_url(&other.pool).await)
        .env("PORTAL_FILES_URL", format!("file:{}", files.display()))
        .output()
        .unwrap();
    assert!(restored.status.success(), "{}", said(&restored));
    let files_url = Some(format!("file:{}", files.display()));
    let config = Config { data_dir: data.clone(), files_url, ..portal.portal.config.clone() };
    assert_eq!(&Files::open(&config).unwrap().read(file, 0..7).await.unwrap()[..], b"a voice");
    assert!(!data.join("files").exists());
}

#[test]
fn the_programs_of_postgresql_reach_the_private_database_whether_it_serves_or_not() {
    let folder = Folder::new();
    let ask = |sql: &str| {
        let output = program(&folder.data(), &["database", "psql", "-XAtc", sql]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(ask("select current_database()"), "portal");
    let server = crate::cluster::Server::start(&folder.data());
    assert_eq!(ask("select count(*) from account"), "0", "migrated by the server");
    assert_eq!(server.status("/healthz"), Some(200));
    let failed = program(&folder.data(), &["database", "psql", "-Xc", "select nothing"]).output().unwrap();
    assert!(!failed.status.success() && said(&failed).contains("psql failed"), "{}", said(&failed));
}
