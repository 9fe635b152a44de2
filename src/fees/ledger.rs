//! The ledger's rows as people read them: one person's statement of a year, and the bookkeeper's list.

use sqlx::{PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use super::month::Month;
use crate::id::FreelancerId;

/// Rows of a page of the list.
pub const PER_PAGE: i64 = 50;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "fee_kind", rename_all = "snake_case")]
pub enum Kind {
    /// Of the monthly run.
    Charge,
    Correction,
    Waiver,
}

impl Kind {
    /// Its German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Charge => "Nutzungsbeitrag",
            Self::Correction => "Korrektur",
            Self::Waiver => "Erlass",
        }
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    pub number: i64,
    pub kind: Kind,
    pub freelancer: FreelancerId,
    pub first: Date,
    /// Negative in the debtor's favour.
    pub cents: i32,
    pub name: String,
    /// Lines.
    pub address: String,
    pub noted_at: OffsetDateTime,
    /// The name of who wrote it; none: the monthly run.
    pub noted_by: Option<String>,
    pub reason: Option<String>,
}

impl Row {
    /// The month that it is about.
    pub fn month(&self) -> Month {
        Month::of(self.first)
    }
}

/// One person's rows of a calendar year, with what was carried over from the years before.
#[derive(Debug, Clone)]
pub struct Statement {
    pub year: i32,
    /// Sum of all rows of earlier years, in cents.
    pub opening: i64,
    pub rows: Vec<Row>,
    /// Years with rows, latest first.
    pub years: Vec<i32>,
}

impl Statement {
    /// Opening balance and all rows, in cents.
    pub fn closing(&self) -> i64 {
        self.opening + self.rows.iter().map(|row| i64::from(row.cents)).sum::<i64>()
    }
}

/// A person's statement of a year.
pub async fn statement(db: &PgPool, freelancer: FreelancerId, year: i32) -> Result<Statement, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select f.number, f.kind as "kind: Kind", f.freelancer_id as "freelancer: FreelancerId", f.month as first, f.cents,
                  f.debtor_name as name, f.debtor_address as address, f.noted_at, a.name as "noted_by?", f.reason
           from fee f left join account a on a.id = f.noted_by
           where f.freelancer_id = $1 and extract(year from f.month) = $2::integer order by f.month, f.number"#,
        freelancer.0,
        year,
    )
    .fetch_all(db)
    .await?;
    let sums = sqlx::query!(
        r#"select coalesce(sum(cents) filter (where extract(year from month) < $2::integer), 0) as "opening!",
                  coalesce(array_agg(distinct extract(year from month)::integer order by extract(year from month)::integer desc), '{}')
                      as "years!: Vec<i32>"
           from fee where freelancer_id = $1"#,
        freelancer.0,
        year,
    )
    .fetch_one(db)
    .await?;
    Ok(Statement { year, opening: sums.opening, rows, years: sums.years })
}

/// What the bookkeeper's list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub month: Option<Month>,
    /// Part of the debtor's name, or a row's number; empty: everybody.
    pub text: String,
}

/// Sums of all rows of a filter, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub rows: i64,
    pub charges: i64,
    pub corrections: i64,
    pub waivers: i64,
}

impl Totals {
    /// What all of it comes to.
    pub fn sum(&self) -> i64 {
        self.charges + self.corrections + self.waivers
    }
}

/// The totals of a filter.
pub async fn totals(db: impl PgExecutor<'_>, filter: &Filter) -> Result<Totals, sqlx::Error> {
    sqlx::query_as!(
        Totals,
        r#"select count(*) as "rows!", coalesce(sum(cents) filter (where kind = 'charge'), 0) as "charges!",
                  coalesce(sum(cents) filter (where kind = 'correction'), 0) as "corrections!",
                  coalesce(sum(cents) filter (where kind = 'waiver'), 0) as "waivers!"
           from fee
           where coalesce(month = $1, true)
             and ($2 = '' or strpos(lower(debtor_name), lower($2)) > 0 or number::text = $2)"#,
        filter.month.map(Month::first) as Option<Date>,
        filter.text,
    )
    .fetch_one(db)
    .await
}

/// The rows of a filter, latest first; all of them without a page (from 1).
pub async fn list(db: impl PgExecutor<'_>, filter: &Filter, page: Option<i64>) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select f.number, f.kind as "kind: Kind", f.freelancer_id as "freelancer: FreelancerId", f.month as first, f.cents,
                  f.debtor_name as name, f.debtor_address as address, f.noted_at, a.name as "noted_by?", f.reason
           from fee f left join account a on a.id = f.noted_by
           where coalesce(f.month = $1, true)
             and ($2 = '' or strpos(lower(f.debtor_name), lower($2)) > 0 or f.number::text = $2)
           order by f.number desc limit $3 offset $4"#,
        filter.month.map(Month::first) as Option<Date>,
        filter.text,
        page.map(|_| PER_PAGE),
        page.map_or(0, |page| (page - 1) * PER_PAGE),
    )
    .fetch_all(db)
    .await
}

/// The months with rows, latest first.
pub async fn months(db: impl PgExecutor<'_>) -> Result<Vec<Month>, sqlx::Error> {
    let months = sqlx::query_scalar!("select distinct month from fee order by month desc").fetch_all(db).await?;
    Ok(months.into_iter().map(Month::of).collect())
}
