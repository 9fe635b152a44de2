//! Handing a mail over: to an SMTP server, or as one `.eml` file into a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::config::{Config, MailUrl};

/// How long handing over one mail may take in all.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Why a mail could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Trying again later may help.
    #[error("{0}")]
    Temporary(String),
    /// It never will: the address is malformed or refused for good.
    #[error("{0}")]
    Permanent(String),
}

/// How mails leave the portal.
#[derive(Clone)]
pub struct Transport {
    from: Mailbox,
    host: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Folder(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Transport {
    /// The transport that the settings name.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let way = match config.mail_target().map_err(anyhow::Error::msg)? {
            MailUrl::Folder(folder) => {
                std::fs::create_dir_all(&folder).with_context(|| format!("mail folder {}", folder.display()))?;
                Way::Folder(folder)
            }
            MailUrl::Smtp(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|_| anyhow::anyhow!("PORTAL_MAIL_URL is not an SMTP address"))?
                    // A step that takes half of it ends the connection before the whole is given up.
                    .timeout(Some(PATIENCE / 2))
                    .build(),
            ),
        };
        let host = config.base_url().host_str().unwrap_or("localhost").to_owned();
        Ok(Self { from: config.mail_from.clone(), host, way })
    }

    /// The folder of `.eml` files, if that is the transport.
    pub fn folder(&self) -> Option<&Path> {
        match &self.way {
            Way::Folder(folder) => Some(folder),
            Way::Smtp(_) => None,
        }
    }

    /// Hands one mail over. Its Message-ID and file name come from `id`: a second attempt is recognisable as the same mail.
    pub async fn send(
        &self,
        id: Uuid,
        to: &str,
        subject: &str,
        body: &str,
        now: OffsetDateTime,
    ) -> Result<(), Failure> {
        let message = self.message(id, to, subject, body, now).map_err(|e| Failure::Permanent(e.to_string()))?;
        match &self.way {
            Way::Folder(folder) => {
                write(folder, id, message.formatted()).await.map_err(|e| Failure::Temporary(e.to_string()))
            }
            Way::Smtp(smtp) => match tokio::time::timeout(PATIENCE, smtp.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                // The server's answer may quote the recipient: only its code is kept.
                Ok(Err(e)) if e.is_permanent() => Err(Failure::Permanent(status(&e))),
                Ok(Err(e)) => Err(Failure::Temporary(status(&e))),
                Err(_) => Err(Failure::Temporary("the mail server is too slow".into())),
            },
        }
    }

    fn message(&self, id: Uuid, to: &str, subject: &str, body: &str, now: OffsetDateTime) -> anyhow::Result<Message> {
        let date: std::time::SystemTime = now.into();
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to.parse()?)
            .subject(subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .header(ContentType::TEXT_PLAIN)
            .body(body.to_owned())?)
    }

    /// Removes mails older than 7 days, half-written ones included, from the folder (privacy.md); returns how many.
    pub fn sweep(&self, now: OffsetDateTime) -> std::io::Result<usize> {
        let Some(folder) = self.folder() else { return Ok(0) };
        let mut removed = 0;
        for entry in std::fs::read_dir(folder)?.flatten() {
            // What another server removed meanwhile is gone, too.
            let Ok(written) = entry.metadata().and_then(|m| m.modified()) else { continue };
            let is_mail = entry.path().extension().is_some_and(|e| e == "eml" || e == "part");
            if is_mail && OffsetDateTime::from(written) < now - Duration::days(7) {
                removed += usize::from(std::fs::remove_file(entry.path()).is_ok());
            }
        }
        Ok(removed)
    }
}

fn status(error: &lettre::transport::smtp::Error) -> String {
    error.status().map_or_else(|| "no connection to the mail server".into(), |code| format!("SMTP {code}"))
}

async fn write(folder: &Path, id: Uuid, bytes: Vec<u8>) -> std::io::Result<()> {
    let part = folder.join(format!("{id}.part"));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, folder.join(format!("{id}.eml"))).await
}
