//! A posting as a tile: what a visitor compares.

use std::collections::BTreeMap;

use time::Date;

use crate::campaigns::opening::{Hours, Span};
use crate::campaigns::posting::Posting;
use crate::clock::german;
use crate::id::CampaignId;
use crate::training::upcoming::Next;

/// A tile of the start page, and of a closed posting's page.
pub struct Tile {
    pub slug: String,
    pub client: String,
    pub title: String,
    pub summary: String,
    /// `Telefon, Chat`
    pub channels: String,
    pub icon: &'static str,
    /// `Mo–Fr 7–22 Uhr`
    pub hours: String,
    /// When the training begins.
    pub start: String,
}

impl Tile {
    /// The tile of a posting whose campaign has these hours, and perhaps this next training.
    pub fn new(posting: &Posting, hours: &Hours, next: Option<&Next>, today: Date) -> Self {
        let labels: Vec<_> = posting.channels.iter().map(|channel| channel.label()).collect();
        let start = match (next, posting.starts_on.filter(|day| *day > today)) {
            (Some(next), _) => format!("nächste Schulung {}", next.said()),
            (None, Some(day)) => format!("Schulung ab {}", german::day(day)),
            (None, None) => "Schulung: Termin folgt".into(),
        };
        Self {
            slug: posting.slug.clone(),
            client: posting.client.clone(),
            title: posting.title.clone(),
            summary: posting.summary.clone(),
            channels: labels.join(", "),
            icon: posting.channels.first().map_or("headphones", |channel| channel.icon()),
            hours: hours.summary(),
            start,
        }
    }
}

/// A campaign's weekly hours, out of those of all campaigns.
pub fn hours(weekly: &mut BTreeMap<CampaignId, [Vec<Span>; 7]>, campaign: CampaignId) -> Hours {
    Hours { weekly: weekly.remove(&campaign).unwrap_or_default(), ..Hours::default() }
}
