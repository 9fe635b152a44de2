//! The ratios of performance.md, as one table: `make bench`. A report, not a test.
//!
//! A durable database of its own, the release binary as its own process, wrk and pgbench as loads, alternating pairs,
//! the median of the pairs' ratios. The statements of the references come out of the portal's source.

mod bare;
mod erasure;
mod http;
mod load;
mod machine;
mod measures;
mod report;
mod scripts;
mod server;
mod statements;
mod uploads;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use portal::accounts::password;
use portal::clock::{Clock, Zone};
use portal::database;
use portal::database::cluster::{Cluster, Purpose, Settings};
use portal::shifts::week::Week;

use measures::Bench;

/// Prints the ratios of performance.md
#[derive(Parser)]
struct Cli {
    /// Seconds of each load
    #[arg(long, default_value_t = 4)]
    seconds: u32,
    /// Alternating pairs of each ratio
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Only these lines, for example R1 R3
    #[arg(long, num_args = 1..)]
    only: Vec<String>,
    /// The portal under test
    #[arg(long, default_value = env!("CARGO_BIN_EXE_portal"))]
    portal: PathBuf,
    /// The portal's address; the bare server and the metrics take the ports 5 and 1000 above
    #[arg(long, default_value = "127.0.0.1:8150")]
    listen: SocketAddr,
    /// Folder of the bench's database, on a disk; emptied before and after
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/ratios"))]
    folder: PathBuf,
    /// Given by cargo bench
    #[arg(long, hide = true)]
    bench: bool,
}

const PASSWORD: &str = "Sieben-Moewen-warten-am-Kai";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    machine::check_open_files()?;
    if cli.folder.exists() {
        std::fs::remove_dir_all(&cli.folder)?;
    }
    std::fs::create_dir_all(&cli.folder)?;
    let settings = Settings::new(cli.folder.join("postgres"), None);
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(settings, Purpose::Serve)).await??;
    let result = run(&cli, &cluster).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await?;
    std::fs::remove_dir_all(&cli.folder)?;
    result
}

async fn run(cli: &Cli, cluster: &Cluster) -> anyhow::Result<()> {
    let socket = cluster.connect_options("postgres").get_socket().cloned().unwrap_or_default();
    let admin = database::connect(cluster.connect_options("postgres"), 1).await?;
    sqlx::query("create database portal").execute(&admin).await?;
    admin.close().await;
    let db = database::connect(cluster.connect_options("portal"), 16).await?;
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&db).await?;
    println!("{}", machine::line(&version)?);
    database::migrate(&db).await?;
    load::psql(&socket, include_str!("sql/seed.sql")).await?;
    load::psql(&socket, include_str!("sql/one_round_trip.sql")).await?;
    sqlx::query("update account set password_hash = $1").bind(password::hash_now(PASSWORD)).execute(&db).await?;
    let week = Week::at(Clock::system().now(), &Zone::berlin()).next().to_string();
    let bench = Bench {
        seconds: cli.seconds,
        pairs: cli.pairs,
        only: &cli.only,
        portal: &cli.portal,
        folder: &cli.folder,
        socket,
        db,
        address: cli.listen,
        bare: SocketAddr::new(cli.listen.ip(), cli.listen.port() + 5),
        week,
    };
    bench.run().await
}
