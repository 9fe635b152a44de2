//! A date as one freelancer sees it: what they can do there, or why not.

use time::OffsetDateTime;

use crate::clock::german;
use crate::freelancers::missing::{self, Stage};
use crate::freelancers::preparation;
use crate::id::{CampaignId, FreelancerId, TrainingDateId};
use crate::portal::Portal;
use crate::shifts::training_day;
use crate::training::date::{self, TrainingDate, Wanted};
use crate::training::enrolment::{Facts, Live, State};
use crate::training::participant::{self, Participant};

/// A date with what decides about this person.
pub struct Seen {
    facts: Facts,
    /// The latest enrolment in this date.
    own: Option<Participant>,
    /// What the person has at that time, as a sentence.
    overlap: Option<String>,
    now: OffsetDateTime,
}

impl Seen {
    pub fn date(&self) -> &TrainingDate {
        &self.facts.date
    }

    /// The person's enrolment, if it is still worth telling.
    pub fn own(&self) -> Option<&Participant> {
        self.own.as_ref()
    }

    fn state(&self) -> Option<State> {
        self.own.as_ref().map(|own| own.state)
    }

    /// Whether it stands among one's own trainings.
    pub fn is_own(&self) -> bool {
        match self.state() {
            Some(state) if state.is_open() => !self.is_over(),
            Some(State::Passed | State::Repeat | State::Enrolled) => true,
            Some(State::Cancelled) => !self.has_begun(),
            _ => false,
        }
    }

    /// Whether it stands among the dates to choose from.
    pub fn is_on_offer(&self) -> bool {
        let date = self.date();
        let has_passed = self.facts.live.as_ref().is_some_and(|live| live.state == State::Passed);
        !self.has_begun() && date.cancelled_at.is_none() && date.retired_at.is_none() && !self.is_own() && !has_passed
    }

    /// Whether place and material are shown.
    pub fn takes_part(&self) -> bool {
        self.state().is_some_and(State::takes_part)
    }

    pub fn has_begun(&self) -> bool {
        self.date().starts_at() <= self.now
    }

    pub fn is_over(&self) -> bool {
        self.date().ends_at() <= self.now
    }

    /// Whether the button for a seat is shown.
    pub fn may_enrol(&self) -> bool {
        self.overlap.is_none() && self.facts.admit_seat(self.now).is_ok()
    }

    /// Whether the button for the waiting list is shown. An overlap counts only once a seat is offered.
    pub fn may_wait(&self) -> bool {
        self.facts.admit_waiting(self.now).is_ok()
    }

    /// Whether an offered seat can be taken.
    pub fn may_accept(&self) -> bool {
        self.overlap.is_none() && self.facts.admit_acceptance(self.now).is_ok()
    }

    pub fn may_leave(&self) -> bool {
        self.facts.admit_leaving(self.now).is_ok()
    }

    /// Why there is no button.
    pub fn reason(&self) -> Option<String> {
        if self.may_enrol() || self.may_wait() || self.may_accept() {
            return None;
        }
        let refusal = match self.state() {
            Some(State::Offered) => self.facts.admit_acceptance(self.now).err(),
            Some(State::Enrolled) => self.facts.admit_leaving(self.now).err().filter(|_| !self.has_begun()),
            Some(state) if state.is_open() => None,
            // What came of it is said already.
            Some(State::Passed | State::Repeat | State::Cancelled) => return None,
            _ if self.date().free() > 0 => self.facts.admit_seat(self.now).err(),
            _ => self.facts.admit_waiting(self.now).err(),
        };
        match refusal {
            Some(refusal) => Some(refusal.sentence()),
            None if self.state().is_some_and(|state| state != State::Offered && state.is_open()) => None,
            None => self.overlap.clone(),
        }
    }

    /// `3 von 8 Plätzen frei`
    pub fn seats(&self) -> String {
        let date = self.date();
        match (date.free(), date.waiting) {
            (free, _) if free > 0 => {
                format!("{free} von {}", german::count(date.seats.into(), "Platz frei", "Plätzen frei"))
            }
            (_, 0) => "alle Plätze vergeben".into(),
            (_, n) => format!("alle Plätze vergeben, {} auf der Warteliste", german::count(n, "Person", "Personen")),
        }
    }

    /// Where it is held; the address of a video room only for those who take part.
    pub fn place(&self) -> &str {
        match self.date().is_online() {
            true => "online, von zu Hause",
            false => &self.date().place,
        }
    }

    /// The video room, for those who take part, until it is over.
    pub fn room(&self) -> Option<&str> {
        let shown = self.date().is_online() && self.state() == Some(State::Enrolled) && !self.is_over();
        shown.then_some(self.date().place.as_str())
    }

    /// Until when an offered seat is held: `Mi, 25.11.2026, 12:00 Uhr, in 23 h`.
    pub fn offered_until(&self) -> String {
        let Some(until) = self.own.as_ref().and_then(|own| own.offered_until) else { return String::new() };
        format!(
            "{}, {}",
            german::moment(self.date().zone.local(until)),
            german::until((until - self.now).max(time::Duration::ZERO))
        )
    }

    /// What there is to say about one's own state.
    pub fn sentence(&self) -> Option<String> {
        let own = self.own.as_ref()?;
        match own.state {
            State::Enrolled if self.is_over() => Some("Das Ergebnis bekommst du per Mail.".into()),
            State::Enrolled => Some("Dein Platz ist reserviert.".into()),
            State::Offered => {
                Some(format!("Ein Platz ist frei geworden. Wir halten ihn für dich bis {}.", self.offered_until()))
            }
            State::Waiting => {
                Some("Wird ein Platz frei, bieten wir ihn dir per Mail an, und du entscheidest selbst.".into())
            }
            State::Passed => Some("Du hast bestanden. Damit stehen dir die ersten Schichten offen.".into()),
            State::Repeat => {
                Some("Die Schulung machst du am besten noch einmal. Wähle dafür einen neuen Termin.".into())
            }
            State::Cancelled => Some("Wir mussten diesen Termin absagen. Bitte wähle einen anderen.".into()),
            State::Left | State::Lapsed => None,
        }
    }

    /// What the button for leaving is called.
    pub fn leave_label(&self) -> &'static str {
        match self.state() {
            Some(State::Offered) => "Ablehnen",
            Some(State::Waiting) => "Von der Warteliste",
            _ => "Abmelden",
        }
    }
}

/// The coming dates of these campaigns, and all dates that the person is or was on.
pub async fn all(
    portal: &Portal,
    person: FreelancerId,
    campaigns: &[CampaignId],
    now: OffsetDateTime,
) -> Result<Vec<Seen>, sqlx::Error> {
    let coming = Wanted { campaigns: Some(campaigns), ending_after: Some(now), ..Wanted::default() };
    let mut dates = date::list(&portal.db, &coming).await?;
    for own in date::list(&portal.db, &Wanted { of: Some(person), ..Wanted::default() }).await? {
        if !dates.iter().any(|date| date.id == own.id) {
            dates.push(own);
        }
    }
    dates.sort_by_key(TrainingDate::starts_at);
    see(portal, person, dates, now).await
}

/// One date; `None` if it is not there for this person.
pub async fn one(
    portal: &Portal,
    person: FreelancerId,
    id: TrainingDateId,
    now: OffsetDateTime,
) -> Result<Option<Seen>, sqlx::Error> {
    let date = date::find(&portal.db, id).await?;
    let seen = see(portal, person, date.into_iter().collect(), now).await?.pop();
    Ok(seen.filter(|seen| seen.facts.is_preparing || seen.own.is_some()))
}

async fn see(
    portal: &Portal,
    person: FreelancerId,
    dates: Vec<TrainingDate>,
    now: OffsetDateTime,
) -> Result<Vec<Seen>, sqlx::Error> {
    let Some(first) = dates.first().map(|date| date.campaign) else { return Ok(Vec::new()) };
    let days: Vec<_> = dates.iter().flat_map(|date| date.day_ids.clone()).collect();
    let (preparing, own, overlaps, missing) = tokio::try_join!(
        preparation::list(&portal.db, person),
        participant::of(&portal.db, person),
        training_day::overlaps(&portal.db, person, &days),
        // The profile is one for all campaigns.
        missing::load(&portal.db, person, first, now),
    )?;
    let live = |date: &TrainingDate| {
        let is_live = |state: State| state.is_open() || state == State::Passed;
        let found = own.iter().find(|own| is_live(own.state) && own.course == date.course);
        found.map(|own| Live { id: own.id, date: own.date, state: own.state, offered_until: own.offered_until })
    };
    let seen = |date: &TrainingDate| Seen {
        facts: Facts {
            date: date.clone(),
            is_preparing: preparing.iter().any(|p| p.campaign == date.campaign),
            has_profile: missing.profile == Stage::Done,
            live: live(date),
        },
        own: own.iter().filter(|own| own.date == date.id).max_by_key(|own| own.sequence).cloned(),
        overlap: overlaps
            .iter()
            .find(|(day, _)| date.day_ids.contains(day))
            .map(|(_, overlap)| overlap.sentence(&date.zone)),
        now,
    };
    Ok(dates.iter().map(seen).collect())
}
