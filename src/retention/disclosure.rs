//! What a feature tells a person about their own data (GDPR articles 15 and 20): tables of records with German labels,
//! readable by people and by programs alike. Each feature fills its own; `privacy::export` puts them together.

use serde::ser::{Serialize, SerializeMap, Serializer};
use time::{Date, OffsetDateTime};

use crate::clock::{Zone, german};
use crate::id::BlobId;

/// One thing that is kept about somebody.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing was said.
    Nothing,
    Text(String),
    Number(i64),
    Yes(bool),
    Day(Date),
    Moment(OffsetDateTime),
    List(Vec<String>),
    /// It lies in the archive beside the pages.
    File(Attachment),
}

/// A file of the person's.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Its name in the archive, without the folder.
    pub name: String,
    pub blob: BlobId,
    pub bytes: u64,
}

impl Attachment {
    /// Its path in the archive.
    pub fn path(&self) -> String {
        format!("dateien/{}", self.name)
    }
}

impl Value {
    /// As the readable page says it.
    pub fn said(&self) -> String {
        match self {
            Self::Nothing => "–".into(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Yes(true) => "ja".into(),
            Self::Yes(false) => "nein".into(),
            Self::Day(day) => german::date(*day),
            Self::Moment(at) => german::moment(Zone::berlin().local(*at)),
            Self::List(items) => items.join(", "),
            Self::File(file) => file.name.clone(),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Attachment> {
        match self {
            Self::File(file) => Some(file),
            _ => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => to.serialize_none(),
            Self::Text(text) => to.serialize_str(text),
            Self::Number(number) => to.serialize_i64(*number),
            Self::Yes(yes) => to.serialize_bool(*yes),
            Self::Day(day) => day.serialize(to),
            Self::Moment(at) => time::serde::rfc3339::serialize(at, to),
            Self::List(items) => items.serialize(to),
            Self::File(file) => to.serialize_str(&file.path()),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })+
    };
}

value_from! {
    String => Text, &str => Text, i64 => Number, i32 => Number, i16 => Number, bool => Yes, Date => Day,
    OffsetDateTime => Moment, Vec<String> => List, Attachment => File,
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

/// One row: labels and values, in the order in which they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Record(pub Vec<(&'static str, Value)>);

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (label, value) in &self.0 {
            map.serialize_entry(label, value)?;
        }
        map.end()
    }
}

/// Rows of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub title: &'static str,
    pub rows: Vec<Record>,
}

impl Table {
    /// A table of these rows.
    pub fn new(title: &'static str, rows: impl IntoIterator<Item = Record>) -> Self {
        Self { title, rows: rows.into_iter().collect() }
    }
}

/// A row: `record! { "Name" => row.name, "Geschickt" => row.sent_at }`.
macro_rules! record {
    ($($label:literal => $value:expr),+ $(,)?) => {
        $crate::retention::disclosure::Record(vec![
            $(($label, $crate::retention::disclosure::Value::from($value))),+
        ])
    };
}
pub(crate) use record;

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    #[test]
    fn a_row_reads_well_and_keeps_its_order_in_json() {
        let row = record! {
            "Name" => "Ada",
            "Am" => date!(2026 - 11 - 24),
            "Um" => datetime!(2026-11-24 8:00 UTC),
            "Telefon" => None::<String>,
            "Headset" => true,
            "Sprachen" => vec!["Deutsch".to_owned(), "Dänisch".to_owned()],
        };
        let json = serde_json::to_string(&row).expect("JSON");
        let expected = r#"{"Name":"Ada","Am":"2026-11-24","Um":"2026-11-24T08:00:00Z","Telefon":null,"Headset":true,"Sprachen":["Deutsch","Dänisch"]}"#;
        assert_eq!(json, expected);
        let said: Vec<String> = row.0.iter().map(|(_, value)| value.said()).collect();
        assert_eq!(said[1..], ["24.11.2026", "Di, 24.11.2026, 09:00 Uhr", "–", "ja", "Deutsch, Dänisch"]);
    }
}
