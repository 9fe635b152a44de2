//! The FAQ's figures: settings with a valid-from day and a history.
//!
//! A figure has its built-in value until somebody notes another; a row is never changed, so that one can always say what
//! held on which day. Pages and rules read a [`Policy`]: what holds on one local day.

pub mod figure;
pub mod german;

use std::collections::BTreeMap;

use sqlx::{PgExecutor, PgPool};
use time::{Date, Duration, OffsetDateTime};

use crate::clock::{YEARS, Zone};
use crate::id::AccountId;
pub use figure::{Figure, Group, Unit};

/// What holds on one local day (Berlin).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Only what was noted; every other figure has its built-in value.
    noted: BTreeMap<Figure, i32>,
}

impl Policy {
    /// The bare value, in the figure's unit.
    pub fn value(&self, figure: Figure) -> i32 {
        self.noted.get(&figure).copied().unwrap_or(figure.built_in())
    }

    /// The value in German, as it is said alone or after „für“: `2,90 €`, `16.000 kbit/s`, `6 Monate`.
    pub fn said(&self, figure: Figure) -> String {
        figure.unit().said(self.value(figure))
    }

    /// The value in the dative, as it is said after „nach“, „vor“ or „innerhalb von“: `6 Monaten`, `72 Stunden`.
    pub fn said_dative(&self, figure: Figure) -> String {
        figure.unit().said_dative(self.value(figure))
    }

    /// This policy with another value of one figure: for previews and tests.
    pub fn with(mut self, figure: Figure, value: i32) -> Self {
        self.noted.insert(figure, value);
        self
    }

    /// The monthly fee in cents (FAQ fact 7).
    pub fn fee_cents(&self) -> i32 {
        self.value(Figure::FeeCents)
    }

    /// `2,90 €`
    pub fn fee(&self) -> String {
        self.said(Figure::FeeCents)
    }

    /// The least line speed in kbit/s, net (FAQ fact 3).
    pub fn line_kbit(&self) -> i32 {
        self.value(Figure::LineKbit)
    }

    /// `16.000 kbit/s`
    pub fn line(&self) -> String {
        self.said(Figure::LineKbit)
    }

    /// `16.000`, as in „DSL 16.000“.
    pub fn line_number(&self) -> String {
        german::grouped(self.line_kbit())
    }

    /// `Windows 8`
    pub fn windows(&self) -> String {
        self.said(Figure::WindowsVersion)
    }

    /// The longest recording of an introduction.
    pub fn introduction(&self) -> Duration {
        Duration::minutes(i64::from(self.value(Figure::IntroductionMinutes)))
    }

    /// The largest file of an introduction, in bytes.
    pub fn upload_bytes(&self) -> i64 {
        i64::from(self.value(Figure::UploadMegabytes)) * 1024 * 1024
    }

    /// Days from acceptance to the training's start: at the earliest, at the latest (FAQ fact 8).
    pub fn training_start_days(&self) -> (i32, i32) {
        (self.value(Figure::TrainingStartDaysMin), self.value(Figure::TrainingStartDaysMax))
    }

    /// A period counted in whole days or hours.
    pub fn duration(&self, figure: Figure) -> Duration {
        let value = i64::from(self.value(figure));
        match figure.unit() {
            Unit::Minutes => Duration::minutes(value),
            Unit::Hours => Duration::hours(value),
            Unit::Days => Duration::days(value),
            // Where an instant, not a date, is the boundary: whole years have 365 days, two of them 730.
            Unit::Months => Duration::days(value * 365 / 12),
            Unit::Years => Duration::days(value * 365),
            Unit::Cents | Unit::Kbit | Unit::Version | Unit::Megabytes => Duration::ZERO,
        }
    }
}

/// What holds on `day`, in one query.
pub async fn load(db: impl PgExecutor<'_>, day: Date) -> Result<Policy, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (figure) figure, value from policy_figure where valid_from <= $1
         order by figure, valid_from desc, id desc",
        day,
    )
    .fetch_all(db)
    .await?;
    // A figure that a newer version of the portal had noted is none of ours.
    let noted = rows.into_iter().filter_map(|row| Some((Figure::of_key(&row.figure)?, row.value)));
    Ok(Policy { noted: noted.collect() })
}

/// What holds at `now`, by Berlin's calendar.
pub async fn at(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Policy, sqlx::Error> {
    load(db, Zone::berlin().date(now)).await
}

/// The version of the policy that holds on `day`: its newest row; 0: nothing was noted by then.
pub async fn version(db: impl PgExecutor<'_>, day: Date) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select coalesce(max(id), 0) as "version!" from policy_figure where valid_from <= $1"#, day)
        .fetch_one(db)
        .await
}

/// Why a figure was not noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Outside the figure's bounds.
    Bounds(Figure),
    /// The day is over: what held then, held.
    Past,
    /// The day lies beyond the calendar that people plan in.
    Far,
    /// It already has this value on that day.
    Unchanged,
    /// The earliest start of a training would come after the latest.
    Order,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> String {
        match self {
            Self::Bounds(figure) => {
                let (bounds, unit) = (figure.bounds(), figure.unit());
                format!("Möglich sind {} bis {}.", unit.said(*bounds.start()), unit.said(*bounds.end()))
            }
            Self::Past => "Dieser Tag ist schon vorbei. Ein neuer Wert gilt frühestens ab heute.".into(),
            Self::Far => "Bitte gib einen Tag der nächsten drei Jahre an.".into(),
            Self::Unchanged => "Diesen Wert hat der Richtwert an dem Tag schon.".into(),
            Self::Order => "Der früheste Schulungsbeginn läge damit hinter dem spätesten.".into(),
        }
    }

    /// Whether it is the day that needs another thought, and not the value.
    pub fn is_about_the_day(self) -> bool {
        matches!(self, Self::Past | Self::Far)
    }
}

/// A value may be noted so many years ahead.
const YEARS_AHEAD: i32 = 3;

/// Notes that `figure` has this value from `valid_from` on. Nothing noted before is touched; of two values with the same
/// day the later note holds.
pub async fn note(
    db: &PgPool,
    figure: Figure,
    value: i32,
    valid_from: Date,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let today = Zone::berlin().date(now);
    if !figure.bounds().contains(&value) {
        return Ok(Err(Refusal::Bounds(figure)));
    }
    if valid_from < today {
        return Ok(Err(Refusal::Past));
    }
    if !YEARS.contains(&valid_from.year()) || valid_from.year() > today.year() + YEARS_AHEAD {
        return Ok(Err(Refusal::Far));
    }
    let then = load(db, valid_from).await?;
    if then.value(figure) == value {
        return Ok(Err(Refusal::Unchanged));
    }
    let (earliest, latest) = then.with(figure, value).training_start_days();
    if earliest > latest {
        return Ok(Err(Refusal::Order));
    }
    sqlx::query!(
        "insert into policy_figure (figure, valid_from, value, noted_at, noted_by) values ($1, $2, $3, $4, $5)",
        figure.key(),
        valid_from,
        value,
        now,
        by.map(|account| account.0),
    )
    .execute(db)
    .await
    .map(|_| Ok(()))
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub figure: Figure,
    pub value: i32,
    pub valid_from: Date,
    pub noted_at: OffsetDateTime,
    /// Name of who noted it; none: the portal itself.
    pub noted_by: Option<String>,
}

/// Everything that was ever noted, the last day first; of one day the note that holds first.
pub async fn history(db: impl PgExecutor<'_>) -> Result<Vec<Noted>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.figure, p.value, p.valid_from, p.noted_at, a.name as "noted_by?"
           from policy_figure p left join account a on a.id = p.noted_by order by p.valid_from desc, p.id desc"#
    )
    .fetch_all(db)
    .await?;
    let noted = rows.into_iter().filter_map(|row| {
        let figure = Figure::of_key(&row.figure)?;
        Some(Noted {
            figure,
            value: row.value,
            valid_from: row.valid_from,
            noted_at: row.noted_at,
            noted_by: row.noted_by,
        })
    });
    Ok(noted.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_without_notes_is_what_the_faq_says() {
        let policy = Policy::default();
        assert_eq!(policy.fee(), "2,90 €");
        assert_eq!(policy.line(), "16.000 kbit/s");
        assert_eq!(policy.windows(), "Windows 8");
        assert_eq!(policy.said(Figure::ErasureMonths), "6 Monate");
        assert_eq!(policy.training_start_days(), (3, 21));
        assert_eq!(policy.upload_bytes(), 209_715_200);
        assert_eq!(policy.introduction(), Duration::minutes(3));
        assert_eq!(policy.duration(Figure::AuditMonths), Duration::days(730));
    }
}
