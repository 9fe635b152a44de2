//! The ledger as CSV, as German spreadsheets open it: UTF-8 with its mark, semicolons, no cell a formula.

use super::ledger::Row;
use crate::clock::{Zone, german};
use crate::shifts::export::harmless;

const HEADS: [&str; 10] =
    ["Nummer", "Monat", "Art", "Betrag in Euro", "Name", "Anschrift", "Grund", "Notiert am", "Notiert von", "Kennung"];

/// `-2,90`: a plain number, so that it can be added up.
fn amount(cents: i32) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

fn line(row: &Row) -> [String; 10] {
    [
        row.number.to_string(),
        row.month().key(),
        row.kind.label().into(),
        amount(row.cents),
        harmless(&row.name),
        harmless(&row.address.replace('\n', ", ")),
        harmless(row.reason.as_deref().unwrap_or_default()),
        german::date(Zone::berlin().date(row.noted_at)),
        harmless(row.noted_by.as_deref().unwrap_or("Monatslauf")),
        row.freelancer.to_string(),
    ]
}

/// The rows as a file.
///
/// # Errors
/// If writing into memory fails; for the log.
pub fn csv(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::from("\u{feff}"));
    writer.write_record(HEADS)?;
    for row in rows {
        writer.write_record(line(row))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fees::ledger::Kind;
    use crate::id::FreelancerId;
    use time::macros::{date, datetime};

    #[test]
    fn a_line_is_text_without_power() {
        let row = Row {
            number: 7,
            kind: Kind::Waiver,
            freelancer: FreelancerId::new(),
            first: date!(2026 - 10 - 01),
            cents: -290,
            name: "=HYPERLINK(\"x\")".into(),
            address: "@Kai 3\n24937 Flensburg".into(),
            noted_at: datetime!(2026-11-30 23:30 UTC),
            noted_by: None,
            reason: Some("-1+1".into()),
        };
        let text = String::from_utf8(csv(&[row]).expect("csv")).expect("utf-8");
        let line = text.lines().nth(1).expect("a line");
        assert!(text.starts_with("\u{feff}Nummer;Monat;"), "{text}");
        let expected =
            "7;2026-10;Erlass;-2,90;\"'=HYPERLINK(\"\"x\"\")\";'@Kai 3, 24937 Flensburg;'-1+1;1.12.2026;Monatslauf;";
        assert!(line.starts_with(expected), "{line}");
    }

    #[test]
    fn small_sums_keep_their_sign() {
        assert_eq!([290, -5, -1290, 0].map(amount), ["2,90", "-0,05", "-12,90", "0,00"]);
    }
}
