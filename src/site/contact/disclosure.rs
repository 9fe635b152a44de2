//! What somebody wrote through the contact form, for the copy of their data: found by the address of their account.

use sqlx::PgConnection;

use crate::retention::disclosure::{Table, record};

/// Messages from this address, and the answers to them.
pub async fn of(db: &mut PgConnection, email: &str) -> Result<Vec<Table>, sqlx::Error> {
    let messages = sqlx::query!(
        "select name, email, subject, body, received_at, answered_at from contact_message
         where lower(email) = lower($1) order by received_at",
        email
    )
    .fetch_all(&mut *db)
    .await?;
    let replies = sqlx::query!(
        "select m.subject, r.at, r.body from contact_reply r join contact_message m on m.id = r.message_id
         where lower(m.email) = lower($1) order by r.at",
        email
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Nachrichten an uns",
            messages.into_iter().map(|m| {
                record! {
                    "Name" => m.name, "E-Mail-Adresse" => m.email, "Betreff" => m.subject, "Nachricht" => m.body,
                    "Eingegangen" => m.received_at, "Beantwortet" => m.answered_at,
                }
            }),
        ),
        Table::new(
            "Unsere Antworten",
            replies.into_iter().map(|r| record! { "Betreff" => r.subject, "Wann" => r.at, "Antwort" => r.body }),
        ),
    ])
}
