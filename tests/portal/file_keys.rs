//! Files at rest: nothing of them can be read in the store, any range of them through the portal, and none of them by
//! anybody once the person's key is forgotten.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::Method;
use bytes::Bytes;
use futures_util::TryStreamExt;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::config::Config;
use portal::files::{self, Draft, Files, blob};
use portal::id::{AccountId, BlobId};
use secrecy::{ExposeSecret, SecretString};

use crate::erasure::count;
use crate::seed;
use crate::server::TestPortal;
use crate::tus::{Sender, noise};

const SEGMENT: usize = 64 * 1024;
/// What a sealed segment takes in the store, and where the first one begins.
const SEALED: usize = SEGMENT + 16;
const HEADER: usize = 56;
const WORDS: &[u8] = b"Ich heisse Runa und wohne am Beispielufer. ";

async fn drain(portal: &TestPortal, files: &Files) {
    files::sweep_doomed(files, &portal.db, portal.now()).await.unwrap();
}

/// A live file of this person.
async fn file_of(portal: &TestPortal, person: AccountId, bytes: &[u8]) -> BlobId {
    let draft = portal.portal.files.begin(&portal.db, person, portal.now()).await.unwrap();
    portal.portal.files.put(draft, Bytes::copy_from_slice(bytes)).await.unwrap();
    live(portal, draft, bytes.len()).await
}

async fn live(portal: &TestPortal, draft: Draft, bytes: usize) -> BlobId {
    let mut connection = portal.db.acquire().await.unwrap();
    assert!(blob::go_live(&mut connection, draft.id, "video/webm", bytes as i64).await.unwrap());
    draft.id
}

async fn whole(files: &Files, id: BlobId) -> std::io::Result<Vec<u8>> {
    files.stream(id, 0..u64::MAX).await?.map_ok(|bytes| bytes.to_vec()).try_concat().await
}

/// Another server on the same store, with nothing in memory and, where they are given, with other master keys.
fn restarted(portal: &TestPortal, master: Option<&str>) -> Files {
    let config = portal.portal.config.clone();
    let keys = master.map(|keys| SecretString::from(keys.to_owned())).or(config.files_master_keys.clone());
    Files::open(&Config { files_master_keys: keys, ..config }).unwrap()
}

#[tokio::test]
async fn nothing_of_an_upload_can_be_read_in_the_store_and_every_range_of_it_through_the_portal() {
    for portal in TestPortal::on_each_store().await {
        let campaign = seed::campaign(&portal.db).await;
        seed::posting(&portal.db, &campaign).await;
        let person = seed::applicant(&portal.db).await;
        let id = seed::application(&portal.db, &person, &campaign, State::New).await;
        let sender = Sender::new(&portal.origin, &person.session(&portal).await);
        let head = &crate::tus::webm(200)[..70];
        let file = [head, &WORDS.repeat(9000), &noise(1234)].concat();
        let unreadable = |what: &str| {
            let mut looked = 0;
            for entry in fs::read_dir(&portal.store).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let bytes = fs::read(&path).unwrap();
                    looked += bytes.len();
                    assert!(!bytes.windows(12).any(|at| at == &WORDS[..12]), "{what}: {path:?}");
                    assert!(!bytes.windows(4).any(|at| at == b"webm"), "{what}: {path:?}");
                }
            }
            assert!(looked > 300_000, "{what}: {looked} bytes");
        };
        let upload = sender.begin(&format!("/bewerbung/{id}/hochladen"), file.len() as u64).await;
        sender.patch(&upload, 0, &file[..350_000]).await;
        unreadable("on its way");
        sender.finish(&upload, &file).await;
        unreadable("arrived");

        let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
        let staff = Sender::new(&portal.origin, &recruiter.session(&portal).await);
        let path = format!("/verwaltung/bewerbungen/{id}/vorstellung/datei");
        for (from, to) in [
            (0, 0),
            (SEGMENT - 1, SEGMENT),
            (SEGMENT, 2 * SEGMENT - 1),
            (SEGMENT - 5, 3 * SEGMENT + 5),
            (5 * SEGMENT - 1, file.len() - 1),
            (file.len() - 1, file.len() - 1),
        ] {
            let answer = staff.ask(Method::GET, &path, &[("range", &format!("bytes={from}-{to}"))], "").await;
            assert!(answer.status == 206 && answer.body == file[from..=to], "{from} to {to}");
        }
        assert!(staff.ask(Method::GET, &path, &[], "").await.body == file);
    }
}

#[tokio::test]
async fn a_file_that_was_changed_in_the_store_is_refused() {
    let portal = TestPortal::new().await;
    let person = AccountId::new();
    let plain = noise(3 * SEGMENT + 500);
    let (file, other) = (file_of(&portal, person, &plain).await, file_of(&portal, person, &plain).await);
    let path = portal.store.join(file.to_string());
    let stored = fs::read(&path).unwrap();
    let (head, body) = stored.split_at(HEADER);
    let segments: Vec<_> = body.chunks(SEALED).collect();
    let stranger = fs::read(portal.store.join(other.to_string())).unwrap();
    for (what, changed) in [
        ("swapped", [head, segments[1], segments[0], segments[2], segments[3]].concat()),
        ("cut", [head, segments[0], segments[1], segments[2]].concat()),
        ("one taken out", [head, segments[0], segments[2], segments[3]].concat()),
        ("another file", stranger.clone()),
        ("a segment of another file", [head, &stranger[HEADER..HEADER + SEALED], &body[SEALED..]].concat()),
        ("plain", plain.clone()),
        ("empty", Vec::new()),
    ] {
        fs::write(&path, changed).unwrap();
        assert!(whole(&portal.portal.files, file).await.is_err(), "{what}");
    }
    fs::write(&path, stored).unwrap();
    assert!(whole(&portal.portal.files, file).await.unwrap() == plain, "as it was");
}

#[tokio::test]
async fn with_its_key_a_person_is_forgotten_in_every_copy() {
    for portal in TestPortal::on_each_store().await {
        let (person, other) = (AccountId::new(), AccountId::new());
        let file = file_of(&portal, person, WORDS).await;
        let theirs = file_of(&portal, other, WORDS).await;
        let path = portal.store.join(file.to_string());
        let backup = fs::read(&path).unwrap();
        let mut tx = portal.db.begin().await.unwrap();
        files::erasure::erase(&mut tx, person, portal.now()).await.unwrap();
        files::erasure::erase(&mut tx, person, portal.now()).await.unwrap();
        blob::doom(&mut tx, &[file], portal.now()).await.unwrap();
        tx.commit().await.unwrap();
        // This server ends here; another one goes on.
        let server = restarted(&portal, None);
        drain(&portal, &server).await;
        assert_eq!(portal.keys().len(), 1, "the other person's");
        fs::write(&path, &backup).unwrap();
        for files in [&server, &restarted(&portal, None)] {
            assert_eq!(whole(files, file).await.unwrap_err().kind(), std::io::ErrorKind::NotFound);
            assert_eq!(whole(files, theirs).await.unwrap(), WORDS);
        }
        let left: i64 = sqlx::query_scalar("select count(*) from file_key where person_id = $1")
            .bind(person)
            .fetch_one(&portal.db)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_forgotten_is_tried_again_and_a_missing_one_is_forgotten_already() {
    let portal = TestPortal::new().await;
    let people = [AccountId::new(), AccountId::new()];
    for person in people {
        file_of(&portal, person, WORDS).await;
        files::erasure::erase(&mut portal.db.acquire().await.unwrap(), person, portal.now()).await.unwrap();
    }
    let [stuck, missing] = &portal.keys()[..] else { panic!("two keys") };
    // Killed after the deletion, before it was noted.
    fs::remove_file(missing).unwrap();
    let wrapped = fs::read(stuck).unwrap();
    fs::remove_file(stuck).unwrap();
    fs::create_dir_all(stuck.join("x")).unwrap();
    drain(&portal, &portal.portal.files).await;
    let waiting = "select count(*) from file_key where forgotten_at is null";
    assert_eq!(sqlx::query_scalar::<_, i64>(waiting).fetch_one(&portal.db).await.unwrap(), 1);
    let late = portal.now() + time::Duration::hours(25);
    let troubles = portal::health::look(&portal.db, late).await.unwrap().troubles(late);
    assert!(troubles.iter().any(|trouble| trouble.contains("Löschung")), "{troubles:?}");
    fs::remove_dir_all(stuck).unwrap();
    // What a killed write of a key leaves beside it goes with it.
    fs::write(format!("{}#1", stuck.display()), &wrapped).unwrap();
    fs::write(stuck, wrapped).unwrap();
    drain(&portal, &portal.portal.files).await;
    assert_eq!(sqlx::query_scalar::<_, i64>(waiting).fetch_one(&portal.db).await.unwrap(), 0);
    assert_eq!(portal.keys(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_key_goes_with_the_last_file_and_the_next_file_gets_a_new_one() {
    for portal in TestPortal::on_each_store().await {
        let person = AccountId::new();
        let (first, second) = (file_of(&portal, person, WORDS).await, file_of(&portal, person, WORDS).await);
        let before = portal.keys();
        assert_eq!(before.len(), 1, "one key per person");
        for (file, left) in [(first, 1), (second, 0)] {
            blob::doom(&mut portal.db.acquire().await.unwrap(), &[file], portal.now()).await.unwrap();
            drain(&portal, &portal.portal.files).await;
            assert_eq!(portal.keys().len(), left);
        }
        let third = file_of(&portal, person, WORDS).await;
        assert_eq!(whole(&restarted(&portal, None), third).await.unwrap(), WORDS);
        assert_ne!(portal.keys(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_begun_while_keys_are_forgotten_can_be_read() {
    let portal = Arc::new(TestPortal::with_connections(12).await);
    let person = AccountId::new();
    let servers = [portal.portal.files.clone(), restarted(&portal, None)];
    let writers = (0..4).map(|turn: usize| {
        let (portal, files) = (Arc::clone(&portal), servers[turn % 2].clone());
        tokio::spawn(async move {
            for _ in 0..25 {
                let draft = files.begin(&portal.db, person, portal.now()).await.unwrap();
                files.put(draft, Bytes::from_static(WORDS)).await.unwrap();
                let file = live(&portal, draft, WORDS.len()).await;
                assert_eq!(whole(&files, file).await.unwrap(), WORDS);
                blob::doom(&mut portal.db.acquire().await.unwrap(), &[file], portal.now()).await.unwrap();
                drain(&portal, &files).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    drain(&portal, &servers[0]).await;
    assert_eq!(portal.keys(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_new_master_key_wraps_every_key_anew_and_touches_no_file() {
    for portal in TestPortal::on_each_store().await {
        let file = file_of(&portal, AccountId::new(), WORDS).await;
        let path = portal.store.join(file.to_string());
        let stored = fs::read(&path).unwrap();
        let settings = portal.portal.config.files_master_keys.as_ref().map(|keys| keys.expose_secret().to_owned());
        let made = || fs::read_to_string(portal.portal.config.data_dir.join("master.key")).unwrap();
        let old = settings.unwrap_or_else(made);
        let new = format!("2027:{}", "ab".repeat(32));
        let gone = whole(&restarted(&portal, Some(&new)), file).await.unwrap_err();
        assert_eq!(
            gone.to_string(),
            format!("the master key {} is not among the settings", old.split(':').next().unwrap())
        );

        let both = restarted(&portal, Some(&format!("{new},{old}")));
        assert_eq!(whole(&both, file).await.unwrap(), WORDS, "before it was wrapped anew");
        assert_eq!(both.rewrap_keys(&portal.db).await.unwrap(), 1);
        assert_eq!(both.rewrap_keys(&portal.db).await.unwrap(), 0, "once");
        assert_eq!(whole(&restarted(&portal, Some(&new)), file).await.unwrap(), WORDS);
        assert!(whole(&restarted(&portal, Some(old.trim())), file).await.is_err());
        assert!(fs::read(&path).unwrap() == stored, "the file stayed as it was");
    }
}

#[tokio::test]
async fn the_key_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let portal = TestPortal::new().await;
    let path = portal.portal.config.data_dir.join("master.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&path).unwrap();
    restarted(&portal, None);
    assert_eq!(fs::read(&path).unwrap(), before, "made once");
}

#[tokio::test]
async fn a_file_from_before_is_read_as_its_row_says() {
    let portal = TestPortal::new().await;
    let file = file_of(&portal, AccountId::new(), WORDS).await;
    fs::write(portal.store.join(file.to_string()), WORDS).unwrap();
    let found = blob::find(&portal.db, file).await.unwrap().unwrap();
    assert!(portal.portal.files.read(&found, 0..5).await.is_err(), "a plain file in a sealed one's place");
    sqlx::query("update blob set key_id = null").execute(&portal.db).await.unwrap();
    let found = blob::find(&portal.db, file).await.unwrap().unwrap();
    assert_eq!(portal.portal.files.read(&found, 4..10).await.unwrap(), &WORDS[4..10]);
    let stream = portal.portal.files.stream(&found, 0..u64::MAX).await.unwrap();
    assert_eq!(stream.map_ok(|bytes| bytes.to_vec()).try_concat().await.unwrap(), WORDS);
}

#[tokio::test]
async fn a_server_that_clears_up_leaves_alone_what_another_one_has_in_hand() {
    let portal = TestPortal::new().await;
    for _ in 0..3 {
        let person = seed::applicant(&portal.db).await;
        file_of(&portal, person.id, b"a voice").await;
    }
    // A file that is to go, a key that is to be forgotten, and one that was.
    for sql in [
        "update blob set state = 'doomed', doomed_at = $1 where id = (select min(id::text)::uuid from blob)",
        "delete from blob where state = 'live' and created_at <= $1",
        "update file_key k set doomed_at = $1 where not exists (select from blob where key_id = k.id)",
        "update file_key set forgotten_at = $1 where id = (select min(id::text)::uuid from file_key where doomed_at is not null)",
    ] {
        sqlx::query(sql).bind(portal.now()).execute(&portal.db).await.unwrap();
    }
    let left = async || (count(&portal.db, "blob").await, count(&portal.db, "file_key").await);
    let mut other = portal.db.begin().await.unwrap();
    for sql in ["select id from blob for update", "select id from file_key for update"] {
        sqlx::query(sql).fetch_all(&mut *other).await.unwrap();
    }
    drain(&portal, &portal.portal.files).await;
    assert_eq!(left().await, (1, 3));
    other.rollback().await.unwrap();
    drain(&portal, &portal.portal.files).await;
    assert_eq!(left().await, (0, 0));
}
