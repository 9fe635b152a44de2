//! Staff's list of interview slots: a week, who has chosen what, and the way to new ones.

mod cancel;
mod new;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::accounts::role::Role;
use crate::applications::application::State as Stage;
use crate::applications::interview::is_room;
use crate::applications::interview::slot::{self, Interviewer, Listed};
use crate::clock::week::Week;
use crate::clock::{Zone, german};
use crate::id::{AccountId, SlotId};
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Layout, Me, Page, Routes, filters};

const RECRUITING: Audience = Audience::Staff(&[Role::Recruiter, Role::Administrator]);
/// Where the list lies.
const LIST: &str = "/verwaltung/gespraeche";

/// The routes of interview slots.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/gespraeche", RECRUITING, list)
        .get("/verwaltung/gespraeche/neu", RECRUITING, new::new)
        .post("/verwaltung/gespraeche/neu", RECRUITING, new::create)
        .get("/verwaltung/gespraeche/absage", RECRUITING, cancel::confirm)
        .post("/verwaltung/gespraeche/absage", RECRUITING, cancel::delete)
}

/// What stands after the `?`.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    woche: Option<String>,
    /// An interviewer's id; empty or unknown: everybody.
    #[serde(default)]
    wer: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "interview/list.html")]
struct ListPage {
    layout: Layout,
    week: Week,
    /// The week is the present one.
    current: bool,
    who: Option<AccountId>,
    me: AccountId,
    interviewers: Vec<Interviewer>,
    slots: Vec<Listed>,
    now: OffsetDateTime,
}

/// The slots of one day.
struct Day<'a> {
    said: String,
    slots: Vec<&'a Listed>,
}

impl ListPage {
    fn path(&self, week: Week) -> String {
        match self.who {
            Some(who) => format!("{LIST}?woche={week}&wer={who}"),
            None => format!("{LIST}?woche={week}"),
        }
    }

    fn clock_change(&self) -> Option<String> {
        self.week.clock_change(&Zone::berlin())
    }

    fn is_chosen(&self, interviewer: &Interviewer) -> bool {
        self.who == Some(interviewer.id)
    }

    fn days(&self) -> Vec<Day<'_>> {
        let mut days: Vec<Day<'_>> = Vec::new();
        for slot in &self.slots {
            let said = german::long_day(Zone::berlin().date(slot.starts_at));
            match days.last_mut().filter(|day| day.said == said) {
                Some(day) => day.slots.push(slot),
                None => days.push(Day { said, slots: vec![slot] }),
            }
        }
        days
    }

    /// `12 Termine, 5 vergeben`
    fn sums(&self) -> String {
        let live = self.slots.iter().filter(|s| s.cancellation.is_none());
        let (all, taken) = live.fold((0, 0), |(all, taken), s| (all + 1, taken + i64::from(s.application.is_some())));
        format!("{}, {taken} vergeben", german::count(all, "Termin", "Termine"))
    }

    fn may_cancel(&self, slot: &Listed) -> bool {
        slot.may_cancel(self.now)
    }

    fn may_cancel_any(&self) -> bool {
        self.slots.iter().any(|slot| slot.may_cancel(self.now))
    }

    fn is_over(&self, slot: &Listed) -> bool {
        slot.ends_at <= self.now
    }

    fn is_mine(&self, slot: &Listed) -> bool {
        slot.interviewer == self.me
    }

    fn place_is_room(&self, slot: &Listed) -> bool {
        is_room(&slot.place)
    }

    fn time(&self, slot: &Listed) -> String {
        time_of(slot)
    }

    fn talked(&self, slot: &Listed) -> bool {
        slot.state.is_some_and(|state| !matches!(state, Stage::Invited))
    }
}

/// `09:00–09:30`
fn time_of(slot: &Listed) -> String {
    let zone = Zone::berlin();
    german::span(zone.local(slot.starts_at).time(), zone.local(slot.ends_at).time())
}

/// `GET /verwaltung/gespraeche`
pub async fn list(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Query(query): Query<ListQuery>,
) -> Answer {
    let zone = Zone::berlin();
    let today = Week::at(now, &zone);
    let week = query.woche.as_deref().and_then(|text| text.parse().ok()).unwrap_or(today);
    let who: Option<AccountId> = query.wer.parse().ok();
    let interviewers = slot::interviewers(&portal.db).await?;
    let mut slots = slot::list(&portal.db, week.bounds(&zone), &[]).await?;
    slots.retain(|slot| who.is_none_or(|who| slot.interviewer == who));
    let layout = page.layout("Kennenlerngespräche");
    let me = me.account;
    Ok(ListPage { layout, week, current: week == today, who, me, interviewers, slots, now }.into_response())
}

/// Ids of slots as a form sends them; what is none is left out.
fn ids(typed: &[String]) -> Vec<SlotId> {
    typed.iter().filter_map(|text| text.parse().ok()).collect()
}
