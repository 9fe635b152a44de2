//! Ten thousand dossiers with their files are erased while people read the plan.

use std::fs::DirEntry;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

use crate::load;
use crate::measures::Bench;
use crate::report::{Bound, Line, median};

const SEED: &str = include_str!("sql/erasure.sql");
const DOSSIERS: u32 = 10_000;
const FILE: [u8; 8192] = [7; 8192];
/// As long as a wrapped key; nobody opens it.
const KEY: [u8; 60] = [7; 60];
/// People who read the plan at the same time, each with a pause of 50 to 150 ms: about 600 pages a second. As many as the
/// machine can serve would wait for each other, and the 99th percentile would say nothing of the erasure.
const READERS: u32 = 64;

/// The lines `erasure`: seconds of the whole run, the plan page's p99 against its idle value, memory of the run.
pub async fn lines(bench: &Bench<'_>, script: &str) -> anyhow::Result<[Line; 3]> {
    load::psql(&bench.socket, SEED).await?;
    let files = bench.folder.join("portal/files");
    let keys = files.join("keys");
    std::fs::create_dir_all(&keys)?;
    for n in 1..=DOSSIERS {
        let name = format!("00000000-0000-4000-a000-{n:012x}");
        std::fs::write(files.join(&name), FILE)?;
        std::fs::write(keys.join(name), KEY)?;
    }
    // The first readers find a portal that has just started, as nobody does at night.
    bench.http(bench.address, script, READERS).await?;
    let mut idle = Vec::new();
    for _ in 0..2 * bench.pairs {
        idle.push(bench.http(bench.address, script, READERS).await?.p99.as_secs_f64());
    }
    let started = Instant::now();
    let mut run = command(bench)?;
    let watched = tokio::spawn(memory_of(run.id().context("the erasure has ended")?));
    let mut during = Vec::new();
    let status = loop {
        during.push(bench.http(bench.address, script, READERS).await?.p99.as_secs_f64());
        if let Some(status) = run.try_wait()? {
            break status;
        }
    };
    ensure!(status.success(), "the erasure failed");
    let (ended, highest) = watched.await?;
    let seconds = ended.duration_since(started).as_secs_f64();
    let left: i64 = sqlx::query_scalar("select count(*) from introduction").fetch_one(&bench.db).await?;
    let is_file = |entry: &std::io::Result<DirEntry>| entry.as_ref().is_ok_and(|entry| entry.path().is_file());
    let objects = std::fs::read_dir(&files)?.chain(std::fs::read_dir(&keys)?).filter(is_file).count();
    ensure!(left == 0 && objects == 0, "{left} introductions and {objects} objects are left");
    let (idle, during) = (median(idle), median(during));
    let millis = |seconds: f64| format!("{:.1} ms", seconds * 1000.0);
    let line = |what, ours, other, figure, unit, bound| Line { id: "", what, ours, other, figure, unit, bound };
    Ok([
        line(
            "erasure: 10,000 dossiers with files",
            format!("{seconds:.1} s"),
            String::new(),
            seconds,
            "s",
            Bound::AtMost { most: 60.0, aim: 30.0 },
        ),
        line(
            "erasure: the plan page's p99 meanwhile / idle",
            millis(during),
            millis(idle),
            during / idle,
            "",
            Bound::AtMost { most: 2.0, aim: 1.5 },
        ),
        line(
            "erasure: memory of the run at its highest",
            format!("{highest:.1} MB"),
            String::new(),
            highest,
            "MB",
            Bound::AtMost { most: 96.0, aim: 64.0 },
        ),
    ])
}

/// `portal erase`, by somebody who has looked at the number.
fn command(bench: &Bench<'_>) -> anyhow::Result<Child> {
    let path: String = url::form_urlencoded::byte_serialize(bench.socket.as_os_str().as_encoded_bytes()).collect();
    Command::new(bench.portal)
        .args(["erase", "--confirm", &DOSSIERS.to_string()])
        .args(["--database-url", &format!("postgres://postgres@localhost/portal?host={path}"), "--data-dir"])
        .arg(bench.folder.join("portal"))
        .env_remove("DATABASE_URL")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("portal erase")
}

/// Waits for the end of a process; when that was, and its resident memory in MB at its highest.
async fn memory_of(pid: u32) -> (Instant, f64) {
    let mut highest = 0.0_f64;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        // A process that has ended and was not asked yet has no memory any more.
        let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmRSS:")) else {
            return (Instant::now(), highest);
        };
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
        highest = highest.max(kilobytes / 1024.0);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
