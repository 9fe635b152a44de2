//! The panel of hours: booked, average, expectation. Information and nothing else: no colour, no praise.

use time::{Duration, OffsetDateTime};

use crate::campaigns::campaign::Campaign;
use crate::campaigns::schedule::next_due;
use crate::clock::german;
use crate::shifts::mine::{AVERAGE_WEEKS, Mine};
use crate::shifts::week::Week;

/// The hours of one campaign, ready to be shown.
pub struct Hours {
    pub week: Week,
    pub booked: String,
    pub average: String,
    pub expectation: String,
    /// `Mi, 25.11., 12:00 Uhr`
    pub next_publication: String,
    pub until_publication: String,
    pub gauge: Gauge,
}

impl Hours {
    /// The hours booked in `week`, and the average of the four full weeks before now.
    pub fn new(mine: &Mine, campaign: &Campaign, week: Week, now: OffsetDateTime) -> Self {
        let zone = &campaign.zone;
        let average = mine.average(Week::at(now, zone), zone, Some(campaign.id));
        let due = next_due(zone, campaign.publication_time, now);
        let local = zone.local(due);
        Self {
            week,
            booked: german::hours(mine.booked(week, zone, Some(campaign.id))),
            average: german::hours(average),
            expectation: campaign.expectation(),
            next_publication: format!("{}, {} Uhr", german::short_day(local.date()), german::time(local.time())),
            until_publication: german::until(due - now),
            gauge: Gauge::new(average, campaign.expected_hours_min, campaign.expected_hours_max),
        }
    }
}

/// The drawing of the average beside the expectation: a scale from 0, in hundredths of its width.
pub struct Gauge {
    pub end: i16,
    pub band_x: i64,
    pub band_width: i64,
    pub at_x: i64,
    pub label: String,
}

impl Gauge {
    const WIDTH: i64 = 250;

    fn new(average: Duration, min: i16, max: i16) -> Self {
        let hours = average.whole_minutes();
        let end = (max + 5).max(i16::try_from(hours / 60 + 1).unwrap_or(max));
        let x = |minutes: i64| (minutes * Self::WIDTH / (i64::from(end) * 60)).clamp(0, Self::WIDTH);
        let (band_x, band_end) = (x(i64::from(min) * 60), x(i64::from(max) * 60));
        let label = format!(
            "Durchschnitt {} Stunden; Erwartung {min} bis {max} Stunden je Woche",
            german::decimal_hours(average)
        );
        Self { end, band_x, band_width: band_end - band_x, at_x: (x(hours) - 2).clamp(0, Self::WIDTH - 4), label }
    }
}

/// From where bookings are read, so that the average is complete; a day more, since a campaign's zone may be ahead.
pub fn since(zone: &crate::clock::Zone, now: OffsetDateTime) -> OffsetDateTime {
    Week::at(now, zone).plus(-AVERAGE_WEEKS).bounds(zone).0 - Duration::DAY
}
