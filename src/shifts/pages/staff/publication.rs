//! What the plan page says about the publication of its week.

use time::OffsetDateTime;

use crate::campaigns::campaign::Campaign;
use crate::campaigns::schedule::{DAY, next_due};
use crate::clock::german;
use crate::shifts::publication::weeks;
use crate::shifts::shift::Shift;
use crate::shifts::week::Week;

/// The box beside the heat map.
pub struct PublicationBox {
    pub heading: String,
    pub text: String,
    /// Whether drafts wait.
    pub drafts: bool,
    /// Whether they can be published at once.
    pub now: bool,
}

/// The Wednesday on which a draft of this week would be published; none if that Wednesday is over.
pub fn scheduled(campaign: &Campaign, week: Week, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let mut due = next_due(&campaign.zone, campaign.publication_time, now);
    loop {
        let (first, last) = weeks(campaign.zone.date(due), campaign.horizon_weeks);
        if week <= last {
            return (week >= first).then_some(due);
        }
        due = next_due(&campaign.zone, campaign.publication_time, due);
    }
}

impl PublicationBox {
    /// For the shifts of a week.
    pub fn new(campaign: &Campaign, week: Week, shifts: &[Shift], now: OffsetDateTime) -> Self {
        let local = |at| campaign.zone.local(at);
        let drafts = shifts.iter().filter(|s| s.is_draft() && s.starts_at > now).count();
        let published = shifts.iter().filter_map(|s| s.published_at).max();
        let within = week <= Week::at(now, &campaign.zone).plus(campaign.horizon_weeks);
        let count = german::count(drafts as i64, "neuer Entwurf", "neue Entwürfe");
        match (drafts, published) {
            (0, None) if !shifts.is_empty() => Self {
                heading: "wurde nicht veröffentlicht".into(),
                text: "Die Entwürfe dieser Woche haben schon begonnen und bleiben Entwürfe.".into(),
                drafts: false,
                now: false,
            },
            (0, None) => Self {
                heading: "Noch keine Schichten".into(),
                text: "Lege sie aus dem Wochenmuster an, kopiere eine Woche oder beginne mit einer einzelnen.".into(),
                drafts: false,
                now: false,
            },
            (0, Some(at)) => Self {
                heading: format!("Veröffentlicht am {}", german::short_day(local(at).date())),
                text: "Freie Plätze bleiben buchbar, bis die Schicht beginnt.".into(),
                drafts: false,
                now: false,
            },
            (_, published) => Self {
                heading: heading(campaign, week, published.is_some().then_some(count), now),
                text: text(campaign, week, now),
                drafts: true,
                now: within && campaign.ended_at.is_none(),
            },
        }
    }
}

/// `wird am Mittwoch, 25.11., 12:00 Uhr veröffentlicht`
fn heading(campaign: &Campaign, week: Week, some: Option<String>, now: OffsetDateTime) -> String {
    let subject = some.map(|count| format!("{count}: ")).unwrap_or_default();
    match scheduled(campaign, week, now) {
        Some(due) => {
            let at = campaign.zone.local(due);
            let (day, time) = (german::day_month(at.date()), german::time(at.time()));
            format!("{subject}wird am {}, {day}, {time} Uhr veröffentlicht", german::weekday(DAY))
        }
        None => format!("{subject}noch nicht veröffentlicht"),
    }
}

fn text(campaign: &Campaign, week: Week, now: OffsetDateTime) -> String {
    match scheduled(campaign, week, now) {
        Some(due) => {
            let (_, last) = weeks(campaign.zone.date(due), campaign.horizon_weeks);
            let mut until = german::until(due - now);
            until[..1].make_ascii_uppercase();
            format!(
                "{until}. Dann sind alle Schichten bis {} buchbar ({} Wochen im Voraus).",
                german::date(last.sunday()),
                campaign.horizon_weeks
            )
        }
        None => "Für diese Woche kommt kein Mittwoch mehr. Veröffentliche sie selbst, wenn alles stimmt.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::campaign::Channel;
    use crate::clock::Zone;
    use crate::id::{CampaignId, ShiftId};
    use time::Duration;
    use time::macros::{datetime, time};

    /// Monday, 23 November 2026, 16:00 UTC: the mockup's moment.
    const NOW: OffsetDateTime = datetime!(2026-11-23 16:00 UTC);

    fn campaign() -> Campaign {
        Campaign {
            id: CampaignId::new(),
            slug: "blattgruen".into(),
            client: "Blattgrün".into(),
            name: "Bestellhotline".into(),
            requirements: String::new(),
            channels: Channel::ALL.to_vec(),
            zone: Zone::berlin(),
            horizon_weeks: 5,
            publication_time: time!(12:00),
            release_deadline_hours: 24,
            expected_hours_min: 15,
            expected_hours_max: 20,
            first_shifts: 3,
            planner_contact: String::new(),
            created_at: NOW,
            ended_at: None,
        }
    }

    fn week(text: &str) -> Week {
        text.parse().expect("a week")
    }

    fn draft() -> Shift {
        let starts_at = datetime!(2026-12-21 8:00 UTC);
        Shift {
            id: ShiftId(1),
            channel: Channel::Phone,
            starts_at,
            ends_at: starts_at + Duration::hours(4),
            seats: 1,
            booked: 0,
            published_at: None,
        }
    }

    #[test]
    fn a_week_waits_for_the_wednesday_whose_horizon_reaches_it() {
        let due = |text| scheduled(&campaign(), week(text), NOW);
        assert_eq!(due("2026-W48"), None);
        assert_eq!(due("2026-W49"), Some(datetime!(2026-11-25 11:00 UTC)));
        assert_eq!(due("2026-W53"), Some(datetime!(2026-11-25 11:00 UTC)));
        assert_eq!(due("2027-W01"), Some(datetime!(2026-12-02 11:00 UTC)));
        // Over the clock change, Wednesday noon is an hour earlier in UTC.
        assert_eq!(due("2027-W18"), Some(datetime!(2027-03-31 10:00 UTC)));
    }

    #[test]
    fn the_box_says_when_and_how_far() {
        let said = PublicationBox::new(&campaign(), week("2026-W52"), &[draft()], NOW);
        assert_eq!(said.heading, "wird am Mittwoch, 25.11., 12:00 Uhr veröffentlicht");
        assert_eq!(said.text, "In 1 Tag 19 h. Dann sind alle Schichten bis 3.1.2027 buchbar (5 Wochen im Voraus).");
        assert!(said.now);
        let published = Shift { published_at: Some(NOW), ..draft() };
        let said = PublicationBox::new(&campaign(), week("2026-W52"), &[published], NOW);
        assert_eq!((said.heading.as_str(), said.now), ("Veröffentlicht am Mo, 23.11.", false));
    }
}
