//! One method's list for one request, and where the item that came next stands in it.

use crate::ItemIndex;
use crate::activity::Scored;
use crate::activity::view::best_first;
use crate::ranking::RankedItem;

/// A list as it is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The first items.
    pub top: Vec<ItemIndex>,
    /// Place of the item that came next, from 1; those that score the same share the middle of their places. `None`
    /// where it was not ranked.
    pub place: Option<f64>,
}

impl Listing {
    /// Of a list as the node serves it: the order is what counts, equal scores or not.
    #[must_use]
    pub fn of_ranked(items: &[RankedItem], target: Option<ItemIndex>, length: usize) -> Self {
        let place = items.iter().position(|ranked| Some(ranked.item) == target);
        Self {
            top: items.iter().take(length).map(|ranked| ranked.item).collect(),
            place: place.map(|place| (place + 1) as f64),
        }
    }

    /// Of scores of `items`, among which the item `target` is ranked if it is there.
    #[must_use]
    pub fn of_scores(
        items: &[ItemIndex],
        scores: &[f32],
        target: Option<ItemIndex>,
        length: usize,
    ) -> Self {
        let at = target.and_then(|target| items.iter().position(|item| *item == target));
        let place = at.map(|at| {
            let own = scores[at];
            let above = scores.iter().map(|score| u32::from(own < *score)).sum::<u32>();
            let equal = scores.iter().map(|score| u32::from(own.to_bits() == score.to_bits()));
            1.0 + f64::from(above) + 0.5 * f64::from(equal.sum::<u32>() - 1)
        });
        Self { top: best(items, scores, length), place }
    }

    /// Of scores of all known `items`, of which only those that `may_show` names are ranked; asked of few, because that costs.
    ///
    /// Places beyond `depth` are not told. A score that is not a number is not ranked.
    #[must_use]
    pub fn of_open(
        (items, scores): (&[ItemIndex], &[f32]),
        target: Option<usize>,
        (length, depth): (usize, usize),
        may_show: impl Fn(ItemIndex) -> bool,
    ) -> Self {
        let mut best: Vec<Scored> = Vec::with_capacity(length + 1);
        for candidate in items.iter().copied().zip(scores.iter().copied()) {
            let behind = |last: &Scored| best_first(&candidate, last).is_gt();
            let beyond = best.len() == length && best.last().is_none_or(behind);
            if !beyond && !candidate.1.is_nan() && may_show(candidate.0) {
                let at = best.partition_point(|held| best_first(held, &candidate).is_lt());
                best.insert(at, candidate);
                best.truncate(length);
            }
        }
        let place = target.and_then(|target| open_place((items, scores), target, depth, &may_show));
        Self { top: best.into_iter().map(|(item, _)| item).collect(), place }
    }
}

/// Where the item numbered `target` stands, if not beyond `depth`.
fn open_place(
    (items, scores): (&[ItemIndex], &[f32]),
    target: usize,
    depth: usize,
    may_show: &impl Fn(ItemIndex) -> bool,
) -> Option<f64> {
    let own = scores[target];
    if own.is_nan() || !may_show(items[target]) {
        return None;
    }
    let mut place = 1.0;
    for (number, (item, score)) in items.iter().zip(scores).enumerate() {
        if own <= *score && number != target && may_show(*item) {
            place += if own < *score { 1.0 } else { 0.5 };
            if depth as f64 + 0.5 < place {
                return None;
            }
        }
    }
    (place <= depth as f64).then_some(place)
}

/// The best `length` of `items`.
fn best(items: &[ItemIndex], scores: &[f32], length: usize) -> Vec<ItemIndex> {
    let mut best: Vec<Scored> = Vec::with_capacity(length + 1);
    for candidate in items.iter().copied().zip(scores.iter().copied()) {
        let full = best.len() == length;
        if full && best.last().is_none_or(|last| best_first(&candidate, last).is_gt()) {
            continue;
        }
        let at = best.partition_point(|held| best_first(held, &candidate).is_lt());
        best.insert(at, candidate);
        best.truncate(length);
    }
    best.into_iter().map(|(item, _)| item).collect()
}
