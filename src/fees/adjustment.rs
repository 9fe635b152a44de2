//! Corrections and waivers: further rows of the ledger, each with a reason. What is written stays as it is.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::ledger::Kind;
use super::month::{Month, concerns};
use super::said;
use crate::accounts::audit;
use crate::id::{AccountId, FreelancerId};

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 500;
/// The highest sum of one row: 1000 euros.
pub const HIGHEST: i32 = 100_000;

/// A proven correction or waiver.
#[derive(Debug, Clone)]
pub struct NewAdjustment {
    pub freelancer: FreelancerId,
    /// Never [`Kind::Charge`].
    pub kind: Kind,
    pub month: Month,
    /// Negative in the debtor's favour.
    pub cents: i32,
    pub reason: String,
    /// Of the form that was shown: sent twice, written once.
    pub stamp: Uuid,
}

/// Why it was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The month lies before or after the access.
    NoAccess,
    /// The month's sum would fall below nothing; so much is left of it, in cents.
    BelowZero(i64),
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> String {
        match self {
            Self::NoAccess => "In diesem Monat hatte die Person noch keinen Zugang, oder er kommt erst noch.".into(),
            Self::BelowZero(0) => "Für diesen Monat ist nichts mehr berechnet.".into(),
            Self::BelowZero(left) => {
                format!("Für diesen Monat sind noch {} berechnet; mehr lässt sich nicht abziehen.", said(left))
            }
        }
    }

    /// Whether it is the month that needs another thought, and not the sum.
    pub fn is_about_the_month(self) -> bool {
        self == Self::NoAccess
    }
}

/// What decides it.
struct Facts {
    name: String,
    address: String,
    joined_at: OffsetDateTime,
    /// The month's rows so far, in cents.
    sum: i64,
}

impl Facts {
    fn admit(&self, new: &NewAdjustment, now: OffsetDateTime) -> Result<(), Refusal> {
        if !concerns(new.month, self.joined_at, now) {
            return Err(Refusal::NoAccess);
        }
        if self.sum + i64::from(new.cents) < 0 {
            return Err(Refusal::BelowZero(self.sum));
        }
        Ok(())
    }
}

/// Writes the row and returns its number; the number of the first if the same form was sent before. `None`: no such person.
pub async fn note(
    db: &PgPool,
    new: &NewAdjustment,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Option<Result<i64, Refusal>>, sqlx::Error> {
    let mut tx = db.begin().await?;
    // Whoever comes second waits here, and then reads what the first one wrote.
    sqlx::query!("select last from fee_number for update").fetch_one(&mut *tx).await?;
    let before = sqlx::query_scalar!("select number from fee where stamp = $1", new.stamp);
    if let Some(number) = before.fetch_optional(&mut *tx).await? {
        return Ok(Some(Ok(number)));
    }
    let facts = sqlx::query_as!(
        Facts,
        r#"select a.name, coalesce(concat_ws(e'\n', p.street, p.postcode || ' ' || p.city, nullif(p.country, 'DE')), '') as "address!",
                  f.joined_at,
                  (select coalesce(sum(cents), 0) from fee where freelancer_id = f.id and month = $2) as "sum!"
           from freelancer f join account a on a.id = f.id left join profile p on p.freelancer_id = f.id
           where f.id = $1"#,
        new.freelancer.0,
        new.month.first(),
    );
    let Some(facts) = facts.fetch_optional(&mut *tx).await? else { return Ok(None) };
    if let Err(refusal) = facts.admit(new, now) {
        return Ok(Some(Err(refusal)));
    }
    let number = sqlx::query_scalar!(
        "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason, stamp)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning number",
        new.kind as Kind,
        new.freelancer.0,
        new.month.first(),
        new.cents,
        facts.name,
        facts.address,
        now,
        by.0,
        new.reason,
        new.stamp,
    )
    .fetch_one(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "fee.adjust", &number.to_string(), now).await?;
    tx.commit().await?;
    Ok(Some(Ok(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_month_never_falls_below_nothing() {
        let facts =
            Facts { name: String::new(), address: String::new(), joined_at: datetime!(2026-01-01 0:00 UTC), sum: 290 };
        let admit = |cents, month| {
            let month = Month::parse(month).expect("a month");
            let (kind, stamp) = (Kind::Correction, Uuid::new_v4());
            let new = NewAdjustment { freelancer: FreelancerId::new(), kind, month, cents, reason: "x".into(), stamp };
            facts.admit(&new, datetime!(2026-11-23 11:00 UTC))
        };
        assert_eq!(admit(-290, "2026-10"), Ok(()));
        assert_eq!(admit(-291, "2026-10"), Err(Refusal::BelowZero(290)));
        assert_eq!(admit(500, "2026-10"), Ok(()));
        assert_eq!(admit(-1, "2025-12"), Err(Refusal::NoAccess));
        assert_eq!(admit(-1, "2026-12"), Err(Refusal::NoAccess));
    }
}
