//! Readers take turns: pages are made a few at a time, in the order in which they were asked for. Whoever books does not
//! queue behind the crowd that reloads the plan.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Error;

/// Pages made at once, per core: enough to keep all of them busy while some pages wait for the database.
const PER_CORE: usize = 32;
/// A page that would have to wait longer is refused, and the person asked to come back in a moment.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The places of those who read.
#[derive(Clone)]
pub struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores * PER_CORE)))
    }
}

impl Readers {
    /// A place for what only reads, as soon as there is one; everything else goes ahead without.
    ///
    /// # Errors
    /// [`Error::Busy`] if it would take too long.
    pub async fn place(&self, method: &Method) -> Result<Option<SemaphorePermit<'_>>, Error> {
        if !method.is_safe() {
            return Ok(None);
        }
        if let Ok(place) = self.0.try_acquire() {
            return Ok(Some(place));
        }
        let place = tokio::time::timeout(LONGEST_WAIT, self.0.acquire()).await;
        place.ok().and_then(Result::ok).map(Some).ok_or(Error::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowd_of_readers_holds_up_nobody_who_books() {
        let readers = Readers(Arc::new(Semaphore::new(1)));
        let reading = readers.place(&Method::GET).await.expect("a place");
        assert!(readers.place(&Method::POST).await.expect("goes ahead").is_none());
        let mut waiting = std::pin::pin!(readers.place(&Method::GET));
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut waiting).await.is_err(), "read out of turn");
        drop(reading);
        assert!(waiting.await.expect("a place").is_some());
    }
}
