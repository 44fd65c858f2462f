//! The bound on events inside the node: permits taken before a record exists.
//!
//! **Invariant:** a permit is given back only when its records are applied (or refused by the log),
//! also where the client has gone away meanwhile, so that memory for events is bounded whatever
//! clients do.
//!
//! Not here: the eight commits between durable and applied (the dispatcher's) and the 64 reads of a
//! shard (the directory's).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The node's budget of events and bytes that are not applied yet.
#[derive(Clone, Debug)]
pub struct Admission {
    events: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most_events: usize,
    most_bytes: usize,
}

/// A share of the budget; dropping it gives the share back.
#[derive(Debug)]
pub struct Permit {
    _events: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Admission {
    /// A budget of `most_events` events and `most_bytes` bytes.
    #[must_use]
    pub fn new(most_events: usize, most_bytes: usize) -> Self {
        Self {
            events: Arc::new(Semaphore::new(most_events)),
            bytes: Arc::new(Semaphore::new(most_bytes)),
            most_events,
            most_bytes,
        }
    }

    /// Takes a share, or nothing where the budget does not hold it now. A body larger than the whole
    /// budget takes all of it, so that it passes when the node is idle instead of never.
    #[must_use]
    pub fn try_take(&self, events: usize, bytes: usize) -> Option<Permit> {
        let events = capped(events, self.most_events);
        let bytes = capped(bytes, self.most_bytes);
        let events = Arc::clone(&self.events).try_acquire_many_owned(events).ok()?;
        let bytes = Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok()?;
        Some(Permit { _events: events, _bytes: bytes })
    }

    /// Events inside the node now.
    #[must_use]
    pub fn events_in_flight(&self) -> usize {
        self.most_events - self.events.available_permits()
    }
}

fn capped(wanted: usize, most: usize) -> u32 {
    u32::try_from(wanted.min(most)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
