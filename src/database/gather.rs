//! Reads of the same kind that come at the same time share one statement: while one is under way, the next ones gather.
//!
//! Nothing is kept, so nothing can be stale: each read begins after it was asked for.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

/// Statements under way at once. Few: while they run, the next reads gather.
const LANES: usize = 2;
/// How often all others have their turn before a statement goes out. A statement costs as much as ten of its rows.
const LOOKS: usize = 2;
/// Reads that share a statement at most.
const MOST: usize = 64;

type Asked<K, V> = (K, oneshot::Sender<Result<V, Arc<sqlx::Error>>>);

/// Reads one kind of thing by its key, many keys with one statement.
pub struct Gather<K, V>(mpsc::UnboundedSender<Asked<K, V>>);

impl<K: Send + 'static, V: Send + 'static> Gather<K, V> {
    /// `load` answers each of the keys, in their order. Ends when the last handle is dropped.
    pub fn new<F, Fut>(load: F) -> Self
    where
        F: Fn(Vec<K>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Vec<V>, sqlx::Error>> + Send + 'static,
    {
        let (asked, waiting) = mpsc::unbounded_channel();
        tokio::spawn(run(load, waiting));
        Self(asked)
    }

    /// What `load` has for this key.
    ///
    /// # Errors
    /// The one error of a failed statement goes to all who shared it.
    pub async fn get(&self, key: K) -> Result<V, Arc<sqlx::Error>> {
        let (reply, answer) = oneshot::channel();
        let gone = || Arc::new(sqlx::Error::WorkerCrashed);
        self.0.send((key, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn run<K, V, F, Fut>(load: F, mut waiting: mpsc::UnboundedReceiver<Asked<K, V>>)
where
    K: Send + 'static,
    V: Send + 'static,
    F: Fn(Vec<K>) -> Fut,
    Fut: Future<Output = Result<Vec<V>, sqlx::Error>> + Send + 'static,
{
    let lanes = Arc::new(Semaphore::new(LANES));
    while let Ok(lane) = Arc::clone(&lanes).acquire_owned().await {
        let mut asked = Vec::new();
        if waiting.recv_many(&mut asked, MOST).await == 0 {
            return;
        }
        // Whoever is just about to ask still comes along: first runs what is ready, then what has just come in.
        for _ in 0..LOOKS {
            tokio::task::yield_now().await;
        }
        while asked.len() < MOST
            && let Ok(another) = waiting.try_recv()
        {
            asked.push(another);
        }
        let (keys, replies): (Vec<K>, Vec<_>) = asked.into_iter().unzip();
        let loading = load(keys);
        tokio::spawn(async move {
            let _lane = lane;
            // Whoever has gone meanwhile does not miss the answer.
            match loading.await {
                Ok(values) => replies.into_iter().zip(values).for_each(|(reply, value)| drop(reply.send(Ok(value)))),
                Err(error) => {
                    let error = Arc::new(error);
                    replies.into_iter().for_each(|reply| drop(reply.send(Err(Arc::clone(&error)))));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Duration;

    #[tokio::test]
    async fn reads_that_come_while_others_run_share_a_statement() {
        let statements: Arc<Mutex<Vec<usize>>> = Arc::default();
        let noted = Arc::clone(&statements);
        let gather = Arc::new(Gather::new(move |keys: Vec<u32>| {
            noted.lock().expect("notes").push(keys.len());
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(keys.into_iter().map(|key| key * 2).collect())
            }
        }));
        let ask = |key| {
            let gather = Arc::clone(&gather);
            tokio::spawn(async move { gather.get(key).await.expect("an answer") })
        };
        let asked: Vec<_> = (0..50).map(ask).collect();
        for (key, answer) in (0..50).zip(asked) {
            assert_eq!(answer.await.expect("no panic"), key * 2);
        }
        let statements = statements.lock().expect("notes");
        assert_eq!(statements.iter().sum::<usize>(), 50);
        assert!(statements.len() <= 5, "{statements:?}");
    }

    #[tokio::test]
    async fn a_failure_goes_to_all_who_shared_it() {
        let gather: Gather<u32, u32> = Gather::new(|_| async { Err(sqlx::Error::PoolTimedOut) });
        let (one, two) = tokio::join!(gather.get(1), gather.get(2));
        assert!(matches!(*one.expect_err("failed"), sqlx::Error::PoolTimedOut));
        assert!(matches!(*two.expect_err("failed"), sqlx::Error::PoolTimedOut));
    }
}
