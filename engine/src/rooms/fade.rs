//! Sums that fade by a half-life of event time, lazily: nothing happens when nothing happens.
//!
//! **Invariant:** an event that comes late adds what would be left of it, so a sum depends on the set of its events and
//! on their order in the last bits alone.
//!
//! Not here: what is summed.

use crate::Timestamp;
use crate::features::decay::remaining;

/// One fading sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Fading {
    sum: f64,
    at: Timestamp,
}

impl Fading {
    /// Adds `weight`, which happened at `at`.
    pub(super) fn add(&mut self, weight: f64, at: Timestamp, half_life_ms: u64) {
        if self.at <= at {
            self.sum = self.at(at, half_life_ms) + weight;
            self.at = at;
        } else {
            self.sum += weight * remaining(self.at.millis_since(at), half_life_ms);
        }
    }

    /// What is left at `at`; an instant before the newest addition means that addition's.
    pub(super) fn at(&self, at: Timestamp, half_life_ms: u64) -> f64 {
        if self.sum == 0.0 {
            return 0.0;
        }
        self.sum * remaining(at.millis_since(self.at), half_life_ms)
    }
}
