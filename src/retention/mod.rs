//! Periods and the pure rule of the erasure date, which pages show and the nightly task obeys; consents, wishes and legal
//! holds.

pub mod account;
pub mod consent;
pub mod count;
pub mod data_copy;
pub mod day;
pub mod disclosure;
pub mod dossier;
pub mod gone;
pub mod hold;
pub mod mails;
pub mod months;
pub mod wish;

use time::{Date, Duration};

use crate::policy::{Figure, Policy};

/// How long a dossier is kept (privacy.md, "Periods").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// Calendar months from the submission on.
    pub dossier_months: i32,
    /// Calendar months from a consent to longer keeping on.
    pub consent_months: i32,
    /// Days from the last edit of a draft, or of anything under an unconfirmed address, on.
    pub draft_days: i32,
}

impl From<&Policy> for Periods {
    fn from(policy: &Policy) -> Self {
        Self {
            dossier_months: policy.value(Figure::ErasureMonths),
            consent_months: policy.value(Figure::ConsentMonths),
            draft_days: policy.value(Figure::DraftDays),
        }
    }
}

impl Default for Periods {
    fn default() -> Self {
        Self::from(&Policy::default())
    }
}

/// What decides a dossier's erasure date; every date is Berlin's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The last change by the applicant: the clock of a draft.
    pub edited_on: Date,
    /// The clock of the dossier; none: it was never sent.
    pub submitted_on: Option<Date>,
    /// Whether it is still being written; one that was withdrawn before it was sent is not.
    pub is_draft: bool,
    /// Whether the link from the first mail was used.
    pub confirmed: bool,
    /// A consent to longer keeping that was not withdrawn.
    pub consented_on: Option<Date>,
    /// The first day on which that consent no longer keeps anything, as it was given; none: the policy's period counts.
    pub consent_ends_on: Option<Date>,
    /// A wish for erasure that is not carried out yet.
    pub erasure_wished_on: Option<Date>,
    /// The last day of a confirmed legal hold.
    pub held_until: Option<Date>,
}

/// Which rule ends a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "erasure_rule", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Its months are over.
    Period,
    /// A draft, or an unconfirmed address.
    Draft,
    /// A consent to longer keeping has ended.
    Consent,
    /// The person wished it.
    Wish,
}

impl Rule {
    /// Its name, as the ledger's hashes have it; never changed.
    pub fn key(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::Draft => "draft",
            Self::Consent => "consent",
            Self::Wish => "wish",
        }
    }
}

impl Facts {
    /// Whether a legal hold keeps it on this day.
    pub fn is_held(&self, today: Date) -> bool {
        self.held_until.is_some_and(|until| until >= today)
    }

    /// The rule by which [`erase_on`] decides.
    pub fn rule(&self) -> Rule {
        match () {
            () if self.erasure_wished_on.is_some() => Rule::Wish,
            () if self.submitted_on.is_none() || !self.confirmed => Rule::Draft,
            () if self.consented_on.is_some() => Rule::Consent,
            () => Rule::Period,
        }
    }
}

/// The first local date on which the dossier may no longer exist (privacy.md, "The date"): a legal hold beats a wish, a wish
/// beats a consent, a consent beats the period. None only beyond the calendar's end.
pub fn erase_on(facts: &Facts, periods: &Periods) -> Option<Date> {
    let by_clock = by_clock(facts, periods);
    let wanted = match facts.erasure_wished_on {
        Some(wished_on) => Some(by_clock.map_or(wished_on, |date| date.min(wished_on))),
        None => by_clock,
    };
    match facts.held_until {
        Some(held_until) => Some(wanted?.max(held_until.next_day()?)),
        None => wanted,
    }
}

fn by_clock(facts: &Facts, periods: &Periods) -> Option<Date> {
    let as_draft = facts.edited_on.checked_add(Duration::days(i64::from(periods.draft_days)));
    let Some(submitted_on) = facts.submitted_on else { return as_draft };
    let base = months::first_day_after(submitted_on, periods.dossier_months)?;
    if !facts.confirmed {
        return Some(as_draft?.min(base));
    }
    match facts.consented_on {
        Some(consented_on) => Some(base.max(consent_end(facts, consented_on, periods)?)),
        None => Some(base),
    }
}

/// A consent covers what the person read; a policy that has become shorter since shortens it, a longer one does not.
fn consent_end(facts: &Facts, consented_on: Date, periods: &Periods) -> Option<Date> {
    let by_policy = months::first_day_after(consented_on, periods.consent_months)?;
    Some(facts.consent_ends_on.map_or(by_policy, |ends_on| ends_on.min(by_policy)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use time::macros::{date, datetime};

    fn sent(day: Date) -> Facts {
        Facts {
            edited_on: day,
            submitted_on: Some(day),
            is_draft: false,
            confirmed: true,
            consented_on: None,
            consent_ends_on: None,
            erasure_wished_on: None,
            held_until: None,
        }
    }

    fn due(facts: Facts) -> Date {
        erase_on(&facts, &Periods::default()).expect("a date")
    }

    #[test]
    fn the_dates_of_privacy_md() {
        for (submitted, erased) in [
            (date!(2025 - 08 - 28), date!(2026 - 03 - 01)),
            (date!(2025 - 08 - 29), date!(2026 - 03 - 01)),
            (date!(2025 - 08 - 30), date!(2026 - 03 - 01)),
            (date!(2025 - 08 - 31), date!(2026 - 03 - 01)),
            (date!(2027 - 08 - 31), date!(2028 - 03 - 01)),
            (date!(2025 - 12 - 31), date!(2026 - 07 - 01)),
            (date!(2024 - 02 - 29), date!(2024 - 08 - 30)),
        ] {
            assert_eq!(due(sent(submitted)), erased, "{submitted}");
        }
        // Half past ten in the evening in UTC is the next day in Berlin.
        let submitted = Zone::berlin().date(datetime!(2026-08-31 22:30 UTC));
        assert_eq!(due(sent(submitted)), date!(2027 - 03 - 02));
        assert_eq!(due(sent(date!(2026 - 08 - 31))), date!(2027 - 03 - 01));
    }

    #[test]
    fn a_draft_and_an_unconfirmed_address_have_30_days_from_the_last_edit() {
        let draft = Facts { submitted_on: None, ..sent(date!(2026 - 11 - 23)) };
        assert_eq!(due(draft), date!(2026 - 12 - 23));
        assert_eq!(due(Facts { confirmed: false, ..sent(date!(2026 - 11 - 23)) }), date!(2026 - 12 - 23));
    }

    #[test]
    fn a_consent_moves_the_date_and_never_to_an_earlier_one() {
        let consented = |day| due(Facts { consented_on: Some(day), ..sent(date!(2026 - 01 - 10)) });
        assert_eq!(consented(date!(2026 - 06 - 30)), date!(2027 - 07 - 01));
        assert_eq!(consented(date!(2024 - 01 - 10)), date!(2026 - 07 - 11), "a consent that has expired");
        // Withdrawn, the date falls back to the base, which may be past: due at once.
        assert_eq!(due(sent(date!(2026 - 01 - 10))), date!(2026 - 07 - 11));
    }

    #[test]
    fn a_wish_for_erasure_beats_a_consent() {
        let facts = Facts {
            consented_on: Some(date!(2026 - 11 - 01)),
            erasure_wished_on: Some(date!(2026 - 11 - 23)),
            ..sent(date!(2026 - 10 - 01))
        };
        assert_eq!(due(facts), date!(2026 - 11 - 23));
    }

    #[test]
    fn a_hold_beats_a_wish_and_a_wish_beats_a_consent() {
        let consented = Facts { consented_on: Some(date!(2026 - 11 - 01)), ..sent(date!(2026 - 10 - 01)) };
        let wished = Facts { erasure_wished_on: Some(date!(2026 - 11 - 23)), ..consented };
        let held = |facts| due(Facts { held_until: Some(date!(2026 - 12 - 31)), ..facts });
        assert_eq!(due(consented), date!(2027 - 11 - 02));
        assert_eq!(due(wished), date!(2026 - 11 - 23));
        assert_eq!(held(wished), date!(2027 - 01 - 01), "the day after the hold");
        assert_eq!(held(consented), due(consented), "a hold makes nothing shorter");
        assert_eq!(held(sent(date!(2025 - 01 - 01))), date!(2027 - 01 - 01));
        assert_eq!(held(Facts { submitted_on: None, ..sent(date!(2026 - 11 - 01)) }), date!(2027 - 01 - 01));
        let past = Facts { held_until: Some(date!(2026 - 11 - 20)), ..wished };
        assert_eq!(due(past), date!(2026 - 11 - 23), "a hold that is over holds nothing");
    }

    #[test]
    fn a_consent_lasts_as_long_as_the_person_read_and_no_longer() {
        let facts = Facts {
            consented_on: Some(date!(2026 - 11 - 23)),
            consent_ends_on: Some(date!(2027 - 05 - 24)),
            ..sent(date!(2026 - 11 - 01))
        };
        assert_eq!(due(facts), date!(2027 - 05 - 24), "given for six months, though the policy has twelve by now");
        let shorter = Periods { consent_months: 3, dossier_months: 1, ..Periods::default() };
        assert_eq!(erase_on(&facts, &shorter), Some(date!(2027 - 02 - 24)));
    }

    #[test]
    fn shorter_periods_come_from_the_policy() {
        let policy = Policy::default().with(Figure::ErasureMonths, 3).with(Figure::DraftDays, 7);
        let periods = Periods::from(&policy);
        let facts = sent(date!(2026 - 11 - 30));
        assert_eq!(erase_on(&facts, &periods), Some(date!(2027 - 03 - 01)));
        assert_eq!(erase_on(&Facts { submitted_on: None, ..facts }, &periods), Some(date!(2026 - 12 - 07)));
    }
}
