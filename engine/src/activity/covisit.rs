//! Who was chosen along with one item: bounded counters, the best of them ready as neighbours.
//!
//! On a choice of `i` after `j`, the p-th item back, both `C_ji` and `C_ij` grow by `p^(-1/2)`. The counters
//! lie in three parallel columns. The first slots are the neighbours, by `C_ji / (n_i + s)^a` as it was
//! when the pair was last touched; a counter outside moves in by changing places with the weakest.
//! The divisor is shrunk by `s` so that a pair seen once does not push out one seen often.
//!
//! **Invariant:** never more counters than the bound; where it is reached, the smallest counter outside
//! the neighbours, and of equal ones the oldest, makes room.
//!
//! Not here: which of a user's items count (the shard sends them), dividing by the items' own counts
//! for an answer (see [`crate::activity::ActivityView::neighbours`]).

use bincode::{Decode, Encode};

use crate::ItemIndex;
use crate::activity::table::Covisit;

/// How much may be kept for one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CovisitBounds {
    /// Slots that are the neighbours.
    pub neighbours: usize,
    /// Slots in all.
    pub counters: usize,
}

/// What an addition changed.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relisted {
    /// A neighbour or its count.
    Yes,
    /// Only a counter outside the neighbours.
    No,
}

/// The co-visit counters of one item.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Covisits {
    items: Vec<u32>,
    counts: Vec<f32>,
    ranks: Vec<f32>,
}

impl Covisits {
    /// Adds `weight` to the counter of `item`, whose own popularity divides by `divisor`.
    pub fn add(
        &mut self,
        item: ItemIndex,
        weight: f32,
        divisor: f32,
        bounds: CovisitBounds,
    ) -> Relisted {
        let slot = self.slot_of(item).unwrap_or_else(|| self.make_slot(item, bounds));
        self.counts[slot] += weight;
        self.ranks[slot] = self.counts[slot] / divisor;
        if slot < bounds.neighbours { Relisted::Yes } else { self.promote(slot, bounds) }
    }

    /// The same counters within other bounds.
    #[must_use]
    pub fn fitted(mut self, bounds: CovisitBounds) -> Self {
        while bounds.counters < self.items.len() {
            self.evict(bounds);
        }
        self
    }

    /// The neighbours with their counts, in no promised order.
    pub(crate) fn neighbours(&self, bounds: CovisitBounds) -> impl Iterator<Item = Covisit> {
        let slots = self.items.iter().zip(&self.counts).take(bounds.neighbours);
        slots.map(|(item, count)| Covisit { item: ItemIndex(*item), count: *count })
    }

    /// Counters in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the item was never chosen along with another.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        4 * (self.items.capacity() + self.counts.capacity() + self.ranks.capacity())
    }

    fn slot_of(&self, item: ItemIndex) -> Option<usize> {
        const LANES: usize = 16;
        let chunks = self.items.chunks(LANES);
        // Without a way out in the middle the compiler compares a whole chunk at once.
        let holds = |chunk: &[u32]| {
            chunk.iter().fold(0, |hit, other| hit | u32::from(*other == item.0)) != 0
        };
        let (chunk, slots) = chunks.enumerate().find(|(_, chunk)| holds(chunk))?;
        let within = slots.iter().position(|other| *other == item.0)?;
        Some(chunk * LANES + within)
    }

    fn make_slot(&mut self, item: ItemIndex, bounds: CovisitBounds) -> usize {
        if bounds.counters <= self.items.len() {
            self.evict(bounds);
        }
        self.reserve(bounds);
        self.items.push(item.0);
        self.counts.push(0.0);
        self.ranks.push(0.0);
        self.items.len() - 1
    }

    /// Grows by quarters and never past the bound.
    fn reserve(&mut self, bounds: CovisitBounds) {
        if self.items.len() < self.items.capacity() {
            return;
        }
        let left = bounds.counters.saturating_sub(self.items.len()).max(1);
        let more = (self.items.len() / 4).clamp(4, 32).min(left);
        self.items.reserve_exact(more);
        self.counts.reserve_exact(more);
        self.ranks.reserve_exact(more);
    }

    fn evict(&mut self, bounds: CovisitBounds) {
        let first = if bounds.neighbours < self.counts.len() { bounds.neighbours } else { 0 };
        let slot = first + lowest(&self.counts[first..]);
        self.items.remove(slot);
        self.counts.remove(slot);
        self.ranks.remove(slot);
    }

    fn promote(&mut self, slot: usize, bounds: CovisitBounds) -> Relisted {
        let weakest = lowest(&self.ranks[..bounds.neighbours]);
        if self.ranks[slot] <= self.ranks[weakest] {
            return Relisted::No;
        }
        self.items.swap(slot, weakest);
        self.counts.swap(slot, weakest);
        self.ranks.swap(slot, weakest);
        Relisted::Yes
    }
}

/// The first place of the lowest value.
fn lowest(values: &[f32]) -> usize {
    let least = values.iter().fold(f32::INFINITY, |least, value| least.min(*value));
    values.iter().position(|value| *value <= least).unwrap_or(0)
}

#[cfg(test)]
mod tests;
