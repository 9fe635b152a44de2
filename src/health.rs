//! What is late or failing: feeds `/readyz`, the metrics and the banner that staff see.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::policy::{self, Figure};
use crate::retention::{Periods, dossier};

/// Mail that waits longer than this is late.
const MAIL_LATE: Duration = Duration::minutes(30);
/// A recount that is older than this is missing.
const RECOUNT_LATE: Duration = Duration::hours(50);

/// A file that should have been deleted so long ago is stuck (privacy.md).
const DELETION_LATE: Duration = Duration::hours(24);

/// A comparison of store and rows that is older than this is missing.
const COMPARISON_LATE: Duration = Duration::days(8);

/// A paper that has waited so long for the virus scanner is stuck.
const SCAN_LATE: Duration = Duration::minutes(15);

/// So long before a wish for erasure must be carried out, somebody is called: 60 of 72 hours (privacy.md).
pub const WISH_ALARM: Duration = Duration::hours(12);

/// An erasure that last succeeded longer ago is missing (privacy.md).
const ERASURE_LATE: Duration = Duration::hours(26);

/// The figures that health is judged by.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Mails that should have been sent by now.
    pub mail_waiting: i64,
    /// When the oldest of them was written.
    pub mail_oldest: Option<OffsetDateTime>,
    /// Mails that failed for good within the last 24 hours.
    pub mail_failed: i64,
    /// When seat counters were last compared with bookings and enrolments: the older of both.
    pub recounted_at: Option<OffsetDateTime>,
    /// Differences that the last recount found.
    pub recount_differences: i64,
    /// Differences that the last recount of trainings found.
    pub training_differences: i64,
    /// Since when the oldest file or key waits for its deletion.
    pub deletion_oldest: Option<OffsetDateTime>,
    /// Files and keys that the last comparison of store and rows did not find.
    pub files_missing: i64,
    /// Objects without a row that it found too many of to delete them.
    pub files_spared: i64,
    /// When store and rows were last compared.
    pub compared_at: Option<OffsetDateTime>,
    /// When the first file came; before it there is nothing to compare.
    pub first_file_at: Option<OffsetDateTime>,
    /// Since when the oldest paper waits for the virus scanner.
    pub quarantine_oldest: Option<OffsetDateTime>,
    /// When the nightly erasure last succeeded.
    pub erased_at: Option<OffsetDateTime>,
    /// When the first person applied; before it there is nothing to erase.
    pub first_applicant_at: Option<OffsetDateTime>,
    /// People whose erasure failed in that run.
    pub erasure_failed: i64,
    /// Dossiers that still exist though a nightly run should have erased them.
    pub erasure_overdue: i64,
    /// Accounts that can still be told, though a nightly run should have made them anonymous.
    pub accounts_overdue: i64,
    /// Places in which the leftover check found somebody who was erased, and which nobody has cleared yet.
    pub leftovers: i64,
    /// Whether the last check found the ledger of erasures, or its copy, changed.
    pub is_ledger_broken: bool,
    /// Wishes for erasure that come close to what the policy allows: time to look.
    pub wishes_late: i64,
    /// Those of them that stand longer than the policy allows.
    pub wishes_overdue: i64,
    /// Since when the nightly erasure stands still, by a brake.
    pub braked_at: Option<OffsetDateTime>,
    /// Dossiers and accounts that it would have erased.
    pub braked_due: Option<i64>,
    /// When the portal's first campaign came into being; before it nothing can be late.
    pub first_campaign_at: Option<OffsetDateTime>,
}

impl Health {
    /// For how long the oldest file has waited for its deletion.
    pub fn deletion_age(&self, now: OffsetDateTime) -> Duration {
        self.deletion_oldest.map_or(Duration::ZERO, |at| now - at)
    }

    /// One German sentence per trouble; empty if all is well.
    pub fn troubles(&self, now: OffsetDateTime) -> Vec<String> {
        let mut troubles = Vec::new();
        if self.mail_oldest.is_some_and(|at| now - at > MAIL_LATE) {
            troubles.push(format!(
                "{} seit über 30 Minuten auf den Versand.",
                german::count(self.mail_waiting, "Mail wartet", "Mails warten")
            ));
        }
        if self.mail_failed > 0 {
            troubles.push(format!(
                "{} sich in den letzten 24 Stunden nicht zustellen.",
                german::count(self.mail_failed, "Mail ließ", "Mails ließen")
            ));
        }
        if self.recount_differences > 0 {
            let shifts = match self.recount_differences {
                1 => "eine Schicht".into(),
                n => format!("{n} Schichten"),
            };
            troubles
                .push(format!("Die nächtliche Nachzählung fand {shifts}, deren Zähler nicht zu den Buchungen passt."));
        }
        if self.training_differences > 0 {
            let dates = match self.training_differences {
                1 => "einen Schulungstermin, dessen".into(),
                n => format!("{n} Schulungstermine, deren"),
            };
            troubles.push(format!("Die nächtliche Nachzählung fand {dates} Zähler nicht zu den Anmeldungen passt."));
        }
        let since = self.recounted_at.or(self.first_campaign_at);
        if since.is_some_and(|at| now - at > RECOUNT_LATE) {
            troubles.push("Die nächtliche Nachzählung der Plätze ist seit über zwei Tagen nicht gelaufen.".into());
        }
        if self.quarantine_oldest.is_some_and(|at| now - at > SCAN_LATE) {
            troubles.push("Eine Unterlage wartet seit über 15 Minuten auf den Virenscanner.".into());
        }
        self.add_comparison(&mut troubles, now);
        troubles.extend(self.erasure_troubles(now));
        troubles
    }

    fn add_comparison(&self, troubles: &mut Vec<String>, now: OffsetDateTime) {
        if self.files_missing > 0 {
            let files = german::count(self.files_missing, "Datei fehlt", "Dateien fehlen");
            troubles.push(format!("{files} in der Ablage, obwohl die Datenbank sie kennt."));
        }
        if self.files_spared > 0 {
            let files = german::count(self.files_spared, "Datei", "Dateien");
            troubles.push(format!(
                "In der Ablage liegen {files}, die die Datenbank nicht kennt: zu viele, um sie von selbst zu löschen."
            ));
        }
        let since = self.compared_at.or(self.first_file_at);
        if since.is_some_and(|at| now - at > COMPARISON_LATE) {
            troubles.push(
                "Der wöchentliche Abgleich von Ablage und Datenbank ist seit über 8 Tagen nicht gelaufen.".into(),
            );
        }
    }

    /// Those of them that are about erasure.
    pub fn erasure_troubles(&self, now: OffsetDateTime) -> Vec<String> {
        let mut troubles = Vec::new();
        if self.deletion_oldest.is_some_and(|at| now - at > DELETION_LATE) {
            troubles.push("Eine Datei wartet seit über 24 Stunden auf ihre Löschung.".into());
        }
        let since = self.erased_at.or(self.first_applicant_at);
        if since.is_some_and(|at| now - at > ERASURE_LATE) {
            troubles.push("Die nächtliche Löschung ist seit über 26 Stunden nicht gelaufen.".into());
        }
        if let (Some(at), Some(due)) = (self.braked_at, self.braked_due) {
            let at = german::moment(Zone::berlin().local(at));
            let due = german::count(due, "Löschung wäre", "Löschungen wären");
            troubles.push(format!("Die nächtliche Löschung steht seit {at} still, bis jemand hinsieht: {due} fällig, oder die Uhr geht falsch."));
        }
        if self.erasure_failed > 0 {
            let people = german::count(self.erasure_failed, "Person", "Personen");
            troubles.push(format!("Die nächtliche Löschung ist bei {people} gescheitert und wird wiederholt."));
        }
        if self.erasure_overdue > 0 {
            let dossiers = german::count(self.erasure_overdue, "Bewerbung ist noch da", "Bewerbungen sind noch da");
            troubles.push(format!("{dossiers}, obwohl ihr Löschdatum vorbei ist."));
        }
        if self.accounts_overdue > 0 {
            let accounts = german::count(self.accounts_overdue, "Konto ist noch da", "Konten sind noch da");
            troubles.push(format!("{accounts}, obwohl der Zugang länger beendet ist, als wir zusagen."));
        }
        if self.leftovers > 0 {
            let places = german::count(self.leftovers, "Stelle", "Stellen");
            troubles.push(format!("Die Nachsuche fand an {places} noch etwas von Personen, die gelöscht sind."));
        }
        if self.is_ledger_broken {
            troubles.push("Der Löschnachweis ist verändert worden, oder seine Kopie weicht von ihm ab oder wird nicht geschrieben.".into());
        }
        let late = self.wishes_late - self.wishes_overdue;
        if late > 0 {
            let wishes =
                german::count(late, "Wunsch nach Löschung oder Kopie muss", "Wünsche nach Löschung oder Kopie müssen");
            troubles.push(format!("{wishes} in den nächsten Stunden ausgeführt sein."));
        }
        if self.wishes_overdue > 0 {
            let wishes = german::count(
                self.wishes_overdue,
                "Wunsch nach Löschung oder Kopie ist",
                "Wünsche nach Löschung oder Kopie sind",
            );
            troubles.push(format!("{wishes} länger offen, als wir zusagen."));
        }
        troubles
    }
}

/// Reads the figures.
pub async fn look(db: &PgPool, now: OffsetDateTime) -> Result<Health, sqlx::Error> {
    let policy = policy::at(db, now).await?;
    // An hour after the run began, what was due that morning is gone.
    let night = Zone::berlin().date(now - Duration::minutes(4 * 60 + 15));
    let allowed = policy.duration(Figure::DeletionRequestHours);
    let due = dossier::due(db, &Periods::from(&policy), night).await?;
    let overdue = due.iter().filter(|dossier| dossier.hastened_on.is_none_or(|day| day < night)).count();
    let figures = sqlx::query_as!(
        Health,
        r#"select
               (select count(*) from mail where sent_at is null and failed_at is null and created_at < $1) as "mail_waiting!",
               (select min(created_at) from mail where sent_at is null and failed_at is null) as mail_oldest,
               (select count(*) from mail where failed_at > $1 - interval '24 hours') as "mail_failed!",
               least((select max(ran_at) from recount), (select max(ran_at) from training_recount)) as recounted_at,
               coalesce((select jsonb_array_length(differences) from recount order by business_date desc limit 1), 0)::bigint as "recount_differences!",
               coalesce((select jsonb_array_length(differences) from training_recount order by business_date desc limit 1), 0)::bigint as "training_differences!",
               least(
                   (select min(doomed_at) from blob where state = 'doomed'),
                   (select min(doomed_at) from file_key where forgotten_at is null)
               ) as deletion_oldest,
               coalesce((select missing from file_comparison where finished_at is not null order by week desc limit 1), 0)::bigint as "files_missing!",
               coalesce((select spared from file_comparison where finished_at is not null order by week desc limit 1), 0)::bigint as "files_spared!",
               (select max(finished_at) from file_comparison) as compared_at,
               (select min(created_at) from blob) as first_file_at,
               (select min(submitted_at) from document where state = 'quarantined') as quarantine_oldest,
               (select max(finished_at) from erasure_run) as erased_at,
               (select min(created_at) from applicant) as first_applicant_at,
               coalesce((select failed from erasure_run order by business_date desc limit 1), 0)::bigint as "erasure_failed!",
               0::bigint as "erasure_overdue!",
               (select count(*) from account a
                where a.erased_at is null and (a.access_ended_at at time zone 'Europe/Berlin')::date <= $3
                  and not exists (select from applicant p where p.id = a.id) and not is_held(a.id, $5)) as "accounts_overdue!",
               (select count(*) from erasure_leftover where cleared_at is null) as "leftovers!",
               exists (select from ledger_check where state <> 'intact') as "is_ledger_broken!",
               (select count(*) from data_request w where done_at is null and requested_at <= $4
                    and not (w.wish = 'erasure' and is_held(w.account_id, $5))) as "wishes_late!",
               (select count(*) from data_request w where done_at is null and requested_at <= $2
                    and not (w.wish = 'erasure' and is_held(w.account_id, $5))) as "wishes_overdue!",
               (select at from erasure_brake) as braked_at, (select due from erasure_brake) as braked_due,
               (select min(created_at) from campaign) as first_campaign_at"#,
        now,
        now - allowed,
        night - policy.duration(Figure::AccountDays),
        now - allowed + WISH_ALARM,
        Zone::berlin().date(now),
    )
    .fetch_one(db)
    .await?;
    Ok(Health { erasure_overdue: i64::try_from(overdue).unwrap_or(i64::MAX), ..figures })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn late_mail_is_a_trouble_and_fresh_mail_is_none() {
        let now = datetime!(2026-11-23 12:00 UTC);
        let waiting = |minutes| Health {
            mail_waiting: 3,
            mail_oldest: Some(now - Duration::minutes(minutes)),
            ..Health::default()
        };
        assert!(waiting(30).troubles(now).is_empty());
        assert_eq!(waiting(31).troubles(now).len(), 1);
    }

    #[test]
    fn a_paper_that_is_not_scanned_is_a_trouble() {
        let now = datetime!(2026-11-23 12:00 UTC);
        let waiting =
            |minutes| Health { quarantine_oldest: Some(now - Duration::minutes(minutes)), ..Health::default() };
        assert!(waiting(15).troubles(now).is_empty());
        assert_eq!(waiting(16).troubles(now).len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_deleted_for_a_day_is_a_trouble() {
        let now = datetime!(2026-11-23 12:00 UTC);
        let doomed = |hours| Health { deletion_oldest: Some(now - Duration::hours(hours)), ..Health::default() };
        assert!(doomed(24).troubles(now).is_empty());
        assert_eq!(doomed(25).troubles(now).len(), 1);
    }
}
