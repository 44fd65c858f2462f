//! How old the published model is: for how long there has been something applied that it does not know.
//!
//! It is the age of the oldest lesson that is learned and not published, and on top the time that the lessons which
//! still wait will take. 0 where the model knows all that was applied.
//!
//! Not here: the same for item activity; it publishes by the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Written by learner and dispatcher, read by whoever answers.
pub struct ModelAge {
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// Milliseconds from the start to the oldest lesson not published, and one more; 0 for none.
    since: AtomicU64,
    backlog_ms: AtomicU64,
}

impl ModelAge {
    pub(crate) fn new(elapsed: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        Self { elapsed, since: AtomicU64::new(0), backlog_ms: AtomicU64::new(0) }
    }

    /// How old the published model is now.
    #[must_use]
    pub fn now(&self) -> Duration {
        let backlog = Duration::from_millis(self.backlog_ms.load(Ordering::Relaxed));
        match self.since.load(Ordering::Relaxed).checked_sub(1) {
            None => backlog,
            Some(since) => (self.elapsed)().saturating_sub(Duration::from_millis(since)) + backlog,
        }
    }

    /// Since when something is learned and not published.
    pub(crate) fn unpublished(&self, since: Option<Duration>) {
        let since = since.map_or(0, |since| since.as_millis() as u64 + 1);
        self.since.store(since, Ordering::Relaxed);
    }

    /// How long the lessons that wait will take.
    pub(crate) fn behind(&self, seconds: f64) {
        self.backlog_ms.store((seconds * 1e3) as u64, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for ModelAge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ModelAge").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests;
