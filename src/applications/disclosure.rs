//! What the applications know of a person, for the copy of their data: notes and opinions, too. Who of the house wrote or
//! looked is not named: those are the data of somebody else.

use sqlx::PgConnection;

use super::application::State;
use super::form::profile::Trade;
use super::introduction::Kind;
use super::opinion::Verdict;
use super::pipeline;
use crate::campaigns::{country, language};
use crate::id::{ApplicantId, BlobId};
use crate::retention::disclosure::{Attachment, Table, record};

/// The profile and every application with all that hangs on it.
pub async fn of(db: &mut PgConnection, applicant: ApplicantId) -> Result<Vec<Table>, sqlx::Error> {
    let mut tables = vec![profile(db, applicant).await?];
    tables.extend(applications(db, applicant).await?);
    tables.push(introductions(db, applicant).await?);
    tables.extend(judgements(db, applicant).await?);
    tables.extend(interviews(db, applicant).await?);
    tables.extend(traces(db, applicant).await?);
    Ok(tables)
}

async fn profile(db: &mut PgConnection, applicant: ApplicantId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select confirmed_at, phone, place, country, languages, has_windows, has_headset, has_lan, has_line, has_room,
                  trade as "trade: Trade", other_clients, experience, created_at, updated_at
           from applicant where id = $1"#,
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(Table::new(
        "Profil der Bewerbung",
        rows.into_iter().map(|p| {
            record! {
                "Adresse bestätigt" => p.confirmed_at, "Telefon" => p.phone, "Ort" => p.place,
                "Land" => p.country.as_deref().map(country::name),
                "Sprachen" => p.languages.iter().map(|tag| language::name(tag).to_owned()).collect::<Vec<_>>(),
                "Windows" => p.has_windows, "Headset" => p.has_headset, "LAN-Kabel" => p.has_lan, "Leitung" => p.has_line,
                "Abschließbarer Raum" => p.has_room, "Gewerbe" => p.trade.map(Trade::label),
                "Weitere Auftraggeber" => p.other_clients, "Erfahrung" => p.experience,
                "Begonnen" => p.created_at, "Zuletzt geändert" => p.updated_at,
            }
        }),
    ))
}

async fn applications(db: &mut PgConnection, applicant: ApplicantId) -> Result<Vec<Table>, sqlx::Error> {
    let applications = sqlx::query!(
        r#"select p.title, c.client, a.state as "state: State", a.created_at, a.edited_at, a.submitted_at, a.submitted_on,
                  a.introduced_at, a.review_started_at, a.due_on, a.offered_at, a.decided_at, a.withdrawn_at, a.refusal
           from application a join posting p on p.campaign_id = a.campaign_id join campaign c on c.id = a.campaign_id
           where a.applicant_id = $1 order by a.created_at"#,
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let answers = sqlx::query!(
        "select p.title, q.wording, v.value from answer v join application a on a.id = v.application_id
         join question q on q.id = v.question_id join posting p on p.campaign_id = a.campaign_id
         where a.applicant_id = $1 order by a.created_at, q.position",
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let consents = sqlx::query!(
        "select p.title, c.text_version, c.granted_at, c.withdrawn_at from consent c
         join application a on a.id = c.application_id join posting p on p.campaign_id = a.campaign_id
         where a.applicant_id = $1 order by c.granted_at",
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let steps = sqlx::query!(
        "select p.title, s.at, case s.kind when 'review' then 'Prüfung begonnen' when 'asked' then 'Rückfrage gestellt'
                when 'invited' then 'eingeladen' when 'talked' then 'gesprochen' when 'offered' then 'Zusage angeboten'
                when 'accepted' then 'angenommen' when 'declined' then 'Angebot abgelehnt' when 'refused' then 'abgesagt'
                else 'Zieltag gesetzt' end as step
         from application_step s join application a on a.id = s.application_id join posting p on p.campaign_id = a.campaign_id
         where a.applicant_id = $1 order by s.id",
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Bewerbungen",
            applications.into_iter().map(|a| {
                record! {
                    "Stelle" => a.title, "Auftraggeber" => a.client, "Stand" => pipeline::label(a.state), "Begonnen" => a.created_at,
                    "Zuletzt geändert" => a.edited_at, "Abgeschickt" => a.submitted_at, "Beginn der Frist" => a.submitted_on,
                    "Vorstellung geschickt" => a.introduced_at, "Prüfung begonnen" => a.review_started_at,
                    "Antwort geplant bis" => a.due_on, "Zusage angeboten" => a.offered_at, "Entschieden" => a.decided_at,
                    "Zurückgezogen" => a.withdrawn_at, "Grund der Absage" => a.refusal,
                }
            }),
        ),
        Table::new(
            "Antworten",
            answers.into_iter().map(|a| record! { "Stelle" => a.title, "Frage" => a.wording, "Antwort" => a.value }),
        ),
        Table::new(
            "Einwilligungen",
            consents.into_iter().map(|c| {
                record! {
                    "Stelle" => c.title, "Wozu" => "Bewerbung länger behalten", "Fassung des Textes" => c.text_version,
                    "Erteilt" => c.granted_at, "Widerrufen" => c.withdrawn_at,
                }
            }),
        ),
        Table::new(
            "Verlauf",
            steps.into_iter().map(|s| record! { "Stelle" => s.title, "Wann" => s.at, "Was" => s.step }),
        ),
    ])
}

async fn introductions(db: &mut PgConnection, applicant: ApplicantId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.title, i.kind as "kind: Kind", i.body, i.length_ms, i.sent_at, b.id as "blob?: BlobId",
                  b.media_type, b.bytes as "bytes?"
           from introduction i join application a on a.id = i.application_id join posting p on p.campaign_id = a.campaign_id
           left join blob b on b.id = i.blob_id and b.state = 'live'
           where a.applicant_id = $1 order by i.sent_at"#,
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(Table::new(
        "Vorstellungen",
        rows.into_iter().enumerate().map(|(at, i)| {
            let ending = super::introduction::ending(i.media_type.as_deref().unwrap_or_default());
            let file = i.blob.zip(i.bytes).map(|(blob, bytes)| Attachment {
                name: format!("vorstellung-{}.{ending}", at + 1),
                blob,
                bytes: bytes.unsigned_abs(),
            });
            record! {
                "Stelle" => i.title, "Art" => i.kind.label(), "Text" => i.body, "Datei" => file,
                "Länge in Millisekunden" => i.length_ms, "Geschickt" => i.sent_at,
            }
        }),
    ))
}

async fn judgements(db: &mut PgConnection, applicant: ApplicantId) -> Result<Vec<Table>, sqlx::Error> {
    let notes = sqlx::query!(
        "select p.title, n.at, n.body from note n join application a on a.id = n.application_id
         join posting p on p.campaign_id = a.campaign_id where a.applicant_id = $1 order by n.at",
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let opinions = sqlx::query!(
        r#"select p.title, o.at, o.service as "service: Verdict", o.language as "language: Verdict", o.clarity as "clarity: Verdict",
                  o.equipment as "equipment: Verdict", o.overall as "overall: Verdict", o.body
           from opinion o join application a on a.id = o.application_id join posting p on p.campaign_id = a.campaign_id
           where a.applicant_id = $1 order by o.at"#,
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Notizen zu deinen Bewerbungen",
            notes.into_iter().map(|n| record! { "Stelle" => n.title, "Wann" => n.at, "Notiz" => n.body }),
        ),
        Table::new(
            "Einschätzungen zu deinen Bewerbungen",
            opinions.into_iter().map(|o| {
                record! {
                    "Stelle" => o.title, "Wann" => o.at, "Freude am Service" => o.service.key(), "Sprache" => o.language.key(),
                    "Klarheit" => o.clarity.key(), "Ausstattung" => o.equipment.key(), "Insgesamt" => o.overall.key(),
                    "In Worten" => o.body,
                }
            }),
        ),
    ])
}

async fn interviews(db: &mut PgConnection, applicant: ApplicantId) -> Result<Vec<Table>, sqlx::Error> {
    let rows = sqlx::query!(
        "select p.title, s.starts_at, s.ends_at, s.place, s.cancellation, i.chosen_at, i.reminded_at, i.ended_at,
                case i.ending when 'moved' then 'verlegt' when 'cancelled_by_applicant' then 'von dir abgesagt'
                     when 'cancelled_by_staff' then 'von uns abgesagt' when 'application_ended' then 'Bewerbung beendet' end as ending
         from interview i join interview_slot s on s.id = i.slot_id join application a on a.id = i.application_id
         join posting p on p.campaign_id = a.campaign_id where a.applicant_id = $1 order by i.chosen_at",
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![Table::new(
        "Kennenlerngespräche",
        rows.into_iter().map(|i| {
            record! {
                "Stelle" => i.title, "Beginn" => i.starts_at, "Ende" => i.ends_at, "Wo" => i.place, "Gewählt" => i.chosen_at,
                "Erinnert" => i.reminded_at, "Beendet" => i.ended_at, "Wodurch" => i.ending, "Grund der Absage" => i.cancellation,
            }
        }),
    )])
}

async fn traces(db: &mut PgConnection, applicant: ApplicantId) -> Result<Vec<Table>, sqlx::Error> {
    let checks = sqlx::query!(
        "select e.at, e.down_kbit, e.up_kbit, e.latency_ms, e.jitter_ms, e.microphone, e.camera, e.system
         from equipment_check e join application a on a.id = e.application_id where a.applicant_id = $1 order by e.at",
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let views = sqlx::query!(
        "select p.title, v.at from view_log v join application a on a.id = v.application_id
         join posting p on p.campaign_id = a.campaign_id where a.applicant_id = $1 order by v.id",
        applicant.0
    )
    .fetch_all(&mut *db)
    .await?;
    let uploads = sqlx::query!(
        "select created_at, length, received, completed_at, expires_at from upload where account_id = $1 order by created_at",
        applicant.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Technik-Checks",
            checks.into_iter().map(|c| {
                record! {
                    "Wann" => c.at, "Herunterladen in kbit/s" => c.down_kbit, "Hochladen in kbit/s" => c.up_kbit,
                    "Antwortzeit in ms" => c.latency_ms, "Schwankung in ms" => c.jitter_ms, "Mikrofon" => c.microphone,
                    "Kamera" => c.camera, "System" => c.system,
                }
            }),
        ),
        Table::new(
            "Ansichten deiner Vorstellung",
            views.into_iter().map(
                |v| record! { "Stelle" => v.title, "Wann" => v.at, "Von wem" => "jemand, der Bewerbungen bearbeitet" },
            ),
        ),
        Table::new(
            "Begonnene Uploads",
            uploads.into_iter().map(|u| {
                record! {
                    "Begonnen" => u.created_at, "Bytes" => u.length, "Angekommen" => u.received,
                    "Abgeschlossen" => u.completed_at, "Gelöscht ab" => u.expires_at,
                }
            }),
        ),
    ])
}
