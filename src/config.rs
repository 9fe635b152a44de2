//! Every setting of the portal, from flags or the environment, checked once at the start.
//!
//! A setting that is unknown or contradicts another stops the start with one line; secrets never reach a log.

mod master;
mod operator;

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use time::Date;
use time::macros::format_description;
use url::Url;

pub use master::{MasterKey, read as read_master_keys};
pub use operator::Operator;

/// The command line: settings and one command.
#[derive(Debug, Parser)]
#[command(name = "portal", version, about = "Web portal of a virtual contact centre")]
pub struct Cli {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the binary can do; `serve` when nothing is said.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Migrate the database and serve the portal (the default)
    Serve,
    /// Migrate, load the demo data into an empty database, and serve it (loopback only)
    Demo,
    /// Bring the database to the newest schema and stop
    Migrate,
    /// Create an administrator and print a single-use invitation link
    CreateAdmin {
        /// The administrator's e-mail address
        #[arg(long)]
        email: String,
        /// The administrator's name, as shown in the portal
        #[arg(long, default_value = "Administration")]
        name: String,
    },
    /// Erase what may no longer exist, as the nightly task does, and print what it was
    Erase {
        /// Change nothing: print what would be erased
        #[arg(long)]
        dry_run: bool,
        /// Reckon what is due on this day, such as 2027-03-01 [default: today in Berlin]
        #[arg(long, value_name = "DATE", value_parser = day)]
        today: Option<Date>,
        /// Go on though a brake holds: the number of due dossiers and accounts that it names
        #[arg(long, value_name = "COUNT", conflicts_with = "dry_run")]
        confirm: Option<i64>,
        /// After a restore: erase again what the ledger outside the database has more than it
        #[arg(long, conflicts_with_all = ["dry_run", "today", "confirm"])]
        replay: bool,
    },
    /// Run one of PostgreSQL's programs on the portal's database, which is started for it if nobody serves
    Database {
        program: Program,
        /// What the program is told, as its own manual has it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
        arguments: Vec<OsString>,
    },
}

/// PostgreSQL's programs that make sense on the portal's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Program {
    #[value(name = "psql")]
    Psql,
    #[value(name = "pg_dump")]
    Dump,
    #[value(name = "pg_restore")]
    Restore,
}

impl Program {
    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Psql => "psql",
            Self::Dump => "pg_dump",
            Self::Restore => "pg_restore",
        }
    }
}

/// `2027-03-01`
fn day(text: &str) -> Result<Date, String> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    day.filter(|day| (2000..=2200).contains(&day.year())).ok_or_else(|| format!("{text} is no day such as 2027-03-01"))
}

/// `127.0.0.1:3310` or `/run/clamav/clamd.ctl`
fn clamd(text: &str) -> Result<Clamd, String> {
    if text.starts_with('/') {
        return Ok(Clamd::Unix(PathBuf::from(text)));
    }
    let is_address = text
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
    if is_address { Ok(Clamd::Tcp(text.to_owned())) } else { Err("expected host:port or the path of a socket".into()) }
}

/// Where the virus scanner listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// `host:port`
    Tcp(String),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// All settings. `--help` shows each with its variable and default.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address and port to serve on
    #[arg(long, env = "PORTAL_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Folder of everything the portal keeps: database cluster, files, mails
    #[arg(long, env = "PORTAL_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// Address under which people reach the portal; http only for a loopback host [default: http://LISTEN]
    #[arg(long, env = "PORTAL_BASE_URL", global = true)]
    pub base_url: Option<Url>,
    /// Loopback address of the Prometheus metrics
    #[arg(long, env = "PORTAL_METRICS_LISTEN", default_value = "127.0.0.1:9464", global = true)]
    pub metrics_listen: SocketAddr,
    /// Mail transport: smtp://user:password@host:port, smtps://…, or file:FOLDER for .eml files [default: file:DATA_DIR/mail]
    #[arg(long, env = "PORTAL_MAIL_URL", hide_env_values = true, global = true)]
    pub mail_url: Option<SecretString>,
    /// Sender of every mail
    #[arg(long, env = "PORTAL_MAIL_FROM", default_value = "Musterruf <portal@musterruf.example>", global = true)]
    pub mail_from: lettre::message::Mailbox,
    /// Store for uploaded files: file:FOLDER or s3://BUCKET?region=REGION&endpoint=URL [default: file:DATA_DIR/files]
    #[arg(long, env = "PORTAL_FILES_URL", global = true)]
    pub files_url: Option<String>,
    /// Access key of the S3 store
    #[arg(long, env = "PORTAL_FILES_KEY", global = true)]
    pub files_key: Option<String>,
    /// Secret of the S3 store's access key
    #[arg(long, env = "PORTAL_FILES_SECRET", hide_env_values = true, global = true)]
    pub files_secret: Option<SecretString>,
    /// Master keys of the file store: ID:HEX, several separated by commas; the first one wraps the keys of people, the others
    /// still open them [default: the key file DATA_DIR/master.key, made at the first start]
    #[arg(long, env = "PORTAL_FILES_MASTER_KEYS", hide_env_values = true, global = true)]
    pub files_master_keys: Option<SecretString>,
    /// Virus scanner for papers: clamd's host:port or the path of its Unix socket [default: none]
    #[arg(long, env = "PORTAL_CLAMD", value_parser = clamd, global = true)]
    pub clamd: Option<Clamd>,
    /// PostgreSQL server to use; unset: a private cluster below the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// Connections to the database
    #[arg(long, env = "PORTAL_DATABASE_POOL", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=200), global = true)]
    pub database_pool: u32,
    /// Folder of the PostgreSQL programs for the private cluster [default: found on the system]
    #[arg(long, env = "PORTAL_POSTGRES_BIN", global = true)]
    pub postgres_bin: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, env = "PORTAL_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Name of the operator, shown on every page
    #[arg(long, env = "PORTAL_OPERATOR_NAME", default_value = "Musterruf", global = true)]
    pub operator_name: String,
    /// The operator's mark, an SVG file [default: a built-in one]
    #[arg(long, env = "PORTAL_OPERATOR_MARK", global = true)]
    pub operator_mark: Option<PathBuf>,
    #[command(flatten)]
    pub operator: Operator,
    /// Password of all demo sign-ins
    #[arg(
        long,
        env = "PORTAL_DEMO_PASSWORD",
        hide_env_values = true,
        default_value = "musterruf-demo-2026",
        global = true
    )]
    pub demo_password: SecretString,
    /// Form of the log lines: text for people, json for production
    #[arg(long, env = "PORTAL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    /// What is logged, as a tracing filter
    #[arg(long, env = "PORTAL_LOG", default_value = "info,sqlx=warn", global = true)]
    pub log: String,
}

/// The first of `names` that looks like a setting of the portal and is none.
pub fn unknown_setting(names: impl Iterator<Item = String>) -> Option<String> {
    let cli = Cli::command();
    let known: Vec<_> = cli.get_arguments().filter_map(clap::Arg::get_env).collect();
    let mut names = names;
    names.find(|name| name.starts_with("PORTAL_") && !known.contains(&name.as_ref()))
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum MailUrl {
    /// One `.eml` file per mail in this folder.
    Folder(PathBuf),
    /// An SMTP server; the URL may hold a password.
    Smtp(SecretString),
}

/// Where uploaded files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesUrl {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket; `endpoint` is set for servers other than Amazon's.
    S3 { bucket: String, region: String, endpoint: Option<String> },
}

impl Config {
    /// Refuses settings that contradict each other, with one sentence.
    pub fn check(&self, command: &Command) -> Result<(), String> {
        if matches!(command, Command::Demo) && !self.listen.ip().is_loopback() {
            return Err(format!("PORTAL_LISTEN {}: the demo is only served on a loopback address", self.listen));
        }
        let base = self.base_url();
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => {
                return Err(format!("PORTAL_BASE_URL {base}: http is only possible with a loopback host, use https"));
            }
            other => return Err(format!("PORTAL_BASE_URL {base}: the scheme {other} is not possible, use https")),
        }
        if base.path() != "/" || base.query().is_some() {
            return Err(format!("PORTAL_BASE_URL {base}: it must be an address without a path"));
        }
        if !self.metrics_listen.ip().is_loopback() {
            return Err(format!(
                "PORTAL_METRICS_LISTEN {}: metrics are only served on a loopback address",
                self.metrics_listen
            ));
        }
        if self.database_url.is_some() && self.postgres_bin.is_some() {
            return Err("DATABASE_URL and PORTAL_POSTGRES_BIN contradict each other: the first names a server, the second starts one".into());
        }
        if self.operator_name.trim().is_empty() {
            return Err("PORTAL_OPERATOR_NAME is empty".into());
        }
        self.mail_target()?;
        let store = self.files_target()?;
        match &self.files_master_keys {
            Some(keys) => {
                read_master_keys(keys.expose_secret()).map_err(|why| format!("PORTAL_FILES_MASTER_KEYS: {why}"))?;
            }
            // Several servers share the bucket, but no data folder.
            None if matches!(store, FilesUrl::S3 { .. }) => {
                return Err("PORTAL_FILES_URL names an S3 store: PORTAL_FILES_MASTER_KEYS is needed".into());
            }
            None => {}
        }
        Ok(())
    }

    /// The address that links in mails start with.
    pub fn base_url(&self) -> Url {
        self.base_url.clone().unwrap_or_else(|| {
            #[expect(clippy::expect_used, reason = "a socket address is always a valid authority")]
            Url::parse(&format!("http://{}", self.listen)).expect("socket address in a URL")
        })
    }

    /// Whether people reach the portal by https; decides cookie prefix and HSTS.
    pub fn secure(&self) -> bool {
        // Asked by every request; without an address of its own the portal is on this machine, by http.
        self.base_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// An absolute link to `path`, which starts with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url().as_str().trim_end_matches('/'))
    }

    /// Where mails go, from `PORTAL_MAIL_URL`.
    pub fn mail_target(&self) -> Result<MailUrl, String> {
        let Some(url) = &self.mail_url else { return Ok(MailUrl::Folder(self.data_dir.join("mail"))) };
        match url.expose_secret() {
            text if text.starts_with("smtp://") || text.starts_with("smtps://") => Ok(MailUrl::Smtp(url.clone())),
            text => match text.strip_prefix("file:") {
                Some(folder) if !folder.is_empty() => Ok(MailUrl::Folder(PathBuf::from(folder))),
                _ => Err("PORTAL_MAIL_URL: expected smtp://…, smtps://… or file:FOLDER".into()),
            },
        }
    }

    /// Where uploaded files are kept, from `PORTAL_FILES_URL`.
    pub fn files_target(&self) -> Result<FilesUrl, String> {
        let Some(text) = self.files_url.as_deref() else { return Ok(FilesUrl::Folder(self.data_dir.join("files"))) };
        if let Some(folder) = text.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            return Ok(FilesUrl::Folder(PathBuf::from(folder)));
        }
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "s3");
        let Some((url, bucket)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
            return Err(format!("PORTAL_FILES_URL {text}: expected file:FOLDER or s3://BUCKET?region=…"));
        };
        let asked = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if let Some((name, _)) = url.query_pairs().find(|(name, _)| !["region", "endpoint"].contains(&name.as_ref())) {
            return Err(format!("PORTAL_FILES_URL: {name} is neither region nor endpoint"));
        }
        if self.files_key.is_none() || self.files_secret.is_none() {
            return Err(
                "PORTAL_FILES_URL names an S3 store: PORTAL_FILES_KEY and PORTAL_FILES_SECRET are needed".into()
            );
        }
        let region = asked("region").unwrap_or_else(|| "us-east-1".into());
        Ok(FilesUrl::S3 { bucket: bucket.to_owned(), region, endpoint: asked("endpoint") })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_virus_scanner() {
        assert_eq!(clamd("127.0.0.1:3310"), Ok(Clamd::Tcp("127.0.0.1:3310".into())));
        assert_eq!(clamd("/run/clamd.ctl"), Ok(Clamd::Unix("/run/clamd.ctl".into())));
        for wrong in ["", "clamd", ":3310", "clamd:", "clamd:0", "clamd:99999"] {
            assert!(clamd(wrong).is_err(), "{wrong}");
        }
    }

    fn check(args: &[&str]) -> Result<(), String> {
        let cli = Cli::try_parse_from([&["portal"], args].concat()).map_err(|e| e.to_string())?;
        cli.config.check(&cli.command.unwrap_or(Command::Serve))
    }

    #[test]
    fn defaults_are_consistent() {
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn contradictions_are_named() {
        for (args, word) in [
            (&["--base-url", "http://portal.example"][..], "loopback"),
            (&["--base-url", "ftp://portal.example"], "scheme"),
            (&["--base-url", "https://portal.example/app"], "path"),
            (&["--metrics-listen", "0.0.0.0:9464"], "metrics"),
            (&["--database-url", "postgres://x", "--postgres-bin", "/usr/bin"], "contradict"),
            (&["--mail-url", "carrier-pigeon:"], "PORTAL_MAIL_URL"),
            (&["--files-url", "ftp:x"], "PORTAL_FILES_URL"),
            (&["--files-url", "s3://bucket"], "PORTAL_FILES_SECRET"),
            (&["--files-url", "s3://bucket?host=x"], "region"),
            (&["--files-url", "s3://b", "--files-key", "k", "--files-secret", "s"], "PORTAL_FILES_MASTER_KEYS"),
            (&["--files-master-keys", "2026"], "PORTAL_FILES_MASTER_KEYS"),
            (&["--listen", "0.0.0.0:80", "demo"], "demo"),
            (&["--operator-name", " "], "PORTAL_OPERATOR_NAME"),
        ] {
            let error = check(args).expect_err(word);
            assert!(error.contains(word), "{args:?}: {error}");
            assert!(!error.contains('\n'), "{args:?}: more than one line");
        }
    }

    #[test]
    fn a_bucket_is_read_from_its_address() {
        let args = ["portal", "--files-key", "k", "--files-secret", "s", "--files-url"];
        let url = "s3://files?region=eu-central-1&endpoint=http://127.0.0.1:9000";
        let cli = Cli::try_parse_from([&args[..], &[url]].concat()).expect("valid");
        let endpoint = Some("http://127.0.0.1:9000".into());
        let s3 = FilesUrl::S3 { bucket: "files".into(), region: "eu-central-1".into(), endpoint };
        assert_eq!(cli.config.files_target(), Ok(s3));
    }

    #[test]
    fn a_misspelt_variable_is_found() {
        let names = ["PATH", "PORTAL_LISTEN", "PORTAL_LISTNE"].map(String::from);
        assert_eq!(unknown_setting(names.into_iter()).as_deref(), Some("PORTAL_LISTNE"));
    }

    #[test]
    fn secrets_are_redacted() {
        let cli = Cli::try_parse_from(["portal", "--database-url", "postgres://u:hush@h/d"]).expect("valid");
        assert!(!format!("{:?}", cli.config).contains("hush"));
    }
}
