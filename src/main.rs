//! The portal's program: settings, tracing, database, then one command.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use portal::accounts::{account, link, role::Role};
use portal::clock::{Clock, Zone, pace};
use portal::config::{self, Cli, Command, Config, LogFormat};
use portal::database::cluster::Purpose;
use portal::database::{self, Database};
use portal::files;
use portal::portal::Portal;
use portal::privacy::ledger::Copy;
use portal::privacy::night::{self, Mode, Order};
use portal::web::narrow;
use portal::{router, worker};
use time::Date;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// After SIGTERM, connections get so long to end: a little more than the longest request.
const FAREWELL: Duration = Duration::from_secs(router::REQUEST_LIMIT.as_secs() + 5);

/// Pages are many small pieces put together: this allocator makes them markedly faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            return refuse(error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: "));
        }
        Err(help) => help.exit(),
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    if let Some(name) = config::unknown_setting(names) {
        return refuse(&format!("{name} is not a setting of the portal; see portal --help"));
    }
    let command = cli.command.unwrap_or(Command::Serve);
    if let Err(sentence) = cli.config.check(&command) {
        return refuse(&sentence);
    }
    trace(&cli.config);
    if matches!(command, Command::Erase { .. }) {
        pace::give_way();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.to_string()),
    };
    // As a task: what waits for a socket there is woken by the thread that watches it, without a detour over this one.
    let done = runtime.block_on(async { tokio::spawn(run(cli.config, command)).await });
    match done.unwrap_or_else(|panic| Err(panic.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("{error:#}")),
    }
}

fn refuse(sentence: &str) -> ExitCode {
    eprintln!("portal: {sentence}");
    ExitCode::FAILURE
}

fn trace(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir).with_context(|| format!("data folder {}", config.data_dir.display()))?;
    let purpose = if matches!(command, Command::Serve | Command::Demo) { Purpose::Serve } else { Purpose::Command };
    let database = Database::open(&config, purpose).await?;
    let result = run_with(&database, config, command).await;
    database.close().await;
    result
}

async fn run_with(database: &Database, config: Config, command: Command) -> anyhow::Result<()> {
    if let Command::Database { program, arguments } = &command {
        // As it is: what is restored brings a schema of its own.
        return database.run(&config, *program, arguments).await;
    }
    database::migrate(&database.pool).await?;
    match command {
        Command::Migrate | Command::Database { .. } => Ok(()),
        Command::CreateAdmin { email, name } => create_admin(database, &config, &email, &name).await,
        Command::Serve => serve(Portal::new(database.pool.clone(), Clock::system(), config, false)?).await,
        Command::Erase { dry_run, today, confirm, replay: is_replay } => {
            let portal = Portal::new(database.pool.clone(), Clock::system(), config, false)?;
            if is_replay { replay(&portal).await } else { erase(&portal, dry_run, today, confirm).await }
        }
        Command::Demo => {
            let portal = Portal::new(database.pool.clone(), Clock::system(), config, true)?;
            portal::demo::load(&portal).await?;
            serve(portal).await
        }
    }
}

/// Makes the first administrators; prints a link that sets the password once.
async fn create_admin(database: &Database, config: &Config, email: &str, name: &str) -> anyhow::Result<()> {
    anyhow::ensure!(account::is_email(&account::normalise(email)), "{email} is not an e-mail address");
    anyhow::ensure!((1..=120).contains(&name.trim().chars().count()), "--name must have 1 to 120 characters");
    let now = Clock::system().now();
    let mut tx = database.pool.begin().await?;
    let id = account::create(&mut tx, email, name, &[Role::Administrator], None, now).await?;
    let id = id.map_err(|_| anyhow::anyhow!("an account with the address {email} exists already"))?;
    let token = link::create(&mut tx, id, link::Purpose::Invitation, now).await?;
    tx.commit().await?;
    println!("{}", config.link(&format!("/zugang/{token}")));
    Ok(())
}

/// Runs the erasure at an operator's word and prints what it did, without a name.
async fn erase(portal: &Portal, dry_run: bool, today: Option<Date>, confirmed: Option<i64>) -> anyhow::Result<()> {
    let now = portal.clock.now();
    let today = today.unwrap_or_else(|| Zone::berlin().date(now));
    let copy = Copy::in_folder(&portal.config.data_dir);
    copy.admit(&portal.db).await?;
    let mode = if dry_run { Mode::DryRun } else { Mode::Erase };
    let report = night::run(&portal.db, &portal.config, Order { today, mode, confirmed }, now).await??;
    println!("{} on {today}: {report}", if dry_run { "would be erased" } else { "erased" });
    if !dry_run {
        copy.renew(&portal.db).await?;
        delete_files(portal).await?;
    }
    anyhow::ensure!(report.failed == 0, "the erasure of {} people failed; see the log", report.failed);
    anyhow::ensure!(report.leftovers == 0, "{} leftovers of erased people were found; see the log", report.leftovers);
    Ok(())
}

/// After a restore: erases again what was erased after the backup.
async fn replay(portal: &Portal) -> anyhow::Result<()> {
    let copy = Copy::in_folder(&portal.config.data_dir);
    let replayed = copy.replay(&portal.db, &portal.config, portal.clock.now()).await?;
    println!("erased again: {}", replayed.entries);
    delete_files(portal).await?;
    anyhow::ensure!(
        replayed.leftovers == 0,
        "{} leftovers of erased people were found; see the log",
        replayed.leftovers
    );
    Ok(())
}

async fn delete_files(portal: &Portal) -> anyhow::Result<()> {
    let gone = files::sweep_doomed(&portal.files, &portal.db, portal.clock.now()).await?;
    println!("files deleted from the store: {gone}");
    Ok(())
}

async fn serve(portal: Portal) -> anyhow::Result<()> {
    Copy::in_folder(&portal.config.data_dir).admit(&portal.db).await?;
    let (listen, metrics) = (portal.config.listen, portal.config.metrics_listen);
    metrics_exporter(metrics)?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("PORTAL_LISTEN {listen}"))?;
    let stop = CancellationToken::new();
    let tasks = tokio::spawn(worker::run(portal.clone(), stop.clone()));
    tracing::info!(address = %portal.config.base_url(), "serving");
    if portal.demo {
        portal::demo::greet(&portal);
    }
    let service = router::router(portal).into_make_service_with_connect_info::<SocketAddr>();
    // Running requests are finished; then the tasks, then the database.
    let asked = CancellationToken::new();
    let signal = {
        let asked = asked.clone();
        async move {
            ended().await;
            asked.cancel();
        }
    };
    let overdue = async {
        asked.cancelled().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        served = axum::serve(narrow::listen(listener), service).with_graceful_shutdown(signal).into_future() => served?,
        () = overdue => tracing::warn!("some connections did not end in time"),
    }
    stop.cancel();
    let _ = tasks.await;
    tracing::info!("stopped");
    Ok(())
}

fn metrics_exporter(listen: SocketAddr) -> anyhow::Result<()> {
    metrics_exporter_prometheus::PrometheusBuilder::new()
        .with_http_listener(listen)
        .install()
        .with_context(|| format!("PORTAL_METRICS_LISTEN {listen}"))
}

/// Returns on SIGTERM or SIGINT.
async fn ended() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
