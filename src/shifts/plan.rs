//! The plan as freelancers see it: a campaign's published week, the same for everybody, kept in memory for a moment.
//!
//! Rows are cached, never HTML: what a shift is to a person comes from their own bookings (see `mine`). A figure on a
//! page is at most [`STALE`] old, and booking is always decided in the database.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sqlx::PgPool;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, Time};

use super::mine::{Mine, Owns};
use super::week::Week;
use crate::campaigns::campaign::{self, Campaign, Channel};
use crate::clock::german;
use crate::id::{CampaignId, FreelancerId, ShiftId};

/// A week younger than this is served as it is.
const FRESH: std::time::Duration = std::time::Duration::from_millis(250);
/// While one request loads, others get what is there up to this age (performance.md: at most 1 s).
const STALE: std::time::Duration = std::time::Duration::from_millis(900);

/// A published shift.
#[derive(Debug, Clone)]
pub struct Shift {
    pub id: ShiftId,
    pub channel: Channel,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub seats: i16,
    pub booked: i16,
    /// Wall time in the campaign's zone.
    pub from: PrimitiveDateTime,
    pub to: PrimitiveDateTime,
    /// Said once here, for every page: its id,
    pub number: String,
    /// `Di 1.12., 08:00–12:00 Uhr`,
    pub said: String,
    /// and `3 frei`.
    pub free_said: String,
}

impl Shift {
    /// Seats that nobody booked.
    pub fn free(&self) -> i16 {
        self.seats - self.booked
    }

    /// Its real length; a clock change makes it differ from the dial's.
    pub fn length(&self) -> Duration {
        self.ends_at - self.starts_at
    }

    /// `09:00–13:00`
    pub fn span(&self) -> String {
        german::span(self.from.time(), self.to.time())
    }

    /// What [`Shift::said`] holds.
    pub fn say(from: PrimitiveDateTime, to: PrimitiveDateTime) -> String {
        let (day, date) = (german::weekday_short(from.weekday()), german::day_month(from.date()));
        format!("{day} {date}, {} Uhr", german::span(from.time(), to.time()))
    }
}

/// A row of the grid: one span and channel, a shift per day at most.
#[derive(Debug, Clone)]
pub struct Row {
    /// `09:00–13:00`
    pub span: String,
    pub length: Duration,
    /// `4 h`
    pub hours: String,
    pub channel: Channel,
    /// Monday first; positions in [`Plan::shifts`].
    pub cells: [Option<usize>; 7],
}

/// A part of the day.
#[derive(Debug, Clone)]
pub struct Band {
    pub name: &'static str,
    /// `ab 6 Uhr`
    pub from: &'static str,
    pub rows: Vec<Row>,
}

/// A campaign's published week.
#[derive(Debug, Clone)]
pub struct Plan {
    pub campaign: Campaign,
    pub week: Week,
    /// In order of their start.
    pub shifts: Vec<Shift>,
    pub bands: Vec<Band>,
    /// The different lengths that occur, shortest first.
    pub lengths: Vec<Duration>,
}

/// Parts of the day by the hour in which a shift starts.
const BANDS: [(&str, &str, u8, u8); 5] = [
    ("Nacht", "ab 0 Uhr", 0, 6),
    ("Früh", "ab 6 Uhr", 6, 10),
    ("Mittag", "ab 10 Uhr", 10, 14),
    ("Nachmittag", "ab 14 Uhr", 14, 17),
    ("Abend", "ab 17 Uhr", 17, 24),
];

impl Plan {
    fn new(campaign: Campaign, week: Week, mut shifts: Vec<Shift>) -> Self {
        shifts.sort_by_key(|s| (s.starts_at, s.ends_at, s.channel, s.id));
        let mut lengths: Vec<Duration> = shifts.iter().map(Shift::length).collect();
        lengths.sort();
        lengths.dedup();
        let bands = BANDS
            .iter()
            .map(|(name, from, first, end)| Band { name, from, rows: rows(week, &shifts, *first..*end) })
            .filter(|band| !band.rows.is_empty())
            .collect();
        Self { campaign, week, shifts, bands, lengths }
    }
}

/// One row per span and channel; a second shift of the same kind on the same day opens a further row.
fn rows(week: Week, shifts: &[Shift], hours: std::ops::Range<u8>) -> Vec<Row> {
    type Key = (Time, Time, Channel);
    let mut rows: Vec<(Key, Row)> = Vec::new();
    for (at, shift) in shifts.iter().enumerate().filter(|(_, s)| hours.contains(&s.from.hour())) {
        let Ok(day) = usize::try_from((shift.from.date() - week.monday()).whole_days()) else { continue };
        let key = (shift.from.time(), shift.to.time(), shift.channel);
        let room = rows.iter_mut().find(|(k, row)| *k == key && row.cells.get(day) == Some(&None));
        let row = match room {
            Some((_, row)) => row,
            None => {
                let (length, channel) = (shift.length(), shift.channel);
                let row = Row { span: shift.span(), length, hours: german::hours(length), channel, cells: [None; 7] };
                rows.push((key, row));
                let last = rows.len() - 1;
                &mut rows[last].1
            }
        };
        if let Some(cell) = row.cells.get_mut(day) {
            *cell = Some(at);
        }
    }
    rows.sort_by_key(|(key, _)| *key);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Reads a campaign's published week.
async fn load(db: &PgPool, campaign: &Campaign, week: Week) -> Result<Plan, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ShiftId", channel as "channel: Channel", starts_at, ends_at, seats, booked
           from shift
           where week = $1 and campaign_id = $2 and published_at is not null and withdrawn_at is null"#,
        week.monday(),
        campaign.id.0,
    )
    .fetch_all(db)
    .await?;
    let zone = &campaign.zone;
    let shifts = rows
        .into_iter()
        .map(|r| {
            let (from, to) = (zone.local(r.starts_at), zone.local(r.ends_at));
            Shift {
                id: r.id,
                channel: r.channel,
                starts_at: r.starts_at,
                ends_at: r.ends_at,
                seats: r.seats,
                booked: r.booked,
                from,
                to,
                number: r.id.to_string(),
                said: Shift::say(from, to),
                free_said: format!("{} frei", r.seats - r.booked),
            }
        })
        .collect();
    Ok(Plan::new(campaign.clone(), week, shifts))
}

/// The plans of this server and the way to what is a person's own, shared by all requests.
#[derive(Clone)]
pub struct Plans(Arc<Cache>);

struct Cache {
    owns: Owns,
    campaigns: Slot<Vec<Campaign>>,
    all_campaigns: Slot<Vec<Campaign>>,
    weeks: Mutex<Weeks>,
}

type Weeks = HashMap<(CampaignId, Week), Arc<Slot<Plan>>>;

impl Plans {
    /// Nothing cached yet.
    pub fn new(db: PgPool) -> Self {
        Self(Arc::new(Cache {
            owns: Owns::new(db),
            campaigns: Slot::default(),
            all_campaigns: Slot::default(),
            weeks: Mutex::default(),
        }))
    }

    /// A person's bookings that touch the span, and their qualifications: never cached.
    pub async fn mine(
        &self,
        person: FreelancerId,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Mine, Arc<sqlx::Error>> {
        self.0.owns.of(person, from, to).await
    }

    /// All campaigns, ended ones included: for what somebody has booked.
    pub async fn all_campaigns(&self, db: &PgPool) -> Result<Arc<Vec<Campaign>>, sqlx::Error> {
        self.0.all_campaigns.get(|| campaign::all(db)).await
    }

    /// The running campaigns, by client and name.
    pub async fn campaigns(&self, db: &PgPool) -> Result<Arc<Vec<Campaign>>, sqlx::Error> {
        let running = async || Ok(campaign::all(db).await?.into_iter().filter(|c| c.ended_at.is_none()).collect());
        self.0.campaigns.get(running).await
    }

    /// A campaign's published week.
    pub async fn week(&self, db: &PgPool, campaign: &Campaign, week: Week) -> Result<Arc<Plan>, sqlx::Error> {
        let slot = {
            let mut weeks = self.0.weeks.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody looks at so many weeks within a second but a machine.
            if weeks.len() > 2000 {
                weeks.clear();
            }
            Arc::clone(weeks.entry((campaign.id, week)).or_default())
        };
        slot.get(|| load(db, campaign, week)).await
    }

    /// Forgets one week of a campaign.
    pub fn forget_week(&self, campaign: CampaignId, week: Week) {
        self.0.weeks.lock().unwrap_or_else(PoisonError::into_inner).remove(&(campaign, week));
    }
}

/// A value that is loaded again when it is no longer fresh, by one request at a time.
struct Slot<T> {
    value: Mutex<Option<(Instant, Arc<T>)>>,
    loading: tokio::sync::Mutex<()>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: Mutex::new(None), loading: tokio::sync::Mutex::new(()) }
    }
}

impl<T> Slot<T> {
    async fn get<F, Fut>(&self, load: F) -> Result<Arc<T>, sqlx::Error>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, sqlx::Error>>,
    {
        if let Some(value) = self.younger_than(FRESH) {
            return Ok(value);
        }
        let (_turn, enough) = match (self.loading.try_lock(), self.younger_than(STALE)) {
            (Ok(turn), _) => (turn, FRESH),
            (Err(_), Some(value)) => return Ok(value),
            // Whoever waited takes what the one before has loaded, or slow loads would follow each other.
            (Err(_), None) => (self.loading.lock().await, STALE),
        };
        if let Some(value) = self.younger_than(enough) {
            return Ok(value);
        }
        // The age counts from before the look, so that no figure is older than it says.
        let asked = Instant::now();
        let value = Arc::new(load().await?);
        *self.lock() = Some((asked, Arc::clone(&value)));
        Ok(value)
    }

    fn younger_than(&self, age: std::time::Duration) -> Option<Arc<T>> {
        let value = self.lock();
        value.as_ref().filter(|(asked, _)| asked.elapsed() < age).map(|(_, value)| Arc::clone(value))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<T>)>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
