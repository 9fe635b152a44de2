//! What the plan page says about the publication of its week.

use time::OffsetDateTime;

use crate::campaigns::campaign::Campaign;
use crate::clock::german;
use crate::shifts::publication::{DAY, next_due, weeks};
use crate::shifts::shift::Shift;
use crate::shifts::week::Week;

/// The box beside the heat map.
pub struct PublicationBox {
    pub heading: String,
    pub text: String,
    /// Whether something can be published at once.
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
            (0, None) => Self {
                heading: "noch keine Schichten".into(),
                text: "Lege sie aus dem Wochenmuster an, kopiere eine Woche oder beginne mit einer einzelnen.".into(),
                now: false,
            },
            (0, Some(at)) => Self {
                heading: format!("veröffentlicht am {}", german::short_day(local(at).date())),
                text: "Freie Plätze bleiben buchbar, bis die Schicht beginnt.".into(),
                now: false,
            },
            (_, published) => Self {
                heading: heading(campaign, week, published.is_some().then_some(count), now),
                text: text(campaign, week, now),
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
