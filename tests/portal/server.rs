//! A whole portal for one test: its own database, folders, clock and port, served by the real router.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use portal::clock::Clock;
use portal::config::Cli;
use portal::portal::Portal;
use portal::{mail, router};
use sqlx::PgPool;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::database::{ROOT, TestDatabase};
use crate::page::Mail;
use crate::s3::S3;
use crate::seed::Person;

/// Monday, 23 November 2026, 12:00 in Berlin: when the tests begin.
pub const START: OffsetDateTime = datetime!(2026-11-23 11:00 UTC);
/// Connections of a test's portal; small, since many tests run on one PostgreSQL.
const CONNECTIONS: u32 = 8;

/// A portal that serves for as long as this value lives.
pub struct TestPortal {
    pub portal: Portal,
    pub db: PgPool,
    /// `http://127.0.0.1:PORT`: where it really listens, whatever the base address says.
    pub origin: String,
    /// Where the objects lie, whatever the store.
    pub store: PathBuf,
    s3: Option<S3>,
    folder: PathBuf,
    server: JoinHandle<()>,
    _database: TestDatabase,
}

impl TestPortal {
    /// A portal with the default settings; the clock stands at [`START`].
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same with further settings: `&["--base-url", "https://portal.example"]`.
    pub async fn with(settings: &[&str]) -> Self {
        Self::build(settings, CONNECTIONS, false).await
    }

    /// The same with more connections, for races.
    pub async fn with_connections(connections: u32) -> Self {
        Self::build(&[], connections, false).await
    }

    /// A portal that thinks it serves the demo: with the page of components.
    pub async fn demo() -> Self {
        Self::build(&[], CONNECTIONS, true).await
    }

    /// A portal whose files lie in a bucket of S3.
    pub async fn on_s3() -> Self {
        let s3 = S3::start().await;
        let settings: Vec<_> = s3.settings.iter().map(String::as_str).collect();
        let mut portal = Self::with(&settings).await;
        portal.store = s3.bucket();
        portal.s3 = Some(s3);
        portal
    }

    /// A portal on each kind of store.
    pub async fn on_each_store() -> [Self; 2] {
        [Self::new().await, Self::on_s3().await]
    }

    /// The S3 server of [`TestPortal::on_s3`].
    pub fn s3(&self) -> &S3 {
        self.s3.as_ref().expect("a portal on S3")
    }

    async fn build(settings: &[&str], connections: u32, demo: bool) -> Self {
        let database = TestDatabase::new(connections).await;
        let folder = ROOT.join(format!("files-{}", database.name));
        std::fs::create_dir_all(&folder).expect("the test's folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the listener's address");
        let (listen, data) = (address.to_string(), folder.to_str().expect("an UTF-8 path").to_owned());
        let fixed = ["portal", "--listen", &listen, "--data-dir", &data];
        let cli = Cli::try_parse_from(fixed.iter().chain(settings)).expect("settings");
        let clock = Clock::fixed(START);
        let portal = Portal::new(database.pool.clone(), clock, cli.config, demo).expect("portal");
        let service = router::router(portal.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.expect("serving") });
        let origin = format!("http://{address}");
        let store = folder.join("files");
        Self { db: database.pool.clone(), portal, origin, store, s3: None, folder, server, _database: database }
    }

    /// A browser without a session.
    pub fn client(&self) -> Client {
        Client::new(self)
    }

    /// A browser in which this person is signed in, without the detour over the sign-in page.
    pub async fn client_of(&self, person: &Person) -> Client {
        let mut client = self.client();
        client.set_session(&person.session(self).await);
        client
    }

    /// What lies in the file store, by name; not the keys.
    pub fn objects(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.store).expect("the store");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
        names.filter(|name| name != "keys").collect()
    }

    /// The keys in the file store.
    pub fn keys(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.store.join("keys"));
        entries.map(|keys| keys.map(|key| key.expect("an entry").path()).collect()).unwrap_or_default()
    }

    /// The present instant of the portal.
    pub fn now(&self) -> OffsetDateTime {
        self.portal.clock.now()
    }

    /// Moves the portal's clock.
    pub fn set_time(&self, now: OffsetDateTime) {
        self.portal.clock.set(now);
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.set_time(self.now() + time);
    }

    /// Sends what is in the outbox and returns all mails sent so far whose text is still there, in the order in which they
    /// were written.
    pub async fn mails(&self) -> Vec<Mail> {
        mail::worker::deliver(&self.db, &self.portal.mail, &self.portal.clock).await.expect("delivery");
        sqlx::query_as("select recipient, subject, body from mail where sent_at is not null and scrubbed_at is null order by created_at, id")
            .fetch_all(&self.db)
            .await
            .expect("mails")
    }
}

impl Drop for TestPortal {
    fn drop(&mut self) {
        self.server.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
