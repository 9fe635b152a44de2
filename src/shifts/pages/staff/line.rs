//! The fields of one or several shifts: days, from, to, channel, seats. As typed, and proven.

use serde::Deserialize;

use crate::campaigns::campaign::{Campaign, Channel};
use crate::clock::minutes_of;
use crate::shifts::shift::MOST_SEATS;
use crate::web::form::Errors;

/// What was typed; the pattern page's buttons send their word with it.
#[derive(Debug, Default, Deserialize)]
pub struct LineForm {
    /// Days of the week, 1 to 7.
    #[serde(default)]
    pub tag: Vec<String>,
    #[serde(default)]
    pub von: String,
    #[serde(default)]
    pub bis: String,
    #[serde(default)]
    pub kanal: String,
    #[serde(default)]
    pub plaetze: String,
    /// Ticked slots of a preview.
    #[serde(default)]
    pub s: Vec<String>,
    /// The line of the pattern to remove.
    #[serde(default)]
    pub entfernen: Option<String>,
    /// Which button was pressed.
    #[serde(default)]
    pub schritt: String,
}

/// Proven fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 1 = Monday … 7 = Sunday.
    pub weekdays: Vec<i16>,
    pub starts: i16,
    /// Past 1440: on the next day.
    pub ends: i16,
    pub channel: Channel,
    pub seats: i16,
}

impl LineForm {
    /// Whether the day is ticked.
    pub fn has(&self, day: &str) -> bool {
        self.tag.iter().any(|t| t == day)
    }

    /// The proven line; otherwise each error stands beside its field.
    pub fn prove(&self, campaign: &Campaign, errors: &mut Errors) -> Option<Line> {
        let mut weekdays: Vec<i16> =
            self.tag.iter().filter_map(|t| t.parse().ok()).filter(|day| (1..=7).contains(day)).collect();
        weekdays.sort_unstable();
        weekdays.dedup();
        if weekdays.is_empty() {
            errors.add("tag", "Bitte wähle mindestens einen Tag.");
        }
        let starts = errors.take("von", time(&self.von, "den Beginn"));
        let ends = errors.take("bis", time(&self.bis, "das Ende"));
        let channel = errors.take("kanal", channel(&self.kanal, campaign));
        let seats = errors.take("plaetze", seats(&self.plaetze));
        let (starts, ends, channel, seats) = (starts?, ends?, channel?, seats?);
        let ends = if ends <= starts { ends + 1440 } else { ends };
        (!weekdays.is_empty()).then_some(Line { weekdays, starts, ends, channel, seats })
    }
}

/// A time of day.
pub fn time(typed: &str, what: &str) -> Result<i16, String> {
    minutes_of(typed).ok_or_else(|| format!("Bitte gib {what} als Uhrzeit an, zum Beispiel 09:30."))
}

/// One of the campaign's channels.
pub fn channel(typed: &str, campaign: &Campaign) -> Result<Channel, String> {
    let known = Channel::of(typed).filter(|channel| campaign.channels.contains(channel));
    known.ok_or_else(|| "Bitte wähle einen Kanal der Kampagne.".into())
}

/// A number of seats.
pub fn seats(typed: &str) -> Result<i16, String> {
    let number = typed.trim().parse().ok().filter(|n| (1..=MOST_SEATS).contains(n));
    number.ok_or_else(|| format!("Bitte gib eine Zahl von 1 bis {MOST_SEATS} an."))
}
