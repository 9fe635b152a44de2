//! What lies beside a dossier: the open applications around it, the next due first, so that one can go on to the next.

use sqlx::PgPool;
use time::Date;

use super::said::{self, Badge};
use crate::applications::pipeline::{self, Filter, Row};
use crate::id::ApplicationId;

/// Rows that are shown: as many as fit beside a dossier.
const MANY: usize = 10;
/// So many of them come before the one that is open.
const BEFORE: usize = 3;

/// The open applications around one.
#[derive(Debug)]
pub struct Beside {
    rows: Vec<Row>,
    current: ApplicationId,
    today: Date,
}

/// A line of the list.
pub struct Line<'a> {
    pub row: &'a Row,
    pub is_current: bool,
    pub ago: String,
    pub introduction: String,
    pub due: Option<Badge>,
    /// `bis Mi, 25.11.`
    pub until: String,
}

impl Beside {
    /// The first page of the open applications, cut to what lies around this one.
    pub async fn load(db: &PgPool, current: ApplicationId, today: Date) -> Result<Self, sqlx::Error> {
        let mut rows = pipeline::list(db, &Filter::default(), 1, today).await?;
        let place = rows.iter().position(|row| row.id == current).unwrap_or_default();
        let first = place.saturating_sub(BEFORE).min(rows.len().saturating_sub(MANY));
        rows.drain(..first);
        rows.truncate(MANY);
        Ok(Self { rows, current, today })
    }

    /// Its lines, by due date.
    pub fn lines(&self) -> Vec<Line<'_>> {
        let line = |row| self.line(row);
        self.rows.iter().map(line).collect()
    }

    fn line<'a>(&self, row: &'a Row) -> Line<'a> {
        Line {
            row,
            is_current: row.id == self.current,
            ago: said::ago(row.submitted_on, self.today),
            introduction: said::introduction(row.introduction, row.length_ms),
            due: said::due(row.due_on, self.today),
            until: row.due_on.map(said::until).unwrap_or_default(),
        }
    }
}
