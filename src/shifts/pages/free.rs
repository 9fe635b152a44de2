//! "Freie Schichten für mich": a list by day, phone first. Every shift that cannot be booked says why.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use time::format_description::well_known::Iso8601;
use time::{Date, Duration, OffsetDateTime};

use super::grid::{Choice, choice, length_choice};
use super::hours::{self, Hours};
use crate::campaigns::campaign::Campaign;
use crate::clock::{Zone, german};
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::booking::FREE_RELEASE;
use crate::shifts::mine::{Mine, Own, Standing};
use crate::shifts::plan::{Plan, Plans, Shift};
use crate::shifts::said;
use crate::shifts::week::Week;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters, sized};

/// Days are added to a page until it has so many rows.
const ROWS: usize = 30;
/// Weeks ahead that can be published at all (FAQ fact 12).
const WEEKS: i16 = 8;

/// A page of the list.
const SIZE: usize = 32 * 1024;

/// What the person wants to see; everything may be left out.
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    kampagne: String,
    /// The first day shown, ISO 8601.
    #[serde(default)]
    ab: String,
    /// 1 = Monday … 7 = Sunday.
    #[serde(default)]
    wochentag: String,
    /// Length in minutes.
    #[serde(default)]
    laenge: String,
    #[serde(default)]
    buchbar: String,
}

#[derive(Template)]
#[template(path = "plan/free.html")]
struct FreePage {
    layout: Layout,
    campaigns: Vec<Choice>,
    weekdays: Vec<Choice>,
    lengths: Vec<Choice>,
    from: Date,
    bookable_only: bool,
    filtered: bool,
    hours: Option<Hours>,
    /// With several campaigns: the hours of all of them together.
    total: String,
    days: Vec<Day>,
    /// Link to the days after these, and what they begin with.
    onward: Option<(String, String)>,
    /// Whether the person may book anything at all.
    qualified: bool,
    here: String,
}

struct Day {
    heading: String,
    /// What can be booked, and what is the person's own.
    rows: Vec<Row>,
    /// What cannot be booked, each with its reason.
    others: Vec<Row>,
}

impl Day {
    fn bookable(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.state, RowState::Free { .. })).count()
    }

    fn others_said(&self) -> String {
        german::count(self.others.len() as i64, "weitere Schicht, nicht buchbar", "weitere Schichten, nicht buchbar")
    }
}

struct Row {
    id: ShiftId,
    span: String,
    /// `Blattgrün Pflanzenversand · Telefon`
    what: String,
    state: RowState,
}

enum RowState {
    Free { free: i16 },
    Own { note: String, releasable: bool },
    Not { class: &'static str, reason: String },
}

impl FreePage {
    fn first_day(&self) -> String {
        self.from.format(&Iso8601::DATE).unwrap_or_default()
    }
}

/// `GET /schichten/frei`
pub async fn show(
    State(portal): State<Portal>,
    Extension(plans): Extension<Plans>,
    me: Me,
    page: Page,
    Now(now): Now,
    Query(filter): Query<Filter>,
) -> Answer {
    let campaigns = plans.campaigns(&portal.db).await?;
    let zone = Zone::berlin();
    let mine = plans.mine(me.account.into(), hours::since(&zone, now), now + Duration::weeks(60)).await?;
    let asked = |c: &&Campaign| {
        if filter.kampagne.is_empty() { mine.qualified.contains(&c.id) } else { c.slug == filter.kampagne }
    };
    let chosen: Vec<&Campaign> = campaigns.iter().filter(asked).collect();
    // West of Berlin it may still be yesterday.
    let today = chosen.iter().map(|c| c.zone.date(now)).min().unwrap_or_else(|| zone.date(now));
    let last = Week::of(today).plus(WEEKS).sunday();
    let from = Date::parse(&filter.ab, &Iso8601::DATE).unwrap_or(today).clamp(today, last);
    let list = List { mine: &mine, now, filter: &filter };

    let (mut days, mut lengths, mut next) = (Vec::new(), Vec::new(), None);
    let mut week = Week::of(from);
    'weeks: while week.monday() <= last {
        let mut loaded = Vec::with_capacity(chosen.len());
        for campaign in &chosen {
            loaded.push(plans.week(&portal.db, campaign, week).await?);
        }
        lengths.extend(loaded.iter().flat_map(|plan| plan.lengths.iter().copied()));
        for day in week.days().into_iter().filter(|day| *day >= from) {
            let found = list.day(&loaded, day);
            if found.rows.is_empty() && found.others.is_empty() {
                continue;
            }
            if days.iter().map(|d: &Day| d.rows.len()).sum::<usize>() >= ROWS {
                next = Some(day);
                break 'weeks;
            }
            days.push(found);
        }
        week = week.next();
    }
    lengths.sort();
    lengths.dedup();

    let page = FreePage {
        layout: page.layout("Freie Schichten für mich"),
        campaigns: campaigns.iter().map(|c| choice(&c.slug, c.title(), c.slug == filter.kampagne)).collect(),
        weekdays: weekdays(&filter.wochentag),
        lengths: lengths.into_iter().map(|l| length_choice(l, &filter.laenge)).collect(),
        bookable_only: !filter.buchbar.is_empty(),
        filtered: !(filter.kampagne.is_empty()
            && filter.wochentag.is_empty()
            && filter.laenge.is_empty()
            && filter.buchbar.is_empty()),
        hours: chosen
            .first()
            .map(|campaign| Hours::new(&mine, campaign, Week::of(from), now))
            .filter(|_| chosen.len() == 1),
        total: total(&mine, Week::of(from), &zone, now),
        onward: next.map(|day| (filter.link(day), german::long_day(day))),
        qualified: !mine.qualified.is_empty(),
        here: filter.link(from),
        days,
        from,
    };
    sized(&page, SIZE)
}

impl Filter {
    /// The same filter from another day on.
    fn link(&self, day: Date) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("ab", &day.format(&Iso8601::DATE).unwrap_or_default());
        for (name, value) in [
            ("kampagne", &self.kampagne),
            ("wochentag", &self.wochentag),
            ("laenge", &self.laenge),
            ("buchbar", &self.buchbar),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/schichten/frei?{}", query.finish())
    }
}

/// `KW 49 · gebucht 12 h · Ø letzte 4 Wochen 16,5 h`, over all campaigns.
fn total(mine: &Mine, week: Week, zone: &Zone, now: OffsetDateTime) -> String {
    let average = german::hours(mine.average(Week::at(now, zone), zone, None));
    format!("{} · gebucht {} · Ø letzte 4 Wochen {average}", week.label(), german::hours(mine.booked(week, zone, None)))
}

fn weekdays(chosen: &str) -> Vec<Choice> {
    let days = std::iter::successors(Some(time::Weekday::Monday), |day| Some(day.next())).take(7);
    days.map(|day| {
        let key = day.number_from_monday().to_string();
        Choice { chosen: key == chosen, label: german::weekday(day).into(), key }
    })
    .collect()
}

struct List<'a> {
    mine: &'a Mine,
    now: OffsetDateTime,
    filter: &'a Filter,
}

impl List<'_> {
    /// The shifts of a day that have not begun, of all these plans.
    fn day(&self, plans: &[std::sync::Arc<Plan>], day: Date) -> Day {
        let mut shifts: Vec<(&Plan, &Shift)> = Vec::new();
        if self.filter.wochentag.is_empty() || self.filter.wochentag == day.weekday().number_from_monday().to_string() {
            for plan in plans {
                shifts.extend(
                    plan.shifts.iter().filter(|s| s.from.date() == day && s.ends_at > self.now).map(|s| (&**plan, s)),
                );
            }
        }
        let length = &self.filter.laenge;
        shifts.retain(|(_, s)| length.is_empty() || *length == s.length().whole_minutes().to_string());
        shifts.sort_by_key(|(_, s)| (s.starts_at, s.ends_at, s.id));
        let rows = shifts.into_iter().filter_map(|(plan, shift)| self.row(plan, shift));
        let (others, rows): (Vec<Row>, Vec<Row>) = rows.partition(|row| matches!(row.state, RowState::Not { .. }));
        Day { heading: german::long_day(day), rows, others }
    }

    fn row(&self, plan: &Plan, shift: &Shift) -> Option<Row> {
        let campaign = &plan.campaign;
        let not = |class, reason| RowState::Not { class, reason };
        let state = match self.mine.standing(campaign.id, shift, self.now) {
            Standing::Free => RowState::Free { free: shift.free() },
            Standing::Own(own) => own_state(campaign, own, self.now),
            Standing::Full => not("full", "voll, alle Plätze sind vergeben".into()),
            // What has begun is nothing to choose from any more.
            Standing::Started => return None,
            Standing::NotQualified => not("no", "noch nicht einsatzbereit".into()),
            Standing::Barred => not("no", "gerade nicht buchbar, dir fehlt ein gültiger Nachweis".into()),
            Standing::InTraining(day) => {
                let (from, to) = (campaign.zone.local(day.starts_at), campaign.zone.local(day.ends_at));
                not("no", format!("überlappt deine Schulung {}", german::short_span(from.time(), to.time())))
            }
            Standing::Overlaps(own) => {
                let (from, to) = (campaign.zone.local(own.starts_at), campaign.zone.local(own.ends_at));
                not("no", format!("überlappt deine Schicht {}", german::short_span(from.time(), to.time())))
            }
        };
        if !self.filter.buchbar.is_empty() && matches!(state, RowState::Not { .. }) {
            return None;
        }
        Some(Row {
            id: shift.id,
            span: shift.span(),
            what: format!("{} · {}", campaign.client, shift.channel.label()),
            state,
        })
    }
}

/// What an own shift says: how long it can still be given back.
fn own_state(campaign: &Campaign, own: &Own, now: OffsetDateTime) -> RowState {
    let free_until = (own.booked_at + FREE_RELEASE).min(own.starts_at);
    let deadline = own.starts_at - Duration::hours(i64::from(campaign.release_deadline_hours));
    let local = |at| campaign.zone.local(at);
    match () {
        () if own.starts_at <= now => RowState::Own { note: "läuft gerade".into(), releasable: false },
        () if now <= deadline => {
            RowState::Own { note: format!("freigeben bis {}", german::moment(local(deadline))), releasable: true }
        }
        () if now <= free_until => {
            let until = german::time(local(free_until).time());
            RowState::Own {
                note: format!("gerade gebucht, bis {until} Uhr einfach wieder freizugeben"),
                releasable: true,
            }
        }
        () => {
            let note = format!("freigeben nur noch über die Planung: {}", campaign.planner_contact);
            RowState::Own { note, releasable: false }
        }
    }
}

/// What a booking says of itself elsewhere: `Mi, 2.12., 09:00–13:00 Uhr`, and whether it can be released.
pub fn own_said(campaign: &Campaign, own: &Own, now: OffsetDateTime) -> (String, String, bool) {
    let said = said(&campaign.zone, own.starts_at, own.ends_at);
    match own_state(campaign, own, now) {
        RowState::Own { note, releasable } => (said, note, releasable),
        _ => (said, String::new(), false),
    }
}
