//! What the checklist says below each heading: how it stands, how long it takes, what comes of it.

use time::Date;

use super::{Facts, State, Step};
use crate::clock::german;
use crate::freelancers::missing::Stage;
use crate::readiness::facts::Training;

impl Facts {
    pub(super) fn text(&self, step: Step, state: State) -> String {
        match (step, state) {
            (Step::Profile, State::Done) => format!("Angelegt am {}", german::day_month(self.joined_on)),
            (Step::Profile, _) => "Anschrift, Technik und was du sonst mitbringst. Etwa 5 Minuten.".into(),
            (Step::Proof, State::Done) if self.has_vat_id => "Deine Umsatzsteuer-ID genügt.".into(),
            (Step::Proof | Step::Permission | Step::Papers, _) => self.paper_text(step, state),
            (Step::Contract, State::Done) => "Du hast die aktuelle Fassung bestätigt.".into(),
            (Step::Contract, _) => "Lesen und bestätigen, etwa 10 Minuten.".into(),
            (Step::Briefing, _) => self.briefing_text(),
            (Step::Training, State::Done) => "Bestanden.".into(),
            (Step::Training, _) => self.training_text(),
            (Step::Access, _) => self.access_text(),
            (Step::FirstShifts, _) => self.first_shifts_text(state),
            (Step::Qualified, State::Done) if self.is_barred => {
                "Gebuchte Schichten bleiben. Neue buchst du wieder, wenn alles oben erledigt ist.".into()
            }
            (Step::Qualified, _) => match self.qualified_on {
                Some(day) => format!("Seit {}. Du buchst deine Schichten selbst.", german::date(day)),
                None => "Danach buchst du deine Schichten selbst.".into(),
            },
        }
    }

    fn paper_text(&self, step: Step, state: State) -> String {
        let latest = self.papers.iter().filter(|paper| paper.step == step).max_by_key(|paper| paper.submitted_at);
        let day = |day: Option<Date>| day.map(german::day_month).unwrap_or_default();
        match (state, latest) {
            (State::Expiring(days), Some(paper)) => {
                let until = paper.valid_until.map(german::date).unwrap_or_default();
                format!("Gültig bis {until}, also noch {}.", german::count(days, "Tag", "Tage"))
            }
            (State::Done, Some(paper)) => format!("Geprüft am {}", day(paper.decided_on)),
            (State::Waiting, _) => "Eingegangen. Wir prüfen in ein bis zwei Werktagen.".into(),
            (State::Refused, Some(paper)) => {
                format!(
                    "Zurückgegeben: {}",
                    paper.refusal.as_deref().unwrap_or("Bitte lade das Bild noch einmal hoch.")
                )
            }
            _ if step == Step::Proof => {
                "Als PDF oder Foto vom Telefon; eine Umsatzsteuer-ID geht auch. Etwa 5 Minuten.".into()
            }
            _ if step == Step::Permission => "Die Erlaubnis als PDF oder Foto. Etwa 5 Minuten.".into(),
            _ => "Als PDF oder Foto vom Telefon. Etwa 5 Minuten.".into(),
        }
    }

    fn briefing_text(&self) -> String {
        let Some(briefing) = &self.briefing else { return "Sobald es sie gibt, bekommst du eine Mail.".into() };
        if let Some(day) = briefing.confirmed_on {
            return format!("Bestätigt am {}", german::day_month(day));
        }
        let until = briefing.confirm_by.map(|day| format!(" Zeit hast du bis {}", german::short_day(day)));
        format!(
            "Etwa {} Minuten: lesen, {} beantworten, bestätigen. Du kannst jederzeit unterbrechen.{}",
            briefing.minutes,
            german::count(briefing.questions as i64, "Frage", "Fragen"),
            until.unwrap_or_default(),
        )
    }

    fn training_text(&self) -> String {
        match self.course.training {
            Training::Enrolled(first, last) if first == last => {
                format!("{}. Dein Platz ist reserviert.", german::day(first))
            }
            Training::Enrolled(first, last) => {
                format!("{} bis {}. Dein Platz ist reserviert.", german::short_day(first), german::day(last))
            }
            _ if self.missing.profile == Stage::Done => {
                "Von zu Hause. Wähle einen Termin, auch wenn deine Unterlagen noch geprüft werden.".into()
            }
            _ => "Von zu Hause. Einen Termin wählst du, sobald dein Profil gespeichert ist.".into(),
        }
    }

    fn access_text(&self) -> String {
        let named = |done: bool| {
            let fitting = self.access.iter().filter(|access| access.set_up_at.is_some() == done);
            fitting.map(|access| format!("{} ({})", access.name, access.contact)).collect::<Vec<_>>().join(", ")
        };
        match (named(true), named(false)) {
            (done, open) if open.is_empty() => format!("Eingerichtet: {done}."),
            (done, open) if done.is_empty() => format!("Richten wir ein: {open}."),
            (done, open) => format!("Eingerichtet: {done}. Noch offen: {open}."),
        }
    }

    fn first_shifts_text(&self, state: State) -> String {
        let all = german::count(self.first_shifts.into(), "Schicht, in der", "Schichten, in denen");
        match state {
            State::Done => "Alle begleiteten Schichten sind bestätigt.".into(),
            State::Open if self.course.signed_off > 0 => {
                format!("{} von {} bestätigt.", self.course.signed_off, self.first_shifts)
            }
            _ => format!("{all} jemand Erfahrenes neben dir sitzt."),
        }
    }
}

/// `Anfang Dezember`, `Mitte Dezember`, `Ende Dezember`
pub fn about(day: Date) -> String {
    let part = match day.day() {
        ..=10 => "Anfang",
        11..=20 => "Mitte",
        _ => "Ende",
    };
    format!("{part} {}", german::month(day))
}
