//! What accounts and the outbox know of a person, for the copy of their data.

use sqlx::PgConnection;

use super::role::Role;
use crate::id::AccountId;
use crate::mail::Topic;
use crate::retention::disclosure::{Table, record};

/// Account, roles, devices, mails, wishes, what the person did.
pub async fn of(db: &mut PgConnection, account: AccountId) -> Result<Vec<Table>, sqlx::Error> {
    let mut tables = identity(db, account).await?;
    tables.extend(mails(db, account).await?);
    tables.extend(deeds(db, account).await?);
    Ok(tables)
}

async fn identity(db: &mut PgConnection, account: AccountId) -> Result<Vec<Table>, sqlx::Error> {
    let accounts = sqlx::query!(
        "select a.name, a.email, a.created_at, a.access_ended_at, a.password_hash is not null as has_password,
                c.email as new_email, c.expires_at as new_email_until
         from account a left join address_change c on c.account_id = a.id where a.id = $1",
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let roles = sqlx::query!(
        r#"select role as "role: Role", granted_at from account_role where account_id = $1 order by granted_at, role"#,
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let sessions = sqlx::query!(
        "select device, created_at, last_seen_at, expires_at, ended_at, confirmed_at from session
         where account_id = $1 order by created_at",
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let links = sqlx::query!(
        "select case purpose when 'invitation' then 'Einladung' else 'Neues Passwort' end as purpose, created_at, expires_at, used_at
         from link where account_id = $1
         union all
         select 'Zugang zur Bewerbung', created_at, expires_at, used_at from applicant_link where applicant_id = $1
         order by created_at",
        account.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Konto",
            accounts.into_iter().map(|a| {
                record! {
                    "Name" => a.name,
                    "E-Mail-Adresse" => a.email,
                    "Angelegt" => a.created_at,
                    "Zugang beendet" => a.access_ended_at,
                    "Passwort gesetzt (gespeichert ist nur eine Prüfsumme)" => a.has_password,
                    "Neue E-Mail-Adresse, noch unbestätigt" => a.new_email,
                    "Bestätigung möglich bis" => a.new_email_until,
                }
            }),
        ),
        Table::new(
            "Rollen",
            roles.into_iter().map(|r| record! { "Rolle" => r.role.label(), "Erhalten" => r.granted_at }),
        ),
        Table::new(
            "Angemeldete Geräte",
            sessions.into_iter().map(|s| {
                record! {
                    "Gerät" => s.device, "Angemeldet" => s.created_at, "Zuletzt benutzt" => s.last_seen_at,
                    "Passwort zuletzt eingegeben" => s.confirmed_at, "Gilt bis" => s.expires_at, "Abgemeldet" => s.ended_at,
                }
            }),
        ),
        Table::new(
            "Persönliche Links aus Mails",
            links.into_iter().map(|l| {
                record! { "Wofür" => l.purpose, "Erstellt" => l.created_at, "Gilt bis" => l.expires_at, "Benutzt" => l.used_at }
            }),
        ),
    ])
}

async fn mails(db: &mut PgConnection, account: AccountId) -> Result<Vec<Table>, sqlx::Error> {
    let mails = sqlx::query!(
        r#"select topic as "topic: Topic", recipient, subject, body, created_at, sent_at, failed_at, scrubbed_at
           from mail where account_id = $1 order by created_at"#,
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let off = sqlx::query!(
        r#"select topic as "topic: Topic", at from mail_opt_out where account_id = $1 order by at"#,
        account.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Mails an dich",
            mails.into_iter().map(|m| {
                record! {
                    "Thema" => m.topic.label(), "An" => m.recipient, "Betreff" => m.subject, "Text" => m.body,
                    "Geschrieben" => m.created_at, "Verschickt" => m.sent_at, "Nicht zustellbar" => m.failed_at,
                    "Empfänger und Text gelöscht" => m.scrubbed_at,
                }
            }),
        ),
        Table::new(
            "Abbestellte Mails",
            off.into_iter().map(|o| record! { "Thema" => o.topic.label(), "Abbestellt" => o.at }),
        ),
    ])
}

async fn deeds(db: &mut PgConnection, account: AccountId) -> Result<Vec<Table>, sqlx::Error> {
    let wishes = sqlx::query!(
        "select case wish when 'copy' then 'Kopie aller Daten' else 'Löschung' end as wish, requested_at, done_at
         from data_request where account_id = $1 order by requested_at",
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let copies = sqlx::query!(
        "select c.requested_at, c.finished_at, c.expires_at, c.failed_at,
                (select count(*) from data_copy_download d where d.copy_id = c.id) as downloads
         from data_copy c where c.account_id = $1 order by c.requested_at",
        account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let audit = sqlx::query!(
        "select at, action, subject, actor_id = $1 as own from audit
         where actor_id = $1 or position($2 in subject) > 0 order by id",
        account.0,
        account.to_string(),
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Wünsche zu deinen Daten",
            wishes.into_iter().map(|w| {
                record! { "Wunsch" => w.wish, "Geäußert" => w.requested_at, "Erledigt" => w.done_at }
            }),
        ),
        Table::new(
            "Kopien deiner Daten",
            copies.into_iter().map(|c| {
                record! {
                    "Angefordert" => c.requested_at, "Fertig" => c.finished_at, "Da bis" => c.expires_at,
                    "Gescheitert" => c.failed_at, "Heruntergeladen (Anzahl)" => c.downloads,
                }
            }),
        ),
        Table::new(
            "Protokoll der Änderungen",
            audit.into_iter().map(|a| {
                record! {
                    "Wann" => a.at, "Was" => a.action, "Betrifft (Kennnummern)" => a.subject,
                    "Von wem" => if a.own.unwrap_or_default() { "von dir" } else { "von jemand anderem oder dem Portal selbst" },
                }
            }),
        ),
    ])
}
