//! The cap on one category's share of a list.
//!
//! Best first, an item is passed over while any of its categories has its share already. Where the list
//! would stay short, those passed over fill it, best first.
//!
//! **Invariant:** the cap never makes a list shorter.
//!
//! Not here: boosts, exploration (see `explore`, which asks the same [`Shares`]).

use rustc_hash::FxHashMap;

use crate::activity::ActivityView;
use crate::catalogue::ItemColumns;
use crate::ranking::blend::ScoredCandidate;
use crate::ranking::request::DiversityCap;
use crate::{CategoryId, ItemIndex};

/// How much of a list each category has so far.
pub(crate) struct Shares<'a> {
    activity: &'a ActivityView,
    most: usize,
    taken: FxHashMap<CategoryId, usize>,
}

impl<'a> Shares<'a> {
    /// Of an empty list that will hold `limit` items.
    pub fn new(limit: usize, cap: DiversityCap, activity: &'a ActivityView) -> Self {
        let most = ((limit as f32 * cap.max_share).ceil() as usize).max(1);
        Self { activity, most, taken: FxHashMap::default() }
    }

    /// Whether no category of `item` has its share already.
    pub fn allow(&self, item: ItemIndex) -> bool {
        self.full(item).is_none()
    }

    /// The category of `item` that has its share already, if one does.
    pub fn full(&self, item: ItemIndex) -> Option<CategoryId> {
        let is_full =
            |category: &&CategoryId| self.most <= self.taken.get(*category).copied().unwrap_or(0);
        self.categories(item).iter().find(is_full).copied()
    }

    /// Counts `item` as listed.
    pub fn take(&mut self, item: ItemIndex) {
        for category in self.categories(item) {
            *self.taken.entry(*category).or_default() += 1;
        }
    }

    fn categories(&self, item: ItemIndex) -> &'a [CategoryId] {
        self.activity.columns(item).map(ItemColumns::categories).unwrap_or_default()
    }
}

/// Which of `scored` are the first `limit` under `cap`, by their places.
pub(crate) fn spread(
    scored: &[ScoredCandidate],
    limit: usize,
    cap: DiversityCap,
    activity: &ActivityView,
) -> Vec<usize> {
    let mut shares = Shares::new(limit, cap, activity);
    let (mut list, mut passed_over) = (Vec::with_capacity(limit), Vec::new());
    for (at, candidate) in scored.iter().enumerate() {
        if list.len() == limit {
            break;
        }
        if shares.allow(candidate.item) {
            shares.take(candidate.item);
            list.push(at);
        } else {
            passed_over.push(at);
        }
    }
    let short = limit - list.len();
    list.extend(passed_over.into_iter().take(short));
    list
}

/// Which of `scored` the cap passes over before the list is full, by their places, and the category that was full.
pub(crate) fn passed_over(
    scored: &[ScoredCandidate],
    (limit, cap, activity): (usize, DiversityCap, &ActivityView),
) -> Vec<(usize, CategoryId)> {
    let mut shares = Shares::new(limit, cap, activity);
    let (mut listed, mut passed_over) = (0, Vec::new());
    for (at, candidate) in scored.iter().enumerate() {
        if listed == limit {
            break;
        }
        if let Some(category) = shares.full(candidate.item) {
            passed_over.push((at, category));
        } else {
            shares.take(candidate.item);
            listed += 1;
        }
    }
    passed_over
}

#[cfg(test)]
mod tests;
