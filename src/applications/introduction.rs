//! The introduction: video, audio or text, equal in value. It can be replaced until its review begins; what it replaces
//! is deleted at once (privacy.md).

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use super::application::{Application, State};
use super::closing::{self, Fate};
use super::pipeline;
use crate::accounts::limit;
use crate::clock::Zone;
use crate::files::upload::{self, Upload};
use crate::files::{Files, blob, recording};
use crate::id::{AccountId, ApplicationId, BlobId};
use crate::retention::gone;

/// Characters of a written introduction.
pub const LONGEST_TEXT: usize = 6000;
/// Recordings that somebody may begin to send within [`limit::WINDOW`].
const RECORDINGS: i32 = 20;
/// Somebody who looks again within this is still looking.
const ONE_LOOK: Duration = Duration::hours(1);

/// How somebody introduced themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "introduction_kind", rename_all = "snake_case")]
pub enum Kind {
    Video,
    Audio,
    Text,
}

impl Kind {
    /// Its German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Video => "Video",
            Self::Audio => "Audio",
            Self::Text => "Text",
        }
    }
}

/// An introduction that was sent.
#[derive(Debug, Clone)]
pub struct Introduction {
    pub kind: Kind,
    pub body: Option<String>,
    pub blob: Option<BlobId>,
    pub media_type: Option<String>,
    pub bytes: Option<i64>,
    /// Milliseconds, where the browser measured them.
    pub length_ms: Option<i32>,
    pub sent_at: OffsetDateTime,
}

/// Why an introduction is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Staff look at the one that is there.
    Viewed,
    /// It went on without one.
    NotNeeded,
    /// The application is accepted, refused or withdrawn.
    Over,
    /// A legal hold keeps the one that is there.
    Held,
    /// Nothing in it.
    Empty,
    /// More bytes than the settings allow.
    TooLong,
    /// Neither video nor audio in a format that we can play.
    NoRecording,
    /// The file's name is a path or has control characters in it.
    Name,
    /// The same upload was sent twice at once, and the other one was faster.
    Overtaken,
    /// More than [`RECORDINGS`] within [`limit::WINDOW`].
    TooOften,
}

impl Refusal {
    /// Whether another file might be taken.
    pub fn concerns_file(self) -> bool {
        !matches!(self, Self::Viewed | Self::NotNeeded | Self::Over | Self::Held)
    }

    /// The sentence for the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Viewed => "Deine Vorstellung wird schon angesehen und lässt sich nicht mehr ersetzen.",
            Self::NotNeeded => "Für diese Bewerbung brauchen wir keine Vorstellung mehr.",
            Self::Over => "Diese Bewerbung ist abgeschlossen.",
            Self::Held => {
                "Deine Vorstellung müssen wir wegen einer rechtlichen Auseinandersetzung aufheben. So lange lässt sie sich nicht ersetzen."
            }
            Self::Empty => "Die Datei ist leer. Bitte wähle eine andere.",
            Self::TooLong => "Die Datei ist zu groß. Bitte wähle eine kürzere Aufnahme.",
            Self::NoRecording => {
                "Das ist keine Aufnahme, die wir abspielen können. Möglich sind MP4, MOV, WebM, M4A, MP3 und OGG."
            }
            Self::Name => "Der Name der Datei enthält Zeichen, die nicht in Dateinamen gehören. Bitte benenne sie um.",
            Self::Overtaken => "Diese Aufnahme wird gerade schon gesendet.",
            Self::TooOften => "Das waren gerade sehr viele Aufnahmen. Bitte warte eine Viertelstunde.",
        }
    }
}

/// Whether an introduction is taken of an application in this state, whose present one would meet this fate.
///
/// # Errors
/// Why not.
pub fn admit(state: State, review_started_at: Option<OffsetDateTime>, fate: Fate) -> Result<(), Refusal> {
    match (state, fate) {
        _ if !state.is_open() => Err(Refusal::Over),
        (State::Draft | State::New | State::Introduced, _) if review_started_at.is_none() => match fate {
            Fate::Held => Err(Refusal::Held),
            Fate::Absent | Fate::Erased => Ok(()),
        },
        (_, Fate::Absent) => Err(Refusal::NotNeeded),
        _ => Err(Refusal::Viewed),
    }
}

/// Whether an introduction of this application would be taken now; asked before its bytes are received.
pub async fn is_wanted(
    db: impl PgExecutor<'_>,
    application: &Application,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let fate = closing::fate_of(db, application.id, Zone::berlin().date(now)).await?;
    Ok(admit(application.state, application.review_started_at, fate))
}

/// Names are never used; one that tries to be more than a name shows that something is wrong with the file.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let odd = name.chars().any(|c| c == '/' || c == '\\' || c.is_control()) || name == "..";
    if odd { Err(Refusal::Name) } else { Ok(()) }
}

/// Lets a person begin to send a recording, unless they began too many just now.
pub async fn begin(db: &PgPool, account: AccountId, now: OffsetDateTime) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let turn = limit::turn(&mut tx, &format!("recording {account}"), RECORDINGS, now).await?;
    tx.commit().await?;
    Ok(turn.map_err(|_| Refusal::TooOften))
}

/// The introduction of an application.
pub async fn find(db: impl PgExecutor<'_>, application: ApplicationId) -> Result<Option<Introduction>, sqlx::Error> {
    sqlx::query_as!(
        Introduction,
        r#"select i.kind as "kind: Kind", i.body, i.blob_id as "blob: BlobId", b.media_type as "media_type?",
                  b.bytes as "bytes?", i.length_ms, i.sent_at
           from introduction i left join blob b on b.id = i.blob_id where i.application_id = $1"#,
        application.0,
    )
    .fetch_optional(db)
    .await
}

/// What an introduction consists of.
enum Content<'a> {
    Text(&'a str),
    Recording { blob: BlobId, recording: recording::Recording, bytes: i64, length_ms: Option<i32> },
}

/// Writes the introduction, lets go of the one before, and moves the application on.
async fn put(
    db: &mut PgConnection,
    application: ApplicationId,
    content: Content<'_>,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    gone::keep_waiting(&mut *db, application).await?;
    let row = sqlx::query!(
        r#"select state as "state: State", review_started_at from application where id = $1 for update"#,
        application.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(Err(Refusal::Over)) };
    // After the lock: what somebody else sent at the same moment is there by now.
    let fate = closing::fate_of(&mut *db, application, Zone::berlin().date(now)).await?;
    if let Err(refusal) = admit(row.state, row.review_started_at, fate) {
        return Ok(Err(refusal));
    }
    let before = sqlx::query_scalar!(
        r#"delete from introduction where application_id = $1 returning blob_id as "id: BlobId""#,
        application.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    blob::doom(&mut *db, before.flatten().as_slice(), now).await?;
    let (kind, body, file, length_ms) = match content {
        Content::Text(text) => (Kind::Text, Some(text), None, None),
        Content::Recording { blob, recording, bytes, length_ms } => {
            if !blob::go_live(&mut *db, blob, recording.media_type, bytes).await? {
                return Err(sqlx::Error::RowNotFound);
            }
            let video = recording.kind == recording::Kind::Video;
            (if video { Kind::Video } else { Kind::Audio }, None, Some(blob.0), length_ms)
        }
    };
    sqlx::query!(
        "insert into introduction (application_id, kind, body, blob_id, length_ms, sent_at) values ($1, $2, $3, $4, $5, $6)",
        application.0,
        kind as Kind,
        body,
        file,
        length_ms,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update application set introduced_at = $2, edited_at = $2,
             due_on = case when state = 'new' then $3 else due_on end,
             state = case when state = 'new' then 'introduced' else state end where id = $1",
        application.0,
        now,
        pipeline::due_on(State::Introduced, Zone::berlin().date(now)),
    )
    .execute(db)
    .await?;
    Ok(Ok(()))
}

/// Takes a written introduction.
pub async fn write(
    db: &PgPool,
    application: ApplicationId,
    text: &str,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let result = put(&mut tx, application, Content::Text(text), now).await?;
    tx.commit().await?;
    Ok(result)
}

/// Takes a recording whose last bytes have come by an upload.
pub async fn complete(
    files: &Files,
    db: &PgPool,
    application: ApplicationId,
    upload: &Upload,
    tail: Bytes,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let safe = upload.length - tail.len() as i64;
    let blob = upload::compose(files, db, upload, tail, now).await?.id;
    let found = recording::look(files, blob, upload.length.unsigned_abs()).await?;
    let mut tx = db.begin().await?;
    let refusal = match found {
        None => Refusal::NoRecording,
        Some(recording) => {
            let content = Content::Recording { blob, recording, bytes: upload.length, length_ms: upload.length_ms };
            match put(&mut tx, application, content, now).await? {
                Ok(()) if upload::complete(&mut tx, upload.id, safe, now).await? => {
                    tx.commit().await?;
                    return Ok(Ok(()));
                }
                Ok(()) => Refusal::Overtaken,
                Err(refusal) => refusal,
            }
        }
    };
    tx.rollback().await?;
    let mut tx = db.begin().await?;
    blob::doom(&mut tx, &[blob], now).await?;
    if refusal != Refusal::Overtaken {
        upload::discard(&mut tx, upload.id, now).await?;
    }
    tx.commit().await?;
    Ok(Err(refusal))
}

/// Takes a recording of at most `most` bytes that comes as the file of a form: the way without JavaScript.
pub async fn receive<E: Into<io::Error>>(
    files: &Files,
    db: &PgPool,
    (application, applicant): (ApplicationId, AccountId),
    body: impl Stream<Item = Result<Bytes, E>>,
    most: i64,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let draft = files.begin(db, applicant, now).await?;
    let blob = draft.id;
    let counted = AtomicI64::new(0);
    let body = body.map(|next| {
        let next = next.map_err(Into::into)?;
        let before = counted.fetch_add(next.len() as i64, Ordering::Relaxed);
        if before + next.len() as i64 > most { Err(io::Error::other("too long")) } else { Ok(next) }
    });
    let written = files.write(draft, body).await;
    let bytes = counted.into_inner();
    let result = match written {
        Err(_) if bytes > most => Err(Refusal::TooLong),
        Err(error) => {
            doom(db, blob, now).await?;
            return Err(error.into());
        }
        Ok(()) if bytes == 0 => Err(Refusal::Empty),
        Ok(()) => recording::look(files, blob, bytes.unsigned_abs()).await?.ok_or(Refusal::NoRecording),
    };
    let result = match result {
        Ok(recording) => {
            let mut tx = db.begin().await?;
            let content = Content::Recording { blob, recording, bytes, length_ms: None };
            let result = put(&mut tx, application, content, now).await?;
            tx.commit().await?;
            result
        }
        Err(refusal) => Err(refusal),
    };
    if result.is_err() {
        doom(db, blob, now).await?;
    }
    Ok(result)
}

async fn doom(db: &PgPool, blob: BlobId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut connection = db.acquire().await?;
    blob::doom(&mut connection, &[blob], now).await
}

/// Deletes the introduction of a refused or withdrawn application, and what was on its way (privacy.md: at once). Returns
/// whether there was a recording.
pub async fn erase(
    db: &mut PgConnection,
    application: ApplicationId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query_scalar!(
        r#"delete from introduction where application_id = $1 returning blob_id as "id: BlobId""#,
        application.0,
    )
    .fetch_optional(&mut *db)
    .await?
    .flatten();
    upload::discard_of(db, application.0, gone, now).await?;
    Ok(gone.is_some())
}

/// Notes that somebody of staff looks at a recording or text; going on looking is not a second look.
pub async fn note_view(
    db: &PgPool,
    application: ApplicationId,
    viewer: AccountId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into view_log (at, viewer_id, application_id)
         select $1, $2, $3 where not exists (
             select from view_log where application_id = $3 and viewer_id = $2 and at > $4)",
        now,
        viewer.0,
        application.0,
        now - ONE_LOOK,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The ending of a recording's file name.
pub fn ending(media_type: &str) -> &'static str {
    match media_type {
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" | "audio/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/mpeg" => "mp3",
        _ => "ogg",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_introduction_is_taken_until_staff_look_unless_a_hold_keeps_the_one_that_is_there() {
        use Fate::{Absent, Erased, Held};
        let at = OffsetDateTime::UNIX_EPOCH;
        for (state, review_started_at, fate, admitted) in [
            (State::Draft, None, Absent, Ok(())),
            (State::New, None, Absent, Ok(())),
            (State::Introduced, None, Erased, Ok(())),
            (State::Introduced, None, Held, Err(Refusal::Held)),
            (State::Introduced, Some(at), Erased, Err(Refusal::Viewed)),
            (State::Introduced, Some(at), Held, Err(Refusal::Viewed)),
            (State::Invited, None, Absent, Err(Refusal::NotNeeded)),
            (State::Talked, Some(at), Erased, Err(Refusal::Viewed)),
            (State::Withdrawn, None, Absent, Err(Refusal::Over)),
            (State::Refused, Some(at), Held, Err(Refusal::Over)),
            (State::Accepted, Some(at), Erased, Err(Refusal::Over)),
        ] {
            assert_eq!(admit(state, review_started_at, fate), admitted, "{state:?} {review_started_at:?} {fate:?}");
        }
    }

    #[test]
    fn a_name_is_no_path_and_has_no_line_ends() {
        for odd in ["../../etc/passwd", "C:\\video.mp4", "a\r\nSet-Cookie: x=1.mp4", "..", "a\0.mp4"] {
            assert_eq!(check_name(odd), Err(Refusal::Name), "{odd:?}");
        }
        for name in ["Vorstellung (2).mp4", "über mich.webm", ""] {
            assert_eq!(check_name(name), Ok(()));
        }
    }
}
