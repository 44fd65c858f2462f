//! Viewers past those that a room knows one by one: how many of them are there now, by an estimate.
//!
//! Two sketches hold whom the current and the previous stretch of silence saw, two more who of them left. A viewer who is
//! never heard of again falls out after one to two stretches, and one who left and came back counts as gone until then: an
//! estimate, stated as one.
//!
//! **Invariant:** sixteen kilobytes, and none before the bound is reached.

use super::distinct::Sketch;
use crate::Timestamp;

/// Viewers that are not known one by one.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Beyond {
    stretch: u64,
    seen: [Sketch; 2],
    left: [Sketch; 2],
    /// How many were there at `counted_at`.
    counted: u64,
    counted_at: Timestamp,
}

/// Counting takes microseconds, so it is not done for every event.
const COUNT_EVERY_MS: u64 = 1_000;

impl Beyond {
    /// Time moved on: what is older than the previous stretch of `silent_ms` is forgotten.
    pub(super) fn reach(&mut self, at: Timestamp, silent_ms: u64) {
        let stretch = at.as_millis() / silent_ms.max(1);
        let steps = stretch.saturating_sub(self.stretch);
        for _ in 0..steps.min(2) {
            self.seen.swap(0, 1);
            self.left.swap(0, 1);
            self.seen[0] = Sketch::default();
            self.left[0] = Sketch::default();
        }
        self.stretch = self.stretch.max(stretch);
        if COUNT_EVERY_MS <= at.millis_since(self.counted_at) {
            (self.counted, self.counted_at) = (self.present(), at);
        }
    }

    /// How many of them were there within the last second.
    pub(super) fn counted(&self) -> u64 {
        self.counted
    }

    pub(super) fn seen(&mut self, viewer: u64) {
        self.seen[0].add(viewer);
    }

    pub(super) fn left(&mut self, viewer: u64) {
        self.left[0].add(viewer);
    }

    /// How many of them are there.
    pub(super) fn present(&self) -> u64 {
        let seen = self.seen[0].together(&self.seen[1]);
        let left = self.left[0].together(&self.left[1]);
        (seen - left).max(0.0).round() as u64
    }

    pub(super) fn is_whole(&self) -> bool {
        self.seen.iter().chain(&self.left).all(Sketch::is_whole)
    }
}
