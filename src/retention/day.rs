//! When a dossier is erased, in the words that its person reads on pages and in mails.

use time::Date;

use super::{Facts, Periods, erase_on};
use crate::clock::german;

/// How far an application came, which decides what may move its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Still being written: the day moves with every change.
    Draft,
    /// Withdrawn before it was sent.
    Unsent,
    Sent,
}

/// The day on which a dossier is erased as things stand, and what may still move it (privacy.md, "The date").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureDay {
    /// The first local date on which it may no longer exist.
    pub on: Date,
    /// The last day of a legal hold: until then no wish brings the day nearer, and a longer hold may put it off.
    pub held_until: Option<Date>,
    pub stage: Stage,
    /// Its person wishes the erasure, which is carried out within hours.
    pub is_wished: bool,
}

impl ErasureDay {
    /// A day that nothing is known to move.
    pub fn usual(on: Date) -> Self {
        Self { on, held_until: None, stage: Stage::Sent, is_wished: false }
    }

    /// The day of a dossier with these facts, as it stands on `today`; none only beyond the calendar's end.
    pub fn of(facts: &Facts, periods: &Periods, today: Date) -> Option<Self> {
        let held_until = facts.held_until.filter(|_| facts.is_held(today));
        let is_wished = facts.erasure_wished_on.is_some();
        let stage = match facts.submitted_on {
            Some(_) => Stage::Sent,
            None if facts.is_draft => Stage::Draft,
            None => Stage::Unsent,
        };
        Some(Self { on: erase_on(facts, periods)?, held_until, stage, is_wished })
    }

    /// The day that counts for several dossiers of one person: the last one.
    pub fn last(days: impl Iterator<Item = Self>) -> Option<Self> {
        days.reduce(|one, other| {
            let later = one.max_by_day(other);
            let stage = if [one.stage, other.stage].contains(&Stage::Sent) { Stage::Sent } else { later.stage };
            Self { stage, ..later }
        })
    }

    fn max_by_day(self, other: Self) -> Self {
        if other.on > self.on { other } else { self }
    }

    /// Whether a legal hold keeps the dossier now, whatever its person wishes.
    pub fn is_held(&self) -> bool {
        self.held_until.is_some()
    }

    /// The sentence with the day: `Deine Bewerbungsdaten werden spätestens am 24.5.2027 gelöscht.`
    pub fn when(&self) -> String {
        let day = german::date(self.on);
        match (self.held_until, self.stage) {
            (None, _) if self.is_wished => "Deine Bewerbungsdaten werden gelöscht, wie du es gewünscht hast.".into(),
            (Some(_), _) => format!("Deine Bewerbungsdaten werden nach heutigem Stand am {day} gelöscht."),
            (None, Stage::Draft) => {
                format!("Dein Entwurf wird am {day} gelöscht, wenn du ihn bis dahin nicht änderst.")
            }
            (None, Stage::Unsent) => format!("Dein Entwurf wird am {day} gelöscht."),
            (None, Stage::Sent) => format!("Deine Bewerbungsdaten werden spätestens am {day} gelöscht."),
        }
    }

    /// Why then, and what may be done about it.
    pub fn why(&self) -> String {
        match (self.held_until.map(german::date), self.stage) {
            (Some(until), _) => {
                let kept = format!(
                    "Bis zum {until} müssen wir sie wegen einer rechtlichen Auseinandersetzung aufheben, auch wenn du die Löschung wünschst."
                );
                let is_later = self.held_until.and_then(Date::next_day).is_some_and(|free| free < self.on);
                if is_later { kept + " Danach löschen wir sie auf Wunsch auch früher." } else { kept }
            }
            (None, _) if self.is_wished => "Das geschieht in den nächsten Stunden von selbst.".into(),
            (None, Stage::Draft | Stage::Unsent) => "Früher geht jederzeit auf deiner Seite.".into(),
            (None, Stage::Sent) => {
                "Das geschieht von selbst. Früher geht jederzeit auf deiner Seite, länger nur, wenn du es dort ausdrücklich willst.".into()
            }
        }
    }

    /// Both, as mails say it.
    pub fn sentences(&self) -> String {
        format!("{} {}", self.when(), self.why())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 23);

    fn sent(on: Date) -> Facts {
        Facts {
            edited_on: on,
            submitted_on: Some(on),
            is_draft: false,
            confirmed: true,
            consented_on: None,
            consent_ends_on: None,
            erasure_wished_on: None,
            held_until: None,
        }
    }

    fn said(facts: Facts) -> String {
        ErasureDay::of(&facts, &Periods::default(), TODAY).expect("a day").sentences()
    }

    #[test]
    fn a_hold_is_said_with_its_last_day() {
        let usual = "Deine Bewerbungsdaten werden spätestens am 24.5.2027 gelöscht. Das geschieht von selbst.";
        assert!(said(sent(TODAY)).starts_with(usual));
        let held = |until| said(Facts { held_until: Some(until), ..sent(TODAY) });
        let first =
            "Deine Bewerbungsdaten werden nach heutigem Stand am 24.5.2027 gelöscht. Bis zum 23.11.2026 müssen wir";
        assert!(held(TODAY).starts_with(first), "its last day");
        assert!(held(TODAY).ends_with("Danach löschen wir sie auf Wunsch auch früher."));
        assert!(held(date!(2026 - 11 - 22)).starts_with(usual), "a hold that is over");
        let wished = Facts { erasure_wished_on: Some(TODAY), held_until: Some(date!(2026 - 12 - 31)), ..sent(TODAY) };
        let wished = said(wished);
        assert!(
            wished.starts_with("Deine Bewerbungsdaten werden nach heutigem Stand am 1.1.2027 gelöscht."),
            "{wished}"
        );
        assert!(wished.ends_with("auch wenn du die Löschung wünschst."), "{wished}");
    }

    #[test]
    fn a_draft_has_a_day_that_moves_unless_its_erasure_is_wished() {
        let draft = Facts { submitted_on: None, is_draft: true, ..sent(TODAY) };
        assert!(
            said(draft).starts_with("Dein Entwurf wird am 23.12.2026 gelöscht, wenn du ihn bis dahin nicht änderst.")
        );
        let withdrawn = Facts { is_draft: false, ..draft };
        assert_eq!(
            said(withdrawn),
            "Dein Entwurf wird am 23.12.2026 gelöscht. Früher geht jederzeit auf deiner Seite."
        );
        let wished = said(Facts { erasure_wished_on: Some(TODAY), ..draft });
        assert!(wished.starts_with("Deine Bewerbungsdaten werden gelöscht, wie du es gewünscht hast."), "{wished}");
    }

    #[test]
    fn of_several_dossiers_the_last_day_counts() {
        let day = |on, stage| ErasureDay { stage, ..ErasureDay::usual(on) };
        let last = |days: &[ErasureDay]| ErasureDay::last(days.iter().copied());
        let (draft, old) = (day(date!(2026 - 12 - 23), Stage::Draft), day(date!(2026 - 12 - 01), Stage::Sent));
        assert_eq!(last(&[draft, old]), Some(day(date!(2026 - 12 - 23), Stage::Sent)), "not all of it is a draft");
        assert_eq!(last(&[old, draft]), last(&[draft, old]));
        assert_eq!(last(&[draft]), Some(draft));
        let withdrawn = day(date!(2026 - 12 - 01), Stage::Unsent);
        assert_eq!(last(&[withdrawn, draft]), Some(draft), "begun anew");
        assert_eq!(last(&[draft, withdrawn]), Some(draft));
        assert_eq!(last(&[]), None);
    }
}
