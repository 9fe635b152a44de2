//! How dates, times and hours are said in German, on pages and in mails.

use time::{Date, Duration, PrimitiveDateTime, Time, Weekday};

/// `Mo` … `So`.
pub fn weekday_short(day: Weekday) -> &'static str {
    ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"][usize::from(day.number_days_from_monday())]
}

/// `Montag` … `Sonntag`.
pub fn weekday(day: Weekday) -> &'static str {
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
        [usize::from(day.number_days_from_monday())]
}

/// `Januar` … `Dezember`.
pub fn month(date: Date) -> &'static str {
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ][usize::from(u8::from(date.month())) - 1]
}

/// `25.11.2026`
pub fn date(date: Date) -> String {
    format!("{}.{}.{}", date.day(), u8::from(date.month()), date.year())
}

/// `25.11.`
pub fn day_month(date: Date) -> String {
    format!("{}.{}.", date.day(), u8::from(date.month()))
}

/// `Mi, 25.11.`
pub fn short_day(date: Date) -> String {
    format!("{}, {}", weekday_short(date.weekday()), day_month(date))
}

/// `Mi, 25.11.2026`
pub fn day(day: Date) -> String {
    format!("{}, {}", weekday_short(day.weekday()), date(day))
}

/// `Mittwoch, 25. November`
pub fn long_day(date: Date) -> String {
    format!("{}, {}. {}", weekday(date.weekday()), date.day(), month(date))
}

/// `09:00`
pub fn time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `09:00–13:00`, with an en dash.
pub fn span(from: Time, to: Time) -> String {
    format!("{}–{}", self::time(from), self::time(to))
}

/// `Mi, 25.11.2026, 12:00 Uhr`
pub fn moment(at: PrimitiveDateTime) -> String {
    format!("{}, {} Uhr", day(at.date()), time(at.time()))
}

/// `9–13 Uhr`, `9:30–13 Uhr`: as short as it can be said, for the cells of the plan.
pub fn short_span(from: Time, to: Time) -> String {
    let short =
        |t: Time| if t.minute() == 0 { t.hour().to_string() } else { format!("{}:{:02}", t.hour(), t.minute()) };
    format!("{}–{} Uhr", short(from), short(to))
}

/// Hours with at most one decimal: `4 h`, `16,5 h`.
pub fn hours(length: Duration) -> String {
    format!("{} h", decimal_hours(length))
}

/// Hours with at most one decimal and no unit: `4`, `16,5`. Rounded half up.
pub fn decimal_hours(length: Duration) -> String {
    let tenths = (length.whole_seconds() * 10 + 1800).div_euclid(3600);
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{},{}", tenths / 10, tenths % 10) }
}

/// How long until something: `in 1 Tag 19 h`, `in 2 h 13 min`, `in 5 min`, `gleich`.
pub fn until(length: Duration) -> String {
    let minutes = length.whole_minutes();
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        _ if minutes < 1 => "gleich".into(),
        (0, 0, m) => format!("in {m} min"),
        (0, h, 0) => format!("in {h} h"),
        (0, h, m) => format!("in {h} h {m} min"),
        (1, h, _) => format!("in 1 Tag {h} h"),
        (d, h, _) => format!("in {d} Tagen {h} h"),
    }
}

/// Minutes since local midnight as a time of the dial: 540 is `09:00`, 1500 is `01:00`, 1440 is `24:00`.
pub fn minutes(minutes: i16) -> String {
    if minutes == 1440 { "24:00".into() } else { format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60) }
}

/// A number and its noun: `1 Schicht`, `7 Schichten`.
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{datetime, time};

    #[test]
    fn the_examples_of_the_style_guide() {
        assert_eq!(moment(datetime!(2026-11-25 12:00)), "Mi, 25.11.2026, 12:00 Uhr");
        assert_eq!(span(time!(09:00), time!(13:00)), "09:00–13:00");
        assert_eq!(hours(Duration::minutes(990)), "16,5 h");
        assert_eq!(hours(Duration::hours(12)), "12 h");
        assert_eq!(short_span(time!(09:00), time!(13:30)), "9–13:30 Uhr");
        assert_eq!(until(Duration::minutes(43 * 60)), "in 1 Tag 19 h");
        assert_eq!(minutes(1500), "01:00");
        assert_eq!(long_day(datetime!(2026-12-02 0:00).date()), "Mittwoch, 2. Dezember");
    }
}
