//! The message that the next page shows once: what happened, then what one can do.
//!
//! It is kept with the session, so that the portal needs no second cookie.

use serde::{Deserialize, Serialize};

use crate::accounts::session::{self, SignedIn};
use crate::portal::Portal;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Ok,
    Info,
    Warn,
    Bad,
}

/// A message for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    /// What happened, in bold.
    pub what: String,
    /// What one can do or should know; may be empty.
    pub then: String,
    /// One line per item, for several results at once.
    #[serde(default)]
    pub lines: Vec<String>,
}

impl Flash {
    fn new(tone: Tone, what: impl Into<String>, then: impl Into<String>) -> Self {
        Self { tone, what: what.into(), then: then.into(), lines: Vec::new() }
    }

    /// It worked.
    pub fn ok(what: impl Into<String>, then: impl Into<String>) -> Self {
        Self::new(Tone::Ok, what, then)
    }

    /// Worth knowing.
    pub fn info(what: impl Into<String>, then: impl Into<String>) -> Self {
        Self::new(Tone::Info, what, then)
    }

    /// It did not happen, and that is a normal answer.
    pub fn warn(what: impl Into<String>, then: impl Into<String>) -> Self {
        Self::new(Tone::Warn, what, then)
    }

    /// Something is wrong, and somebody has to act.
    pub fn bad(what: impl Into<String>, then: impl Into<String>) -> Self {
        Self::new(Tone::Bad, what, then)
    }

    /// The same with a list of results.
    pub fn with_lines(mut self, lines: Vec<String>) -> Self {
        self.lines = lines;
        self
    }

    /// The value of `data-s` in the markup; neutral for information.
    pub fn state(&self) -> &'static str {
        match self.tone {
            Tone::Ok => "ok",
            Tone::Info => "info",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }

    /// Its icon.
    pub fn icon(&self) -> &'static str {
        match self.tone {
            Tone::Ok => "circle-check",
            Tone::Info => "info",
            Tone::Warn => "triangle-alert",
            Tone::Bad => "circle-alert",
        }
    }

    /// Whether assistive technology should interrupt for it.
    pub fn role(&self) -> &'static str {
        if self.tone == Tone::Bad { "alert" } else { "status" }
    }

    /// Keeps the message for the next page of this session.
    pub async fn keep(self, portal: &Portal, me: &SignedIn) -> Result<(), sqlx::Error> {
        let value = serde_json::to_value(self).unwrap_or_default();
        session::set_flash(&portal.db, me.session, Some(value)).await
    }
}
