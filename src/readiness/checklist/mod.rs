//! The checklist: every step on the way to one's own shifts, its state, and the one that is next. Pure over its facts.

mod step;
mod words;

pub use step::Step;
pub use words::about;

use time::{Date, Duration, OffsetDateTime};

use super::access_list::Access;
use super::facts::{Course, Training};
use crate::freelancers::missing::{Missing, Stage};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Done,
    /// Done, but not for long: so many days are left.
    Expiring(i64),
    /// With staff.
    Waiting,
    /// Returned: the person's turn again.
    Refused,
    /// The person's turn.
    Open,
    /// A date is fixed.
    Fixed,
    /// Not before the steps in front of it.
    Later,
}

impl State {
    /// Whether nothing is left to do for anybody.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Expiring(_))
    }

    /// Whether the person can do something now.
    pub fn is_ones_turn(self) -> bool {
        matches!(self, Self::Open | Self::Refused)
    }
}

/// A step with its state and the sentence below its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub step: Step,
    pub state: State,
    pub text: String,
}

/// A paper that was handed in.
#[derive(Debug, Clone)]
pub struct Paper {
    /// "Gewerbeschein"
    pub label: &'static str,
    pub step: Step,
    /// Scanned, or looked at by staff.
    pub is_waiting: bool,
    pub is_accepted: bool,
    pub is_refused: bool,
    pub submitted_at: OffsetDateTime,
    pub decided_on: Option<Date>,
    pub refusal: Option<String>,
    /// Last day on which it is valid.
    pub valid_until: Option<Date>,
}

/// The briefing that is to be confirmed now.
#[derive(Debug, Clone)]
pub struct Briefing {
    pub minutes: usize,
    pub questions: usize,
    pub confirm_by: Option<Date>,
    pub confirmed_on: Option<Date>,
}

/// What one person's checklist is made of, for one campaign.
#[derive(Debug, Clone)]
pub struct Facts {
    pub missing: Missing,
    pub joined_on: Date,
    pub has_vat_id: bool,
    pub is_employed: bool,
    pub wants_papers: bool,
    pub has_contract: bool,
    pub papers: Vec<Paper>,
    pub briefing: Option<Briefing>,
    pub course: Course,
    pub first_shifts: i16,
    pub access: Vec<Access>,
    /// Since when they may book, and whether something bars new bookings now.
    pub qualified_on: Option<Date>,
    pub is_barred: bool,
}

/// A paper that ends within so many days is named.
const SOON: i64 = 30;

impl Facts {
    /// All steps that this person has in this campaign, in their order.
    pub fn items(&self, today: Date) -> Vec<Item> {
        let steps = Step::ALL.into_iter().filter(|step| self.has(*step));
        steps.map(|step| self.item(step, today)).collect()
    }

    fn has(&self, step: Step) -> bool {
        match step {
            Step::Permission => self.is_employed,
            Step::Papers => self.wants_papers,
            Step::Contract => self.has_contract,
            Step::Access => !self.access.is_empty(),
            Step::FirstShifts => self.first_shifts > 0,
            _ => true,
        }
    }

    fn item(&self, step: Step, today: Date) -> Item {
        let state = self.state(step, today);
        Item { step, state, text: self.text(step, state) }
    }

    fn state(&self, step: Step, today: Date) -> State {
        let of = |stage: Stage| match stage {
            Stage::Done => State::Done,
            Stage::Waiting => State::Waiting,
            Stage::Refused => State::Refused,
            Stage::Open => State::Open,
        };
        match step {
            Step::Profile => of(self.missing.profile),
            Step::Proof => self.expiring(step, of(self.missing.proof), today),
            Step::Permission => self.expiring(step, of(self.missing.permission), today),
            Step::Papers => self.expiring(step, of(self.missing.papers), today),
            Step::Contract => of(self.missing.contract),
            Step::Briefing if self.briefing.is_none() => State::Waiting,
            Step::Briefing => of(self.missing.briefing),
            Step::Training => match self.course.training {
                Training::Passed => State::Done,
                Training::Enrolled(..) => State::Fixed,
                Training::Open if self.missing.profile == Stage::Done => State::Open,
                Training::Open => State::Later,
            },
            Step::Access if self.access.iter().all(|access| access.set_up_at.is_some()) => State::Done,
            Step::Access => State::Waiting,
            Step::FirstShifts if self.course.signed_off >= self.first_shifts.into() => State::Done,
            Step::FirstShifts if self.course.training == Training::Passed && self.missing.is_nothing() => State::Open,
            Step::FirstShifts => State::Later,
            Step::Qualified if self.qualified_on.is_some() => State::Done,
            Step::Qualified => State::Later,
        }
    }

    /// A VAT ID has no end; of papers the longest counts.
    fn expiring(&self, step: Step, state: State, today: Date) -> State {
        if state != State::Done || (step == Step::Proof && self.has_vat_id) {
            return state;
        }
        let accepted = || self.papers.iter().filter(move |paper| paper.step == step && paper.is_accepted);
        let endless = accepted().any(|paper| paper.valid_until.is_none());
        match accepted().filter_map(|paper| paper.valid_until).max() {
            Some(until) if !endless && (until - today).whole_days() <= SOON => {
                State::Expiring((until - today).whole_days().max(0))
            }
            _ => state,
        }
    }

    /// The day from which one may expect to book: an estimate. Without a date the training begins at the latest day
    /// that is promised (`latest_start`, days from now) and takes a week; a first shift takes two days with its planning.
    pub fn expected_on(&self, today: Date, latest_start: i64) -> Option<Date> {
        if self.qualified_on.is_some() {
            return None;
        }
        let left = (i64::from(self.first_shifts) - self.course.signed_off).max(0);
        let trained = match self.course.training {
            Training::Passed => today,
            Training::Enrolled(_, last) => last.max(today) + Duration::DAY,
            Training::Open => today + Duration::days(latest_start) + Duration::WEEK,
        };
        Some(trained + Duration::days(left * 2))
    }
}

/// The step that is next: the first that is one's own turn.
pub fn next(items: &[Item]) -> Option<Step> {
    items.iter().find(|item| item.state.is_ones_turn()).map(|item| item.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    const TODAY: Date = date!(2026 - 11 - 23);

    fn missing(stage: Stage) -> Missing {
        Missing { profile: stage, proof: stage, permission: stage, papers: stage, contract: stage, briefing: stage }
    }

    fn facts(stage: Stage) -> Facts {
        let briefing = Briefing { minutes: 25, questions: 6, confirm_by: None, confirmed_on: None };
        Facts {
            missing: missing(stage),
            joined_on: date!(2026 - 11 - 09),
            has_vat_id: false,
            is_employed: false,
            wants_papers: false,
            has_contract: true,
            papers: Vec::new(),
            briefing: Some(briefing),
            course: Course::default(),
            first_shifts: 3,
            access: Vec::new(),
            qualified_on: None,
            is_barred: false,
        }
    }

    #[test]
    fn one_step_is_next() {
        let steps = |facts: &Facts| next(&facts.items(TODAY));
        assert_eq!(steps(&facts(Stage::Open)), Some(Step::Profile));
        let mut some = facts(Stage::Done);
        assert_eq!(steps(&some), Some(Step::Training));
        some.missing.proof = Stage::Waiting;
        some.missing.contract = Stage::Refused;
        assert_eq!(steps(&some), Some(Step::Contract), "what waits for us is nobody's next step");
        some.missing.contract = Stage::Done;
        some.course.training = Training::Enrolled(date!(2026 - 12 - 07), date!(2026 - 12 - 10));
        assert_eq!(steps(&some), None);
        some.course.training = Training::Passed;
        assert_eq!(steps(&some), None, "first shifts wait for the proof");
        some.missing.proof = Stage::Done;
        assert_eq!(steps(&some), Some(Step::FirstShifts));
    }

    #[test]
    fn what_is_not_asked_is_not_shown() {
        let shown: Vec<Step> = facts(Stage::Open).items(TODAY).iter().map(|item| item.step).collect();
        assert!(!shown.contains(&Step::Permission) && !shown.contains(&Step::Papers) && !shown.contains(&Step::Access));
        let none = Facts { first_shifts: 0, is_employed: true, ..facts(Stage::Open) };
        let shown: Vec<Step> = none.items(TODAY).iter().map(|item| item.step).collect();
        assert!(shown.contains(&Step::Permission) && !shown.contains(&Step::FirstShifts));
    }

    #[test]
    fn a_paper_that_ends_soon_is_named() {
        let paper = |valid_until| Paper {
            label: "Gewerbeschein",
            step: Step::Proof,
            is_waiting: false,
            is_accepted: true,
            is_refused: false,
            submitted_at: datetime!(2026-11-10 9:00 UTC),
            decided_on: Some(date!(2026 - 11 - 16)),
            refusal: None,
            valid_until,
        };
        let state = |valid_until, has_vat_id| {
            let facts = Facts { papers: vec![paper(valid_until)], has_vat_id, ..facts(Stage::Done) };
            let item = facts.items(TODAY).remove(1);
            (item.state, item.text)
        };
        assert_eq!(state(None, false), (State::Done, "Geprüft am 16.11.".into()));
        assert_eq!(state(Some(date!(2026 - 12 - 24)), false).0, State::Done);
        let soon = state(Some(date!(2026 - 12 - 23)), false);
        assert_eq!(soon, (State::Expiring(30), "Gültig bis 23.12.2026, also noch 30 Tage.".into()));
        assert_eq!(state(Some(date!(2026 - 12 - 23)), true).0, State::Done, "the VAT ID stays");
    }

    #[test]
    fn the_estimate_follows_the_way() {
        let mut some = facts(Stage::Done);
        assert_eq!(some.expected_on(TODAY, 21), Some(date!(2026 - 12 - 27)));
        some.course.training = Training::Enrolled(date!(2026 - 12 - 07), date!(2026 - 12 - 10));
        assert_eq!(some.expected_on(TODAY, 21), Some(date!(2026 - 12 - 17)));
        some.course = Course { training: Training::Passed, signed_off: 2 };
        assert_eq!(some.expected_on(TODAY, 21), Some(date!(2026 - 11 - 25)));
        some.qualified_on = Some(TODAY);
        assert_eq!(some.expected_on(TODAY, 21), None);
        assert_eq!(
            ["2026-12-10", "2026-12-11", "2026-12-31"].map(|text| {
                let format = time::macros::format_description!("[year]-[month]-[day]");
                about(Date::parse(text, format).expect("a day"))
            }),
            ["Anfang Dezember", "Mitte Dezember", "Ende Dezember"]
        );
    }
}
