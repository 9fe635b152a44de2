//! The placeholders of the FAQ. A figure is never typed into an answer: it is the one that the portal itself obeys, so
//! that the page can never contradict the system.

use std::collections::BTreeMap;

use sqlx::PgPool;
use time::OffsetDateTime;

use crate::campaigns::campaign::HORIZON;
use crate::campaigns::schedule;
use crate::clock::german;
use crate::policy::{self, Figure, Policy};

/// What is expected where no campaign says otherwise (FAQ fact 13): hours a week on average, from and to.
const EXPECTED_HOURS: (i16, i16) = (15, 20);

/// A placeholder: its name, what it stands for, and what it says today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    pub name: &'static str,
    pub meaning: &'static str,
    pub value: String,
}

/// All placeholders with their present values.
#[derive(Debug, Clone)]
pub struct Figures(Vec<Placeholder>);

/// A placeholder that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub String);

impl Unknown {
    /// The sentence beside the field.
    pub fn sentence(&self) -> String {
        format!("Den Platzhalter {{{}}} gibt es nicht. Die möglichen stehen neben dem Formular.", self.0)
    }
}

impl Figures {
    /// Reads the figures that hold now.
    pub async fn load(db: &PgPool, now: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let policy = policy::at(db, now).await?;
        let expected = sqlx::query!(
            r#"select min(expected_hours_min) as "least", max(expected_hours_max) as "most" from campaign
               where ended_at is null or ended_at > $1"#,
            now,
        )
        .fetch_one(db)
        .await?;
        let hours = (expected.least.unwrap_or(EXPECTED_HOURS.0), expected.most.unwrap_or(EXPECTED_HOURS.1));
        Ok(Self::of(&policy, hours))
    }

    /// The figures of this policy and these expected hours.
    pub fn of(policy: &Policy, (least, most): (i16, i16)) -> Self {
        let placeholder = |name, meaning, value| Placeholder { name, meaning, value };
        let (earliest, latest) = policy.training_start_days();
        Self(vec![
            placeholder("nutzungsbeitrag", "Nutzungsbeitrag im Monat", policy.fee()),
            placeholder("leitung", "nötige Leitung, wie in „DSL …“", policy.line_number()),
            placeholder("windows", "ältestes Windows, mit dem es geht", policy.windows()),
            placeholder("vorstellung", "längste Aufnahme", policy.said_dative(Figure::IntroductionMinutes)),
            placeholder("schulung_frueh", "frühester Beginn der Schulung", days(earliest)),
            placeholder("schulung_spaet", "spätester Beginn der Schulung", days(latest)),
            placeholder("loeschfrist", "Bewerbungsdaten bleiben so lange", policy.said(Figure::ErasureMonths)),
            placeholder(
                "loeschung",
                "Löschung auf Wunsch, innerhalb von …",
                policy.said_dative(Figure::DeletionRequestHours),
            ),
            placeholder("einwilligung", "mit Einwilligung bleiben Daten so lange", policy.said(Figure::ConsentMonths)),
            placeholder("veroeffentlichung", "Tag, an dem Pläne erscheinen", publication()),
            placeholder("horizont", "so weit reichen Pläne, je nach Kampagne", horizon()),
            placeholder("stunden", "erwartete Stunden pro Woche", span(least, most)),
        ])
    }

    /// The placeholders, for the people who write.
    pub fn all(&self) -> &[Placeholder] {
        &self.0
    }

    /// The text with every placeholder filled; the first one that does not exist is an error.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        let values: BTreeMap<&str, &str> = self.0.iter().map(|p| (p.name, p.value.as_str())).collect();
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            match after.split_once('}').filter(|(name, _)| is_name(name)) {
                Some((name, tail)) => {
                    filled.push_str(values.get(name).ok_or_else(|| Unknown(name.to_owned()))?);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Whether something in braces is meant as a placeholder; a brace by itself is a brace.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 60 && !text.contains(['{', '\n'])
}

/// Whole weeks as such, in the dative: `3 Tagen`, `3 Wochen`.
fn days(days: i32) -> String {
    match (days, days % 7) {
        (7, _) => "1 Woche".into(),
        (n, 0) if n > 0 => format!("{} Wochen", n / 7),
        (1, _) => "1 Tag".into(),
        (n, _) => format!("{n} Tagen"),
    }
}

/// `mittwochs`
fn publication() -> String {
    format!("{}s", german::weekday(schedule::DAY).to_lowercase())
}

/// `3–8 Wochen`: what a campaign may choose, held by the form and by the database.
fn horizon() -> String {
    format!("{} Wochen", span(*HORIZON.start(), *HORIZON.end()))
}

fn span(from: i16, to: i16) -> String {
    if from == to { from.to_string() } else { format!("{from}–{to}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, Unknown> {
        Figures::of(&Policy::default(), EXPECTED_HOURS).fill(text)
    }

    #[test]
    fn the_figures_of_the_faq() {
        for (text, said) in [
            ("{nutzungsbeitrag} im Monat", "2,90 € im Monat"),
            ("DSL {leitung}", "DSL 16.000"),
            ("{windows} oder neuer", "Windows 8 oder neuer"),
            ("{schulung_frueh} bis {schulung_spaet}", "3 Tagen bis 3 Wochen"),
            ("{loeschfrist}, {loeschung}", "6 Monate, 72 Stunden"),
            ("{veroeffentlichung}, {horizont}, {stunden}", "mittwochs, 3–8 Wochen, 15–20"),
        ] {
            assert_eq!(fill(text).as_deref(), Ok(said));
        }
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_and_a_brace_is_a_brace() {
        assert_eq!(fill("{leitung} {Leitung}"), Err(Unknown("Leitung".into())));
        assert_eq!(fill("{nutzungs beitrag}"), Err(Unknown("nutzungs beitrag".into())));
        for plain in ["{", "}", "{}", "a { b", "{\n}", "{{"] {
            assert_eq!(fill(plain).as_deref(), Ok(plain));
        }
        assert_eq!(fill("{{leitung}}").as_deref(), Ok("{16.000}"));
    }

    #[test]
    fn whole_weeks_are_said_as_weeks() {
        for (n, said) in
            [(1, "1 Tag"), (3, "3 Tagen"), (7, "1 Woche"), (21, "3 Wochen"), (22, "22 Tagen"), (0, "0 Tagen")]
        {
            assert_eq!(days(n), said);
        }
    }
}
