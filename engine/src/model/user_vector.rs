//! A user's vector: their own, the last item's, and the weighted sum of their history.
//!
//! `p_u = v_u + h_last + (sum of w_j)^-1/2 * sum of w_j q_j` with `w_j = decay^(j-1) * exp(gap weight of item j's age)`. One
//! function forms it in training and in serving.
//!
//! **Invariant:** an item without a row counts for nothing, in the sum and in its norm.
//!
//! Not here: scores (see `learner`, `revision`).

use crate::ItemIndex;
use crate::model::numeric::{Lane, add_scaled, exp};
use crate::model::sample::{GAPS, HISTORY_ITEMS, ModelUser, Past};

/// Tables that a user's vector is made from.
pub trait ItemVectors {
    /// Lanes of a vector.
    fn lanes(&self) -> usize;
    /// Adds `scale` times the vector of `item` as a part of a history; says whether there is one.
    fn add_item(&self, item: ItemIndex, scale: f32, into: &mut [Lane]) -> bool;
    /// Adds the vector of `item` as the last one, if there is one.
    fn add_last(&self, item: ItemIndex, into: &mut [Lane]);
}

/// A user's vector with what its gradients need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserVector {
    /// `p_u`.
    pub vector: Vec<Lane>,
    /// `sum of w_j q_j`.
    pub sum: Vec<Lane>,
    /// Items of the history that count, with their weights.
    pub parts: Vec<(Past, f32)>,
    /// Sum of the weights.
    pub total: f32,
}

impl UserVector {
    /// Forms the vector of `user`, whose own one is `own`.
    pub fn form(
        &mut self,
        tables: &impl ItemVectors,
        user: &ModelUser,
        own: Option<&[Lane]>,
        weights: HistoryWeights,
    ) {
        self.clear(tables.lanes());
        let mut fading = 1.0;
        for past in user.history.iter().take(HISTORY_ITEMS) {
            let weight = fading * exp(weights.gaps[past.gap()]);
            if tables.add_item(past.item, weight, &mut self.sum) {
                self.parts.push((*past, weight));
                self.total += weight;
            }
            fading *= weights.decay;
        }
        if let Some(own) = own {
            add_scaled(&mut self.vector, 1.0, own);
        }
        if let Some(last) = user.history.first() {
            tables.add_last(last.item, &mut self.vector);
        }
        let norm = self.norm();
        add_scaled(&mut self.vector, norm, &self.sum);
    }

    /// What the sum is multiplied with; 0 for an empty history.
    #[must_use]
    pub fn norm(&self) -> f32 {
        if self.total <= 0.0 { 0.0 } else { 1.0 / self.total.sqrt() }
    }

    fn clear(&mut self, lanes: usize) {
        for row in [&mut self.vector, &mut self.sum] {
            row.clear();
            row.resize(lanes, Lane::default());
        }
        self.parts.clear();
        self.total = 0.0;
    }
}

/// How much the items of a history count.
#[derive(Clone, Copy, Debug)]
pub struct HistoryWeights<'a> {
    /// By how much one counts less than the one after it.
    pub decay: f32,
    /// Logarithms of the weights of time gaps.
    pub gaps: &'a [f32; GAPS],
}

#[cfg(test)]
mod tests;
