//! The preview of proposed shifts: totals, and rows that can be left out. Pages for the pattern and the copy share it.

use std::collections::BTreeMap;

use time::{Date, Duration, OffsetDateTime};

use super::Scope;
use crate::campaigns::opening;
use crate::clock::german;
use crate::id::AccountId;
use crate::portal::Portal;
use crate::shifts::batch::{self, Kind};
use crate::shifts::pattern::{Proposal, Rules};
use crate::shifts::shift::{self, Slot};
use crate::web::{Error, Flash};

/// The proposals for a week.
#[derive(Debug, Default)]
pub struct Offer {
    pub proposals: Vec<Proposal>,
}

impl Offer {
    /// Judges the slots in the week of the address.
    pub async fn of(portal: &Portal, scope: &Scope, slots: &[Slot], now: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let campaign = &scope.campaign;
        let hours = opening::load(&portal.db, campaign.id).await?;
        let existing = shift::of_weeks(&portal.db, campaign.id, (scope.week, scope.week)).await?;
        let rules = Rules { week: scope.week, zone: &campaign.zone, hours: &hours, channels: &campaign.channels, now };
        Ok(Self { proposals: rules.judge(slots, &existing) })
    }

    /// Those of which a shift can be made.
    pub fn fine(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.iter().filter(|p| p.is_fine())
    }

    /// Those that stay out.
    pub fn unfit(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.iter().filter(|p| !p.is_fine())
    }

    /// How many shifts can be made.
    pub fn count(&self) -> usize {
        self.fine().count()
    }

    /// How many cannot.
    pub fn refused(&self) -> usize {
        self.proposals.len() - self.count()
    }

    /// `60 Schichten bleiben weg.`
    pub fn refused_said(&self) -> String {
        german::count(self.refused() as i64, "Schicht bleibt weg.", "Schichten bleiben weg.")
    }

    /// Why, most frequent first: `58-mal: gibt es schon; 2-mal: außerhalb der Öffnungszeiten`.
    pub fn reasons(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for proposal in self.unfit() {
            *counts.entry(proposal.verdict.sentence()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        match counts.as_slice() {
            [(why, _)] => format!("Grund: {why}"),
            several => several.iter().map(|(why, n)| format!("{n}-mal: {why}")).collect::<Vec<_>>().join("; "),
        }
    }

    /// Length × seats of those that can be made: `547`.
    pub fn seat_hours(&self) -> String {
        german::decimal_hours(self.fine().map(Proposal::seat_time).sum())
    }

    /// The days with what can be made on them.
    pub fn days(&self) -> Vec<OfferedDay<'_>> {
        let mut days: BTreeMap<Date, Vec<&Proposal>> = BTreeMap::new();
        for proposal in self.fine() {
            days.entry(proposal.slot.day).or_default().push(proposal);
        }
        days.into_iter().map(|(day, proposals)| OfferedDay::new(day, proposals)).collect()
    }

    /// Whether all days can be shown unfolded with the button still near.
    pub fn is_short(&self) -> bool {
        self.count() <= 20
    }
}

/// A day of the preview.
#[derive(Debug)]
pub struct OfferedDay<'a> {
    /// `Montag, 21. Dezember`
    pub said: String,
    /// `12 Schichten, 168 Platzstunden`
    pub sums: String,
    pub proposals: Vec<&'a Proposal>,
}

impl<'a> OfferedDay<'a> {
    fn new(day: Date, proposals: Vec<&'a Proposal>) -> Self {
        let shifts = german::count(proposals.len() as i64, "Schicht", "Schichten");
        let time: Duration = proposals.iter().map(|p| p.seat_time()).sum();
        let sums = format!("{shifts}, {} Platzstunden", german::decimal_hours(time));
        Self { said: german::long_day(day), sums, proposals }
    }
}

/// Makes drafts of the ticked slots, and says what became of them.
pub async fn create(
    portal: &Portal,
    scope: &Scope,
    kind: Kind,
    ticked: &[String],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Flash, Error> {
    let slots: Vec<Slot> = ticked.iter().filter_map(|text| text.parse().ok()).collect();
    if slots.is_empty() {
        return Ok(Flash::warn("Nichts angelegt.", "Bitte wähle mindestens eine Schicht aus."));
    }
    Ok(match batch::create(&portal.db, &scope.campaign, scope.week, kind, &slots, by, now).await? {
        Ok(made) => created(made, slots.len() - made),
        Err(refusal) => Flash::warn("Nichts angelegt.", refusal.sentence()),
    })
}

/// `5 Schichten als Entwurf angelegt.`
pub fn created(made: usize, skipped: usize) -> Flash {
    let what = format!("{} als Entwurf angelegt.", german::count(made as i64, "Schicht ist", "Schichten sind"));
    let then = match skipped {
        0 => "Solange nichts davon veröffentlicht ist, lässt sich das rückgängig machen.".into(),
        n => format!("{} inzwischen nicht mehr.", german::count(n as i64, "passte", "passten")),
    };
    Flash::ok(what, then)
}
