//! The server under test: the release binary, a process of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::http;

/// A running portal; it ends with this value.
pub struct Server {
    /// From the start of the process to its first answer.
    pub first_answer: Duration,
    process: Child,
}

impl Server {
    /// Starts `portal serve` on a database that is running, and waits for its first answer, which asks the database.
    pub async fn start(portal: &Path, folder: &Path, socket: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let metrics = SocketAddr::new(address.ip(), address.port() + 1000);
        let path: String = url::form_urlencoded::byte_serialize(socket.as_os_str().as_encoded_bytes()).collect();
        let log = File::create(folder.join("portal.log"))?;
        let started = Instant::now();
        let process = Command::new(portal)
            .args(["serve", "--listen", &address.to_string(), "--metrics-listen", &metrics.to_string()])
            .args(["--database-url", &format!("postgres://postgres@localhost/portal?host={path}")])
            // Each sign-in comes from an address of its own, as in life.
            .args(["--trusted-proxies", "127.0.0.1", "--data-dir"])
            .arg(folder.join("portal"))
            .env_remove("DATABASE_URL")
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| portal.display().to_string())?;
        while http::page(address, "/readyz", 0).await.is_err() {
            ensure!(started.elapsed() < Duration::from_secs(10), "the portal does not start; see {}", folder.display());
            sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { first_answer: started.elapsed(), process })
    }

    /// Resident memory at this moment, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let pid = self.process.id().context("the portal has ended")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// Ends the process and waits for it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the portal could not be ended")
    }
}
