//! The database: connection pool, migrations, and what a failed statement means.

pub mod cluster;
pub mod gather;
mod program;

use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor};

use crate::config::Config;
use cluster::{Cluster, Purpose};

/// A pool, and the private cluster behind it if there is one.
pub struct Database {
    pub pool: PgPool,
    cluster: Option<Cluster>,
}

impl Database {
    /// Connects to `DATABASE_URL`, or to the private cluster, which is started where needed.
    pub async fn open(config: &Config, purpose: Purpose) -> anyhow::Result<Self> {
        let (options, cluster) = match &config.database_url {
            Some(url) => {
                let options: PgConnectOptions = url
                    .expose_secret()
                    .parse()
                    .map_err(|_| anyhow::anyhow!("DATABASE_URL is not a PostgreSQL address"))?;
                (options, None)
            }
            None => {
                let settings = cluster::Settings::new(config.data_dir.join("postgres"), config.postgres_bin.clone());
                let cluster = tokio::task::spawn_blocking(move || Cluster::open(settings, purpose)).await??;
                (cluster.connect_options("portal"), Some(cluster))
            }
        };
        if let Some(cluster) = &cluster {
            create_if_missing(cluster, "portal").await?;
        }
        let pool = connect(options, config.database_pool).await?;
        Ok(Self { pool, cluster })
    }

    /// Closes the pool, then stops the cluster if this process started it.
    pub async fn close(self) {
        self.pool.close().await;
        if let Some(cluster) = self.cluster {
            let _ = tokio::task::spawn_blocking(move || cluster.stop()).await;
        }
    }
}

/// A pool with the portal's session settings: UTC, short waits for locks.
pub async fn connect(options: PgConnectOptions, size: u32) -> Result<PgPool, sqlx::Error> {
    let options = options.application_name("portal").options([
        ("TimeZone", "UTC"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "60s"),
    ]);
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        // A connection that lay idle may be dead (the server was restarted): ask it before use. Busy ones are not asked.
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_millis(500) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
}

/// Brings the schema to the newest version; safe to run from several servers at once.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    sqlx::migrate!().run(pool).await
}

async fn create_if_missing(cluster: &Cluster, name: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = sqlx::PgConnection::connect_with(&cluster.connect_options("postgres")).await?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        connection.execute("create database portal").await?;
    }
    connection.close().await
}

/// The constraint that a failed statement ran into, if that is why it failed.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}

/// Whether the statement stood in another's way and may simply be tried again: it lost a deadlock (SQLSTATE 40P01) or
/// waited too long for a lock (55P03).
pub fn is_contention(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "40P01" || code == "55P03")
}

/// Whether the database cannot be reached right now, as opposed to a faulty statement.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_) => true,
        // Class 57P: the server is shutting down or starting up; class 08: connection exceptions.
        sqlx::Error::Database(e) => e.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}

/// What may be logged of a database error: SQLSTATE and constraint. Its DETAIL carries personal data.
pub fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(e) => {
            format!("SQLSTATE {} constraint {}", e.code().as_deref().unwrap_or("?"), e.constraint().unwrap_or("-"))
        }
        other => other.to_string(),
    }
}
