//! Items that leave: those unseen for long, and the longest unseen where there are too many.
//!
//! Every counted event looks at a few known items, in turn. One whose last event is further back than
//! `expire_after_events` is known no longer: it is not drawn, not scanned, and starts anew when it comes back. Where more than
//! `max_items` are known, the one longest unseen of those looked at leaves too (as Redis picks keys to evict). A chunk none
//! of whose items is known gives its memory back.
//!
//! **Invariant:** who leaves follows from the events in their order; no step looks at more than a few items.
//!
//! Not here: coming back (see `items`).

use crate::ItemIndex;
use crate::model::chunk::Gate;
use crate::model::items::{Items, RETIRED, Slot, split};
use crate::model::learner::Learner;

/// Known items looked at for an event.
const LOOKS: usize = 4;
/// The longest that an item stays unseen: half of what the low half of an event's number can tell.
const LONGEST: u64 = 1 << 31;

impl Learner {
    /// Lets items go that the turn has come to.
    pub(super) fn sweep(&mut self) {
        let ring = self.recent.capacity() as u64;
        let expire_after = self.config.expire_after_events.clamp(ring, LONGEST);
        let mut oldest: Option<(u64, ItemIndex)> = None;
        for _ in 0..LOOKS.min(self.items.known().len()) {
            if self.items.known().len() <= self.sweep as usize {
                self.sweep = 0;
            }
            let Some(item) = self.items.known().get(self.sweep as usize).copied() else { return };
            let unseen = self.unseen(item);
            if expire_after < unseen {
                self.items.retire(item);
                continue;
            }
            self.sweep += 1;
            let older = oldest.is_none_or(|(longest, _)| longest < unseen);
            if older && self.items.frequency(item) == 0 {
                oldest = Some((unseen, item));
            }
        }
        if let Some((_, item)) = oldest
            && self.config.max_items < self.items.known().len()
        {
            self.items.retire(item);
        }
    }

    /// How many events ago `item` had its last.
    fn unseen(&self, item: ItemIndex) -> u64 {
        let touched = self.items.head(item).map_or(0, |head| head.touched);
        self.count.events - self.count.full(touched)
    }
}

impl Items {
    /// Takes `item` out of those known; its chunk goes with the last of them.
    pub(super) fn retire(&mut self, item: ItemIndex) {
        let standing = self.standing(item);
        if RETIRED <= standing {
            return;
        }
        self.known.swap_remove(standing as usize);
        if let Some(moved) = self.known.get(standing as usize).copied() {
            self.stand(moved, standing, Gate::Known);
        }
        self.stand(item, RETIRED, Gate::Unknown);
        let (place, _) = split(item);
        let empty = |slot: &Slot| slot.own.place.iter().all(|at| RETIRED <= *at);
        if self.slots[place].as_ref().is_some_and(empty) {
            self.slots[place] = None;
            self.changes.left(place);
            // The number of chunks is drawn from: it must follow from those that are.
            while self.slots.last().is_some_and(Option::is_none) {
                self.slots.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests;
