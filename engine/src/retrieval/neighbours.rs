//! Candidates that others chose along with the user's last items.
//!
//! With the last items `j_1, j_2, …`, newest first, an item counts `sum over p of g^(p-1) * sim(j_p, i)`; `sim` is that of
//! [`ActivityView::neighbours`]. The part that depends on `i` alone is divided out once per candidate, not once per pair.
//!
//! For ranking every item is taken to have been chosen [`SHRINKAGE`] times more than it was, so that a pair seen
//! once does not outweigh one seen often.
//!
//! The same over the items of the visit is the session source. It sees pairs; whole sessions are looked up by
//! [`super::similar_sessions`].
//!
//! [`ActivityView::neighbours`]: crate::activity::ActivityView::neighbours

use rustc_hash::FxHashMap;

use crate::ItemIndex;
use crate::activity::view::best_first;
use crate::activity::{CovisitTable, Scored};
use crate::retrieval::power::{divide_by_powers, power};
use crate::retrieval::strengths::SHRINKAGE;
use crate::retrieval::{Retriever, Source};

/// Candidates that are kept in order; filters rarely take more than this.
const ORDERED: usize = 400;

/// How neighbours are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeighbourRule {
    /// By how much an item counts less than the one after it.
    pub gamma: f32,
    /// How much a candidate's own popularity weighs against it.
    pub alpha: f32,
}

/// Neighbours of some items.
#[derive(Clone, Debug)]
pub struct Neighbours {
    source: Source,
    found: FxHashMap<ItemIndex, Found>,
    ordered: Vec<Scored>,
    highest: f32,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    strength: f32,
    largest: f32,
    because_of: ItemIndex,
}

impl Neighbours {
    /// Neighbours of `items`, newest first, for `source`.
    #[must_use]
    pub fn of(
        items: &[ItemIndex],
        table: &impl CovisitTable,
        rule: NeighbourRule,
        source: Source,
    ) -> Self {
        let mut found = FxHashMap::default();
        found.reserve(if items.is_empty() { 0 } else { 1_024 });
        let mut weight = 1.0;
        for item in items {
            let own = table.positives(*item) + SHRINKAGE;
            add(&mut found, *item, table, weight / power(own, 1.0 - rule.alpha));
            weight *= rule.gamma;
        }
        let divided = divide(&mut found, table, rule.alpha);
        let highest = divided.iter().fold(0.0, |most: f32, (_, one)| most.max(*one));
        Self { source, found, ordered: order(divided), highest }
    }

    /// The largest strength of any item that was found, those that filters leave out included; 0 where none
    /// was.
    #[must_use]
    pub fn highest(&self) -> f32 {
        self.highest
    }
}

fn add(
    found: &mut FxHashMap<ItemIndex, Found>,
    of: ItemIndex,
    table: &impl CovisitTable,
    weight: f32,
) {
    for near in table.covisits(of) {
        let part = near.count * weight;
        let new = Found { strength: 0.0, largest: 0.0, because_of: of };
        let entry = found.entry(near.item).or_insert(new);
        entry.strength += part;
        if entry.largest < part {
            entry.largest = part;
            entry.because_of = of;
        }
    }
}

/// Divides each item's strength by its own popularity, and lists them.
fn divide(
    found: &mut FxHashMap<ItemIndex, Found>,
    table: &impl CovisitTable,
    alpha: f32,
) -> Vec<Scored> {
    let counts: Vec<f32> = found.keys().map(|item| table.positives(*item) + SHRINKAGE).collect();
    let mut strengths: Vec<f32> = found.values().map(|found| found.strength).collect();
    divide_by_powers(&mut strengths, &counts, alpha);
    let divided = found.iter_mut().zip(strengths);
    let divided = divided.map(|((item, found), strength)| {
        found.strength = strength;
        (*item, strength)
    });
    divided.collect()
}

/// The best of `scored`, in order.
pub(super) fn order(mut scored: Vec<Scored>) -> Vec<Scored> {
    if ORDERED < scored.len() {
        scored.select_nth_unstable_by(ORDERED, best_first);
        scored.truncate(ORDERED);
    }
    scored.sort_unstable_by(best_first);
    scored
}

impl Retriever for Neighbours {
    fn source(&self) -> Source {
        self.source
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.ordered.iter().map(|(item, _)| *item))
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        self.found.get(&item).map_or(0.0, |found| found.strength)
    }

    fn because_of(&self, item: ItemIndex) -> Option<ItemIndex> {
        self.found.get(&item).map(|found| found.because_of)
    }
}

#[cfg(test)]
mod tests;
