//! The private PostgreSQL cluster: found, initialised, started, watched and stopped by the portal.
//!
//! It listens on a Unix socket in a closed folder only. PostgreSQL refuses to run as root, so a portal that runs as root
//! starts it as `postgres` (or `nobody`); as an ordinary user it runs as that user. It dies with the portal, kill -9
//! included (`--pdeathsig`), and a portal that lives brings a dead PostgreSQL back.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;

/// How long a start may take, waiting for a dying predecessor included.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Longest path of a Unix socket (`sockaddr_un`), less the socket's own name.
const SOCKET_FOLDER_LIMIT: usize = 107 - "/.s.PGSQL.5432".len();

/// Where a cluster lives and how it runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster's folder; `data` and `log` lie in it.
    pub folder: PathBuf,
    /// Folder of the PostgreSQL programs; searched for when not given.
    pub programs: Option<PathBuf>,
    /// Wait for the disk at each commit. Only throw-away clusters of tests do without.
    pub durable: bool,
}

impl Settings {
    /// A durable cluster below `folder`.
    pub fn new(folder: PathBuf, programs: Option<PathBuf>) -> Self {
        Self { folder, programs, durable: true }
    }
}

/// What the cluster is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve: one server per folder.
    Serve,
    /// For a command: uses a running server's cluster, else starts it for itself.
    Command,
}

/// Why a cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another portal is already serving from {0}")]
    AlreadyServing(PathBuf),
    #[error(
        "no PostgreSQL programs found; install them (apt-get install postgresql) or set PORTAL_POSTGRES_BIN or DATABASE_URL"
    )]
    NoPrograms,
    #[error("the user {user} cannot enter {folder}: choose a data folder that is not below a closed directory")]
    ClosedFolder { user: String, folder: PathBuf },
    #[error("{program} failed: {message}")]
    Program { program: &'static str, message: String },
    #[error("PostgreSQL did not start within {START_LIMIT:?}: {0}")]
    NotReady(String),
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

/// A running cluster. Stopped by [`Cluster::stop`], or when the process ends.
pub struct Cluster {
    layout: Layout,
    server: Option<Server>,
    // Held as long as the cluster is used; declared last so that they are released last.
    _locks: Vec<File>,
}

struct Server {
    stop: Arc<AtomicBool>,
    watch: thread::JoinHandle<()>,
}

impl Cluster {
    /// Opens the cluster: initialises it if it is new, starts it unless it runs already.
    pub fn open(settings: Settings, purpose: Purpose) -> Result<Self, Error> {
        create_folder(&settings.folder)?;
        let layout = Layout::find(settings)?;
        let mut locks = Vec::new();
        if purpose == Purpose::Serve {
            let lock = lock_file(&layout.folder.join("server.lock"))?;
            lock.try_lock().map_err(|_| Error::AlreadyServing(layout.folder.clone()))?;
            locks.push(lock);
        }
        let owner = lock_file(&layout.folder.join("cluster.lock"))?;
        match (owner.try_lock(), purpose) {
            (Ok(()), _) => {}
            // A command that runs at this moment ends soon; then the server takes over.
            (Err(_), Purpose::Serve) => owner.lock().map_err(|e| Error::Io(layout.folder.clone(), e))?,
            (Err(_), Purpose::Command) => {
                wait_until(START_LIMIT, || is_ready(&layout.data))
                    .then_some(())
                    .ok_or_else(|| Error::NotReady("the running portal's database is not ready".into()))?;
                return Ok(Self { layout, server: None, _locks: locks });
            }
        }
        locks.push(owner);
        layout.initialise()?;
        let server = Server::start(layout.clone(), purpose)?;
        Ok(Self { layout, server: Some(server), _locks: locks })
    }

    /// How to reach a database of the cluster.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new().socket(&self.layout.socket).username("postgres").database(database)
    }

    /// The folder of its PostgreSQL's programs.
    pub fn programs(&self) -> PathBuf {
        self.layout.programs.clone()
    }

    /// Stops PostgreSQL if this process started it, and waits for it.
    pub fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop.store(true, Ordering::SeqCst);
            let _ = server.watch.join();
        }
    }
}

/// Folders, programs and user of one cluster.
#[derive(Debug, Clone)]
struct Layout {
    folder: PathBuf,
    data: PathBuf,
    socket: PathBuf,
    programs: PathBuf,
    durable: bool,
    /// The unprivileged user, when the portal itself runs as root.
    user: Option<User>,
}

#[derive(Debug, Clone)]
struct User {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Layout {
    fn find(settings: Settings) -> Result<Self, Error> {
        let folder = fs::canonicalize(&settings.folder).map_err(|e| Error::Io(settings.folder.clone(), e))?;
        let programs = settings.programs.or_else(find_programs).ok_or(Error::NoPrograms)?;
        let user = if owner(Path::new("/proc/self"))? == 0 { Some(unprivileged_user()?) } else { None };
        let mut socket = folder.join("socket");
        if socket.as_os_str().len() > SOCKET_FOLDER_LIMIT {
            socket = std::env::temp_dir().join(format!("portal-{:016x}", fnv(folder.as_os_str().as_encoded_bytes())));
        }
        let layout = Self { data: folder.join("data"), folder, socket, programs, durable: settings.durable, user };
        layout.own(&layout.folder)?;
        layout.check_reachable()?;
        private_folder(&layout.socket)?;
        layout.own(&layout.socket)?;
        Ok(layout)
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        match &self.user {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(|e| Error::Io(path.to_owned(), e)),
            None => Ok(()),
        }
    }

    fn check_reachable(&self) -> Result<(), Error> {
        let Some(user) = &self.user else { return Ok(()) };
        let mut test = Command::new("setpriv");
        let status = test.args(drop_privileges(user)).args(["test", "-w"]).arg(&self.folder).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(Error::ClosedFolder { user: user.name.into(), folder: self.folder.clone() }),
        }
    }

    /// One of PostgreSQL's programs, run as the unprivileged user; it ends with the calling *thread*.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        if let Some(user) = &self.user {
            command.args(drop_privileges(user));
        }
        command.args(["--pdeathsig", "INT"]).arg(self.programs.join(name));
        // A group of its own: Ctrl-C in a terminal is for the portal, which then stops PostgreSQL in good order.
        command.process_group(0);
        // PostgreSQL wants a working folder it may enter.
        command.current_dir("/").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        command
    }

    /// Makes the cluster if there is none. A killed initdb leaves nothing behind that looks like a cluster.
    fn initialise(&self) -> Result<(), Error> {
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let new = self.folder.join("data.new");
        if new.exists() {
            fs::remove_dir_all(&new).map_err(|e| Error::Io(new.clone(), e))?;
        }
        let mut initdb = self.program("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]);
        if !self.durable {
            initdb.arg("--no-sync");
        }
        let output = initdb.arg("-D").arg(&new).output().map_err(|e| Error::Io("setpriv".into(), e))?;
        if !output.status.success() {
            return Err(Error::Program {
                program: "initdb",
                message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        fs::rename(&new, &self.data).map_err(|e| Error::Io(self.data.clone(), e))?;
        File::open(&self.folder).and_then(|f| f.sync_all()).map_err(|e| Error::Io(self.folder.clone(), e))
    }

    fn spawn(&self) -> Result<Child, Error> {
        let log = self.folder.join("log");
        // A new file: a dying predecessor may still write to the old one, and would cover what this one complains of.
        let _ = fs::remove_file(&log);
        let file = File::create(&log).map_err(|e| Error::Io(log.clone(), e))?;
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(&self.data).arg("-k").arg(&self.socket);
        for setting in [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            "max_connections=210",
            "shared_buffers=128MB",
            "recovery_init_sync_method=syncfs",
            // Neither statements nor DETAIL in the log: they carry personal data.
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
        ] {
            postgres.args(["-c", setting]);
        }
        if !self.durable {
            postgres.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        // A pid file that names a dead process, or one that is no PostgreSQL of this folder, must not stop the start.
        if let Some(pid) = recorded_pid(&self.data).filter(|pid| !is_postgres_of(*pid, &self.data)) {
            postgres.env("PG_GRANDPARENT_PID", pid.to_string());
        }
        postgres.stdout(Stdio::null()).stderr(file).spawn().map_err(|e| Error::Io("setpriv".into(), e))
    }

    /// The last lines PostgreSQL wrote.
    fn complaint(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        log.lines().rev().take(3).collect::<Vec<_>>().join(" | ")
    }
}

impl Server {
    /// Starts PostgreSQL and returns when it is ready. A thread of its own watches it from then on: the
    /// death signal follows the thread that spawned, so that thread must live as long as the process.
    fn start(layout: Layout, purpose: Purpose) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (ready, first) = mpsc::channel();
        let stopped = Arc::clone(&stop);
        let watch = thread::Builder::new()
            .name("postgres".into())
            .spawn(move || {
                let result = start_one(&layout, &stopped);
                match result {
                    Ok(child) => {
                        let _ = ready.send(Ok(()));
                        watch(&layout, child, &stopped, purpose);
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            })
            .map_err(|e| Error::Io("thread".into(), e))?;
        first.recv().unwrap_or_else(|_| Err(Error::NotReady("its thread ended".into())))?;
        Ok(Self { stop, watch })
    }
}

/// Starts PostgreSQL, trying again while a predecessor is still dying.
fn start_one(layout: &Layout, stop: &AtomicBool) -> Result<Child, Error> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        let mut child = layout.spawn()?;
        let pid = child.id();
        loop {
            if let Ok(Some(_)) = child.try_wait() {
                break;
            }
            if recorded_pid(&layout.data) == Some(pid) && is_ready(&layout.data) {
                return Ok(child);
            }
            if stop.load(Ordering::SeqCst) || Instant::now() > limit {
                end(layout, &mut child, "INT");
                return Err(Error::NotReady(layout.complaint()));
            }
            thread::sleep(Duration::from_millis(10));
        }
        let complaint = layout.complaint();
        let predecessor = complaint.contains("postmaster.pid")
            || complaint.contains("shared memory block")
            || complaint.contains("lock file");
        if !predecessor || Instant::now() > limit {
            return Err(Error::NotReady(complaint));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Watches a running PostgreSQL until told to stop; one that dies is started again, with a growing pause.
fn watch(layout: &Layout, mut child: Child, stop: &AtomicBool, purpose: Purpose) {
    let mut pause = Duration::from_millis(50);
    loop {
        let started = Instant::now();
        let status = loop {
            if stop.load(Ordering::SeqCst) {
                // A command lets other commands finish (smart); a server does not wait for them (fast).
                return end(layout, &mut child, if purpose == Purpose::Serve { "INT" } else { "TERM" });
            }
            match child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Ok(Some(status)) => break status.to_string(),
                Err(error) => break error.to_string(),
            }
        };
        tracing::error!(%status, "PostgreSQL ended; starting it again");
        if started.elapsed() > Duration::from_secs(60) {
            pause = Duration::from_millis(50);
        }
        child = loop {
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(5));
            if stop.load(Ordering::SeqCst) {
                return;
            }
            match start_one(layout, stop) {
                Ok(child) => break child,
                Err(error) => tracing::error!(%error, "PostgreSQL does not start"),
            }
        };
        tracing::info!("PostgreSQL is back");
    }
}

fn end(layout: &Layout, child: &mut Child, signal: &str) {
    let _ = layout
        .program("pg_ctl")
        .args(["kill", signal, &child.id().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let _ = child.wait();
}

/// The highest version's programs: on PATH (followed through its link), else where Debian puts them.
pub fn find_programs() -> Option<PathBuf> {
    let on_path = std::env::split_paths(&search_path())
        .map(|folder| folder.join("postgres"))
        .find_map(|postgres| Some(fs::canonicalize(postgres).ok()?.parent()?.to_owned()));
    on_path.filter(|folder| folder.join("initdb").exists()).or_else(|| {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .flatten()
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, folder)| folder.join("postgres").exists())
            .collect();
        versions.sort();
        versions.pop().map(|(_, folder)| folder)
    })
}

#[expect(clippy::disallowed_methods, reason = "PATH is the system's, not a setting of the portal")]
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn unprivileged_user() -> Result<User, Error> {
    let passwd = fs::read_to_string("/etc/passwd").map_err(|e| Error::Io("/etc/passwd".into(), e))?;
    let find = |name: &'static str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            Some(User { name, uid, gid })
        })
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| Error::Program {
        program: "setpriv",
        message: "PostgreSQL does not run as root, and there is neither a user postgres nor nobody".into(),
    })
}

fn drop_privileges(user: &User) -> [String; 3] {
    [format!("--reuid={}", user.uid), format!("--regid={}", user.gid), "--clear-groups".into()]
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| Error::Io(folder.to_owned(), e))
}

/// A folder of mode 0700; one that exists must not be somebody else's.
fn private_folder(folder: &Path) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(Error::Io(folder.to_owned(), e)),
        _ => {}
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|e| Error::Io(folder.to_owned(), e))
}

fn owner(path: &Path) -> Result<u32, Error> {
    fs::metadata(path).map(|m| m.uid()).map_err(|e| Error::Io(path.to_owned(), e))
}

fn lock_file(path: &Path) -> Result<File, Error> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(|e| Error::Io(path.to_owned(), e))
}

fn recorded_pid(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

/// Line 8 of the pid file says how far the start has come.
fn is_ready(data: &Path) -> bool {
    fs::read_to_string(data.join("postmaster.pid"))
        .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
}

/// Whether this process is a living PostgreSQL whose working folder is `data`.
fn is_postgres_of(pid: u32, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let alive = fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
    // The folder can only be read of one's own processes; an unreadable one is taken for the cluster's.
    alive
        && fs::read_to_string(process.join("comm")).is_ok_and(|comm| comm.trim() == "postgres")
        && fs::read_link(process.join("cwd")).map_or(true, |cwd| cwd == data)
}

fn wait_until(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if condition() {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    condition()
}

/// FNV-1a: a short stable name for a long path; no security hangs on it.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
