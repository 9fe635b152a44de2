//! An S3 server in the test's process, and what only it can show: parts of a large file, and a store that is away.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration as Patience, Instant};

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use portal::config::Config;
use portal::files::{self, Files, blob};
use portal::id::AccountId;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::database::ROOT;
use crate::erasure::{count, open_campaign, recording, sent};
use crate::erasure_run;
use crate::ledger::LONG_AGO;
use crate::server::TestPortal;
use crate::tus::noise;

const ACCESS: &str = "portal";
const SECRET: &str = "geheim-wie-ein-s3-schluessel";
const BUCKET: &str = "unterlagen";
/// Another one than a portal makes for a folder.
const MASTER: &str = "2026:4242424242424242424242424242424242424242424242424242424242424242";

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// It says that it cannot, to everything.
    Refusing,
    /// It takes everything and answers nothing.
    Silent,
}

/// The server, for as long as this value lives; it knows one bucket and one pair of keys.
pub struct S3 {
    pub settings: Vec<String>,
    root: PathBuf,
    mood: Arc<Mutex<Mood>>,
    refused: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl S3 {
    pub async fn start() -> Self {
        let root = ROOT.join(format!("s3-{}", Uuid::new_v4()));
        std::fs::create_dir_all(root.join(BUCKET)).expect("the bucket");
        let mut service = S3ServiceBuilder::new(FileSystem::new(&root).expect("the store"));
        service.set_auth(SimpleAuth::from_single(ACCESS, SECRET));
        let service = HandleError::new(service.build(), |_| async { StatusCode::INTERNAL_SERVER_ERROR });
        let (mood, refused) = (Arc::new(Mutex::new(Mood::Well)), Arc::new(AtomicUsize::new(0)));
        let router = Router::new()
            .fallback_service(service)
            .layer(middleware::from_fn_with_state((Arc::clone(&mood), Arc::clone(&refused)), by_mood));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the listener's address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
        let url = format!("s3://{BUCKET}?region=eu-central-1&endpoint=http://{address}");
        let settings = [("url", url.as_str()), ("key", ACCESS), ("secret", SECRET), ("master-keys", MASTER)]
            .map(|(name, value)| format!("--files-{name}={value}"));
        Self { settings: settings.into(), root, mood, refused, server }
    }

    /// The folder in which the objects of the bucket lie.
    pub fn bucket(&self) -> PathBuf {
        self.root.join(BUCKET)
    }

    pub fn set_mood(&self, mood: Mood) {
        *self.mood.lock().expect("the mood") = mood;
    }

    /// What lies beside the bucket of uploads that were begun in parts and not finished.
    fn parts(&self) -> usize {
        let entries = std::fs::read_dir(&self.root).expect("the root");
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("upload")))
            .count()
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.abort();
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

async fn by_mood(
    State((mood, refused)): State<(Arc<Mutex<Mood>>, Arc<AtomicUsize>)>,
    request: Request,
    next: Next,
) -> Response {
    let mood = *mood.lock().expect("the mood");
    match mood {
        Mood::Well => next.run(request).await,
        Mood::Refusing => {
            refused.fetch_add(1, Ordering::Relaxed);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Mood::Silent => std::future::pending().await,
    }
}

fn with(portal: &TestPortal, change: impl FnOnce(&mut Config)) -> Files {
    let mut config = portal.portal.config.clone();
    change(&mut config);
    Files::open(&config).unwrap()
}

#[tokio::test]
async fn a_file_of_several_parts_arrives_byte_by_byte_and_one_that_breaks_off_leaves_nothing() {
    let portal = TestPortal::on_s3().await;
    let files = &portal.portal.files;
    let whole = noise(12 * 1024 * 1024 + 345);
    let begin = async || files.begin(&portal.db, AccountId::new(), portal.now()).await.unwrap();
    let chunks =
        || whole.chunks(100_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<std::io::Result<_>>>();
    let draft = begin().await;
    files.write(draft, stream::iter(chunks())).await.unwrap();
    assert_eq!(portal.objects(), [draft.id.to_string()]);
    let read = files.stream(draft.id, 0..u64::MAX).await.unwrap();
    assert!(read.map_ok(|bytes| bytes.to_vec()).try_concat().await.unwrap() == whole, "byte by byte");
    for range in [0..1, 5_242_870..5_242_900, 10_485_000..11_534_336, 12_000_000..whole.len()] {
        let read = files.read(draft.id, range.start as u64..range.end as u64).await.unwrap();
        assert!(read == whole[range.clone()], "{range:?}");
    }

    let broken = begin().await;
    let cut = chunks().into_iter().take(90).chain([Err(std::io::ErrorKind::ConnectionReset.into())]);
    assert!(files.write(broken, stream::iter(cut)).await.is_err());
    assert_eq!((portal.objects().len(), portal.s3().parts()), (1, 0));
}

#[tokio::test]
async fn a_store_is_ready_only_with_its_bucket_its_keys_and_an_answer() {
    let portal = TestPortal::on_s3().await;
    let ready = async || portal.client().get("/readyz").await.body.clone();
    assert_eq!(ready().await, "ok");
    let other = with(&portal, |config| config.files_secret = Some(SecretString::from("another")));
    assert!(!other.is_reachable().await, "wrong secret");
    let url = portal.portal.config.files_url.as_ref().unwrap();
    let other = with(&portal, |config| config.files_url = Some(url.replace(BUCKET, "anderswo")));
    assert!(!other.is_reachable().await, "no such bucket");
    for mood in [Mood::Refusing, Mood::Silent] {
        portal.s3().set_mood(mood);
        let began = Instant::now();
        assert_eq!(ready().await, "files", "{mood:?}");
        assert!(began.elapsed() < Patience::from_secs(4), "{mood:?}: {:?}", began.elapsed());
    }
    portal.s3().set_mood(Mood::Well);
    assert_eq!(ready().await, "ok");
}

#[tokio::test]
async fn a_store_that_is_away_ends_the_turn_and_gets_everything_with_the_next() {
    let portal = TestPortal::on_s3().await;
    let mut doomed = Vec::new();
    for _ in 0..20 {
        let person = AccountId::new();
        let draft = portal.portal.files.begin(&portal.db, person, portal.now()).await.unwrap();
        portal.portal.files.put(draft, Bytes::from_static(b"a voice")).await.unwrap();
        doomed.push(draft.id);
        if doomed.len() > 10 {
            files::erasure::erase(&mut portal.db.acquire().await.unwrap(), person, portal.now()).await.unwrap();
        }
    }
    blob::doom(&mut portal.db.acquire().await.unwrap(), &doomed, portal.now()).await.unwrap();
    let drain = async || files::sweep_doomed(&portal.portal.files, &portal.db, portal.now()).await.unwrap();
    portal.s3().set_mood(Mood::Refusing);
    assert_eq!(drain().await, 0);
    // One key and one file, not twenty of each: tried four times, and so was the question whether the store is there.
    let refused = portal.s3().refused.load(Ordering::Relaxed);
    assert!((8..=16).contains(&refused), "{refused}");
    assert_eq!(count(&portal.db, "blob where attempts = 1").await, 1);
    assert_eq!(count(&portal.db, "blob where attempts = 0").await, 19);
    assert_eq!((portal.objects().len(), portal.keys().len()), (20, 20));
    portal.s3().set_mood(Mood::Well);
    assert_eq!(drain().await, 20);
    assert_eq!((portal.objects().len(), portal.keys().len()), (0, 0));
    assert_eq!(count(&portal.db, "file_key").await, 0);
}

/// The program itself, on a bucket: from the dossier to the receipt, and nothing of the person is left in the store.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_erases_from_a_bucket() {
    let portal = TestPortal::on_s3().await;
    let campaign = open_campaign(&portal.db).await;
    let (_, application) = sent(&portal.db, &campaign, LONG_AGO).await;
    let gone = recording(&portal, application).await;
    let (_, application) = sent(&portal.db, &campaign, portal.now()).await;
    let kept = recording(&portal, application).await;
    let object = std::fs::read(portal.store.join(gone.to_string())).unwrap();
    let mut settings: Vec<_> = portal.s3().settings.iter().map(String::as_str).collect();
    settings.extend(["--today", "2026-11-24"]);
    let (ok, text) = erasure_run::said(&portal, &settings).await;
    assert!(ok && text.contains("1 dossiers"), "{text}");
    assert_eq!((portal.objects(), portal.keys().len()), (vec![kept.to_string()], 1));
    // An older copy of the file comes back; its key does not.
    std::fs::write(portal.store.join(gone.to_string()), object).unwrap();
    let other = with(&portal, |_| ());
    assert_eq!(other.read(gone, 0..7).await.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert_eq!(other.read(kept, 0..7).await.unwrap(), &b"a voice"[..]);
}
