//! What is kept of a freelancer on the way, for the copy of their data: profile, papers, contracts, briefing, qualifications.

use sqlx::PgConnection;

use super::history::Event;
use super::papers::kind::Kind;
use crate::campaigns::country;
use crate::id::{BlobId, FreelancerId};
use crate::retention::disclosure::{Attachment, Table, record};

/// Everything this feature keeps of the person.
pub async fn of(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let mut tables = vec![profile(db, freelancer).await?];
    tables.extend(papers(db, freelancer).await?);
    tables.extend(confirmations(db, freelancer).await?);
    tables.extend(qualifications(db, freelancer).await?);
    tables.push(history(db, freelancer).await?);
    Ok(tables)
}

async fn profile(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select f.joined_at, p.street as "street?", p.postcode as "postcode?", p.city as "city?", p.country as "country?",
                  p.phone as "phone?", p.has_windows as "has_windows?", p.has_headset as "has_headset?",
                  p.has_lan_cable as "has_lan_cable?", p.has_line as "has_line?", p.has_room as "has_room?",
                  p.is_employed as "is_employed?", p.other_clients, p.vat_id, p.business_id, p.foreign_registration,
                  p.saved_at as "saved_at?"
           from freelancer f left join profile p on p.freelancer_id = f.id where f.id = $1"#,
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(Table::new(
        "Profil",
        rows.into_iter().map(|p| {
            record! {
                "Dabei seit" => p.joined_at, "Straße" => p.street, "Postleitzahl" => p.postcode, "Ort" => p.city,
                "Land" => p.country.as_deref().map(country::name), "Telefon" => p.phone, "Windows" => p.has_windows,
                "Headset" => p.has_headset, "LAN-Kabel" => p.has_lan_cable, "Leitung" => p.has_line,
                "Abschließbarer Raum" => p.has_room, "Außerdem angestellt" => p.is_employed,
                "Weitere Auftraggeber" => p.other_clients, "Umsatzsteuer-ID" => p.vat_id,
                "Wirtschafts-ID" => p.business_id, "Anmeldung im Ausland" => p.foreign_registration,
                "Gespeichert" => p.saved_at,
            }
        }),
    ))
}

async fn papers(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let documents = sqlx::query!(
        r#"select d.kind as "kind: Kind", case d.state when 'quarantined' then 'wird untersucht' when 'submitted' then 'eingereicht'
                  when 'accepted' then 'anerkannt' when 'refused' then 'zurückgegeben' else 'ersetzt' end as state,
                  d.submitted_at, d.decided_at, d.refusal, d.valid_until, d.replaced_at,
                  b.id as "blob?: BlobId", b.media_type, b.bytes as "bytes?"
           from document d left join blob b on b.id = d.blob_id and b.state = 'live'
           where d.freelancer_id = $1 order by d.submitted_at, d.id"#,
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let views = sqlx::query!(
        r#"select d.kind as "kind: Kind", v.at from document_view v join document d on d.id = v.document_id
           where d.freelancer_id = $1 order by v.id"#,
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Unterlagen",
            documents.into_iter().enumerate().map(|(at, d)| {
                let ending = if d.media_type.as_deref() == Some("image/jpeg") { "jpg" } else { "pdf" };
                let file = d.blob.zip(d.bytes).map(|(blob, bytes)| Attachment {
                    name: format!("unterlage-{}-{}.{ending}", at + 1, d.kind.key()),
                    blob,
                    bytes: bytes.unsigned_abs(),
                });
                record! {
                    "Art" => d.kind.label(), "Stand" => d.state, "Datei" => file, "Eingereicht" => d.submitted_at,
                    "Geprüft" => d.decided_at, "Grund der Rückgabe" => d.refusal, "Gültig bis" => d.valid_until,
                    "Ersetzt" => d.replaced_at,
                }
            }),
        ),
        Table::new(
            "Ansichten deiner Unterlagen",
            views.into_iter().map(|v| {
                record! { "Art" => v.kind.label(), "Wann" => v.at, "Von wem" => "jemand, der Unterlagen prüft" }
            }),
        ),
    ])
}

async fn confirmations(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let contracts = sqlx::query!(
        "select c.name, v.title, v.version, k.confirmed_at from contract_confirmation k
         join contract_version v on v.id = k.version_id join campaign c on c.id = v.campaign_id
         where k.freelancer_id = $1 order by k.confirmed_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let briefings = sqlx::query!(
        "select v.title, v.version, k.confirmed_at, null::timestamptz as reminded_at from briefing_confirmation k
         join briefing_version v on v.id = k.version_id where k.freelancer_id = $1
         union all
         select v.title, v.version, null, r.reminded_at from briefing_reminder r
         join briefing_version v on v.id = r.version_id where r.freelancer_id = $1",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let answers = sqlx::query!(
        "select v.version, q.wording, q.answers[q.right_answer] as answer, a.answered_at from briefing_answer a
         join briefing_question q on q.id = a.question_id join briefing_version v on v.id = q.version_id
         where a.freelancer_id = $1 order by v.version, q.position",
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Bestätigte Vertragsunterlagen",
            contracts.into_iter().map(|c| {
                record! { "Kampagne" => c.name, "Titel" => c.title, "Fassung" => c.version, "Bestätigt" => c.confirmed_at }
            }),
        ),
        Table::new(
            "Datenschutz-Unterweisung",
            briefings.into_iter().map(|b| {
                record! {
                    "Titel" => b.title, "Fassung" => b.version, "Bestätigt" => b.confirmed_at, "Erinnert" => b.reminded_at,
                }
            }),
        ),
        Table::new(
            "Richtig beantwortete Fragen der Unterweisung",
            answers.into_iter().map(|a| {
                record! {
                    "Fassung" => a.version, "Frage" => a.wording, "Antwort" => a.answer, "Beantwortet" => a.answered_at,
                }
            }),
        ),
    ])
}

async fn qualifications(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let qualifications = sqlx::query!(
        "select c.name, q.granted_at, q.reason, q.valid_until, q.suspended_at, q.ended_at, q.decision_reason, q.barred_from
         from qualification q join campaign c on c.id = q.campaign_id where q.freelancer_id = $1 order by q.granted_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let preparations = sqlx::query!(
        "select c.name, p.began_at, p.ended_at from preparation p join campaign c on c.id = p.campaign_id
         where p.freelancer_id = $1 order by p.began_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let bars = sqlx::query!(
        "select c.name, b.from_at, case b.cause when 'paper' then 'Unterlage' when 'contract' then 'Vertragsunterlagen'
                else 'Unterweisung' end as cause
         from bar b join campaign c on c.id = b.campaign_id where b.freelancer_id = $1 order by b.from_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let objections = sqlx::query!(
        "select c.name, o.decided_at, o.words, o.raised_at, o.answer, o.answered_at from objection o
         join campaign c on c.id = o.campaign_id where o.freelancer_id = $1 order by o.raised_at",
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Einsatzbereit für",
            qualifications.into_iter().map(|q| {
                record! {
                    "Kampagne" => q.name, "Seit" => q.granted_at, "Begründung" => q.reason, "Gültig bis" => q.valid_until,
                    "Ruht seit" => q.suspended_at, "Beendet" => q.ended_at, "Begründung dafür" => q.decision_reason,
                    "Neue Buchungen gesperrt ab" => q.barred_from,
                }
            }),
        ),
        Table::new(
            "Sperren neuer Buchungen",
            bars.into_iter().map(|b| record! { "Kampagne" => b.name, "Ab" => b.from_at, "Grund" => b.cause }),
        ),
        Table::new(
            "Vorbereitungen",
            preparations.into_iter().map(|p| {
                record! { "Kampagne" => p.name, "Begonnen" => p.began_at, "Beendet" => p.ended_at }
            }),
        ),
        Table::new(
            "Widersprüche",
            objections.into_iter().map(|o| {
                record! {
                    "Kampagne" => o.name, "Gegen die Entscheidung von" => o.decided_at, "Deine Worte" => o.words,
                    "Erhoben" => o.raised_at, "Antwort" => o.answer, "Beantwortet" => o.answered_at,
                }
            }),
        ),
    ])
}

async fn history(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Table, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.at, e.event, e.note, c.name as "name?" from freelancer_event e left join campaign c on c.id = e.campaign_id
           where e.freelancer_id = $1 order by e.id"#,
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    let said = |key: &str| Event::ALL.iter().find(|event| event.key() == key).map(|event| event.label());
    Ok(Table::new(
        "Verlauf",
        rows.into_iter().map(|e| {
            let what = said(&e.event).map_or(e.event.clone(), str::to_owned);
            record! { "Wann" => e.at, "Was" => what, "Kampagne" => e.name, "Bemerkung" => e.note }
        }),
    ))
}
