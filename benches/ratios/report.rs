//! The table: what was measured, against what, and whether it is enough.

use std::fmt::{self, Display};

/// What a figure must keep.
#[derive(Clone, Copy)]
pub enum Bound {
    AtLeast {
        least: f64,
        aim: f64,
    },
    AtMost {
        most: f64,
        aim: f64,
    },
    /// Printed for the picture only.
    None {
        aim: Option<f64>,
    },
}

/// A line of the table.
pub struct Line {
    pub id: &'static str,
    pub what: &'static str,
    pub ours: String,
    pub other: String,
    pub figure: f64,
    pub unit: &'static str,
    pub bound: Bound,
}

impl Line {
    fn verdict(&self) -> &'static str {
        let figure = self.figure;
        match self.bound {
            Bound::AtLeast { aim, .. } if figure >= aim => "pass, aim",
            Bound::AtMost { aim, .. } if figure <= aim => "pass, aim",
            Bound::AtLeast { least, .. } if figure >= least => "pass",
            Bound::AtMost { most, .. } if figure <= most => "pass",
            Bound::None { .. } => "",
            _ => "FAIL",
        }
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bound, aim) = match self.bound {
            Bound::AtLeast { least, aim } => (format!("≥ {least}"), aim.to_string()),
            Bound::AtMost { most, aim } => (format!("≤ {most}"), aim.to_string()),
            Bound::None { aim } => ("–".into(), aim.map_or("–".into(), |aim| aim.to_string())),
        };
        let figure = match self.unit {
            "" => format!("{:.2}", self.figure),
            unit => format!("{:.0} {unit}", self.figure),
        };
        let Self { id, what, ours, other, .. } = self;
        write!(f, "{id:<4} {what:<58} {ours:>14} {other:>14} {figure:>9} {bound:>7} {aim:>5}  {}", self.verdict())
    }
}

/// The head of the table.
pub fn head() -> String {
    format!("{:<4} {:<58} {:>14} {:>14} {:>9} {:>7} {:>5}", "", "", "portal", "reference", "figure", "bound", "aim")
}

/// `1234/s`
pub fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}

/// `12.3 ms`
pub fn millis(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1000.0)
}

/// Figures of alternating runs.
#[derive(Default)]
pub struct Pairs(pub Vec<(f64, f64)>);

impl Pairs {
    /// The median of the pairs' ratios: noise that lasts touches both runs of a pair.
    pub fn ratio(&self) -> f64 {
        median(self.0.iter().map(|(ours, other)| ours / other).collect())
    }

    pub fn ours(&self) -> f64 {
        median(self.0.iter().map(|pair| pair.0).collect())
    }

    pub fn other(&self) -> f64 {
        median(self.0.iter().map(|pair| pair.1).collect())
    }

    /// As a line of the table, with figures said by `say`.
    pub fn line(&self, id: &'static str, what: &'static str, say: fn(f64) -> String, bound: Bound) -> Line {
        let (ours, other) = (say(self.ours()), say(self.other()));
        Line { id, what, ours, other, figure: self.ratio(), unit: "", bound }
    }
}

/// The middle of the figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
