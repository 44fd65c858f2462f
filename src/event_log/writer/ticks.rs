//! When time is written into the log.
//!
//! **Invariant:** ticks never step back, so a clock that is set back makes them pause, not repeat.
//!
//! Not here: what a tick sets off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::Timestamp;

use crate::clock::Clock;

/// Time between two ticks, by the node's clock.
const TICK_MS: u64 = 1_000;

/// Says whether timers are waiting, and what time it is.
#[derive(Clone, Debug)]
pub struct TickSource {
    pending: Arc<AtomicBool>,
    clock: Clock,
}

impl TickSource {
    /// Ticks by `clock` as long as `pending` is set.
    #[must_use]
    pub fn new(pending: Arc<AtomicBool>, clock: Clock) -> Self {
        Self { pending, clock }
    }

    /// Whether timers wait for time to pass.
    #[must_use]
    pub fn pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }
}

/// When the last tick was.
#[derive(Debug)]
pub(super) struct Ticker {
    source: TickSource,
    last: Timestamp,
}

impl Ticker {
    pub(super) fn new(source: TickSource) -> Self {
        Self { source, last: Timestamp::EPOCH }
    }

    /// The tick that is due, if one is; it counts as written from then on.
    pub(super) fn due(&mut self) -> Option<Timestamp> {
        let now = self.source.clock.now();
        let due = self.source.pending() && TICK_MS <= now.millis_since(self.last);
        due.then(|| {
            self.last = now;
            now
        })
    }

    /// How long the writer may sleep before it has to ask again: the flag can rise at any time, so at
    /// most one tick's length.
    pub(super) fn patience(&self) -> Duration {
        let since = self.source.clock.now().millis_since(self.last);
        let left = TICK_MS.saturating_sub(since).max(TICK_MS / 20);
        Duration::from_millis(if self.source.pending() { left } else { TICK_MS })
    }
}
