//! Which open postings a visitor wants to see. Pure rules: there are few postings, the page filters them itself.

use time::{Date, Duration, Weekday};

use super::campaign::Channel;
use super::opening::Hours;
use super::posting::Posting;

/// Minutes of wall time after which it is evening.
const EVENING: i16 = 20 * 60;

/// When somebody wants to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Open after 20:00 on at least one weekday.
    Evening,
    /// Open on Saturday or Sunday.
    Weekend,
}

impl Times {
    /// All, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Evening, Self::Weekend];

    /// Its name in the address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Evening => "abends",
            Self::Weekend => "wochenende",
        }
    }

    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Evening => "auch abends",
            Self::Weekend => "am Wochenende",
        }
    }
}

/// When somebody wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the next training.
    Soon,
    /// The posting names a later day.
    Later,
}

impl Start {
    /// All, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Soon, Self::Later];

    /// Its name in the address.
    pub fn key(self) -> &'static str {
        match self {
            Self::Soon => "bald",
            Self::Later => "spaeter",
        }
    }

    /// What the form calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Soon => "möglichst bald",
            Self::Later => "später",
        }
    }
}

/// What a visitor has chosen; nothing chosen: everything fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub channel: Option<Channel>,
    /// BCP 47 tag.
    pub language: Option<String>,
    pub times: Option<Times>,
    pub start: Option<Start>,
}

impl Search {
    /// Whether anything was chosen.
    pub fn is_narrow(&self) -> bool {
        *self != Self::default()
    }

    /// Whether a posting of a campaign with these hours fits. `within`: how long after the acceptance the next training
    /// begins at the latest (FAQ fact 8).
    pub fn fits(&self, posting: &Posting, hours: &Hours, today: Date, within: Duration) -> bool {
        let later = posting.starts_on.is_some_and(|day| day > today.saturating_add(within));
        self.channel.is_none_or(|channel| posting.channels.contains(&channel))
            && self.language.as_ref().is_none_or(|language| posting.languages.contains(language))
            && self.times.is_none_or(|times| is_open(hours, times))
            && self.start.is_none_or(|start| later == (start == Start::Later))
    }
}

fn is_open(hours: &Hours, times: Times) -> bool {
    match times {
        Times::Evening => hours.weekly.iter().flatten().any(|span| span.closes > EVENING),
        Times::Weekend => [Weekday::Saturday, Weekday::Sunday].into_iter().any(|day| !hours.of(day).is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::opening::Span;
    use crate::campaigns::posting::Difficulty;
    use crate::id::CampaignId;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 23);

    fn posting() -> Posting {
        Posting {
            campaign: CampaignId::new(),
            slug: "a".into(),
            client: "A".into(),
            channels: vec![Channel::Phone],
            horizon_weeks: 4,
            expected_hours_min: 15,
            expected_hours_max: 20,
            title: "T".into(),
            summary: "S".into(),
            tasks: "A".into(),
            needs: String::new(),
            difficulty: Difficulty::Simple,
            languages: vec!["de".into()],
            countries: Vec::new(),
            restriction: None,
            starts_on: None,
            published_at: None,
            closed_at: None,
            ended_at: None,
        }
    }

    fn fits(search: &Search, posting: &Posting, hours: &Hours) -> bool {
        search.fits(posting, hours, TODAY, Duration::days(21))
    }

    #[test]
    fn without_a_choice_everything_fits() {
        assert!(fits(&Search::default(), &posting(), &Hours::default()) && !Search::default().is_narrow());
    }

    #[test]
    fn channel_and_language_are_those_of_the_campaign() {
        let chat = Search { channel: Some(Channel::Chat), ..Search::default() };
        assert!(!fits(&chat, &posting(), &Hours::default()) && chat.is_narrow());
        let danish = Search { language: Some("da".into()), ..Search::default() };
        assert!(!fits(&danish, &posting(), &Hours::default()));
        let german = Search { language: Some("de".into()), channel: Some(Channel::Phone), ..Search::default() };
        assert!(fits(&german, &posting(), &Hours::default()));
    }

    #[test]
    fn evenings_begin_at_eight_and_weekends_on_saturday() {
        let mut hours = Hours::default();
        let (evening, weekend) = (
            Search { times: Some(Times::Evening), ..Search::default() },
            Search { times: Some(Times::Weekend), ..Search::default() },
        );
        hours.weekly[0] = vec![Span { opens: 8 * 60, closes: 20 * 60 }];
        assert!(!fits(&evening, &posting(), &hours) && !fits(&weekend, &posting(), &hours));
        hours.weekly[4] = vec![Span { opens: 8 * 60, closes: 20 * 60 + 1 }];
        assert!(fits(&evening, &posting(), &hours) && !fits(&weekend, &posting(), &hours));
        hours.weekly[5] = vec![Span { opens: 8 * 60, closes: 13 * 60 }];
        assert!(fits(&weekend, &posting(), &hours));
    }

    #[test]
    fn a_later_start_is_one_after_the_next_training() {
        let (soon, later) = (
            Search { start: Some(Start::Soon), ..Search::default() },
            Search { start: Some(Start::Later), ..Search::default() },
        );
        for (starts_on, is_later) in [
            (None, false),
            (Some(date!(2026 - 11 - 01)), false),
            (Some(date!(2026 - 12 - 14)), false),
            (Some(date!(2026 - 12 - 15)), true),
        ] {
            let posting = Posting { starts_on, ..posting() };
            assert_eq!(fits(&later, &posting, &Hours::default()), is_later, "{starts_on:?}");
            assert_eq!(fits(&soon, &posting, &Hours::default()), !is_later, "{starts_on:?}");
        }
    }
}
