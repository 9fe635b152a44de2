//! The portal's state, handed to every request and every task.

use std::ops::Deref;
use std::sync::Arc;

use sqlx::PgPool;

use crate::accounts::password::Passwords;
use crate::accounts::session::Sessions;
use crate::clock::Clock;
use crate::config::Config;
use crate::files::Files;
use crate::mail::transport::Transport;

/// Everything a request or a task needs. One pointer: every layer of every request holds a copy.
#[derive(Clone)]
pub struct Portal(Arc<Parts>);

/// What the portal is made of.
pub struct Parts {
    pub db: PgPool,
    pub files: Files,
    pub mail: Transport,
    pub clock: Clock,
    pub config: Config,
    pub sessions: Sessions,
    pub passwords: Passwords,
    /// Whether the demo data is served: shows the component page and a note on every page.
    pub demo: bool,
}

impl Portal {
    /// Puts the parts together; opens the file store and the mail transport.
    pub fn new(db: PgPool, clock: Clock, config: Config, demo: bool) -> anyhow::Result<Self> {
        let files = Files::open(&config)?;
        let mail = Transport::new(&config)?;
        let sessions = Sessions::new(db.clone());
        Ok(Self(Arc::new(Parts { db, files, mail, clock, config, sessions, passwords: Passwords::default(), demo })))
    }
}

impl Deref for Portal {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
