//! A week's shifts as a file: CSV and XLSX, safe against formula injection.

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use time::Duration;

use super::shift::Shift;
use crate::clock::{Zone, german};

/// The heads of the columns.
const HEADS: [&str; 9] = ["Datum", "Von", "Bis", "Stunden", "Kanal", "Plätze", "Gebucht", "Offen", "Stand"];
/// Columns that hold numbers: hours, seats, booked, open.
const NUMBERS: [usize; 4] = [3, 5, 6, 7];

/// A file that could not be written; the text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("csv: {0}")]
    Csv(String),
    #[error("xlsx: {0}")]
    Xlsx(#[from] XlsxError),
}

/// One line of text per column, in the order of the heads, in wall time.
fn line(shift: &Shift, zone: &Zone) -> [String; 9] {
    let (from, to) = (zone.local(shift.starts_at), zone.local(shift.ends_at));
    let end = if to.date() == from.date() {
        german::time(to.time())
    } else {
        format!("{} ({})", german::time(to.time()), german::day_month(to.date()))
    };
    [
        german::day(from.date()),
        german::time(from.time()),
        end,
        decimal(shift.length()),
        shift.channel.label().into(),
        shift.seats.to_string(),
        shift.booked.to_string(),
        shift.open().to_string(),
        if shift.is_draft() { "Entwurf" } else { "veröffentlicht" }.into(),
    ]
}

/// Hours with two decimals, as a German table wants them: `4,25`.
fn decimal(length: Duration) -> String {
    format!("{:.2}", length.as_seconds_f64() / 3600.0).replace('.', ",")
}

/// Takes the power of a formula from a cell: spreadsheets run what begins like one.
pub fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// CSV as German spreadsheets open it: UTF-8 with its mark, semicolons.
pub fn csv(shifts: &[Shift], zone: &Zone) -> Result<Vec<u8>, Failed> {
    let failed = |error: csv::Error| Failed::Csv(error.to_string());
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::from("\u{feff}"));
    writer.write_record(HEADS).map_err(failed)?;
    for shift in shifts {
        writer.write_record(line(shift, zone).iter().map(|cell| harmless(cell))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Failed::Csv(error.to_string()))
}

/// XLSX: texts are written as texts, figures as numbers; nothing as a formula.
pub fn xlsx(shifts: &[Shift], zone: &Zone, name: &str) -> Result<Vec<u8>, Failed> {
    let mut workbook = Workbook::new();
    let (bold, hours) = (Format::new().set_bold(), Format::new().set_num_format("0.00"));
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, head) in (0u16..).zip(HEADS) {
        sheet.write_string_with_format(0, column, head, &bold)?;
        sheet.set_column_width(column, 15)?;
    }
    for (row, shift) in (1u32..).zip(shifts) {
        let figures =
            [shift.length().as_seconds_f64() / 3600.0, shift.seats.into(), shift.booked.into(), shift.open().into()];
        for (column, cell) in (0u16..).zip(line(shift, zone)) {
            match NUMBERS.iter().position(|n| *n == usize::from(column)) {
                Some(0) => sheet.write_number_with_format(row, column, figures[0], &hours)?,
                Some(figure) => sheet.write_number(row, column, figures[figure])?,
                None => sheet.write_string(row, column, cell)?,
            };
        }
    }
    Ok(workbook.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::campaign::Channel;
    use crate::id::ShiftId;
    use time::macros::datetime;

    fn shift() -> Shift {
        Shift {
            id: ShiftId(1),
            channel: Channel::Phone,
            // The night of the autumn change: 22:00 to 06:00 is nine hours long.
            starts_at: datetime!(2027-10-30 20:00 UTC),
            ends_at: datetime!(2027-10-31 5:00 UTC),
            seats: 4,
            booked: 1,
            published_at: None,
        }
    }

    #[test]
    fn a_line_of_csv() {
        let bytes = csv(&[shift()], &Zone::berlin()).expect("csv");
        let text = String::from_utf8(bytes).expect("utf-8");
        assert_eq!(
            text,
            "\u{feff}Datum;Von;Bis;Stunden;Kanal;Plätze;Gebucht;Offen;Stand\n\
             Sa, 30.10.2027;22:00;06:00 (31.10.);9,00;Telefon;4;1;3;Entwurf\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("Telefon"), "Telefon");
    }

    #[test]
    fn a_workbook_is_a_zip() {
        let bytes = xlsx(&[shift()], &Zone::berlin(), "KW 43").expect("xlsx");
        assert!(bytes.starts_with(b"PK"));
    }
}
