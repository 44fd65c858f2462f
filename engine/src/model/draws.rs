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
use crate::model::chunk::ROWS;
use crate::model::config::ModelConfig;
use crate::model::items::Items;
use crate::model::numeric::{below, ln, mix};

/// Sets the pool's draws apart from the samples'.
const POOL: u64 = 0x706f_6f6c;

/// The last positives, oldest overwritten first.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentPositives {
    items: Vec<ItemIndex>,
    capacity: usize,
    total: u64,
}

impl RecentPositives {
    /// An empty ring.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { items: Vec::new(), capacity: capacity.max(1), total: 0 }
    }

    /// Takes `item` in and keeps `items` counting how often each is here.
    pub fn push(&mut self, item: ItemIndex, items: &mut Items) {
        if let Some(frequency) = items.frequency_mut(item) {
            *frequency += 1;
        }
        let slot = self.next();
        self.total += 1;
        if self.items.len() < self.capacity {
            self.items.push(item);
            return;
        }
        let old = std::mem::replace(&mut self.items[slot], item);
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

    /// How many there may be.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many were ever taken in.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// All of them, in no order of time.
    #[must_use]
    pub fn slots(&self) -> &[ItemIndex] {
        &self.items
    }

    /// How many were taken in after the one in `slot`.
    #[must_use]
    pub fn age(&self, slot: usize) -> u64 {
        ((self.next() + self.capacity - 1 - slot) % self.capacity) as u64
    }

    /// A ring with these slots; `None` where they are not as many as there must be.
    #[must_use]
    pub fn of(slots: Vec<ItemIndex>, total: u64, capacity: usize) -> Option<Self> {
        let full = (capacity as u64).min(total) == slots.len() as u64;
        (full && 0 < capacity).then_some(Self { items: slots, capacity, total })
    }

    /// The same ring; where `capacity` is another, the newest that fit into one of it.
    #[must_use]
    pub fn resized(self, capacity: usize) -> Self {
        let mut ring = Self::new(capacity);
        if ring.capacity == self.capacity {
            return self;
        }
        let mut slots: Vec<usize> = (0..self.items.len()).collect();
        slots.sort_unstable_by_key(|slot| std::cmp::Reverse(self.age(*slot)));
        let dropped = slots.len().saturating_sub(ring.capacity);
        ring.items = slots[dropped..].iter().map(|slot| self.items[*slot]).collect();
        ring.total = ring.items.len() as u64;
        ring
    }

    /// Counts in `items`, of which none is counted yet, how often each is here.
    pub fn count(&self, items: &mut Items) {
        for item in &self.items {
            if let Some(frequency) = items.frequency_mut(*item) {
                *frequency += 1;
            }
        }
    }

    fn next(&self) -> usize {
        (self.total % self.capacity as u64) as usize
    }

    fn draw(&self, word: u64) -> Option<ItemIndex> {
        self.items.get(below(word, self.items.len())).copied()
    }
}

/// A few of the known items that uniform negatives come from for a while: whole chunks, all alike, so that those
/// written between two publications stay few.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UniformPool {
    /// Which while it is.
    pub epoch: u64,
    /// The items; none where all known ones are drawn from.
    pub items: Vec<ItemIndex>,
}

impl UniformPool {
    /// Draws others where their while is over, from `seed` and its number alone.
    pub fn refresh(&mut self, seed: u64, trained: u64, config: &ModelConfig, items: &Items) {
        let epoch = trained / config.uniform_pool_samples.max(1) + 1;
        if epoch == self.epoch {
            return;
        }
        self.epoch = epoch;
        self.items.clear();
        let size = config.uniform_pool;
        if items.known().len() <= config.uniform_pool_from {
            return;
        }
        let seed = mix(seed ^ POOL, epoch);
        for attempt in 0..size as u64 {
            if size <= self.items.len() {
                break;
            }
            let chunk = below(mix(seed, attempt), items.chunks()) * ROWS;
            let rows = (chunk..chunk + ROWS).map(|item| ItemIndex(item as u32));
            self.items.extend(rows.filter(|item| items.is_known(*item)));
        }
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
    /// Those that uniform negatives come from.
    pub pool: &'a UniformPool,
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
            let drawn = if place < count / 2 { self.recent.draw(word) } else { self.uniform(word) };
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

    fn uniform(&self, word: u64) -> Option<ItemIndex> {
        if self.pool.items.is_empty() {
            return self.known(word);
        }
        let drawn = self.pool.items.get(below(word, self.pool.items.len())).copied();
        drawn.filter(|item| self.items.is_known(*item))
    }

    fn known(&self, word: u64) -> Option<ItemIndex> {
        let known = self.items.known();
        known.get(below(word, known.len())).copied()
    }
}

#[cfg(test)]
mod tests;
