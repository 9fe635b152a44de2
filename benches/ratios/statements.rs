//! The SQL of one request, taken out of the portal's own source: the reference cannot drift from the product.

use anyhow::{Context, ensure};

const SESSION: &str = include_str!("../../src/accounts/session.rs");
const BOOKING: &str = include_str!("../../src/shifts/booking/mod.rs");
const MINE: &str = include_str!("../../src/shifts/mine.rs");
const PLAN: &str = include_str!("../../src/shifts/plan.rs");

/// The statements a request runs.
pub struct Statements {
    pub session: &'static str,
    pub facts: &'static str,
    pub take_seat: &'static str,
    pub flash: &'static str,
    pub mine: &'static str,
    pub plan: &'static str,
}

impl Statements {
    pub fn read() -> anyhow::Result<Self> {
        Ok(Self {
            session: literal(SESSION, r#"select s.id as "session: SessionId""#)?,
            facts: literal(BOOKING, r#"select s.id as "shift: ShiftId""#)?,
            take_seat: literal(BOOKING, "with wanted as (")?,
            flash: literal(SESSION, "update session set flash")?,
            mine: literal(MINE, "select w.place")?,
            plan: literal(PLAN, r#"select id as "id: ShiftId", channel"#)?,
        })
    }
}

/// The string literal of a source text that begins so.
fn literal(source: &'static str, beginning: &str) -> anyhow::Result<&'static str> {
    let at = source.find(beginning).with_context(|| format!("no statement begins with {beginning}"))?;
    let end = if source[..at].ends_with("r#\"") { "\"#" } else { "\"" };
    let length = source[at..].find(end).context("the statement does not end")?;
    Ok(&source[at..at + length])
}

/// Puts expressions in the place of `$1`, `$2` …; a statement that wants more or fewer is another one than was meant.
pub fn bind(statement: &str, values: &[&str]) -> anyhow::Result<String> {
    let mut bound = statement.to_owned();
    for (at, value) in values.iter().enumerate().rev() {
        let place = format!("${}", at + 1);
        ensure!(bound.contains(&place), "no {place} in: {statement}");
        bound = bound.replace(&place, value);
    }
    let is_left = bound.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    ensure!(!is_left, "more than {} values are wanted by: {statement}", values.len());
    Ok(format!("{bound};\n"))
}
