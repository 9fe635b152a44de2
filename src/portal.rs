//! The portal's state, handed to every request and every task.

use std::sync::Arc;

use sqlx::PgPool;

use crate::accounts::password::Passwords;
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Files;
use crate::mail::transport::Transport;

/// Everything a request or a task needs; cheap to clone.
#[derive(Clone)]
pub struct Portal {
    pub db: PgPool,
    pub files: Files,
    pub mail: Transport,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub passwords: Passwords,
    /// Whether the demo data is served: shows the component page and a note on every page.
    pub demo: bool,
}

impl Portal {
    /// Puts the parts together; opens the file store and the mail transport.
    pub fn new(db: PgPool, clock: Clock, config: Config, demo: bool) -> anyhow::Result<Self> {
        let files = Files::open(config.files_folder().map_err(anyhow::Error::msg)?)?;
        let mail = Transport::new(&config)?;
        Ok(Self { db, files, mail, clock, config: Arc::new(config), passwords: Passwords::default(), demo })
    }
}
