//! What visitors of the demo wrote: something to answer, something answered, something closed.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::site::contact::message::State;

/// Name, mail address, subject, text, hours ago, state, answer.
type Line = (&'static str, &'static str, &'static str, &'static str, i64, State, &'static str);

const LINES: [Line; 4] = [
    (
        "Juna Petersen",
        "juna@beispiel.example",
        "Gewerbeschein noch nicht da",
        "Guten Tag,\nmein Gewerbeamt braucht noch zwei Wochen. Kann ich mich trotzdem schon bewerben?\nViele Grüße\nJuna",
        5,
        State::Open,
        "",
    ),
    (
        "Mats Beispiel",
        "mats@beispiel.example",
        "Zweiter Bildschirm",
        "Hallo, brauche ich für die Arbeit einen zweiten Bildschirm?",
        29,
        State::Open,
        "",
    ),
    (
        "Ebru Kaplan",
        "ebru@beispiel.example",
        "Von unterwegs arbeiten",
        "Ich bin im Winter oft bei meiner Familie in Österreich. Geht das?",
        76,
        State::Answered,
        "Hallo Ebru,\ndas kommt auf die Kampagne an. In der Stellenausschreibung steht, aus welchen Ländern es geht.",
    ),
    ("Ole Muster", "ole@beispiel.example", "Danke", "Danke für das nette Gespräch gestern.", 120, State::Closed, ""),
];

/// Writes the messages, by the hour at which the demo is loaded.
pub async fn create(db: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    for (name, email, subject, body, hours, state, answer) in LINES {
        let (id, received) = (Uuid::new_v4(), now - Duration::hours(hours));
        let answered = (!answer.is_empty()).then_some(received + Duration::hours(3));
        sqlx::query!(
            "insert into contact_message (id, stamp, name, email, subject, body, received_at, state, answered_at, assigned_to)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9::timestamptz is null then null else a.id end
             from account a where a.email = 'personal@demo.example'",
            id,
            &id.as_bytes()[..],
            name,
            email,
            subject,
            body,
            received,
            state as State,
            answered,
        )
        .execute(&mut *db)
        .await?;
        sqlx::query!(
            "insert into contact_reply (id, message_id, author_id, at, body)
             select $1, $2, a.id, $3::timestamptz, $4 from account a where a.email = 'personal@demo.example' and $3::timestamptz is not null",
            Uuid::new_v4(),
            id,
            answered,
            answer,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
