//! What keeps the measuring from being abused: few transfers at once, a number of them per network and window, a pace
//! that no transfer exceeds and a time after which each ends. Counted per server: it is each server's line that is spared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The window in which requests are counted.
pub const WINDOW: Duration = Duration::minutes(10);
/// Transfers of all visitors at once.
const AT_ONCE: usize = 12;
/// Transfers of one network at once: somebody measures, and somebody else in the same house.
const AT_ONCE_PER_NETWORK: u32 = 2;
/// How long somebody waits who met the limit of transfers at once: about one measurement.
const A_MEASUREMENT: Duration = Duration::seconds(20);
/// Networks that are remembered; beyond it, those whose window is over are forgotten.
const REMEMBERED: usize = 10_000;

/// What is asked of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Down,
    Up,
    Pulse,
}

impl Kind {
    /// Requests per network and [`WINDOW`]: about a dozen whole measurements.
    pub const fn allowed(self) -> u32 {
        match self {
            Self::Down => 15,
            Self::Up => 300,
            Self::Pulse => 600,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Usage {
    since: OffsetDateTime,
    /// Requests by kind.
    asked: [u32; 3],
    running: u32,
}

/// The counters, shared by all requests of this server.
#[derive(Clone)]
pub struct Meter {
    networks: Arc<Mutex<HashMap<String, Usage>>>,
    places: Arc<Semaphore>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { networks: Arc::default(), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// A transfer under way; its place is free again when this is dropped.
pub struct Running {
    meter: Meter,
    network: String,
    _place: OwnedSemaphorePermit,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.meter.with(|networks| {
            if let Some(usage) = networks.get_mut(&self.network) {
                usage.running = usage.running.saturating_sub(1);
            }
        });
    }
}

impl Meter {
    /// Counts a request, or says how long to wait.
    pub fn count(&self, network: &str, kind: Kind, now: OffsetDateTime) -> Result<(), Duration> {
        self.with(|networks| counted(networks, network, kind, now).map(drop))
    }

    /// Counts a transfer and gives it a place, or says how long to wait.
    pub fn begin(&self, network: &str, kind: Kind, now: OffsetDateTime) -> Result<Running, Duration> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| A_MEASUREMENT)?;
        self.with(|networks| {
            let usage = counted(networks, network, kind, now)?;
            if usage.running >= AT_ONCE_PER_NETWORK {
                return Err(A_MEASUREMENT);
            }
            usage.running += 1;
            Ok(())
        })?;
        Ok(Running { meter: self.clone(), network: network.to_owned(), _place: place })
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Usage>) -> T) -> T {
        act(&mut self.networks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn counted<'a>(
    networks: &'a mut HashMap<String, Usage>,
    network: &str,
    kind: Kind,
    now: OffsetDateTime,
) -> Result<&'a mut Usage, Duration> {
    if networks.len() >= REMEMBERED {
        networks.retain(|_, usage| usage.running > 0 || now - usage.since < WINDOW);
    }
    let fresh = Usage { since: now, asked: [0; 3], running: 0 };
    let usage = networks.entry(network.to_owned()).or_insert(fresh);
    if now - usage.since >= WINDOW {
        *usage = Usage { running: usage.running, ..fresh };
    }
    let asked = &mut usage.asked[kind as usize];
    if *asked >= kind.allowed() {
        return Err(usage.since + WINDOW - now);
    }
    *asked += 1;
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    #[test]
    fn a_network_has_two_transfers_at_once_and_everybody_twelve() {
        let meter = Meter::default();
        let first = meter.begin("a", Kind::Down, NOW).expect("a place");
        let _second = meter.begin("a", Kind::Up, NOW).expect("a place");
        assert_eq!(meter.begin("a", Kind::Down, NOW).err(), Some(A_MEASUREMENT));
        drop(first);
        assert!(meter.begin("a", Kind::Down, NOW).is_ok(), "the place is free again");
        let _others: Vec<Running> =
            (0..11).map(|n| meter.begin(&format!("other {n}"), Kind::Down, NOW).expect("a place")).collect();
        assert_eq!(meter.begin("one more", Kind::Down, NOW).err(), Some(A_MEASUREMENT));
    }

    #[test]
    fn requests_are_counted_by_kind_and_window() {
        let meter = Meter::default();
        for _ in 0..Kind::Down.allowed() {
            assert!(meter.begin("a", Kind::Down, NOW).is_ok());
        }
        let later = NOW + Duration::minutes(4);
        assert_eq!(meter.begin("a", Kind::Down, later).err(), Some(Duration::minutes(6)));
        assert_eq!(meter.count("a", Kind::Pulse, later), Ok(()));
        assert!(meter.begin("b", Kind::Down, later).is_ok());
        assert!(meter.begin("a", Kind::Down, NOW + WINDOW).is_ok());
    }
}
