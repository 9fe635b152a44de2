//! A campaign's plan of one week: coverage, publication, sums, and the list that feeds the bulk bar.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use super::publication::PublicationBox;
use super::{Scope, plan_path};
use crate::campaigns::campaign;
use crate::campaigns::opening::{self, Hours};
use crate::clock::german;
use crate::freelancers::qualification;
use crate::portal::Portal;
use crate::shifts::coverage::{self, Cell, Heat, View};
use crate::shifts::shift::{self, Shift};
use crate::shifts::week::Week;
use crate::shifts::{batch, export, help, publication};
use crate::web::form::{Path, Query};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

/// What stands after the `?`: the day of the list, what the heat map counts, and whether only open seats are listed.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    #[serde(default)]
    tag: String,
    #[serde(default)]
    ansicht: String,
    #[serde(default)]
    nur: String,
}

/// The day of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Day(Date),
    Week,
}

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_plan.html")]
struct PlanPage {
    layout: Layout,
    scope: Scope,
    shifts: Vec<Shift>,
    view: View,
    heat: Heat,
    gaps: Vec<(OffsetDateTime, OffsetDateTime)>,
    publication: PublicationBox,
    qualified: usize,
    previous: time::Duration,
    hours: Hours,
    listed: Listed,
    only_open: bool,
    last: Option<batch::Last>,
    now: OffsetDateTime,
}

/// `GET …/plan`: the week that waits for its publication, else the next one.
pub async fn index(State(portal): State<Portal>, Path(slug): Path<String>, Now(now): Now) -> Answer {
    let campaign = campaign::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let this = Week::at(now, &campaign.zone);
    let range = (this, this.plus(campaign.horizon_weeks));
    let week = shift::first_draft_week(&portal.db, campaign.id, range).await?;
    Ok(see_other(&plan_path(&slug, week.unwrap_or(this.next()), "")))
}

/// `GET …/plan/{week}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    scope: Scope,
    Query(look): Query<Look>,
    Now(now): Now,
) -> Answer {
    let db = &portal.db;
    let (campaign, week) = (&scope.campaign, scope.week);
    let hours = opening::load(db, campaign.id).await?;
    let reaching = shift::of_weeks(db, campaign.id, (week.previous(), week)).await?;
    let (from, _) = week.bounds(&campaign.zone);
    let (before, shifts): (Vec<Shift>, Vec<Shift>) = reaching.iter().cloned().partition(|s| s.starts_at < from);
    let view = View::of(&look.ansicht);
    let page = PlanPage {
        layout: page.layout(&format!("Schichtplan {}", week.label())),
        view,
        heat: coverage::heat(week, &campaign.zone, &hours, &reaching, view),
        gaps: coverage::gaps(week, &campaign.zone, &hours, &reaching),
        publication: PublicationBox::new(campaign, week, &shifts, now),
        qualified: qualification::qualified(db, campaign.id, now).await?.len(),
        previous: coverage::seat_time(&before, View::Seats),
        listed: listed(&look.tag, &scope, &shifts, now),
        only_open: look.nur == "offen",
        last: batch::last(db, campaign.id, week).await?,
        shifts,
        hours,
        now,
        scope,
    };
    Ok(page.into_response())
}

/// The asked day; else today in the running week, else the first day with a shift.
fn listed(tag: &str, scope: &Scope, shifts: &[Shift], now: OffsetDateTime) -> Listed {
    let (days, zone) = (scope.week.days(), &scope.campaign.zone);
    if tag == "alle" {
        return Listed::Week;
    }
    let asked = tag.parse::<usize>().ok().and_then(|n| days.get(n.checked_sub(1)?)).copied();
    let today = Some(zone.date(now)).filter(|day| days.contains(day));
    let first = shifts.first().map(|s| zone.date(s.starts_at));
    Listed::Day(asked.or(today).or(first).unwrap_or(days[0]))
}

/// `POST …/veroeffentlichung`
pub async fn publish(State(portal): State<Portal>, me: Me, scope: Scope, Now(now): Now) -> Answer {
    let (db, week) = (&portal.db, scope.week);
    let flash = match publication::publish_week(db, &portal.config, &scope.campaign, week, me.account, now).await? {
        Ok(done) => Flash::ok(
            format!("{} ist veröffentlicht:", week.label()),
            format!(
                "{} buchbar, {} bekommen eine Nachricht.",
                german::count(done.shifts as i64, "Schicht ist", "Schichten sind"),
                german::count(done.recipients as i64, "Person", "Personen"),
            ),
        ),
        Err(refusal) => Flash::warn("Nichts veröffentlicht.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&scope.path("")))
}

/// `POST …/hilfe`
pub async fn ask_for_help(State(portal): State<Portal>, me: Me, scope: Scope, Now(now): Now) -> Answer {
    let flash = match help::call(&portal.db, &portal.config, &scope.campaign, scope.week, me.account, now).await? {
        Ok(people) => Flash::ok(
            "Die Bitte um Mithilfe ist unterwegs.",
            format!(
                "{} bekommen eine Mail mit den offenen Schichten.",
                german::count(people as i64, "Person", "Personen")
            ),
        ),
        Err(refusal) => Flash::warn("Keine Mail gesendet.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&scope.path("")))
}

/// `POST …/ruecknahme`
pub async fn undo(State(portal): State<Portal>, me: Me, scope: Scope, Now(now): Now) -> Answer {
    let flash = match batch::undo(&portal.db, scope.campaign.id, scope.week, me.account, now).await? {
        Ok(last) => Flash::ok(
            "Rückgängig gemacht:",
            format!("{} von {}.", last.kind.said(), german::count(last.shifts, "Schicht", "Schichten")),
        ),
        Err(refusal) => Flash::warn("Nichts rückgängig gemacht.", refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&scope.path("")))
}

/// `GET …/export.csv`
pub async fn export_csv(State(portal): State<Portal>, scope: Scope) -> Answer {
    let shifts = shift::of_weeks(&portal.db, scope.campaign.id, (scope.week, scope.week)).await?;
    let bytes = export::csv(&shifts, &scope.campaign.zone).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(download(&scope, "csv", "text/csv; charset=utf-8", bytes))
}

/// `GET …/export.xlsx`
pub async fn export_xlsx(State(portal): State<Portal>, scope: Scope) -> Answer {
    let shifts = shift::of_weeks(&portal.db, scope.campaign.id, (scope.week, scope.week)).await?;
    let bytes = export::xlsx(&shifts, &scope.campaign.zone, &scope.week.label());
    let bytes = bytes.map_err(|e| Error::Internal(e.to_string()))?;
    Ok(download(&scope, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
}

fn download(scope: &Scope, ending: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{}-{}.{ending}\"", scope.campaign.slug, scope.week);
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
}

impl PlanPage {
    /// The badge beside the heading: state, icon, word. None without shifts.
    fn badge(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let drafts = self.shifts.iter().filter(|s| s.is_draft()).count();
        match (drafts, self.shifts.len()) {
            (_, 0) => None,
            (0, _) => Some(("ok", "check", "veröffentlicht")),
            (n, all) if n == all => Some(("warn", "pencil", "Entwurf")),
            _ => Some(("warn", "pencil", "teils Entwurf")),
        }
    }

    /// Berlin
    fn place(&self) -> String {
        self.scope.campaign.zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ")
    }

    /// `Plätze je Stunde, Ortszeit Berlin. …`
    fn caption(&self) -> String {
        let what = match self.view {
            View::Seats => "Plätze je Stunde",
            View::Booked => "Gebuchte Plätze je Stunde",
            View::Open => "Offene Plätze je Stunde",
        };
        format!("{what}, Ortszeit {}. Kräftiger heißt mehr Plätze; schraffiert: geschlossen.", self.place())
    }

    fn sum(&self, sum: &Option<time::Duration>) -> String {
        sum.map_or("–".into(), german::decimal_hours)
    }

    fn seat_hours(&self, view: View) -> String {
        german::decimal_hours(coverage::seat_time(&self.shifts, view))
    }

    /// `Mi, 23.12., 13–14 Uhr ist geöffnet, hat aber keinen Platz.` The first three, then how many more.
    fn gaps_said(&self) -> String {
        let zone = &self.scope.campaign.zone;
        let said = |(from, to): &(OffsetDateTime, OffsetDateTime)| {
            let (from, to) = (zone.local(*from), zone.local(*to));
            format!("{}, {}", german::short_day(from.date()), german::short_span(from.time(), to.time()))
        };
        let first: Vec<String> = self.gaps.iter().take(3).map(said).collect();
        match self.gaps.len() {
            1 => format!("{} ist geöffnet, hat aber keinen Platz.", first.concat()),
            2..=3 => format!("{} sind geöffnet, haben aber keinen Platz.", first.join("; ")),
            n => {
                let more = german::count(n as i64 - 3, "weitere Stelle", "weitere Stellen");
                format!("{} und {more} sind geöffnet, haben aber keinen Platz.", first.join("; "))
            }
        }
    }

    /// The form for a new shift, filled in for the first gap.
    fn gap_path(&self) -> String {
        let zone = &self.scope.campaign.zone;
        let Some((from, to)) = self.gaps.first() else { return self.scope.path("/schichten/neu") };
        let (from, to) = (zone.local(*from), zone.local(*to));
        let tag = from.date().weekday().number_from_monday();
        let query = format!("?tag={tag}&von={}&bis={}", german::time(from.time()), german::time(to.time()));
        self.scope.path(&format!("/schichten/neu{query}"))
    }

    /// How many shifts lie outside the opening hours: hours may have changed after planning.
    fn outside(&self) -> i64 {
        let zone = &self.scope.campaign.zone;
        self.shifts.iter().filter(|s| !self.hours.cover(zone, s.starts_at, s.ends_at)).count() as i64
    }

    fn previous_seat_hours(&self) -> String {
        german::decimal_hours(self.previous)
    }

    /// `Do, 24.12.: 07:00–14:00 Uhr (Heiligabend)`
    fn exceptions(&self) -> Vec<String> {
        let said = |day: &Date| {
            let exception = self.hours.exceptions.get(day)?;
            let hours = exception.span.map_or("geschlossen".into(), |s| format!("{} Uhr", s.label()));
            Some(format!("{}: {hours} ({})", german::short_day(*day), exception.label))
        };
        self.scope.week.days().iter().filter_map(said).collect()
    }

    fn clock_change(&self) -> Option<String> {
        self.scope.week.clock_change(&self.scope.campaign.zone)
    }

    /// The address of this page with another view of the heat map.
    fn view_path(&self, view: &View) -> String {
        let path = self.look(&self.tag(), view.key(), self.only_open);
        path.trim_end_matches("#liste").to_owned()
    }

    /// The address of this page with the other filter.
    fn filter_path(&self) -> String {
        self.look(&self.tag(), self.view.key(), !self.only_open)
    }

    /// The address of this page with another day, view or filter.
    fn look(&self, tag: &str, view: &str, only_open: bool) -> String {
        let only = if only_open { "&nur=offen" } else { "" };
        self.scope.path(&format!("?tag={tag}&ansicht={view}{only}#liste"))
    }

    fn tag(&self) -> String {
        match self.listed {
            Listed::Week => "alle".into(),
            Listed::Day(day) => day.weekday().number_from_monday().to_string(),
        }
    }

    /// The switch above the list: word, address, whether it is the current one.
    fn tabs(&self) -> Vec<(&'static str, String, bool)> {
        let tab = |day: &Date| {
            let tag = day.weekday().number_from_monday().to_string();
            let current = self.listed == Listed::Day(*day);
            (german::weekday_short(day.weekday()), self.look(&tag, self.view.key(), self.only_open), current)
        };
        let mut tabs: Vec<_> = self.scope.week.days().iter().map(tab).collect();
        tabs.push(("Alle", self.look("alle", self.view.key(), self.only_open), self.listed == Listed::Week));
        tabs
    }

    /// `Montag, 21.12.`
    fn list_heading(&self) -> String {
        match self.listed {
            Listed::Week => format!("Ganze {}", self.scope.week.label()),
            Listed::Day(day) => format!("{}, {}", german::weekday(day.weekday()), german::day_month(day)),
        }
    }

    /// The listed shifts.
    fn rows(&self) -> Vec<&Shift> {
        let zone = &self.scope.campaign.zone;
        let on = |s: &Shift| match self.listed {
            Listed::Week => true,
            Listed::Day(day) => zone.date(s.starts_at) == day,
        };
        self.shifts.iter().filter(|s| on(s) && (!self.only_open || (s.open() > 0 && s.starts_at > self.now))).collect()
    }

    /// `07:00–11:00`, in the list of the week with its day.
    fn time(&self, shift: &Shift) -> String {
        let (from, to) =
            (self.scope.campaign.zone.local(shift.starts_at), self.scope.campaign.zone.local(shift.ends_at));
        let span = german::span(from.time(), to.time());
        match self.listed {
            Listed::Week => format!("{}, {span}", german::short_day(from.date())),
            Listed::Day(_) => span,
        }
    }

    fn length(&self, shift: &Shift) -> String {
        german::hours(shift.length())
    }

    fn any_published(&self) -> bool {
        self.shifts.iter().any(|s| !s.is_draft())
    }

    /// Open published seats to come: what help can be asked for.
    fn open_seats(&self) -> i64 {
        help::open_shifts(self.shifts.clone(), self.now).iter().map(|s| i64::from(s.open())).sum()
    }

    fn can_undo(&self) -> bool {
        self.last.is_some_and(|last| !last.published)
    }
}
