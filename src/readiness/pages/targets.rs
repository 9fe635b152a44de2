//! Where each step of the checklist is done: the paths of all features in one place.

use crate::readiness::checklist::Step;

/// The page of a step, if the person does something there.
pub fn of(step: Step, slug: &str) -> Option<String> {
    Some(match step {
        Step::Profile => "/bereit/profil".into(),
        Step::Proof | Step::Permission | Step::Papers => "/bereit/unterlagen".into(),
        Step::Contract => format!("/bereit/vertrag/{slug}"),
        Step::Briefing => "/bereit/unterweisung".into(),
        Step::Training => "/schulungen".into(),
        Step::FirstShifts => "/erste-schichten".into(),
        Step::Qualified => format!("/bereit/einsatzbereit/{slug}"),
        Step::Access => return None,
    })
}
