//! Opening hours as staff type them (`7–22`, `8:30–12, 13–18`, `18–2`) and as pages say them (`Mo–Fr 7–22 Uhr`).

use time::Weekday;

use super::opening::{Hours, Span};
use crate::clock::german;

/// Spans that a day may have.
pub const MOST_SPANS: usize = 3;

const DAY: i16 = 24 * 60;

/// The weekdays in the order of [`Hours::weekly`].
pub const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Why typed opening hours cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not `von–bis`.
    Unreadable(String),
    /// More spans than a day may have.
    TooMany,
    /// Two spans of one day.
    Overlap(Span, Span),
    /// The day runs past midnight into the next one's hours.
    IntoNextDay { until: i16, next: Weekday, opens: i16 },
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreadable(typed) => {
                format!("„{typed}“ lässt sich nicht lesen. Schreib zum Beispiel 7–22 oder 8:30–12, 13–18.")
            }
            Self::TooMany => format!("Ein Tag hat höchstens {MOST_SPANS} Zeiträume."),
            Self::Overlap(first, second) => {
                format!("{} und {} überschneiden sich.", first.label(), second.label())
            }
            Self::IntoNextDay { until, next, opens } => {
                let (until, next, opens) = (german::minutes(*until), german::weekday(*next), german::minutes(*opens));
                format!("Das reicht bis {until} Uhr am {next}, der aber schon um {opens} Uhr öffnet.")
            }
        }
    }
}

/// The spans of one day in order of opening; nothing typed: closed.
/// A closing that is not after its opening lies past midnight.
pub fn parse(typed: &str) -> Result<Vec<Span>, Refusal> {
    let parts = typed.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let mut spans =
        parts.map(|part| span(part).ok_or_else(|| Refusal::Unreadable(part.into()))).collect::<Result<Vec<_>, _>>()?;
    spans.sort();
    if spans.len() > MOST_SPANS {
        return Err(Refusal::TooMany);
    }
    match spans.iter().zip(spans.iter().skip(1)).find(|(first, second)| first.closes > second.opens) {
        Some((first, second)) => Err(Refusal::Overlap(*first, *second)),
        None => Ok(spans),
    }
}

/// The days whose hours run into those of the following day; Sunday's into Monday's.
pub fn collisions(weekly: &[Vec<Span>; 7]) -> Vec<(Weekday, Refusal)> {
    let collision = |day: Weekday| {
        let next = day.next();
        let last = weekly[usize::from(day.number_days_from_monday())].last()?;
        let first = weekly[usize::from(next.number_days_from_monday())].first()?;
        let until = last.closes - DAY;
        (until > first.opens).then_some((day, Refusal::IntoNextDay { until, next, opens: first.opens }))
    };
    WEEKDAYS.into_iter().filter_map(collision).collect()
}

fn span(typed: &str) -> Option<Span> {
    let typed = typed.strip_suffix("Uhr").unwrap_or(typed);
    let (from, to) = typed.split_once(['–', '-', '—'])?;
    let opens = clock(from).filter(|minutes| *minutes < DAY)?;
    let closes = clock(to)?;
    Some(Span { opens, closes: if closes > opens { closes } else { closes + DAY } })
}

/// `7`, `7:30`, `07.30`, `24:00` as minutes since midnight.
pub fn clock(typed: &str) -> Option<i16> {
    let typed = typed.trim();
    let (hours, minutes) = typed.split_once([':', '.']).unwrap_or((typed, "00"));
    let number =
        |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i16>().ok()).flatten();
    if hours.len() > 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
}

impl Span {
    /// `7–22`, `8:30–12`, `18–2`: as short as it can be said, and as it can be typed.
    pub fn short(self) -> String {
        let short = |minutes: i16| {
            let (hours, rest) = (if minutes == DAY { 24 } else { minutes / 60 % 24 }, minutes % 60);
            if rest == 0 { hours.to_string() } else { format!("{hours}:{rest:02}") }
        };
        format!("{}–{}", short(self.opens), short(self.closes))
    }
}

/// Spans as they are typed: `8–12, 13–18`.
pub fn typed(spans: &[Span]) -> String {
    spans.iter().map(|span| span.short()).collect::<Vec<_>>().join(", ")
}

/// Spans as they are said: `8–12 und 13–18 Uhr`, `geschlossen`.
pub fn said(spans: &[Span]) -> String {
    match spans {
        [] => "geschlossen".into(),
        [whole] if whole.opens == 0 && whole.closes == DAY => "rund um die Uhr".into(),
        spans => format!("{} Uhr", spans.iter().map(|span| span.short()).collect::<Vec<_>>().join(" und ")),
    }
}

impl Hours {
    /// `Mo–Fr 7–22 Uhr, Sa 8–20 Uhr`: equal neighbours together, closed days left out, exceptions not told.
    pub fn summary(&self) -> String {
        let groups = WEEKDAYS.chunk_by(|a, b| self.of(*a) == self.of(*b)).filter(|group| !self.of(group[0]).is_empty());
        let sentences: Vec<String> = groups
            .map(|group| {
                let (first, last) = (german::weekday_short(group[0]), german::weekday_short(group[group.len() - 1]));
                let days = if first == last { first.to_owned() } else { format!("{first}–{last}") };
                format!("{days} {}", said(self.of(group[0])))
            })
            .collect();
        if sentences.is_empty() { "noch keine Öffnungszeiten".into() } else { sentences.join(", ") }
    }

    /// The spans of a weekday.
    pub fn of(&self, day: Weekday) -> &[Span] {
        &self.weekly[usize::from(day.number_days_from_monday())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pairs: &[(i16, i16)]) -> Vec<Span> {
        pairs.iter().map(|(opens, closes)| Span { opens: *opens, closes: *closes }).collect()
    }

    #[test]
    fn hours_are_read_as_people_type_them() {
        assert_eq!(parse("7–22"), Ok(spans(&[(420, 1320)])));
        assert_eq!(parse(" 13:00 - 18.30 Uhr, 08–12; "), Ok(spans(&[(480, 720), (780, 1110)])));
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("0–24"), Ok(spans(&[(0, 1440)])));
        // Past midnight: until 2, until midnight by its other name, a whole day from 7 to 7.
        assert_eq!(parse("18–2"), Ok(spans(&[(1080, 1560)])));
        assert_eq!(parse("18–0:00"), Ok(spans(&[(1080, 1440)])));
        assert_eq!(parse("7–7"), Ok(spans(&[(420, 1860)])));
        // Where one span ends the next may begin.
        assert!(parse("8–12, 12–18").is_ok());
    }

    #[test]
    fn hours_that_make_no_sense_are_refused_with_a_sentence() {
        for wrong in ["7", "7–25", "24–3", "7:60–9", "7–", "abc", "7:5–9", "-1–5", "007–9", "7–24:01"] {
            assert!(matches!(parse(wrong), Err(Refusal::Unreadable(_))), "{wrong}");
        }
        assert_eq!(parse("1–2, 3–4, 5–6, 7–8"), Err(Refusal::TooMany));
        let overlap = parse("8–13, 12–18").map_err(|refusal| refusal.sentence());
        assert_eq!(overlap, Err("08:00–13:00 und 12:00–18:00 überschneiden sich.".into()));
        // A span past midnight is the last of its day.
        assert!(matches!(parse("18–2, 20–22"), Err(Refusal::Overlap(..))));
    }

    #[test]
    fn a_night_may_not_run_into_the_next_day() {
        let mut weekly: [Vec<Span>; 7] = Default::default();
        weekly[6] = spans(&[(1080, 1560)]);
        weekly[0] = spans(&[(60, 600)]);
        let found: Vec<_> = collisions(&weekly).into_iter().map(|(day, refusal)| (day, refusal.sentence())).collect();
        let sentence = "Das reicht bis 02:00 Uhr am Montag, der aber schon um 01:00 Uhr öffnet.";
        assert_eq!(found, [(Weekday::Sunday, sentence.to_owned())]);
        weekly[0] = spans(&[(120, 600)]);
        assert_eq!(collisions(&weekly), []);
    }

    #[test]
    fn what_is_said_can_be_typed() {
        for text in ["7–22", "8:30–12, 13–18", "18–2", "0–24", "7–7"] {
            assert_eq!(parse(text).map(|spans| typed(&spans)), Ok(text.to_owned()));
        }
    }

    #[test]
    fn the_week_in_one_line() {
        let mut hours = Hours::default();
        assert_eq!(hours.summary(), "noch keine Öffnungszeiten");
        for day in 0..5 {
            hours.weekly[day] = spans(&[(420, 1320)]);
        }
        assert_eq!(hours.summary(), "Mo–Fr 7–22 Uhr");
        hours.weekly[5] = spans(&[(480, 720), (780, 1200)]);
        assert_eq!(hours.summary(), "Mo–Fr 7–22 Uhr, Sa 8–12 und 13–20 Uhr");
        hours.weekly[2].clear();
        assert_eq!(hours.summary(), "Mo–Di 7–22 Uhr, Do–Fr 7–22 Uhr, Sa 8–12 und 13–20 Uhr");
        hours.weekly = std::array::from_fn(|_| spans(&[(0, 1440)]));
        assert_eq!(hours.summary(), "Mo–So rund um die Uhr");
    }
}
