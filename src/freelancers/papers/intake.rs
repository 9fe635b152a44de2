//! Taking a paper: counted while it arrives, recognised by its content, pictures drawn anew, PDFs looked through. It takes the place of what
//! waits or was returned; what is accepted stays until the new one is accepted, too.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::document::State;
use super::kind::Kind;
use crate::files::picture::{self, Fault, Format};
use crate::files::{Draft, Files, blob, pdf};
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::profile;
use crate::id::{BlobId, DocumentId, FreelancerId};

/// The largest file, in bytes: 10 MB.
pub const LONGEST: i64 = 10 * 1024 * 1024;
/// Bytes that show what a file is.
const HEAD: u64 = 512;
/// A PDF's table is announced so close to its end.
const TAIL: u64 = 2048;

/// Why a paper is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was chosen, or there is nothing in it.
    Empty,
    /// More than [`LONGEST`].
    TooLong,
    /// Neither PDF nor JPG nor PNG.
    Format,
    /// A picture with too many pixels.
    TooManyPixels,
    /// Called a picture or PDF, but broken.
    Broken,
    /// A PDF with a script, an attached file, or an action that starts something.
    Active,
    /// A PDF that nobody can look through without a password.
    Encrypted,
    /// A PDF that cannot be looked through.
    Unreadable,
    /// The file's name is a path or has control characters in it.
    Name,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "Bitte wähle eine Datei; in dieser ist nichts.",
            Self::TooLong => {
                "Die Datei ist größer als 10 MB. Ein Foto in normaler Qualität oder ein kleineres PDF genügt."
            }
            Self::Format => "Das ist weder PDF noch JPG noch PNG. Am Telefon genügt ein Foto.",
            Self::TooManyPixels => {
                "Das Bild hat mehr als 30 Millionen Bildpunkte. Bitte fotografiere in normaler Qualität."
            }
            Self::Broken => "Die Datei ist beschädigt und lässt sich nicht lesen. Bitte lade sie noch einmal hoch.",
            Self::Active => {
                "In diesem PDF steckt mehr als Seiten: ein Skript, eine Aktion oder eine angehängte Datei. Bitte drucke es als neues PDF oder lade ein Foto hoch."
            }
            Self::Encrypted => {
                "Dieses PDF ist verschlüsselt. Bitte speichere es ohne Passwort und Schutz oder lade ein Foto hoch."
            }
            Self::Unreadable => {
                "Dieses PDF lässt sich nicht prüfen. Bitte drucke es als neues PDF oder lade ein Foto hoch."
            }
            Self::Name => "Der Name der Datei enthält Zeichen, die nicht in Dateinamen gehören. Bitte benenne sie um.",
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooManyPixels => Self::TooManyPixels,
            Fault::Unreadable => Self::Broken,
        }
    }
}

impl From<pdf::Fault> for Refusal {
    fn from(fault: pdf::Fault) -> Self {
        match fault {
            pdf::Fault::Active => Self::Active,
            pdf::Fault::Encrypted => Self::Encrypted,
            pdf::Fault::Unreadable => Self::Unreadable,
        }
    }
}

/// Names are never used; one that tries to be more than a name shows that something is wrong with the file.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let is_odd = name.chars().any(|c| c == '/' || c == '\\' || c.is_control()) || name == "..";
    if is_odd { Err(Refusal::Name) } else { Ok(()) }
}

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Pdf,
    Picture(Format),
}

fn content(head: &[u8]) -> Option<Content> {
    match infer::get(head)?.mime_type() {
        "application/pdf" => Some(Content::Pdf),
        "image/jpeg" => Some(Content::Picture(Format::Jpeg)),
        "image/png" => Some(Content::Picture(Format::Png)),
        _ => None,
    }
}

/// A PDF says at its end where its table is: a page of HTML behind a PDF's first line, or half of a PDF, does not.
fn ends_as_pdf(tail: &[u8]) -> bool {
    let has = |word: &[u8]| tail.windows(word.len()).any(|window| window == word);
    has(b"startxref") && has(b"%%EOF")
}

/// A file in the store that may become a paper.
struct Stored {
    blob: BlobId,
    media_type: &'static str,
    bytes: i64,
}

/// Takes the bytes of a file as a paper of this kind. `scanned`: it waits until the virus scanner has called it clean.
pub async fn receive<E: Into<io::Error>>(
    files: &Files,
    db: &PgPool,
    (freelancer, kind): (FreelancerId, Kind),
    body: impl Stream<Item = Result<Bytes, E>>,
    scanned: bool,
    now: OffsetDateTime,
) -> Result<Result<DocumentId, Refusal>, sqlx::Error> {
    let draft = files.begin(db, freelancer.into(), now).await?;
    let raw = draft.id;
    let result = match arrive(files, draft, body).await {
        Ok(Ok(bytes)) => recognise(files, db, (raw, freelancer), bytes, now).await,
        Ok(Err(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    };
    let mut tx = db.begin().await?;
    let result = match result {
        Ok(Ok(stored)) => {
            if stored.blob != raw {
                blob::doom(&mut tx, &[raw], now).await?;
            }
            Ok(Ok(hand_in(&mut tx, (freelancer, kind), &stored, scanned, now).await?))
        }
        failed => {
            blob::doom(&mut tx, &[raw], now).await?;
            failed.map(|refused| refused.map(|stored| DocumentId(stored.blob.0)))
        }
    };
    tx.commit().await?;
    result
}

/// Writes the bytes into the store as they come; returns how many there were.
async fn arrive<E: Into<io::Error>>(
    files: &Files,
    draft: Draft,
    body: impl Stream<Item = Result<Bytes, E>>,
) -> io::Result<Result<i64, Refusal>> {
    let counted = AtomicI64::new(0);
    let body = body.map(|next| {
        let next = next.map_err(Into::into)?;
        let length = next.len() as i64;
        let before = counted.fetch_add(length, Ordering::Relaxed);
        if before + length > LONGEST { Err(io::Error::other("too long")) } else { Ok(next) }
    });
    let written = files.write(draft, body).await;
    match (counted.into_inner(), written) {
        (bytes, _) if bytes > LONGEST => Ok(Err(Refusal::TooLong)),
        (_, Err(error)) => Err(error),
        (0, Ok(())) => Ok(Err(Refusal::Empty)),
        (bytes, Ok(())) => Ok(Ok(bytes)),
    }
}

/// What the file is, and what is kept of it: a PDF as it is, of a picture the pixels.
async fn recognise(
    files: &Files,
    db: &PgPool,
    (raw, freelancer): (BlobId, FreelancerId),
    bytes: i64,
    now: OffsetDateTime,
) -> Result<Result<Stored, Refusal>, sqlx::Error> {
    let length = bytes.unsigned_abs();
    let head = files.read(raw, 0..HEAD.min(length)).await?;
    match content(&head) {
        None => Ok(Err(Refusal::Format)),
        Some(Content::Pdf) => {
            let tail = files.read(raw, length.saturating_sub(TAIL)..length).await?;
            if !ends_as_pdf(&tail) {
                return Ok(Err(Refusal::Broken));
            }
            let whole = Stored { blob: raw, media_type: "application/pdf", bytes };
            Ok(files.look_through(raw, length).await?.map(|()| whole).map_err(Into::into))
        }
        Some(Content::Picture(format)) => match files.redraw(raw, length, format).await? {
            Err(fault) => Ok(Err(fault.into())),
            Ok(drawn) => {
                let draft = files.begin(db, freelancer.into(), now).await?;
                let bytes = drawn.len() as i64;
                files.put(draft, drawn.into()).await?;
                Ok(Ok(Stored { blob: draft.id, media_type: picture::MEDIA_TYPE, bytes }))
            }
        },
    }
}

/// Writes the row; what waited or was returned before gives way.
async fn hand_in(
    db: &mut PgConnection,
    (freelancer, kind): (FreelancerId, Kind),
    stored: &Stored,
    scanned: bool,
    now: OffsetDateTime,
) -> Result<DocumentId, sqlx::Error> {
    profile::lock(&mut *db, freelancer).await?;
    if !blob::go_live(&mut *db, stored.blob, stored.media_type, stored.bytes).await? {
        return Err(sqlx::Error::RowNotFound);
    }
    sqlx::query!(
        "update document set state = 'replaced', replaced_at = $3
         where freelancer_id = $1 and kind = $2 and state in ('quarantined', 'submitted', 'refused')",
        freelancer.0,
        kind as Kind,
        now,
    )
    .execute(&mut *db)
    .await?;
    let id = DocumentId::new();
    let state = if scanned { State::Quarantined } else { State::Submitted };
    sqlx::query!(
        "insert into document (id, freelancer_id, kind, state, blob_id, submitted_at) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        freelancer.0,
        kind as Kind,
        state as State,
        stored.blob.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    let step = Note {
        freelancer,
        campaign: None,
        event: Event::DocumentSubmitted,
        by: Some(freelancer.into()),
        note: Some(kind.label()),
    };
    history::note(db, step, now).await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_content() {
        assert_eq!(content(b"%PDF-1.7\n%abcd"), Some(Content::Pdf));
        assert_eq!(content(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(Content::Picture(Format::Png)));
        assert_eq!(content(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(Content::Picture(Format::Jpeg)));
        for other in
            [&b"<svg xmlns=\"http://www.w3.org/2000/svg\">"[..], b"<html>", b"GIF89a", b"PK\x03\x04", b"MZ", b"x"]
        {
            assert_eq!(content(other), None);
        }
    }

    #[test]
    fn a_pdf_has_an_end() {
        assert!(ends_as_pdf(b"trailer <<>>\nstartxref\n123\n%%EOF\n"));
        assert!(!ends_as_pdf(b"<html>%%EOF</html>"));
        assert!(!ends_as_pdf(b""));
    }
}
