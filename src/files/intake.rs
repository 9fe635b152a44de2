//! Taking a file of a form: counted while it arrives, recognised by its content, pictures drawn anew, PDFs looked through.
//! What comes of it is whole and checked, and nobody's yet: whoever refers to it keeps it, or a day later it is swept.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::picture::{self, Fault, Format};
use super::{Draft, Files, blob, pdf};
use crate::id::{AccountId, BlobId};

/// The largest file, in bytes: 10 MB.
pub const LONGEST: i64 = 10 * 1024 * 1024;
/// Bytes that show what a file is.
const HEAD: u64 = 512;
/// A PDF's table is announced so close to its end.
const TAIL: u64 = 2048;
const PDF: &str = "application/pdf";

/// What a form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Pdf,
    PdfOrPicture,
}

impl Wanted {
    /// The other way on, where there is one.
    fn or_photo(self) -> &'static str {
        match self {
            Self::Pdf => "",
            Self::PdfOrPicture => " oder lade ein Foto hoch",
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was chosen, or there is nothing in it.
    Empty,
    /// More than [`LONGEST`].
    TooLong,
    /// Not what is asked for.
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
    pub fn sentence(self, wanted: Wanted) -> String {
        match (self, wanted) {
            (Self::Empty, _) => "Bitte wähle eine Datei; in dieser ist nichts.".into(),
            (Self::TooLong, Wanted::Pdf) => {
                "Die Datei ist größer als 10 MB. Mit kleineren Bildern wird sie kleiner.".into()
            }
            (Self::TooLong, Wanted::PdfOrPicture) => {
                "Die Datei ist größer als 10 MB. Ein Foto in normaler Qualität oder ein kleineres PDF genügt.".into()
            }
            (Self::Format, Wanted::Pdf) => "Das ist kein PDF. Speichere den Text bitte als PDF.".into(),
            (Self::Format, Wanted::PdfOrPicture) => {
                "Das ist weder PDF noch JPG noch PNG. Am Telefon genügt ein Foto.".into()
            }
            (Self::TooManyPixels, _) => {
                "Das Bild hat mehr als 30 Millionen Bildpunkte. Bitte fotografiere in normaler Qualität.".into()
            }
            (Self::Broken, _) => {
                "Die Datei ist beschädigt und lässt sich nicht lesen. Bitte lade sie noch einmal hoch.".into()
            }
            (Self::Active, wanted) => format!(
                "In diesem PDF steckt mehr als Seiten: ein Skript, eine Aktion oder eine angehängte Datei. Bitte drucke es als neues PDF{}.",
                wanted.or_photo()
            ),
            (Self::Encrypted, wanted) => format!(
                "Dieses PDF ist verschlüsselt. Bitte speichere es ohne Passwort und Schutz{}.",
                wanted.or_photo()
            ),
            (Self::Unreadable, wanted) => {
                format!("Dieses PDF lässt sich nicht prüfen. Bitte drucke es als neues PDF{}.", wanted.or_photo())
            }
            (Self::Name, _) => {
                "Der Name der Datei enthält Zeichen, die nicht in Dateinamen gehören. Bitte benenne sie um.".into()
            }
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

fn content(head: &[u8], wanted: Wanted) -> Option<Content> {
    match (infer::get(head)?.mime_type(), wanted) {
        (PDF, _) => Some(Content::Pdf),
        ("image/jpeg", Wanted::PdfOrPicture) => Some(Content::Picture(Format::Jpeg)),
        ("image/png", Wanted::PdfOrPicture) => Some(Content::Picture(Format::Png)),
        _ => None,
    }
}

/// A PDF says at its end where its table is: a page of HTML behind a PDF's first line, or half of a PDF, does not.
fn ends_as_pdf(tail: &[u8]) -> bool {
    let has = |word: &[u8]| tail.windows(word.len()).any(|window| window == word);
    has(b"startxref") && has(b"%%EOF")
}

/// A file in the store that was checked; its row is not live yet.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub blob: BlobId,
    pub bytes: i64,
    media_type: &'static str,
}

impl Taken {
    /// Makes the row live; whoever refers to it does so in the same transaction.
    pub async fn keep(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        match blob::go_live(db, self.blob, self.media_type, self.bytes).await? {
            true => Ok(()),
            false => Err(sqlx::Error::RowNotFound),
        }
    }
}

/// Takes the bytes of a file that will be the owner's. Whatever is refused is on the queue of deletion afterwards.
pub async fn receive<E: Into<io::Error>>(
    files: &Files,
    db: &PgPool,
    (owner, wanted): (AccountId, Wanted),
    body: impl Stream<Item = Result<Bytes, E>>,
    now: OffsetDateTime,
) -> Result<Result<Taken, Refusal>, sqlx::Error> {
    let draft = files.begin(db, owner, now).await?;
    let raw = draft.id;
    let result = match arrive(files, draft, body).await {
        Ok(Ok(bytes)) => recognise(files, db, (raw, owner, wanted), bytes, now).await,
        Ok(Err(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    };
    // Of a picture, what was drawn anew is kept, and what was sent is not.
    if !matches!(&result, Ok(Ok(taken)) if taken.blob == raw) {
        blob::doom(&mut *db.acquire().await?, &[raw], now).await?;
    }
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
    (raw, owner, wanted): (BlobId, AccountId, Wanted),
    bytes: i64,
    now: OffsetDateTime,
) -> Result<Result<Taken, Refusal>, sqlx::Error> {
    let length = bytes.unsigned_abs();
    let head = files.read(raw, 0..HEAD.min(length)).await?;
    match content(&head, wanted) {
        None => Ok(Err(Refusal::Format)),
        Some(Content::Pdf) => {
            let tail = files.read(raw, length.saturating_sub(TAIL)..length).await?;
            if !ends_as_pdf(&tail) {
                return Ok(Err(Refusal::Broken));
            }
            let whole = Taken { blob: raw, media_type: PDF, bytes };
            Ok(files.look_through(raw, length).await?.map(|()| whole).map_err(Into::into))
        }
        Some(Content::Picture(format)) => match files.redraw(raw, length, format).await? {
            Err(fault) => Ok(Err(fault.into())),
            Ok(drawn) => {
                let draft = files.begin(db, owner, now).await?;
                let bytes = drawn.len() as i64;
                files.put(draft, drawn.into()).await?;
                Ok(Ok(Taken { blob: draft.id, media_type: picture::MEDIA_TYPE, bytes }))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_content() {
        let (pdf, png) = (&b"%PDF-1.7\n%abcd"[..], &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]);
        let (jpeg, both) = (b"\xff\xd8\xff\xe0\0\x10JFIF", Wanted::PdfOrPicture);
        assert_eq!(content(pdf, both), Some(Content::Pdf));
        assert_eq!(content(png, both), Some(Content::Picture(Format::Png)));
        assert_eq!(content(jpeg, both), Some(Content::Picture(Format::Jpeg)));
        assert_eq!(content(pdf, Wanted::Pdf), Some(Content::Pdf));
        assert_eq!((content(png, Wanted::Pdf), content(jpeg, Wanted::Pdf)), (None, None));
        for other in
            [&b"<svg xmlns=\"http://www.w3.org/2000/svg\">"[..], b"<html>", b"GIF89a", b"PK\x03\x04", b"MZ", b"x"]
        {
            assert_eq!(content(other, both), None);
        }
    }

    #[test]
    fn a_pdf_has_an_end() {
        assert!(ends_as_pdf(b"trailer <<>>\nstartxref\n123\n%%EOF\n"));
        assert!(!ends_as_pdf(b"<html>%%EOF</html>"));
        assert!(!ends_as_pdf(b""));
    }
}
