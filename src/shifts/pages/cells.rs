//! The rows of the grid: one shift per cell, and what it is to the person.
//!
//! Written by hand and not by a template: hundreds of cells stand on the page that everybody opens at once.

use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};

use crate::shifts::plan::{Row, Shift};

/// A row of the grid as a person sees it.
pub struct RowView<'a> {
    pub row: &'a Row,
    /// Whether the row says its channel.
    pub several_channels: bool,
    pub cells: [Cell<'a>; 7],
}

/// What a cell shows.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    Empty,
    Free(&'a Shift),
    Own(&'a Shift),
    Full(&'a Shift),
    /// Why it cannot be booked: fixed words and times of day.
    No(&'a str),
}

/// Bytes of a row in which every cell can be booked; longer ones grow.
const ROW: usize = 1536;

impl RowView<'_> {
    fn write(&self, html: &mut String) {
        let Row { span, hours, channel, .. } = self.row;
        push(html, &["\n<tr><th scope=\"row\">", span, "<small>", hours]);
        if self.several_channels {
            push(html, &[" · ", channel.label()]);
        }
        html.push_str("</small></th>");
        for cell in self.cells {
            cell.write(html);
        }
        html.push_str("</tr>");
    }
}

impl Cell<'_> {
    #[rustfmt::skip]
    fn write(self, html: &mut String) {
        match self {
            Self::Empty => html.push_str("<td></td>"),
            Self::Free(Shift { number, said, free_said, .. }) => push(html, &[
                "<td><label><input type=\"checkbox\" name=\"s\" value=\"", number,
                "\" aria-label=\"", said, ": ", free_said, "\">", free_said, "</label></td>",
            ]),
            Self::Own(shift) => push(html, &["<td class=\"own\"><a href=\"/schichten/", &shift.number, "\">gebucht</a></td>"]),
            Self::Full(shift) => push(html, &["<td class=\"full\"><a href=\"/schichten/", &shift.number, "\">voll</a></td>"]),
            Self::No(reason) => push(html, &["<td class=\"no\">", reason, "</td>"]),
        }
    }
}

#[inline(always)]
fn push(html: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| html.push_str(part));
}

// Numbers, times of day, weekdays and fixed words: nothing that anybody typed.
impl HtmlSafe for RowView<'_> {}

impl FastWritable for RowView<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        let mut html = String::with_capacity(ROW);
        self.write(&mut html);
        Ok(dest.write_str(&html)?)
    }
}

impl fmt::Display for RowView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut html = String::with_capacity(ROW);
        self.write(&mut html);
        f.write_str(&html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template;
    use time::Duration;
    use time::macros::datetime;

    use crate::campaigns::campaign::Channel;
    use crate::id::ShiftId;

    /// The same row as a template writes it, with everything escaped.
    #[derive(Template)]
    #[template(
        ext = "html",
        source = r#"
<tr><th scope="row">{{ row.span }}<small>{{ row.hours }} · {{ row.channel.label() }}</small></th>
{%- for cell in cells -%}
{%- match cell -%}
{%- when Cell::Empty -%}<td></td>
{%- when Cell::Free with (s) -%}<td><label><input type="checkbox" name="s" value="{{ s.id }}" aria-label="{{ s.said }}: {{ s.free() }} frei">{{ s.free() }} frei</label></td>
{%- when Cell::Own with (s) -%}<td class="own"><a href="/schichten/{{ s.id }}">gebucht</a></td>
{%- when Cell::Full with (s) -%}<td class="full"><a href="/schichten/{{ s.id }}">voll</a></td>
{%- when Cell::No with (reason) -%}<td class="no">{{ reason }}</td>
{%- endmatch -%}
{%- endfor -%}
</tr>"#
    )]
    struct Written<'a> {
        row: &'a Row,
        cells: [Cell<'a>; 7],
    }

    #[test]
    fn a_row_is_written_as_a_template_would() {
        let (from, to) = (datetime!(2026-12-01 8:00), datetime!(2026-12-01 12:00));
        let shift = Shift {
            id: ShiftId(4711),
            channel: Channel::Phone,
            starts_at: from.assume_utc(),
            ends_at: to.assume_utc(),
            seats: 5,
            booked: 2,
            from,
            to,
            number: "4711".into(),
            said: Shift::say(from, to),
            free_said: "3 frei".into(),
        };
        let length = Duration::hours(4);
        let (span, hours) = (shift.span(), crate::clock::german::hours(length));
        let row = Row { span, length, hours, channel: Channel::Phone, cells: [None; 7] };
        let no = Cell::No("überlappt 9–13 Uhr");
        let cells = [Cell::Empty, Cell::Free(&shift), Cell::Own(&shift), Cell::Full(&shift), no, Cell::Empty, no];
        let written = Written { row: &row, cells }.render().expect("renders");
        assert_eq!(RowView { row: &row, several_channels: true, cells }.to_string(), written);
        assert!(
            written.contains(r#"value="4711" aria-label="Di 1.12., 08:00–12:00 Uhr: 3 frei">3 frei<"#),
            "{written}"
        );
    }
}
