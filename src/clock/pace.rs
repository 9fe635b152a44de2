//! Work that nobody waits for: stretches of it with rests between them, at the lowest priority, so that whoever is in the
//! portal waits for nothing.

use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// How far this thread, and those that it starts, step back behind all others of the machine.
const NICE: i32 = 19;

/// Lets everything else of the machine go first, from here to the end of this thread and of those that it starts.
pub fn give_way() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "work in the background has the priority of everything else");
    }
}

/// Does the work on a thread of its own, which lets everything else go first. An error if there is no thread for it, or it
/// panicked.
pub async fn aside<T, Work>(work: Work) -> io::Result<T>
where
    T: Send + 'static,
    Work: Future<Output = T> + Send + 'static,
{
    let (tell, done) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::Builder::new().name("aside".into()).spawn(move || {
        give_way();
        // Nobody waits any more: the portal is being stopped.
        drop(tell.send(runtime.block_on(work)));
    })?;
    done.await.map_err(io::Error::other)
}

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

    /// The priority of this thread: 0 is everybody's, 19 the lowest.
    fn priority() -> i32 {
        rustix::process::getpriority_process(None).expect("a priority")
    }

    #[tokio::test]
    async fn work_aside_gives_way_and_the_others_do_not() {
        let before = priority();
        assert_eq!(aside(async { priority() }).await.expect("a thread"), NICE);
        assert_eq!(priority(), before);
        assert!(aside(async { panic!("work that fails") }).await.is_err(), "a panic is an error here");
    }
}
