//! The slots of the commits that are between durable and applied; the one place where the log writer waits.
//!
//! **Invariant:** at most [`COMMITS_IN_FLIGHT`] commits hold a slot, as long as one thread delivers.
//!
//! Not here: admission at the edge, which has permits of its own.

use std::sync::{Condvar, Mutex, PoisonError};

/// Commits between durable and applied.
///
/// Eight let the disk sync the next commits while shards apply the last ones; more would only let a
/// slow shard hide longer, and every commit in flight is kept in memory so that a dead shard's part of
/// it can be sent again: 8 times at most 1 MiB.
pub(crate) const COMMITS_IN_FLIGHT: usize = 8;

/// Counts commits in flight; the log writer's thread waits here.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    closed: bool,
}

impl Slots {
    /// Blocks until a commit may be delivered, or nobody is there any more to take one.
    pub(crate) fn wait(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut State| COMMITS_IN_FLIGHT <= state.taken && !state.closed;
        drop(self.changed.wait_while(state, full).unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes the slot of a commit that is delivered.
    pub(crate) fn take(&self) {
        self.with(|state| state.taken += 1);
    }

    /// Gives back the slot of a commit that was passed on.
    pub(crate) fn give_back(&self) {
        self.with(|state| state.taken = state.taken.saturating_sub(1));
    }

    /// Lets everyone through for good: the dispatcher is gone.
    pub(crate) fn close(&self) {
        self.with(|state| state.closed = true);
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}
