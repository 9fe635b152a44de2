//! PostgreSQL's own programs on the portal's database: for backups, restores, and a look at the tables.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use url::Url;

use super::Database;
use super::cluster;
use crate::config::{Config, Program};

impl Database {
    /// Runs a program to its end, with the terminal it was called from. It is told where the database is by the environment:
    /// a password among the arguments would be there for everybody to see.
    ///
    /// # Errors
    /// There is no such program, or it says that it failed.
    pub async fn run(&self, config: &Config, program: Program, arguments: &[OsString]) -> anyhow::Result<()> {
        let options = self.pool.connect_options();
        let host =
            options.get_socket().map_or_else(|| options.get_host().into(), |socket| socket.clone().into_os_string());
        let mut command = tokio::process::Command::new(self.find(program));
        command.env("PGHOST", host).env("PGPORT", options.get_port().to_string()).env("PGUSER", options.get_username());
        if let Some(password) = config.database_url.as_ref().and_then(|url| password(url.expose_secret())) {
            command.env("PGPASSWORD", password);
        }
        // The clearest of PostgreSQL's ways to name the database: pg_restore takes it from nowhere else.
        command.arg("--dbname").arg(options.get_database().unwrap_or("portal")).args(arguments);
        let status = command.status().await.with_context(|| program.name())?;
        ensure!(status.success(), "{} failed ({status})", program.name());
        Ok(())
    }

    fn find(&self, program: Program) -> PathBuf {
        let folder = self.cluster.as_ref().map(cluster::Cluster::programs).or_else(cluster::find_programs);
        folder.map_or_else(|| program.name().into(), |folder| folder.join(program.name()))
    }
}

/// The password in an address of a database.
fn password(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let encoded = url.password()?;
    // A form's encoding, but for the plus sign, which stands for itself here.
    let query = format!("p={}", encoded.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, password)| password.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_read_as_it_was_meant() {
        assert_eq!(password("postgres://portal:a%40b+c%26%3D@db/portal").as_deref(), Some("a@b+c&="));
        assert_eq!(password("postgres://portal@localhost/portal?host=/run/postgresql"), None);
    }
}
