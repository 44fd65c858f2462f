//! Candidates that the neighbours of some last items or similar sessions name, best first, and which of the last items
//! spoke most for each.
//!
//! The order is that of the shares that are learned from and ranked by (see [`NeighbourStrengths`]), so nothing is
//! looked up twice. Who spoke for an item is found when it is asked, for the few items that are shown.
//!
//! Not here: the same without a model (see [`Neighbours`]).
//!
//! [`Neighbours`]: crate::retrieval::Neighbours

use crate::ItemIndex;
use crate::activity::view::best_first;
use crate::activity::{ActivityView, CovisitTable, Scored};
use crate::retrieval::neighbours::{NeighbourRule, order};
use crate::retrieval::power::power;
use crate::retrieval::strengths::{NeighbourStrengths, SHRINKAGE};
use crate::retrieval::{Retriever, Source};

/// What the neighbours of some items name.
#[derive(Clone, Debug)]
pub struct NamedItems<'a> {
    of: &'a [ItemIndex],
    activity: &'a ActivityView,
    strengths: &'a NeighbourStrengths,
    rule: NeighbourRule,
    source: Source,
    ordered: Vec<Scored>,
}

impl<'a> NamedItems<'a> {
    /// What `strengths` say of the neighbours of `of`, newest first; which of its shares follows from `source`.
    #[must_use]
    pub fn new(
        of: &'a [ItemIndex],
        activity: &'a ActivityView,
        strengths: &'a NeighbourStrengths,
        rule: NeighbourRule,
        source: Source,
    ) -> Self {
        let found = strengths.found.iter().map(|(item, shares)| (*item, shares[place(source)]));
        let ordered = order(found.filter(|(_, share)| 0.0 < *share).collect());
        Self { of, activity, strengths, rule, source, ordered }
    }
}

impl Retriever for NamedItems<'_> {
    fn source(&self) -> Source {
        self.source
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.ordered.iter().map(|(item, _)| *item))
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        self.strengths.share(item)[place(self.source)]
    }

    fn because_of(&self, item: ItemIndex) -> Option<ItemIndex> {
        self.testimony(item).into_iter().min_by(best_first).map(|(of, _)| of)
    }

    fn testimony(&self, item: ItemIndex) -> Vec<(ItemIndex, f32)> {
        let mut weight = 1.0;
        let mut parts = Vec::with_capacity(self.of.len());
        for of in self.of {
            let own = power(self.activity.positives(*of) + SHRINKAGE, 1.0 - self.rule.alpha);
            let near = self.activity.covisits(*of).find(|near| near.item == item);
            parts.extend(near.map(|near| (*of, near.count * weight / own)));
            weight *= self.rule.gamma;
        }
        parts
    }
}

/// Where the shares of `source` stand among those of an item.
fn place(source: Source) -> usize {
    match source {
        Source::Session => 1,
        Source::SimilarSessions => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
