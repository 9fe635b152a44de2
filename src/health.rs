//! What is late or failing: feeds `/readyz`, the metrics and the banner that staff see.

use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

use crate::clock::german;

/// Mail that waits longer than this is late.
const MAIL_LATE: Duration = Duration::minutes(30);
/// A recount that is older than this is missing.
const RECOUNT_LATE: Duration = Duration::hours(50);

/// The figures that health is judged by.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Mails that should have been sent by now.
    pub mail_waiting: i64,
    /// When the oldest of them was written.
    pub mail_oldest: Option<OffsetDateTime>,
    /// Mails that failed for good within the last 24 hours.
    pub mail_failed: i64,
    /// When seat counters and bookings were last compared.
    pub recounted_at: Option<OffsetDateTime>,
    /// Differences that the last recount found.
    pub recount_differences: i64,
    /// When the portal's first campaign came into being; before it nothing can be late.
    pub first_campaign_at: Option<OffsetDateTime>,
}

impl Health {
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
        let since = self.recounted_at.or(self.first_campaign_at);
        if since.is_some_and(|at| now - at > RECOUNT_LATE) {
            troubles.push("Die nächtliche Nachzählung der Plätze ist seit über zwei Tagen nicht gelaufen.".into());
        }
        troubles
    }
}

/// Reads the figures.
pub async fn look(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Health, sqlx::Error> {
    sqlx::query_as!(
        Health,
        r#"select
               (select count(*) from mail where sent_at is null and failed_at is null and created_at < $1) as "mail_waiting!",
               (select min(created_at) from mail where sent_at is null and failed_at is null) as mail_oldest,
               (select count(*) from mail where failed_at > $1 - interval '24 hours') as "mail_failed!",
               (select max(ran_at) from recount) as recounted_at,
               coalesce((select jsonb_array_length(differences) from recount order by business_date desc limit 1), 0)::bigint as "recount_differences!",
               (select min(created_at) from campaign) as first_campaign_at"#,
        now,
    )
    .fetch_one(db)
    .await
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
}
