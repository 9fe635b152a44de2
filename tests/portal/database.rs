//! The throw-away cluster of this test run, and a database for each test copied from a migrated template.
//!
//! PostgreSQL ends with the process. Its folder cannot be removed by a process that is ending, so the next run does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use portal::database::cluster::{Cluster, Purpose, Settings};
use portal::database::{connect, migrate};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use tokio::sync::{Mutex, OnceCell};

/// Memory that the cluster may need; a smaller `/dev/shm` (containers) is not used.
const ROOM: u64 = 1 << 30;
const PREFIX: &str = "portal-test-";

/// The folder of this run; removed by the next one.
pub static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let parent = if free_bytes(&memory).is_some_and(|free| free >= ROOM) { memory } else { std::env::temp_dir() };
    remove_leftovers(&parent);
    let root = parent.join(format!("{PREFIX}{}", std::process::id()));
    fs::create_dir_all(&root).expect("folder of the test run");
    root
});

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
/// `create database … strategy file_copy` wants the template for itself.
static COPYING: Mutex<()> = Mutex::const_new(());
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database of one test; dropped with this value.
pub struct TestDatabase {
    pub pool: PgPool,
    pub name: String,
}

impl TestDatabase {
    /// A fresh database with the newest schema and a pool of `connections`.
    pub async fn new(connections: u32) -> Self {
        Self::copy("migrated", connections).await
    }

    /// The same without any table.
    pub async fn empty(connections: u32) -> Self {
        Self::copy("template0", connections).await
    }

    async fn copy(template: &str, connections: u32) -> Self {
        let cluster = CLUSTER.get_or_init(start).await;
        let name = format!("t_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        {
            let _turn = COPYING.lock().await;
            run(cluster, format!("create database {name} template {template} strategy file_copy")).await;
        }
        let pool = connect(cluster.connect_options(&name), connections).await.expect("the test's database");
        Self { pool, name }
    }
}

impl Drop for TestDatabase {
    // The test's runtime may be ending or unwinding: a thread of its own gets rid of the database.
    fn drop(&mut self) {
        let drop_it = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            if let Some(cluster) = CLUSTER.get() {
                runtime.block_on(run(cluster, drop_it));
            }
        });
        let _ = dropping.join();
    }
}

async fn start() -> Cluster {
    let settings = Settings { durable: false, ..Settings::new(ROOT.join("postgres"), None) };
    let opened = tokio::task::spawn_blocking(|| Cluster::open(settings, Purpose::Serve)).await.expect("thread");
    let cluster = opened.expect("the cluster of the tests");
    run(&cluster, "create database migrated".into()).await;
    let pool = connect(cluster.connect_options("migrated"), 2).await.expect("the template");
    migrate(&pool).await.expect("migrations");
    // A template must have no connections when it is copied.
    pool.close().await;
    cluster
}

async fn run(cluster: &Cluster, sql: String) {
    let mut connection = PgConnection::connect_with(&cluster.connect_options("postgres")).await.expect("postgres");
    connection.execute(AssertSqlSafe(sql)).await.expect("statement");
    connection.close().await.expect("closing");
}

fn remove_leftovers(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, other) = (TestDatabase::new(1).await, TestDatabase::new(1).await);
    let add =
        "insert into account (id, email, name, created_at) values (gen_random_uuid(), 'a@b.de', 'A', '2026-11-23')";
    one.pool.execute(add).await.unwrap();
    let count: i64 = sqlx::query_scalar("select count(*) from account").fetch_one(&other.pool).await.unwrap();
    assert_eq!(count, 0);
}

/// A program of the PostgreSQL that the tests run on.
pub fn binary(name: &str) -> PathBuf {
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let on_path = folders.unwrap_or_default().into_iter().find(|folder| folder.join("initdb").exists());
    let installed = || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL");
        versions.flatten().map(|version| version.path().join("bin")).max().expect("a version")
    };
    let folder = on_path.map(|folder| folder.join("initdb").canonicalize().expect("initdb"));
    folder.and_then(|initdb| initdb.parent().map(Path::to_owned)).unwrap_or_else(installed).join(name)
}

/// The address of a test's database, for another process.
pub async fn connect_url(pool: &PgPool) -> String {
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(pool).await.expect("name");
    let socket = ROOT.join("postgres/socket");
    format!("postgres:///{name}?host={}&user=postgres", socket.display())
}
