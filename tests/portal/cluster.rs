//! The program and its private PostgreSQL: one server per folder, back after every kill, no request lost at the end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use portal::database::connect;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

const PROGRAM: &str = env!("CARGO_BIN_EXE_portal");
const PATIENCE: Duration = Duration::from_secs(40);

/// A folder of one test, removed with it. Below /tmp, where every user may enter.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("portal-program-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A command without the settings of whoever runs the tests.
pub fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name == "DATABASE_URL" || name.to_string_lossy().starts_with("PORTAL_") {
            command.env_remove(name);
        }
    }
    command
}

/// The program with these arguments, yet to be started.
pub fn program(data: &Path, arguments: &[&str]) -> Command {
    portal(data, arguments)
}

fn portal(data: &Path, arguments: &[&str]) -> Command {
    let mut command = clean(PROGRAM);
    command.arg("--data-dir").arg(data).args(arguments).stdin(Stdio::null());
    command
}

/// A port below those that the system gives to outgoing connections: under load one of them could take it first.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() * 37;
    loop {
        let port = 20_000 + ((start + NEXT.fetch_add(1, Ordering::SeqCst)) % 10_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The portal as a child process; killed with this value.
pub struct Server {
    pub child: Child,
    pub port: u16,
    pub metrics: u16,
    pub data: PathBuf,
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::with(data, &[])
    }

    /// The same with further arguments.
    pub fn with(data: &Path, arguments: &[&str]) -> Self {
        Self::launch(portal(data, arguments), data)
    }

    fn launch(command: Command, data: &Path) -> Self {
        Self::launch_at(command, data, (free_port(), free_port()))
    }

    /// Killed by kill -9, and started again at the same address.
    pub fn kill_and_start_again(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Self::launch_at(portal(&self.data, &[]), &self.data, (self.port, self.metrics))
    }

    fn launch_at(mut command: Command, data: &Path, (port, metrics): (u16, u16)) -> Self {
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--metrics-listen", &format!("127.0.0.1:{metrics}")]);
        let log = data.with_extension("log");
        let stderr = fs::File::create(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
        let mut server = Self { child, port, metrics, data: data.to_owned() };
        wait_for("the portal is ready", || {
            let ended = server.child.try_wait().unwrap();
            assert_eq!(ended, None, "the portal ended at its start: {}", fs::read_to_string(&log).unwrap_or_default());
            server.status("/readyz") == Some(200)
        });
        server
    }

    /// The status of one request; none if there is no answer at all.
    pub fn status(&self, path: &str) -> Option<u16> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").ok()?;
        read_status(&mut stream)
    }

    /// Its private database.
    pub async fn database(&self) -> PgPool {
        let socket = self.data.join("postgres/socket");
        let options = PgConnectOptions::new().socket(socket).username("postgres").database("portal");
        connect(options, 4).await.unwrap()
    }

    /// What the portal has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data.with_extension("log")).unwrap_or_default()
    }

    pub fn postgres(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data.join("postgres/data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    fn wait(&mut self) -> ExitStatus {
        wait_for("the portal ends", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            signal(self.child.id(), "TERM");
            let end = Instant::now() + Duration::from_secs(10);
            while Instant::now() < end && self.child.try_wait().is_ok_and(|status| status.is_none()) {
                sleep(Duration::from_millis(50));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn read_status(stream: &mut impl Read) -> Option<u16> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    line.split(' ').nth(1)?.parse().ok()
}

pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// The one line with which a command was refused.
fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "it was not refused");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = stderr.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("portal: "), "{stderr}");
    last
}

#[test]
fn a_killed_postgresql_comes_back_and_meanwhile_the_answer_is_503() {
    let folder = Folder::new();
    let server = Server::start(&folder.data());
    let first = server.postgres().unwrap();
    signal(first, "KILL");
    let mut answers = Vec::new();
    wait_for("the portal is ready again", || {
        answers.push(server.status("/readyz"));
        answers.last() == Some(&Some(200)) && server.postgres().is_some_and(|pid| pid != first)
    });
    answers.retain(|answer| ![Some(200), Some(503)].contains(answer));
    assert_eq!(answers, [], "only 200 and 503 meanwhile");
    assert_eq!(server.status("/anmeldung"), Some(200));
}

#[test]
fn a_killed_portal_takes_its_postgresql_along_and_starts_again() {
    let folder = Folder::new();
    let mut server = Server::start(&folder.data());
    let postgres = server.postgres().unwrap();
    server.child.kill().unwrap();
    server.wait();
    // No pause: the next start meets the dying one.
    let again = Server::start(&folder.data());
    assert_ne!(again.postgres(), Some(postgres));
    assert!(!is_alive(postgres), "the old PostgreSQL is gone");
}

#[test]
fn a_second_server_is_refused_and_a_command_uses_the_running_cluster() {
    let folder = Folder::new();
    let server = Server::start(&folder.data());
    let port = free_port();
    let second = portal(&folder.data(), &["--listen", &format!("127.0.0.1:{port}")]).output().unwrap();
    assert!(refusal(&second).contains("another portal is already serving from"), "{}", refusal(&second));
    let postgres = server.postgres();
    let command = portal(&folder.data(), &["create-admin", "--email", "admin@beispiel.example"]).output().unwrap();
    let link = String::from_utf8(command.stdout).unwrap();
    assert!(link.starts_with("http://127.0.0.1:8080/zugang/"), "{link}");
    let twice = portal(&folder.data(), &["create-admin", "--email", "Admin@beispiel.example"]).output().unwrap();
    assert!(refusal(&twice).contains("exists already"));
    assert_eq!(server.postgres(), postgres, "the command left the server's PostgreSQL alone");
    assert_eq!(server.status("/readyz"), Some(200));
}

#[test]
fn a_command_without_a_server_starts_the_cluster_for_itself() {
    let folder = Folder::new();
    assert!(portal(&folder.data(), &["migrate"]).status().unwrap().success());
    assert!(portal(&folder.data(), &["migrate"]).status().unwrap().success(), "a second time, too");
    assert!(!folder.data().join("postgres/data/postmaster.pid").exists(), "and stops it");
}

#[test]
fn sigterm_finishes_the_running_request() {
    let folder = Folder::new();
    let mut server = Server::start(&folder.data());
    let postgres = server.postgres().unwrap();
    let body = "email=niemand%40beispiel.example&password=falsch";
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let head = format!(
        "POST /anmeldung HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (begin, rest) = body.split_at(10);
    write!(stream, "{head}{begin}").unwrap();
    sleep(Duration::from_millis(300));
    signal(server.child.id(), "TERM");
    wait_for("no new connections", || TcpStream::connect(("127.0.0.1", server.port)).is_err());
    assert!(is_alive(postgres), "the database waits for the request");
    stream.write_all(rest.as_bytes()).unwrap();
    assert_eq!(read_status(&mut stream), Some(422), "the answer arrives");
    assert!(server.wait().success());
    assert!(!is_alive(postgres), "PostgreSQL ended with the portal");
}

#[test]
fn an_ordinary_user_needs_no_root() {
    if !is_root() {
        // Then every other test here has shown it.
        return;
    }
    let folder = Folder::new();
    // The build folder may be closed to others.
    let program = folder.0.join("portal");
    fs::copy(PROGRAM, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let home = folder.0.join("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o777)).unwrap();
    let data = home.join("data");
    let mut command = clean("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program).arg("--data-dir").arg(&data);
    command.current_dir(&home);
    let mut server = Server::launch(command, &data);
    assert_eq!(server.status("/anmeldung"), Some(200));
    signal(server.child.id(), "TERM");
    assert!(server.wait().success());
}

#[test]
fn as_root_a_folder_below_a_closed_one_is_refused() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    let closed = folder.0.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let output = portal(&closed.join("data"), &["migrate"]).output().unwrap();
    assert!(refusal(&output).contains("not below a closed directory"), "{}", refusal(&output));
}

#[test]
fn a_long_data_path_works() {
    let folder = Folder::new();
    let long = folder.0.join("a-rather-long-name-of-a-folder".repeat(4)).join("data");
    assert!(portal(&long, &["migrate"]).status().unwrap().success());
}

#[test]
fn faulty_settings_stop_the_start_with_one_line() {
    let folder = Folder::new();
    let listen = portal(&folder.data(), &["--listen", "nowhere"]).output().unwrap();
    let unknown = portal(&folder.data(), &[]).env("PORTAL_LISTNE", "127.0.0.1:1").output().unwrap();
    let demo = portal(&folder.data(), &["--listen", "0.0.0.0:8080", "--base-url", "https://portal.example", "demo"])
        .output()
        .unwrap();
    for (output, word) in [(listen, "nowhere"), (unknown, "PORTAL_LISTNE"), (demo, "demo")] {
        assert!(refusal(&output).contains(word), "{}", refusal(&output));
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    }
    assert!(!folder.data().exists(), "nothing was begun");
}
