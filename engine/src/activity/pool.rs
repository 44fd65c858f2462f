//! The items that may be in some top list: what keeps lists short work in a large catalogue.
//!
//! Whoever is touched comes in. A full pool keeps the best by every measure and lets the rest go; they
//! come back when they are touched. For popularity that is exact: an item's rank among those nobody
//! touches never changes, so who left cannot be due in the list. For windows and trends it is exact as
//! long as the catalogue fits the pool, and else may miss an item that would rise only because others fall.
//!
//! **Invariant:** never more members than the capacity, and their order follows from what was touched
//! alone, so that a replay gives the same pool.
//!
//! Not here: the measures (see `lists`).

use rustc_hash::FxHashSet;

use crate::ItemIndex;

/// A bounded set of items.
#[derive(Clone, Debug, Default)]
pub struct ActivePool {
    members: Vec<ItemIndex>,
    held: FxHashSet<ItemIndex>,
}

/// Whether there is room left.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// There is.
    Left,
    /// The pool must let go of some before the next one.
    Full,
}

impl ActivePool {
    /// A pool with these members.
    #[must_use]
    pub fn of(members: Vec<ItemIndex>) -> Self {
        let held = members.iter().copied().collect();
        Self { members, held }
    }

    /// Brings `item` in.
    pub fn admit(&mut self, item: ItemIndex, capacity: usize) -> Room {
        if self.held.insert(item) {
            self.members.push(item);
        }
        if self.members.len() < capacity { Room::Left } else { Room::Full }
    }

    /// Lets go of all but `kept`.
    pub fn keep(&mut self, mut kept: Vec<ItemIndex>) {
        kept.sort_unstable();
        kept.dedup();
        *self = Self::of(kept);
    }

    /// Who is in it.
    #[must_use]
    pub fn members(&self) -> &[ItemIndex] {
        &self.members
    }
}

/// The `length` highest of `scores` that are above 0, best first; equal ones by number.
#[must_use]
pub fn top(mut scores: Vec<(ItemIndex, f32)>, length: usize) -> Vec<(ItemIndex, f32)> {
    use crate::activity::view::best_first;
    scores.retain(|(_, score)| 0.0 < *score);
    if length < scores.len() {
        scores.select_nth_unstable_by(length, best_first);
        scores.truncate(length);
    }
    scores.sort_unstable_by(best_first);
    scores
}

#[cfg(test)]
mod tests;
