//! The data map: every column of every table, what it says about people, what becomes of it, and when. Declared once: the
//! leftover check reads it, the privacy officer's register shows it, and a test fails on a column without an entry.

mod campaigns;
mod freelancers;
mod operation;
mod people;
mod recruiting;
mod work;

use crate::policy::{Figure, Policy};

/// What a column says about people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Says something about a person, or was written by or about them.
    Personal,
    /// Opens something: hashes of passwords and tokens, keys.
    Secret,
    /// Leads to a person's row, or to what they did.
    Reference,
    /// About the house and its work.
    Operational,
}

impl Class {
    /// Its German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Personal => "Personenbezogen",
            Self::Secret => "Geheimnis",
            Self::Reference => "Verweis",
            Self::Operational => "Betrieb",
        }
    }
}

/// What becomes of a column when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Goes with its row.
    Deleted,
    /// Is emptied or written over; the row stays.
    Blanked,
    /// Holds nothing of a person, or only an id that leads nowhere any more: stays, and is searched for leftovers.
    Stays,
    /// Outlives the person's erasure, for this reason: not searched for leftovers.
    Kept(&'static str),
}

impl Action {
    /// What happens, in German.
    pub fn label(self) -> &'static str {
        match self {
            Self::Deleted => "wird gelöscht",
            Self::Blanked => "wird geleert",
            Self::Stays => "bleibt",
            Self::Kept(_) => "wird aufbewahrt",
        }
    }

    /// Why something outlives the person's erasure.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Kept(reason) => Some(reason),
            Self::Deleted | Self::Blanked | Self::Stays => None,
        }
    }
}

/// When the time of a table's rows has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A figure of the policy, from this on.
    After(Figure, &'static str),
    /// With a row of another table.
    With(&'static str),
    /// As soon as this is so.
    Once(&'static str),
    /// Holds nothing of applicants or freelancers, and goes by no period.
    Lasting,
}

impl Period {
    /// `6 Monate ab dem Absenden`
    pub fn said(self, policy: &Policy) -> String {
        match self {
            Self::After(figure, since) => format!("{} ab {since}", policy.said(figure)),
            Self::With(table) => match find(table) {
                Some(with) => format!("zusammen mit: {}", with.label),
                None => format!("zusammen mit: {table}"),
            },
            Self::Once(when) => when.into(),
            Self::Lasting => "ohne Frist: nichts über Bewerber*innen oder Freelancer*innen".into(),
        }
    }
}

/// Columns of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    pub class: Class,
    pub action: Action,
    pub names: &'static [&'static str],
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// What it holds, in German.
    pub label: &'static str,
    pub period: Period,
    pub columns: &'static [Columns],
}

impl Table {
    /// What becomes of this column; none: the map does not know it.
    pub fn action(&self, column: &str) -> Option<Action> {
        self.columns.iter().find(|columns| columns.names.contains(&column)).map(|columns| columns.action)
    }
}

/// All tables, feature by feature.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    [people::TABLES, recruiting::TABLES, freelancers::TABLES, work::TABLES, campaigns::TABLES, operation::TABLES]
        .into_iter()
        .flatten()
}

/// The table of this name.
pub fn find(name: &str) -> Option<&'static Table> {
    tables().find(|table| table.name == name)
}

/// Goes with its row.
const fn deleted(class: Class, names: &'static [&'static str]) -> Columns {
    Columns { class, action: Action::Deleted, names }
}

/// Is emptied; the row stays.
const fn blanked(class: Class, names: &'static [&'static str]) -> Columns {
    Columns { class, action: Action::Blanked, names }
}

/// Stays, and is searched.
const fn stays(class: Class, names: &'static [&'static str]) -> Columns {
    Columns { class, action: Action::Stays, names }
}

/// Outlives the person's erasure.
const fn kept(class: Class, reason: &'static str, names: &'static [&'static str]) -> Columns {
    Columns { class, action: Action::Kept(reason), names }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_table_and_no_column_stands_in_it_twice() {
        let mut seen = BTreeSet::new();
        for table in tables() {
            for name in table.columns.iter().flat_map(|columns| columns.names) {
                assert!(seen.insert((table.name, *name)), "{}.{name}", table.name);
            }
            assert!(!table.label.is_empty() && !table.columns.is_empty(), "{}", table.name);
            if let Period::With(other) = table.period {
                assert!(find(other).is_some(), "{}: with {other}", table.name);
            }
        }
    }

    #[test]
    fn whatever_is_personal_goes_or_is_kept_for_a_reason() {
        for table in tables() {
            for columns in table.columns {
                let personal = matches!(columns.class, Class::Personal | Class::Secret);
                let stays = columns.action == Action::Stays;
                assert!(!(personal && stays), "{}: {:?}", table.name, columns.names);
                assert!(columns.action.reason().is_none_or(|reason| reason.len() > 20), "{}", table.name);
            }
        }
    }

    #[test]
    fn periods_are_said_in_german() {
        let policy = Policy::default();
        let said = |name: &str| find(name).expect("a table").period.said(&policy);
        assert_eq!(said("account"), "90 Tage ab dem Ende des Zugangs");
        assert_eq!(said("fee"), "8 Jahre ab dem Ende des Jahres");
        assert_eq!(said("note"), "zusammen mit: Bewerbung");
    }
}
