//! Handing a mail over: to an SMTP server, or as one `.eml` file into a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::{html, sign_off};
use crate::config::{Config, MailUrl};

/// How long handing over one mail may take in all.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

const LIST_UNSUBSCRIBE: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe");
const LIST_UNSUBSCRIBE_POST: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");

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

/// A mail at hand-over.
#[derive(Debug)]
pub struct Letter<'a> {
    /// Its Message-ID and file name: a second attempt is recognisable as the same mail.
    pub id: Uuid,
    pub to: &'a str,
    pub subject: &'a str,
    /// Plain text.
    pub body: &'a str,
    /// The token with which its recipient signs off from its topic, if the topic is optional.
    pub sign_off: Option<&'a str>,
}

/// How mails leave the portal.
#[derive(Clone)]
pub struct Transport {
    from: Mailbox,
    operator: String,
    base: Url,
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
        let operator = config.operator_name.clone();
        Ok(Self { from: config.mail_from.clone(), operator, base: config.base_url(), way })
    }

    /// The folder of `.eml` files, if that is the transport.
    pub fn folder(&self) -> Option<&Path> {
        match &self.way {
            Way::Folder(folder) => Some(folder),
            Way::Smtp(_) => None,
        }
    }

    /// Hands one mail over.
    pub async fn send(&self, letter: &Letter<'_>, now: OffsetDateTime) -> Result<(), Failure> {
        let message = self.message(letter, now).map_err(|e| Failure::Permanent(e.to_string()))?;
        match &self.way {
            Way::Folder(folder) => {
                write(folder, letter.id, message.formatted()).await.map_err(|e| Failure::Temporary(e.to_string()))
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

    /// Text and HTML of the same content (RFC 2046, multipart/alternative).
    fn message(&self, letter: &Letter<'_>, now: OffsetDateTime) -> anyhow::Result<Message> {
        let date: std::time::SystemTime = now.into();
        let host = self.base.host_str().unwrap_or("localhost");
        let link = letter.sign_off.map(|token| self.base.join(&sign_off::path(token))).transpose()?;
        let text = match &link {
            Some(link) => format!("{}\n\nDiese Art von Mails abbestellen: {link}\n", letter.body.trim_end()),
            None => letter.body.to_owned(),
        };
        let html = html::page(&self.operator, self.base.as_str(), letter, link.as_ref().map(Url::as_str))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(letter.to.parse()?)
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{}@{host}>", letter.id)))
            .multipart(MultiPart::alternative_plain_html(text, html))?;
        // One click in the mail program (RFC 8058), which asks for https; the link in the mail is there in any case.
        if let Some(link) = link.filter(|link| link.scheme() == "https") {
            let headers = message.headers_mut();
            headers.insert_raw(HeaderValue::new(LIST_UNSUBSCRIBE, format!("<{link}>")));
            headers.insert_raw(HeaderValue::new(LIST_UNSUBSCRIBE_POST, "List-Unsubscribe=One-Click".into()));
        }
        Ok(message)
    }

    /// Removes mails written before this instant, half-written ones included, from the folder; returns how many.
    pub fn sweep(&self, before: OffsetDateTime) -> std::io::Result<usize> {
        let Some(folder) = self.folder() else { return Ok(0) };
        let mut removed = 0;
        for entry in std::fs::read_dir(folder)?.flatten() {
            // What another server removed meanwhile is gone, too.
            let Ok(written) = entry.metadata().and_then(|m| m.modified()) else { continue };
            let is_mail = entry.path().extension().is_some_and(|e| e == "eml" || e == "part");
            if is_mail && OffsetDateTime::from(written) < before {
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
