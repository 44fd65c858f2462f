//! The cap on one category's share of a list.
//!
//! Best first, an item is passed over while any of its categories has its share already. Where the list
//! would stay short, those passed over fill it, best first.
//!
//! **Invariant:** the cap never makes a list shorter.
//!
//! Not here: boosts, exploration.

use rustc_hash::FxHashMap;

use crate::CategoryId;
use crate::activity::ActivityView;
use crate::catalogue::ItemColumns;
use crate::ranking::blend::ScoredCandidate;
use crate::ranking::request::DiversityCap;

/// The first `limit` of `scored` under `cap`.
pub(crate) fn spread(
    scored: Vec<ScoredCandidate>,
    limit: usize,
    cap: DiversityCap,
    activity: &ActivityView,
) -> Vec<ScoredCandidate> {
    let most = ((limit as f32 * cap.max_share).ceil() as usize).max(1);
    let mut taken = FxHashMap::<CategoryId, usize>::default();
    let (mut list, mut passed_over) = (Vec::with_capacity(limit), Vec::new());
    for candidate in scored {
        if list.len() == limit {
            break;
        }
        let columns = activity.columns(candidate.item);
        let categories = columns.map(ItemColumns::categories).unwrap_or_default();
        if categories.iter().any(|category| most <= taken.get(category).copied().unwrap_or(0)) {
            passed_over.push(candidate);
            continue;
        }
        for category in categories {
            *taken.entry(*category).or_default() += 1;
        }
        list.push(candidate);
    }
    let short = limit - list.len();
    list.extend(passed_over.into_iter().take(short));
    list
}

#[cfg(test)]
mod tests;
