//! The page that shows what a change would do, before it is done.

use askama::Template;
use askama_web::WebTemplate;

use super::Scope;
use super::change::ChangeForm;
use crate::clock::german;
use crate::id::BookingId;
use crate::shifts::change::{Action, Effect, Fate, Impact, Preview, Refusal, Touched};
use crate::shifts::kind::Kind;
use crate::shifts::shift::Shift;
use crate::web::form::Errors;
use crate::web::{Layout, filters};

/// The preview with everything that goes on to the confirmation.
#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_impact.html")]
pub struct ImpactPage {
    pub layout: Layout,
    pub scope: Scope,
    pub form: ChangeForm,
    pub action: Action,
    pub preview: Preview,
    pub errors: Errors,
    /// Why the confirmation was not carried out.
    pub notice: Option<Refusal>,
}

impl ImpactPage {
    fn target(&self) -> String {
        self.scope.path(if self.action == Action::Delete { "/loeschung" } else { "/aenderung" })
    }

    fn verb(&self) -> &'static str {
        if self.action == Action::Delete { "löschen" } else { "ändern" }
    }

    /// `12 Schichten`
    fn shifts(&self) -> String {
        german::count(self.preview.acting() as i64, "Schicht", "Schichten")
    }

    /// `7 Buchungen betroffen`
    fn affected(&self) -> String {
        let n = self.preview.touched().count() as i64;
        format!("{} betroffen", german::count(n, "Buchung", "Buchungen"))
    }

    fn any_touched(&self) -> bool {
        self.preview.touched().next().is_some()
    }

    fn people(&self) -> String {
        german::count(self.preview.people() as i64, "Person", "Personen")
    }

    fn reason_hint(&self) -> String {
        format!("Steht wörtlich in der Mail an {}.", self.people())
    }

    /// The button names the effect: `Ändern und 7 Mails senden`.
    fn button(&self) -> String {
        let (verb, noun) =
            if self.action == Action::Delete { ("Löschen", "löschen") } else { ("Ändern", "ändern") };
        match self.preview.people() {
            0 => format!("{} {noun}", self.shifts()),
            n => format!("{verb} und {} senden", german::count(n as i64, "Mail", "Mails")),
        }
    }

    /// `KW 49, veröffentlicht am 18.11.`
    fn state(&self) -> String {
        let published = self.preview.impacts.iter().filter_map(|i| i.shift.published_at).max();
        let week = self.scope.week.label();
        match published {
            Some(at) => {
                let day = self.scope.campaign.zone.date(at);
                format!("{week}, veröffentlicht am {}", german::day_month(day))
            }
            None => format!("{week}, Entwurf"),
        }
    }

    /// What is going to happen, in a sentence.
    fn lead(&self) -> String {
        let one = self.preview.acting() == 1;
        let wish = match self.action {
            Action::Delete if self.preview.impacts.iter().all(|i| i.shift.is_draft()) => {
                let what = if one { "Der Entwurf verschwindet" } else { "Die Entwürfe verschwinden" };
                return format!("{what} aus dem Plan; das lässt sich rückgängig machen. Noch ist nichts geändert.");
            }
            Action::Delete => {
                let what = if one { "Die Schicht verschwindet" } else { "Die Schichten verschwinden" };
                let bookings = if self.any_touched() { ", ihre Buchungen werden aufgehoben" } else { "" };
                return format!("{what} aus dem Plan{bookings}. Noch ist nichts geändert.");
            }
            Action::Change(wish) => wish,
        };
        let parts = [
            wish.start.map(|at| format!("Beginn {} Uhr", german::minutes(at))),
            wish.end.map(|at| format!("Ende {} Uhr", german::minutes(at))),
            wish.seats.map(|n| german::count(i64::from(n), "Platz", "Plätze")),
            wish.channel.map(|c| format!("Kanal {}", c.label())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("Neu: {}. Noch ist nichts geändert.", parts.join(", "))
    }

    /// `Mi, 2.12., 16:00–20:00`
    fn said(&self, shift: &Shift) -> String {
        let zone = &self.scope.campaign.zone;
        let (from, to) = (zone.local(shift.starts_at), zone.local(shift.ends_at));
        format!("{}, {}", german::short_day(from.date()), german::span(from.time(), to.time()))
    }

    fn news(&self, impact: &Impact) -> String {
        impact.news(&self.scope.campaign.zone)
    }

    /// The badge of an effect: state, icon, words.
    fn badge(&self, touched: &Touched) -> (&'static str, &'static str, String) {
        match &touched.effect {
            Effect::TakenOff => ("bad", "x", "Buchung wird aufgehoben".into()),
            Effect::Shorter(by) => ("warn", "clock", format!("{} weniger", german::hours(*by))),
            Effect::Longer(by) => ("warn", "clock", format!("{} mehr", german::hours(*by))),
            Effect::Later => ("warn", "clock", "beginnt später".into()),
            Effect::Earlier => ("warn", "clock", "beginnt früher".into()),
            Effect::OtherChannel => ("warn", "arrow-left-right", "anderer Kanal".into()),
            Effect::MentorLeaves => ("warn", "users", "vorerst ohne Pat*in".into()),
            Effect::Collides(..) => ("bad", "triangle-alert", "überlappt".into()),
        }
    }

    /// The other booking that a moved one overlaps.
    fn collision<'a>(&self, touched: &'a Touched) -> Option<&'a str> {
        if let Effect::Collides(_, said) = &touched.effect { Some(said) } else { None }
    }

    fn is_trainee(&self, touched: &Touched) -> bool {
        touched.held.kind == Kind::Beside
    }

    fn is_chosen(&self, booking: &BookingId) -> bool {
        self.form.weg.iter().any(|text| *text == booking.to_string())
    }

    /// Shifts that stay as they are, with the reason: `Mi, 2.12., 16:00–20:00: hat schon begonnen`.
    fn kept(&self) -> Vec<String> {
        let said = |impact: &Impact| match impact.fate {
            Fate::Kept(block) => Some(format!("{}: {}", self.said(&impact.shift), block.sentence())),
            Fate::Same => Some(format!("{}: ist schon so", self.said(&impact.shift))),
            Fate::Changed(_) | Fate::Gone => None,
        };
        self.preview.impacts.iter().filter_map(said).collect()
    }

    /// `2 Schichten bleiben, wie sie sind:`
    fn kept_said(&self) -> String {
        german::count(self.kept().len() as i64, "Schicht bleibt, wie sie ist:", "Schichten bleiben, wie sie sind:")
    }

    /// The shifts that something is done to.
    fn acting(&self) -> Vec<&Impact> {
        self.preview.impacts.iter().filter(|i| i.acts()).collect()
    }

    /// `5 der 12 Schichten haben keine betroffene Buchung.`
    fn unbooked(&self) -> Option<String> {
        let (acting, n) = (self.acting(), self.acting().iter().filter(|i| i.touched.is_empty()).count());
        let verb = if n == 1 { "hat" } else { "haben" };
        (n > 0 && acting.len() > 1 && n < acting.len())
            .then(|| format!("{n} der {} {verb} keine Buchung, die es betrifft.", self.shifts()))
    }
}
