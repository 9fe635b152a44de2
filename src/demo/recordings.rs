//! The recorded introductions of the demo: colour bars and tones, through the store as any other upload.

use bytes::Bytes;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::applications::introduction::Kind;
use crate::files::blob;
use crate::id::{AccountId, BlobId};
use crate::portal::Portal;

/// What there is (see media/README.md): kind, content, media type, length in milliseconds.
const MEDIA: [(Kind, &[u8], &str, i32); 2] = [
    (Kind::Video, include_bytes!("media/colour-bars.webm"), "video/webm", 3000),
    (Kind::Audio, include_bytes!("media/tone.webm"), "audio/webm", 4000),
];
/// How many of each.
const EACH: usize = 8;

/// A stored recording that belongs to nobody yet; its key is its own.
pub struct Stored {
    blob: BlobId,
    media: usize,
}

/// Puts the recordings into the store. Their rows are there before the objects, whatever becomes of the demo's
/// transaction: what it does not take is swept.
pub async fn store(portal: &Portal, now: OffsetDateTime) -> anyhow::Result<Vec<Stored>> {
    let mut stored = Vec::new();
    for media in (0..MEDIA.len()).cycle().take(EACH * MEDIA.len()) {
        let draft = portal.files.begin(&portal.db, AccountId::new(), now).await?;
        portal.files.put(draft, Bytes::from_static(MEDIA[media].1)).await?;
        stored.push(Stored { blob: draft.id, media });
    }
    Ok(stored)
}

/// Lets recordings take the place of every second written introduction, as far as they reach.
pub async fn create(db: &mut PgConnection, stored: &[Stored]) -> anyhow::Result<()> {
    let written = sqlx::query_scalar!("select application_id from introduction order by sent_at desc, application_id")
        .fetch_all(&mut *db)
        .await?;
    for (recording, application) in stored.iter().zip(written.into_iter().step_by(2)) {
        introduce(db, application, recording).await?;
    }
    Ok(())
}

async fn introduce(db: &mut PgConnection, application: Uuid, recording: &Stored) -> anyhow::Result<()> {
    let (kind, content, media_type, length_ms) = MEDIA[recording.media];
    blob::go_live(&mut *db, recording.blob, media_type, i64::try_from(content.len())?).await?;
    sqlx::query!(
        "update introduction set kind = $2, body = null, blob_id = $3, length_ms = $4 where application_id = $1",
        application,
        kind as Kind,
        recording.blob.0,
        length_ms,
    )
    .execute(db)
    .await?;
    Ok(())
}
