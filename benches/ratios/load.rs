//! Loads: wrk over HTTP, pgbench on the database, and sign-ins at a fixed rate.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use crate::http;

/// Threads of wrk and pgbench.
const THREADS: &str = "2";
const COMMON: &str = include_str!("wrk/common.lua");

/// A load over HTTP.
#[derive(Clone, Copy)]
pub struct Wrk<'a> {
    pub script: &'a str,
    pub connections: u32,
    pub seconds: u32,
    pub address: SocketAddr,
    /// ISO week whose plan is looked at.
    pub week: &'a str,
}

/// What wrk saw.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    pub requests: u64,
    pub per_second: f64,
    pub seconds: f64,
    pub p99: Duration,
}

impl Wrk<'_> {
    /// Runs the load. An answer of 400 or above, or none at all, is an error.
    pub async fn run(self, folder: &Path) -> anyhow::Result<Answered> {
        let script = folder.join("load.lua");
        let path = unique(&script);
        tokio::fs::write(&path, format!("{COMMON}\n{}", self.script)).await?;
        let output = Command::new("wrk")
            .args(["-t", THREADS, "-c", &self.connections.to_string(), "-d", &format!("{}s", self.seconds)])
            .args(["--timeout", "20s", "-s"])
            .arg(&path)
            .arg(format!("http://{}/", self.address))
            .args(["--", &format!("http://{}", self.address), THREADS, self.week])
            .output()
            .await
            .context("wrk")?;
        let text = text(&output, "wrk")?;
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).context("wrk printed no result")?;
        let figures = line.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [requests, micros, refused, broken, p99] = figures[..] else { anyhow::bail!("wrk printed {line}") };
        ensure!(refused == 0 && broken == 0, "{refused} answers of 400 or above, {broken} broken connections");
        let seconds = micros as f64 / 1e6;
        Ok(Answered { requests, seconds, per_second: requests as f64 / seconds, p99: Duration::from_micros(p99) })
    }
}

fn unique(path: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    path.with_extension(format!("{}.lua", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// A load on the database; transactions per second.
pub async fn pgbench(socket: &Path, script: &Path, clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "-M", "prepared", "-D", "i=0", "-D", &format!("clients={clients}")])
        .args(["-c", &clients.to_string(), "-j", THREADS, "-T", &seconds.to_string(), "-f"])
        .arg(script)
        .arg("-h")
        .arg(socket)
        .args(["-U", "postgres", "portal"])
        .output()
        .await
        .context("pgbench")?;
    let text = text(&output, "pgbench")?;
    let line = text.lines().find_map(|line| line.strip_prefix("tps = ")).context("pgbench printed no tps")?;
    Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
}

/// Runs a file of SQL.
pub async fn psql(socket: &Path, sql: &str) -> anyhow::Result<String> {
    let output = Command::new("psql")
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", "-h"])
        .arg(socket)
        .args(["-U", "postgres", "portal"])
        .stdin(file(sql)?)
        .output()
        .await
        .context("psql")?;
    Ok(text(&output, "psql")?.trim().to_owned())
}

/// A file without a name that holds this text.
fn file(content: &str) -> anyhow::Result<std::process::Stdio> {
    use std::io::{Seek, Write};
    let path = unique(&std::env::temp_dir().join(format!("ratios-{}", std::process::id())));
    let mut file = std::fs::File::options().create_new(true).read(true).write(true).open(&path)?;
    std::fs::remove_file(&path)?;
    file.write_all(content.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

fn text(output: &Output, program: &str) -> anyhow::Result<String> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What became of the sign-ins that were offered.
#[derive(Debug, Default, Clone, Copy)]
pub struct SignIns {
    pub offered: u32,
    pub signed_in: u32,
    pub wrong: u32,
    /// Asked to come back in a moment.
    pub busy: u32,
    pub broken: u32,
}

/// Offers `rate` sign-ins a second, whatever becomes of the ones before; every other one has a wrong password.
pub async fn sign_ins(address: SocketAddr, rate: u32, seconds: u32, password: &str) -> SignIns {
    let mut tick = interval(Duration::from_secs(1) / rate);
    let mut running = JoinSet::new();
    let mut seen = SignIns::default();
    let end = Instant::now() + Duration::from_secs(seconds.into());
    while Instant::now() < end {
        tick.tick().await;
        seen.offered += 1;
        let typed = if seen.offered % 2 == 0 { "ein+falsches+Passwort" } else { password };
        running.spawn(http::exchange(address, sign_in(address, seen.offered, typed)));
        while let Some(answer) = running.try_join_next() {
            seen.note(answer.ok().and_then(Result::ok));
        }
    }
    running.abort_all();
    seen
}

impl SignIns {
    fn note(&mut self, answer: Option<http::Answer>) {
        match answer.map(|answer| answer.status) {
            Some(303) => self.signed_in += 1,
            Some(422) => self.wrong += 1,
            Some(503) => self.busy += 1,
            _ => self.broken += 1,
        }
    }
}

fn sign_in(address: SocketAddr, number: u32, password: &str) -> String {
    let form = format!("email=person{}%40bench.example&password={password}", number * 7 % 10000 + 1);
    let [high, low] = [number / 250 % 250, number % 250 + 1];
    format!(
        "POST /anmeldung HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nX-Forwarded-For: 198.18.{high}.{low}\r\n\
         Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}
