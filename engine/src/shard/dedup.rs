//! Event ids of the last while, by time of receipt.
//!
//! An id is kept as one keyed 64-bit hash of user and id, in the generation of its receipt. A
//! generation is a quarter of the window; those that no longer touch the window are let go as receipt
//! time moves on. So an id is remembered for the window and at most a quarter longer. At ten million
//! ids an hour a false match is expected once in a hundred thousand years.
//!
//! **Invariant:** receipt times alone, and not the clock, decide what is forgotten.
//!
//! Not here: ids older than the window (the event log keeps those on disk).

use std::collections::BTreeMap;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use crate::Timestamp;
use crate::record::{Event, Identity};

/// The window is cut into so many generations; one more is kept, as the newest has only begun.
const GENERATIONS: u64 = 4;

/// Bytes of an id in a table at the mean load: 8 and a control byte, by 0.66.
const BYTES_PER_ID: usize = 14;

/// The ids of one stretch of receipt time.
#[derive(Debug, Default)]
struct Generation {
    ids: HashTable<u64>,
    /// Those since the last cut, in order of arrival.
    fresh: Vec<u64>,
    /// Rows that the checkpoint holds of this generation.
    rows: u32,
}

/// One row of a checkpoint: a generation's ids of one interval between cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowKey {
    pub generation: u64,
    pub row: u32,
}

/// Remembered ids.
#[derive(Debug)]
pub(super) struct RecentIds {
    span_ms: u64,
    generations: BTreeMap<u64, Generation>,
    /// Rows of forgotten generations that the checkpoint still holds.
    gone: Vec<RowKey>,
}

/// Whether the event was there before; remembers it. `sources` holds the highest position of each.
pub(super) fn is_duplicate(
    (ids, sources): (&mut RecentIds, &mut FxHashMap<u64, u64>),
    user_hash: u64,
    event: &Event,
) -> bool {
    match event.identity {
        Identity::Id(id) => !ids.insert(user_hash, id, event.received_at),
        Identity::Source { source, position } => {
            let highest = sources.entry(source).or_default();
            let is_new = *highest < position;
            *highest = position.max(*highest);
            !is_new
        }
        Identity::None => false,
    }
}

impl RecentIds {
    pub fn new(window_ms: u64) -> Self {
        let span_ms = window_ms.div_ceil(GENERATIONS).max(1);
        Self { span_ms, generations: BTreeMap::new(), gone: Vec::new() }
    }

    /// Remembers an id; whether it was not there before.
    #[must_use]
    pub fn insert(&mut self, user_hash: u64, id: u64, received_at: Timestamp) -> bool {
        let name = combine(user_hash, id);
        let number = received_at.as_millis() / self.span_ms;
        self.forget_before(number.saturating_sub(GENERATIONS));
        if self
            .generations
            .values()
            .any(|each| each.ids.find(name, |other| *other == name).is_some())
        {
            return false;
        }
        let newest = self.generations.last_key_value().map_or(number, |(newest, _)| *newest);
        // A clock that was set back must not lose the id: it lives as long as the oldest that is kept.
        let generation =
            self.generations.entry(number.max(newest.saturating_sub(GENERATIONS))).or_default();
        generation.ids.insert_unique(name, name, |other| *other);
        generation.fresh.push(name);
        true
    }

    /// Ids of each generation since this was last asked, and rows that are to be removed.
    pub fn take_changed(&mut self) -> (Vec<(RowKey, Vec<u64>)>, Vec<RowKey>) {
        let mut rows = Vec::new();
        for (&generation, each) in &mut self.generations {
            if !each.fresh.is_empty() {
                let key = RowKey { generation, row: each.rows };
                each.rows += 1;
                rows.push((key, std::mem::take(&mut each.fresh)));
            }
        }
        // After a step back of the clock a generation may have gone and come again.
        let mut gone = std::mem::take(&mut self.gone);
        gone.retain(|key| rows.iter().all(|(other, _)| other != key));
        (rows, gone)
    }

    /// Puts in a row out of a checkpoint.
    pub fn restore(&mut self, key: RowKey, names: &[u64]) {
        let generation = self.generations.entry(key.generation).or_default();
        generation.rows = generation.rows.max(key.row + 1);
        for name in names {
            // A row that an abandoned cut left behind may name ids that a later row names again.
            if generation.ids.find(*name, |other| other == name).is_none() {
                generation.ids.insert_unique(*name, *name, |other| *other);
            }
        }
    }

    /// Every id with its generation, ascending.
    pub fn sorted(&self) -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> = (self.generations.iter())
            .flat_map(|(number, each)| each.ids.iter().map(|name| (*number, *name)))
            .collect();
        all.sort_unstable();
        all
    }

    pub fn bytes(&self) -> usize {
        self.generations.values().map(|each| each.ids.len() * BYTES_PER_ID).sum()
    }

    fn forget_before(&mut self, oldest: u64) {
        while let Some(first) = self.generations.first_entry().filter(|it| *it.key() < oldest) {
            let (generation, gone) = first.remove_entry();
            self.gone.extend((0..gone.rows).map(|row| RowKey { generation, row }));
        }
    }
}

/// One name for user and id; both are keyed hashes already, so that mixing them is enough.
fn combine(user_hash: u64, id: u64) -> u64 {
    let mixed = (user_hash ^ id.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93) ^ id
}

#[cfg(test)]
mod tests;
