//! How staff's pages say states, due dates, introductions and erasure dates.

use time::{Date, OffsetDateTime};

use crate::applications::application::State;
use crate::applications::introduction::Kind;
use crate::applications::nearing::Near;
use crate::applications::pipeline::{self, Row};
use crate::clock::{Zone, german};

/// A badge: its tone (empty: neutral), icon and words.
pub struct Badge {
    pub tone: &'static str,
    pub icon: &'static str,
    pub words: String,
}

fn badge(tone: &'static str, icon: &'static str, words: impl Into<String>) -> Badge {
    Badge { tone, icon, words: words.into() }
}

/// The badge of a state.
pub fn state(state: State) -> Badge {
    let (tone, icon) = match state {
        State::Draft | State::New => ("", "circle-dashed"),
        State::Introduced => ("info", "eye"),
        State::Invited => ("info", "calendar-check"),
        State::Talked => ("info", "message-square"),
        State::Accepted => ("ok", "check"),
        State::Refused | State::Withdrawn => ("", "x"),
    };
    badge(tone, icon, pipeline::label(state))
}

/// What a due date asks for today; nothing for one that lies ahead.
pub fn due(due_on: Option<Date>, today: Date) -> Option<Badge> {
    let late = (today - due_on?).whole_days();
    match late {
        ..0 => None,
        0 => Some(badge("warn", "clock", "heute fällig")),
        n => Some(badge("bad", "triangle-alert", german::count(n, "Tag überfällig", "Tage überfällig"))),
    }
}

/// `bis Mi, 25.11.`
pub fn until(due_on: Date) -> String {
    format!("bis {}", german::short_day(due_on))
}

/// A word about an erasure date that is near or past (privacy.md: 30 and 7 days).
pub fn erasure(erase_on: Option<Date>, today: Date) -> Option<Badge> {
    let on = erase_on.filter(|on| Near::Month.is(*on, today))?;
    let days = german::count((on - today).whole_days(), "Tag", "Tagen");
    Some(match () {
        () if Near::Overdue.is(on, today) => badge("bad", "trash-2", "Löschung überfällig"),
        () if on == today => badge("warn", "trash-2", "Löschung heute"),
        () if Near::Week.is(on, today) => badge("warn", "trash-2", format!("Löschung in {days}")),
        () => badge("info", "trash-2", format!("Löschung in {days}")),
    })
}

/// `Video 1:48`, `Text`, `noch keine`.
pub fn introduction(kind: Option<Kind>, length_ms: Option<i32>) -> String {
    let Some(kind) = kind.map(Kind::label) else { return "noch keine".into() };
    length_ms.map_or_else(|| kind.to_owned(), |ms| format!("{kind} {}:{:02}", ms / 60_000, ms / 1000 % 60))
}

/// `heute`, `gestern`, `vor 6 Tagen`.
pub fn ago(day: Date, today: Date) -> String {
    match (today - day).whole_days() {
        ..=0 => "heute".into(),
        1 => "gestern".into(),
        n => format!("vor {n} Tagen"),
    }
}

/// `23.11.2026`, in Berlin.
pub fn day(at: OffsetDateTime) -> String {
    german::date(Zone::berlin().date(at))
}

/// `Mo, 23.11.2026, 12:00 Uhr`, in Berlin.
pub fn moment(at: OffsetDateTime) -> String {
    german::moment(Zone::berlin().local(at))
}

/// Where a row stands, in a word: an offer waits for the other side.
pub fn stand(row: &Row) -> Badge {
    if row.offered_at.is_some() && row.state.is_open() {
        return badge("info", "hourglass", "Angebot offen");
    }
    state(row.state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn dates_in_words() {
        let today = date!(2026 - 11 - 23);
        let words = |badge: Option<Badge>| badge.map(|b| b.words);
        assert_eq!(words(due(Some(date!(2026 - 11 - 22)), today)).as_deref(), Some("1 Tag überfällig"));
        assert_eq!(words(due(Some(today), today)).as_deref(), Some("heute fällig"));
        assert_eq!(words(due(Some(date!(2026 - 11 - 24)), today)), None);
        let erasure = |on| erasure(Some(on), today).map(|badge| (badge.tone, badge.words));
        for (on, said) in [
            (date!(2026 - 12 - 24), None),
            (date!(2026 - 12 - 23), Some(("info", "Löschung in 30 Tagen"))),
            (date!(2026 - 12 - 01), Some(("info", "Löschung in 8 Tagen"))),
            (date!(2026 - 11 - 30), Some(("warn", "Löschung in 7 Tagen"))),
            (date!(2026 - 11 - 24), Some(("warn", "Löschung in 1 Tag"))),
            (today, Some(("warn", "Löschung heute"))),
            (date!(2026 - 11 - 22), Some(("bad", "Löschung überfällig"))),
        ] {
            assert_eq!(erasure(on), said.map(|(tone, words)| (tone, words.to_owned())), "{on}");
        }
        assert_eq!(ago(date!(2026 - 11 - 17), today), "vor 6 Tagen");
        assert_eq!(introduction(Some(Kind::Video), Some(108_400)), "Video 1:48");
    }
}
