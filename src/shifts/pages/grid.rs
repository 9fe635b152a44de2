//! The week as a grid: rows are spans, columns are days, a cell is one shift and says what it is to the person.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime};

use super::cells::{Cell, RowView};
use super::hours::{self, Hours};
use crate::campaigns::campaign::Campaign;
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::shifts::mine::{Mine, Standing};
use crate::shifts::plan::{Plan, Plans, Row};
use crate::shifts::week::Week;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Me, Page, filters, sized};

/// A full week of a large campaign.
const SIZE: usize = 64 * 1024;

/// What the person wants to see; everything may be left out.
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    kampagne: String,
    #[serde(default)]
    woche: String,
    /// Length in minutes.
    #[serde(default)]
    laenge: String,
    #[serde(default)]
    kanal: String,
    #[serde(default)]
    buchbar: String,
}

#[derive(Template)]
#[template(path = "plan/grid.html")]
struct GridPage<'a> {
    layout: Layout,
    campaign: &'a Campaign,
    campaigns: Vec<Choice>,
    channels: Vec<Choice>,
    lengths: Vec<Choice>,
    bookable_only: bool,
    week: Week,
    previous: Option<Week>,
    next: Option<Week>,
    hours: Hours,
    clock_change: Option<String>,
    days: Vec<DayHead>,
    bands: Vec<BandView<'a>>,
    /// Path and query of this page, to come back to.
    here: String,
    qualified: bool,
}

/// An option of a select.
pub struct Choice {
    pub key: String,
    pub label: String,
    pub chosen: bool,
}

struct DayHead {
    short: &'static str,
    date: String,
    shown: bool,
}

struct BandView<'a> {
    name: &'static str,
    from: &'static str,
    open: bool,
    sums: [usize; 7],
    rows: Vec<RowView<'a>>,
}

impl GridPage<'_> {
    fn empty(&self) -> bool {
        self.bands.is_empty()
    }

    /// A link to another week with the same campaign.
    fn week_link(&self, week: &Week) -> String {
        format!("/schichtplan?kampagne={}&woche={week}", self.campaign.slug)
    }

    fn list_link(&self) -> String {
        format!("/schichten/frei?kampagne={}", self.campaign.slug)
    }

    fn several_channels(&self) -> bool {
        self.campaign.channels.len() > 1
    }
}

/// `GET /schichtplan`
pub async fn show(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    page: Page,
    Now(now): Now,
    Query(filter): Query<Filter>,
) -> Answer {
    let campaigns = plans.campaigns(&portal.db).await?;
    let asked: Option<Week> = filter.woche.parse().ok();
    let (from, to) = reach(asked, now);
    let mine = plans.mine(me.account.into(), from, to).await?;
    let campaign = choose(&campaigns, &filter.kampagne, &mine).ok_or(Error::NotFound)?;
    let this = Week::at(now, &campaign.zone);
    let week = asked.unwrap_or(this.next());
    let plan = plans.week(&portal.db, campaign, week).await?;
    let reasons = overlaps(&mine, &plan);
    let view = View {
        plan: &plan,
        standings: mine.standings(campaign.id, &plan.shifts, now),
        reasons: &reasons,
        now,
        filter: &filter,
    };
    let here = format!("/schichtplan?kampagne={}&woche={week}", campaign.slug);
    let last = this.plus(campaign.horizon_weeks.max(8));
    let title = format!("Schichtplan {}", week.label());
    let page = GridPage {
        layout: page.layout(&title),
        campaigns: campaigns.iter().map(|c| choice(&c.slug, c.title(), c.id == campaign.id)).collect(),
        channels: campaign
            .channels
            .iter()
            .map(|c| choice(c.key(), c.label().into(), c.key() == filter.kanal))
            .collect(),
        lengths: plan.lengths.iter().map(|l| length_choice(*l, &filter.laenge)).collect(),
        bookable_only: !filter.buchbar.is_empty(),
        previous: Some(week.previous()).filter(|w| *w >= this.plus(-8)),
        next: Some(week.next()).filter(|w| *w <= last),
        hours: Hours::new(&mine, campaign, week, now),
        clock_change: week.clock_change(&campaign.zone),
        days: view.days(campaign.zone.date(now)),
        bands: view.bands(),
        qualified: mine.qualified.contains(&campaign.id),
        campaign,
        week,
        here,
    };
    sized(&page, SIZE)
}

/// The time whose bookings the page needs: the weeks of the average, the next one, and the week asked for.
fn reach(asked: Option<Week>, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    let zone = Zone::berlin();
    let (from, to) = asked.unwrap_or_else(|| Week::at(now, &zone).next()).bounds(&zone);
    // Days to spare: a campaign's zone may be ahead or behind.
    ((from - Duration::DAY).min(hours::since(&zone, now)), (to + Duration::days(2)).max(now + Duration::weeks(2)))
}

/// The campaign asked for, else the first one the person is qualified for, else any.
pub fn choose<'a>(campaigns: &'a [Campaign], slug: &str, mine: &Mine) -> Option<&'a Campaign> {
    let asked = campaigns.iter().find(|c| c.slug == slug);
    asked.or_else(|| campaigns.iter().find(|c| mine.qualified.contains(&c.id))).or(campaigns.first())
}

/// An option of a select.
pub fn choice(key: &str, label: String, chosen: bool) -> Choice {
    Choice { key: key.to_owned(), label, chosen }
}

/// A length as an option: key in minutes, label in hours.
pub fn length_choice(length: Duration, chosen: &str) -> Choice {
    let key = length.whole_minutes().to_string();
    Choice { chosen: key == chosen, label: german::hours(length), key }
}

/// The start of each of the person's bookings and training days in the week, and what is said where a shift overlaps it.
fn overlaps(mine: &Mine, plan: &Plan) -> Vec<(OffsetDateTime, String)> {
    let (Some(first), Some(last)) = (plan.shifts.first(), plan.shifts.last()) else { return Vec::new() };
    // No shift is longer than a day (`shift_length`).
    let end = last.starts_at + Duration::DAY;
    let zone = &plan.campaign.zone;
    let bookings = mine.bookings.iter().map(|own| ("überlappt", own.starts_at, own.ends_at));
    let trainings = mine.trainings.iter().map(|day| ("Schulung", day.starts_at, day.ends_at));
    let touching = bookings.chain(trainings).filter(|(_, from, to)| *to > first.starts_at && *from < end);
    let reason = |(word, from, to): (&str, OffsetDateTime, OffsetDateTime)| {
        (from, format!("{word} {}", german::short_span(zone.local(from).time(), zone.local(to).time())))
    };
    touching.map(reason).collect()
}

struct View<'a> {
    plan: &'a Plan,
    /// What each shift of the plan is to the person.
    standings: Vec<Standing<'a>>,
    /// See [`overlaps`].
    reasons: &'a [(OffsetDateTime, String)],
    now: OffsetDateTime,
    filter: &'a Filter,
}

impl<'a> View<'a> {
    fn days(&self, today: Date) -> Vec<DayHead> {
        let days = self.plan.week.days();
        let shown = if days.contains(&today) { today } else { self.plan.week.monday() };
        let head = |day: Date| DayHead {
            short: german::weekday_short(day.weekday()),
            date: german::day_month(day),
            shown: day == shown,
        };
        days.into_iter().map(head).collect()
    }

    fn bands(&self) -> Vec<BandView<'a>> {
        let mut bands: Vec<BandView<'a>> = self
            .plan
            .bands
            .iter()
            .map(|band| {
                let mut rows = Vec::with_capacity(band.rows.len());
                rows.extend(band.rows.iter().filter_map(|row| self.row(row)));
                let bookable = |day: usize| {
                    rows.iter().filter(|r: &&RowView| matches!(r.cells.get(day), Some(Cell::Free(_)))).count()
                };
                let sums = std::array::from_fn(bookable);
                BandView { name: band.name, from: band.from, open: true, sums, rows }
            })
            .collect();
        bands.retain(|band| !band.rows.is_empty());
        bands
    }

    fn row(&self, row: &'a Row) -> Option<RowView<'a>> {
        let wanted = (self.filter.laenge.is_empty() || self.filter.laenge == row.length.whole_minutes().to_string())
            && (self.filter.kanal.is_empty() || self.filter.kanal == row.channel.key());
        if !wanted {
            return None;
        }
        let cells = row.cells.map(|at| at.map_or(Cell::Empty, |at| self.cell(at)));
        let of_use = cells.iter().any(|cell| matches!(cell, Cell::Free(_) | Cell::Own(_)));
        (of_use || self.filter.buchbar.is_empty()).then_some(RowView {
            row,
            several_channels: self.plan.campaign.channels.len() > 1,
            cells,
        })
    }

    fn cell(&self, at: usize) -> Cell<'a> {
        let (Some(shift), Some(standing)) = (self.plan.shifts.get(at), self.standings.get(at)) else {
            return Cell::Empty;
        };
        match *standing {
            Standing::Free => Cell::Free(shift),
            Standing::Own(_) => Cell::Own(shift),
            Standing::Full => Cell::Full(shift),
            Standing::Started if shift.ends_at <= self.now => Cell::No("vorbei"),
            Standing::Started => Cell::No("läuft schon"),
            Standing::NotQualified => Cell::No("nicht einsatzbereit"),
            Standing::Barred => Cell::No("Nachweis fehlt"),
            Standing::InTraining(day) => Cell::No(self.reason(day.starts_at, "Schulung")),
            Standing::Overlaps(own) => Cell::No(self.reason(own.starts_at, "überlappt")),
        }
    }

    /// A person's bookings and training days never overlap each other: the start tells them apart.
    fn reason(&self, starts_at: OffsetDateTime, otherwise: &'a str) -> &'a str {
        self.reasons.iter().find(|(at, _)| *at == starts_at).map_or(otherwise, |(_, reason)| reason)
    }
}
