//! Negatives: items drawn against a positive, by hash of seed and sequence.
//!
//! One half of the draws comes from a ring of the last positives, the other from all known items. So an
//! item is drawn with `Q = f / 2R + 1 / 2N`, where `f` is how often it stands among the `R` in the ring and `N`
//! are known; its logarithm is taken off the logits (Bengio and Senécal, 2008; Yi et al., 2019).
//!
//! **Invariant:** the same seed, sequence and state draw the same items; no generator has a state.
//!
//! Not here: which items must not be drawn (the sample says), errors (see `learner`).

use crate::ItemIndex;
use crate::model::items::Items;
use crate::model::numeric::{below, ln, mix};

/// The last positives, oldest overwritten first.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentPositives {
    items: Vec<ItemIndex>,
    capacity: usize,
    next: usize,
}

impl RecentPositives {
    /// An empty ring.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { items: Vec::new(), capacity: capacity.max(1), next: 0 }
    }

    /// Takes `item` in and keeps `items` counting how often each is here.
    pub fn push(&mut self, item: ItemIndex, items: &mut Items) {
        if let Some(frequency) = items.frequency_mut(item) {
            *frequency += 1;
        }
        if self.items.len() < self.capacity {
            self.items.push(item);
            return;
        }
        let old = std::mem::replace(&mut self.items[self.next], item);
        self.next = (self.next + 1) % self.capacity;
        if let Some(frequency) = items.frequency_mut(old) {
            *frequency = frequency.saturating_sub(1);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there was no positive yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn draw(&self, word: u64) -> Option<ItemIndex> {
        self.items.get(below(word, self.items.len())).copied()
    }
}

/// Draws for one sample.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    /// Mixed from the node's seed and the sample's sequence.
    pub seed: u64,
    /// Last positives.
    pub recent: &'a RecentPositives,
    /// All items.
    pub items: &'a Items,
}

impl Draws<'_> {
    /// Fills `into` with up to `count` items that `skip` does not refuse, the first half from the last positives.
    pub fn negatives(
        &self,
        count: usize,
        skip: impl Fn(ItemIndex) -> bool,
        into: &mut Vec<ItemIndex>,
    ) {
        into.clear();
        for place in 0..count {
            let word = mix(self.seed, place as u64);
            let drawn = if place < count / 2 { self.recent.draw(word) } else { self.known(word) };
            into.extend(drawn.filter(|item| !skip(*item)));
        }
    }

    /// Fills `into` with up to `count` known items, all alike, that `skip` does not refuse.
    pub fn field(&self, count: usize, skip: impl Fn(ItemIndex) -> bool, into: &mut Vec<ItemIndex>) {
        into.clear();
        for place in 0..count {
            let drawn = self.known(mix(self.seed, (1 << 32) + place as u64));
            into.extend(drawn.filter(|item| !skip(*item)));
        }
    }

    /// `ln Q` of an item that stands `frequency` times among the last positives.
    #[must_use]
    pub fn log_probability(&self, frequency: u32) -> f32 {
        let among_recent = frequency as f32 / self.recent.len().max(1) as f32;
        let among_known = 1.0 / self.items.known().len().max(1) as f32;
        ln(0.5 * (among_recent + among_known))
    }

    fn known(&self, word: u64) -> Option<ItemIndex> {
        let known = self.items.known();
        known.get(below(word, known.len())).copied()
    }
}

#[cfg(test)]
mod tests;
