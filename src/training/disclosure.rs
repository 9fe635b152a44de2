//! What trainings know of a freelancer, for the copy of their data.

use sqlx::PgConnection;

use super::enrolment::State;
use crate::id::FreelancerId;
use crate::retention::disclosure::{Table, record};

/// Enrolments, days taken part in, results, first shifts, and being a mentor.
pub async fn of(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let mut tables = courses(db, freelancer).await?;
    tables.extend(first_shifts(db, freelancer).await?);
    Ok(tables)
}

async fn courses(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let enrolments = sqlx::query!(
        r#"select c.title, t.place, e.state as "state: State", e.joined_at, e.offered_until, e.enrolled_at, e.ended_at,
                  e.reminded_at, e.result_at, e.word
           from enrolment e join course c on c.id = e.course_id join training_date t on t.id = e.date_id
           where e.freelancer_id = $1 order by e.joined_at"#,
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let days = sqlx::query!(
        "select c.title, d.starts_at, d.ends_at, a.noted_at from attended_day a join enrolment e on e.id = a.enrolment_id
         join training_day d on d.id = a.day_id join course c on c.id = e.course_id
         where e.freelancer_id = $1 order by d.starts_at",
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Schulungen",
            enrolments.into_iter().map(|e| {
                record! {
                    "Schulung" => e.title, "Wo" => e.place, "Stand" => e.state.label(), "Eingetragen" => e.joined_at,
                    "Platz angeboten bis" => e.offered_until, "Angemeldet" => e.enrolled_at, "Beendet" => e.ended_at,
                    "Erinnert" => e.reminded_at, "Ergebnis" => e.result_at, "Wort dazu" => e.word,
                }
            }),
        ),
        Table::new(
            "Schulungstage, an denen du teilgenommen hast",
            days.into_iter().map(|d| {
                record! {
                    "Schulung" => d.title, "Beginn" => d.starts_at, "Ende" => d.ends_at, "Eingetragen" => d.noted_at,
                }
            }),
        ),
    ])
}

async fn first_shifts(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let passed = sqlx::query!(
        "select c.name, r.passed_at from training_result r join campaign c on c.id = r.campaign_id
         where r.freelancer_id = $1 order by r.passed_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let sign_offs = sqlx::query!(
        "select c.name, case s.result when 'passed' then 'geschafft' else 'noch einmal' end as result, s.word, s.signed_at,
                s.freelancer_id = $1 as own
         from sign_off s join campaign c on c.id = s.campaign_id
         where s.freelancer_id = $1 or s.signed_by = $1 order by s.signed_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let mentors = sqlx::query!(
        "select c.name, m.offered_at, m.confirmed_at, m.withdrawn_at from mentor m join campaign c on c.id = m.campaign_id
         where m.freelancer_id = $1 order by m.offered_at",
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Bestandene Schulungen",
            passed.into_iter().map(|p| record! { "Kampagne" => p.name, "Bestanden" => p.passed_at }),
        ),
        Table::new(
            "Rückmeldungen zu ersten Schichten",
            sign_offs.into_iter().map(|s| {
                let whose = if s.own.unwrap_or_default() { "zu deiner Schicht" } else { "von dir geschrieben" };
                record! {
                    "Kampagne" => s.name, "Rückmeldung" => whose, "Ergebnis" => s.result, "Wort" => s.word, "Wann" => s.signed_at,
                }
            }),
        ),
        Table::new(
            "Pat*in für",
            mentors.into_iter().map(|m| {
                record! {
                    "Kampagne" => m.name, "Angeboten" => m.offered_at, "Bestätigt" => m.confirmed_at,
                    "Zurückgezogen" => m.withdrawn_at,
                }
            }),
        ),
    ])
}
