//! The public holidays of the whole of Germany: nine days a year, four of them counted from Easter.
//!
//! Neujahr, Karfreitag, Ostermontag, 1. Mai, Christi Himmelfahrt, Pfingstmontag, 3. Oktober and both days of Christmas
//! are holidays in every state; all others differ from state to state and are entered by hand.

use time::{Date, Duration, Month};

/// The nation-wide holidays of a year in order of date; empty for a year without a Gregorian Easter.
pub fn of_year(year: i32) -> Vec<(Date, &'static str)> {
    let Some(easter) = easter(year) else { return Vec::new() };
    let fixed = |month, day, label| Date::from_calendar_date(year, month, day).ok().map(|date| (date, label));
    let movable = |days, label| Some((easter + Duration::days(days), label));
    let mut days: Vec<_> = [
        fixed(Month::January, 1, "Neujahr"),
        movable(-2, "Karfreitag"),
        movable(1, "Ostermontag"),
        fixed(Month::May, 1, "Tag der Arbeit"),
        movable(39, "Christi Himmelfahrt"),
        movable(50, "Pfingstmontag"),
        fixed(Month::October, 3, "Tag der Deutschen Einheit"),
        fixed(Month::December, 25, "1. Weihnachtstag"),
        fixed(Month::December, 26, "2. Weihnachtstag"),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Himmelfahrt may come before 1 May (2008: on it).
    days.sort();
    days
}

/// Easter Sunday.
fn easter(year: i32) -> Option<Date> {
    let day = computus::gregorian(year).ok()?;
    let month = Month::try_from(u8::try_from(day.month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day.day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_known_dates_of_two_years() {
        let dates = |year| of_year(year).into_iter().map(|(day, _)| day).collect::<Vec<_>>();
        assert_eq!(
            dates(2026),
            [
                date!(2026 - 01 - 01),
                date!(2026 - 04 - 03),
                date!(2026 - 04 - 06),
                date!(2026 - 05 - 01),
                date!(2026 - 05 - 14),
                date!(2026 - 05 - 25),
                date!(2026 - 10 - 03),
                date!(2026 - 12 - 25),
                date!(2026 - 12 - 26),
            ]
        );
        assert_eq!(
            dates(2027)[1..6],
            [
                date!(2027 - 03 - 26),
                date!(2027 - 03 - 29),
                date!(2027 - 05 - 01),
                date!(2027 - 05 - 06),
                date!(2027 - 05 - 17),
            ]
        );
        assert_eq!(of_year(-1), []);
    }
}
