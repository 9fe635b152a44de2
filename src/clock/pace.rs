//! Work that nobody waits for: stretches of it with rests between them, so that whoever is in the portal waits for nothing.

use std::time::{Duration, Instant};

/// The pace of some work that may take its time.
#[derive(Debug)]
pub struct Pace {
    stretch: Duration,
    rest: Duration,
    rested: Instant,
}

impl Pace {
    /// After a stretch of this length comes a rest of that length; the first stretch begins now.
    pub fn new(stretch: Duration, rest: Duration) -> Self {
        Self { stretch, rest, rested: Instant::now() }
    }

    /// To be called before each piece of the work: rests if the stretch is over.
    pub async fn keep(&mut self) {
        if self.rested.elapsed() > self.stretch {
            tokio::time::sleep(self.rest).await;
            self.rested = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rests_after_a_stretch_and_not_before() {
        let mut pace = Pace::new(Duration::from_mins(1), Duration::from_hours(1));
        for _ in 0..3 {
            pace.keep().await;
        }
        let rest = Duration::from_millis(20);
        let mut pace = Pace::new(Duration::ZERO, rest);
        let began = Instant::now();
        for _ in 0..3 {
            std::thread::sleep(Duration::from_micros(10));
            pace.keep().await;
        }
        assert!(began.elapsed() >= rest * 3);
    }
}
