//! "Meine Schichten": what is booked, by ISO week, with hours per campaign and the average. No ranking, no score.

use askama::Template;
use askama_web::WebTemplate;
use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use time::{Duration, OffsetDateTime};

use super::free::own_said;
use super::hours::{self, Hours};
use crate::campaigns::campaign::Campaign;
use crate::clock::{Zone, german};
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::kind::Kind;
use crate::shifts::mine::{AVERAGE_WEEKS, Mine, Own, TrainingDay};
use crate::shifts::plan::Plans;
use crate::shifts::said;
use crate::shifts::week::Week;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "plan/own.html")]
struct OwnPage {
    layout: Layout,
    campaigns: Vec<(String, Hours)>,
    ahead: Vec<WeekView>,
    past: Vec<WeekView>,
}

struct WeekView {
    week: Week,
    /// `12 h`
    total: String,
    /// `Blattgrün · Bestellhotline: 8 h gebucht, davon 4 h geleistet`
    sums: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    /// None: the day of a training.
    id: Option<ShiftId>,
    said: String,
    what: String,
    note: String,
    releasable: bool,
    over: bool,
}

/// `GET /meine-schichten`
pub async fn show(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    page: Page,
    Now(now): Now,
) -> Answer {
    let campaigns = plans.all_campaigns(&portal.db).await?;
    let zone = Zone::berlin();
    let mine = plans.mine(me.account.into(), hours::since(&zone, now), now + Duration::weeks(60)).await?;
    let this = Week::at(now, &zone);
    // An ended campaign shows what was booked in it, and expects nothing more.
    let concerned = |c: &&Campaign| {
        c.ended_at.is_none() && (mine.qualified.contains(&c.id) || mine.bookings.iter().any(|own| own.campaign == c.id))
    };
    let figures = campaigns.iter().filter(concerned).map(|c| (c.title(), Hours::new(&mine, c, this, now))).collect();
    let view = |(week, owns): (Week, Vec<&Own>)| WeekView::new(week, &owns, &mine, &campaigns, now);
    // What reaches in from the week before the first would be half a week.
    let mut weeks = mine.by_week(&zone);
    for day in &mine.trainings {
        weeks.entry(Week::at(day.starts_at, &zone)).or_default();
    }
    let whole = weeks.into_iter().filter(|(week, _)| *week >= this.plus(-AVERAGE_WEEKS));
    let (past, ahead): (Vec<_>, Vec<_>) = whole.map(view).partition(|w| w.week < this);
    let past = past.into_iter().rev().collect();
    Ok(OwnPage { layout: page.layout("Meine Schichten"), campaigns: figures, ahead, past }.into_response())
}

impl WeekView {
    fn new(week: Week, owns: &[&Own], mine: &Mine, campaigns: &[Campaign], now: OffsetDateTime) -> Self {
        let total: Duration = owns.iter().map(|own| own.length()).sum();
        let mut sums = Vec::new();
        let mut rows = Vec::new();
        for campaign in campaigns {
            let days = mine.trainings.iter().filter(|day| day.campaign == campaign.id);
            let days = days.filter(|day| Week::at(day.starts_at, &Zone::berlin()) == week);
            rows.extend(days.map(|day| (day.starts_at, Row::of_training(campaign, day, now))));
            let of = || owns.iter().filter(|own| own.campaign == campaign.id);
            let booked: Duration = of().map(|own| own.length()).sum();
            if booked.is_zero() {
                continue;
            }
            let done: Duration = of().filter(|own| own.ends_at <= now).map(|own| own.length()).sum();
            let done =
                if done.is_zero() { String::new() } else { format!(", davon {} geleistet", german::hours(done)) };
            sums.push(format!("{}: {} gebucht{done}", campaign.title(), german::hours(booked)));
            rows.extend(of().map(|own| (own.starts_at, Row::new(campaign, own, now))));
        }
        rows.sort_by_key(|(starts_at, _)| *starts_at);
        Self { week, total: german::hours(total), sums, rows: rows.into_iter().map(|(_, row)| row).collect() }
    }
}

impl Row {
    fn new(campaign: &Campaign, own: &Own, now: OffsetDateTime) -> Self {
        let (said, note, releasable) = own_said(campaign, own, now);
        let over = own.ends_at <= now;
        let first = if own.kind == Kind::Beside { " · erste Schicht mit Pat*in" } else { "" };
        let what = format!("{} · {} · {}{first}", campaign.title(), own.channel.label(), german::hours(own.length()));
        Self { id: Some(own.shift), said, what, note: if over { String::new() } else { note }, releasable, over }
    }

    /// A day of a training: listed, since it takes time, but no booked hours.
    fn of_training(campaign: &Campaign, day: &TrainingDay, now: OffsetDateTime) -> Self {
        let said = said(&campaign.zone, day.starts_at, day.ends_at);
        let (what, over) = (format!("{} · Schulung", campaign.title()), day.ends_at <= now);
        Self { id: None, said, what, note: String::new(), releasable: false, over }
    }
}
