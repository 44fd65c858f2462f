//! The one reader of the system clock.
//!
//! Everything else gets the time as an argument. Under [`Clock::event`] "now" is the newest event time
//! that the node has taken, so that a recorded stream plays at any speed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::Timestamp;

/// Where "now" comes from; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Newest event time seen; `None` where the wall clock rules.
    event_time: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The wall clock.
    #[must_use]
    pub fn system() -> Self {
        Self { event_time: None }
    }

    /// The stream's own time, at the epoch until the first event.
    #[must_use]
    pub fn event() -> Self {
        Self { event_time: Some(Arc::new(AtomicU64::new(0))) }
    }

    /// Whether the stream's own time rules.
    #[must_use]
    pub fn is_event_time(&self) -> bool {
        self.event_time.is_some()
    }

    /// The instant by which windows, expiry and freshness are judged.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.event_time {
            Some(newest) => Timestamp::from_millis(newest.load(Ordering::Acquire)),
            None => wall_now(),
        }
    }

    /// Tells the clock of an event's time; moves only the stream's own time, and only forward.
    pub fn observe(&self, at: Timestamp) {
        if let Some(newest) = &self.event_time {
            newest.fetch_max(at.as_millis(), Ordering::AcqRel);
        }
    }
}

/// The wall clock, for receipts and for files; never for judging events under [`Clock::event`].
#[must_use]
pub fn wall_now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since_epoch.as_millis() as u64)
}

/// A point from which durations are measured.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// For how long this thread has been on a processor, by Linux's account; `None` where that is not told. Moves in
/// steps of some milliseconds.
#[must_use]
pub fn thread_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = told.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}
