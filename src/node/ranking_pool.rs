//! Where lists are made that take too long for a web worker: a bounded number at a time, a bounded number waiting.
//!
//! A worker serves its requests one after the other, so a list of half a millisecond holds all others up by as much.
//! Such lists run on threads of their own. `tokio`'s blocking threads and their queue have no bound that suits us
//! (512 threads a worker, a queue without end), so permits are taken first.
//!
//! **Invariant:** never more lists at once than the machine has cores, and never more waiting than
//! [`WAITING_PER_CORE`] a core; past that the caller hears so at once and answers from a lower rung.
//!
//! Not here: which lists (see [`engine::ranking::estimated_us`]), lower rungs.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::Semaphore;

/// Lists that may wait for each core. A list takes half a millisecond as a rule, so the last of eight starts after
/// four: under half of the 10 ms in which an event is to take effect. More would be answered too late to be worth
/// their work, and the rung below costs a tenth.
pub const WAITING_PER_CORE: usize = 8;

/// Runs lists beside the web workers.
#[derive(Debug)]
pub struct RankingPool {
    /// One for each list that runs or waits.
    places: Arc<Semaphore>,
    /// One for each list that runs.
    cores: Arc<Semaphore>,
}

/// Why a list was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// As many wait as may.
    #[error("too many lists are being made")]
    Full,
    /// Its turn did not come in time.
    #[error("a list's turn did not come in time")]
    Late,
    /// Making it failed.
    #[error("a list could not be made")]
    Failed,
}

impl PoolError {
    /// Its name in metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

impl Default for RankingPool {
    fn default() -> Self {
        Self::of(available_parallelism().map_or(1, usize::from))
    }
}

impl RankingPool {
    fn of(cores: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(cores * (1 + WAITING_PER_CORE))),
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Runs `work`, waiting at most `patience` for its turn.
    ///
    /// # Errors
    /// [`PoolError`] where it was not run.
    pub async fn run<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PoolError::Full)?;
        let turn = tokio::time::timeout(patience, Arc::clone(&self.cores).acquire_owned()).await;
        let turn = turn.map_err(|_| PoolError::Late)?.map_err(|_| PoolError::Failed)?;
        // The permits go with the work: a client that goes away does not let another one in early.
        let held = move || {
            let _held = (place, turn);
            work()
        };
        tokio::task::spawn_blocking(held).await.map_err(|_| PoolError::Failed)
    }
}

#[cfg(test)]
mod tests;
