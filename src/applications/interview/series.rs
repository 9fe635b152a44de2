//! A series of slots: what it proposes, and what speaks against each, before anything is offered.
//!
//! Wall time of the operator decides where a slot begins; it is as long as it says, also in the night of a clock change.

use std::fmt;

use time::{Date, Duration, OffsetDateTime};

use super::slot::Busy;
use crate::clock::{Zone, german};
use crate::id::{AccountId, CampaignId};

/// Most slots of one series.
pub const MOST: usize = 400;
/// The longest span of a series, in days.
pub const LONGEST: i64 = 190;

/// A series as typed and proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub first: Date,
    /// The last day on which a slot may begin; not before the first.
    pub last: Date,
    /// 1 = Monday … 7 = Sunday; empty: every day of the span.
    pub weekdays: Vec<i16>,
    /// Minutes after midnight on the wall.
    pub from: i16,
    /// The last slot has ended by then.
    pub to: i16,
    /// Minutes.
    pub length: i16,
    /// Minutes between two slots.
    pub pause: i16,
    pub interviewers: Vec<AccountId>,
    pub campaign: Option<CampaignId>,
    pub place: String,
}

/// What speaks against a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    Past,
    /// The interviewer has another slot then.
    Overlap,
    /// The clock is put forward over this time.
    Missing,
}

impl Verdict {
    /// The reason, as it stands in the preview.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::Past => "liegt in der Vergangenheit",
            Self::Overlap => "überschneidet sich mit einem anderen Termin",
            Self::Missing => "gibt es wegen der Zeitumstellung nicht",
        }
    }
}

/// A proposed slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub interviewer: AccountId,
    pub day: Date,
    /// Minutes after midnight on the wall.
    pub starts: i16,
    /// None if the wall time does not exist.
    pub span: Option<(OffsetDateTime, OffsetDateTime)>,
    pub length: i16,
    pub verdict: Verdict,
}

/// What a form sends for it: day, minutes, interviewer.
impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.day, self.starts, self.interviewer)
    }
}

impl Proposal {
    /// Whether it can be offered.
    pub fn is_fine(&self) -> bool {
        self.verdict == Verdict::Fine
    }

    /// `09:00–09:30 Uhr`
    pub fn said(&self) -> String {
        let zone = Zone::berlin();
        match self.span {
            Some((from, to)) => {
                format!("{} Uhr", german::span(zone.local(from).time(), zone.local(to).time()))
            }
            None => format!("{}–{} Uhr", german::minutes(self.starts), german::minutes(self.starts + self.length)),
        }
    }
}

impl Series {
    /// How many slots it proposes.
    pub fn count(&self) -> usize {
        self.days().count() * self.starts().count() * self.interviewers.len()
    }

    fn days(&self) -> impl Iterator<Item = Date> {
        let length = (self.last - self.first).whole_days().clamp(0, LONGEST);
        let all = (0..=length).map(|n| self.first + Duration::days(n));
        all.filter(|day| {
            self.weekdays.is_empty() || self.weekdays.contains(&i16::from(day.weekday().number_from_monday()))
        })
    }

    fn starts(&self) -> impl Iterator<Item = i16> {
        let step = usize::try_from(self.length + self.pause).unwrap_or(1).max(1);
        (self.from..=self.to - self.length).step_by(step)
    }

    /// Every slot of the series, judged: by day, time and interviewer.
    pub fn expand(&self, busy: &[Busy], now: OffsetDateTime) -> Vec<Proposal> {
        let zone = Zone::berlin();
        let mut proposals: Vec<Proposal> = Vec::new();
        for day in self.days() {
            for starts in self.starts() {
                for &interviewer in &self.interviewers {
                    let begin = zone.wall(day, starts).ok();
                    let span = begin.map(|at| (at, at + Duration::minutes(i64::from(self.length))));
                    let verdict = judge(span, interviewer, busy, &proposals, now);
                    proposals.push(Proposal { interviewer, day, starts, span, length: self.length, verdict });
                }
            }
        }
        proposals
    }
}

fn judge(
    span: Option<(OffsetDateTime, OffsetDateTime)>,
    interviewer: AccountId,
    busy: &[Busy],
    before: &[Proposal],
    now: OffsetDateTime,
) -> Verdict {
    let Some((from, to)) = span else { return Verdict::Missing };
    let meets = |a: OffsetDateTime, b: OffsetDateTime| a < to && from < b;
    let taken = busy.iter().any(|b| b.interviewer == interviewer && meets(b.starts_at, b.ends_at));
    // After a clock change the next time on the dial may come before this slot has ended.
    let mut own = before.iter().rev().take(64).filter(|p| p.interviewer == interviewer && p.is_fine());
    match () {
        () if from <= now => Verdict::Past,
        () if taken || own.any(|p| p.span.is_some_and(|(a, b)| meets(a, b))) => Verdict::Overlap,
        () => Verdict::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    const NOW: OffsetDateTime = datetime!(2026-11-23 11:00 UTC);

    fn series(first: Date, last: Date, from: i16, to: i16) -> Series {
        Series {
            first,
            last,
            weekdays: Vec::new(),
            from,
            to,
            length: 30,
            pause: 0,
            interviewers: vec![AccountId(uuid::Uuid::nil())],
            campaign: None,
            place: "0461 5550100".into(),
        }
    }

    fn verdicts(series: &Series) -> Vec<Verdict> {
        series.expand(&[], NOW).iter().map(|p| p.verdict).collect()
    }

    #[test]
    fn weekdays_length_and_pause_make_the_slots() {
        let day = date!(2026 - 12 - 01);
        let two = Series {
            weekdays: vec![2, 4],
            pause: 15,
            interviewers: vec![AccountId::new(), AccountId::new()],
            ..series(day, date!(2026 - 12 - 08), 9 * 60, 11 * 60)
        };
        let proposals = two.expand(&[], NOW);
        // Tuesday, Thursday, Tuesday; 09:00, 09:45, 10:30 (that one ends on the stroke); two people.
        assert_eq!((proposals.len(), two.count()), (18, 18));
        assert_eq!(proposals[0].span, Some((datetime!(2026-12-01 8:00 UTC), datetime!(2026-12-01 8:30 UTC))));
        assert_eq!(proposals[0].said(), "09:00–09:30 Uhr");
        let busy = Busy {
            interviewer: two.interviewers[0],
            starts_at: datetime!(2026-12-01 8:10 UTC),
            ends_at: datetime!(2026-12-01 8:20 UTC),
        };
        let judged = two.expand(&[busy], NOW);
        assert_eq!((judged[0].verdict, judged[1].verdict), (Verdict::Overlap, Verdict::Fine));
    }

    #[test]
    fn what_is_past_is_not_offered() {
        let today = date!(2026 - 11 - 23);
        assert_eq!(
            verdicts(&series(today, today, 11 * 60 + 30, 13 * 60)),
            [Verdict::Past, Verdict::Past, Verdict::Fine]
        );
    }

    #[test]
    fn in_spring_the_hour_that_is_left_out_has_no_slots() {
        let night = date!(2027 - 03 - 28);
        let proposals = series(night, night, 90, 210).expand(&[], NOW);
        let verdicts: Vec<_> = proposals.iter().map(|p| p.verdict).collect();
        assert_eq!(verdicts, [Verdict::Fine, Verdict::Missing, Verdict::Missing, Verdict::Fine]);
        assert_eq!(proposals[3].span, Some((datetime!(2027-03-28 1:00 UTC), datetime!(2027-03-28 1:30 UTC))));
        // 01:45 for half an hour ends at 03:15 on the wall: the slot at 03:00 would begin before.
        let shifted = series(night, night, 105, 210);
        let shifted = Series { pause: 45, ..shifted };
        assert_eq!(shifted.expand(&[], NOW)[0].said(), "01:45–03:15 Uhr");
        assert_eq!(shifted.expand(&[], NOW)[1].verdict, Verdict::Overlap);
    }

    #[test]
    fn in_autumn_a_slot_is_as_long_as_it_says() {
        let night = date!(2027 - 10 - 31);
        let proposals = series(night, night, 120, 210).expand(&[], NOW);
        assert_eq!(proposals[1].span, Some((datetime!(2027-10-31 0:30 UTC), datetime!(2027-10-31 1:00 UTC))));
        assert!(proposals.iter().all(Proposal::is_fine));
        // The same wall time on both sides of the change: 09:00 is 07:00 and 08:00 UTC.
        let week = series(date!(2027 - 10 - 30), date!(2027 - 10 - 31), 540, 570).expand(&[], NOW);
        assert_eq!(week[0].span.map(|s| s.0), Some(datetime!(2027-10-30 7:00 UTC)));
        assert_eq!(week[1].span.map(|s| s.0), Some(datetime!(2027-10-31 8:00 UTC)));
    }
}
