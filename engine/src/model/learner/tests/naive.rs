//! The model as its formulas are written, in double precision, one pair of features after the other.

use crate::ItemIndex;
use crate::model::draws::Draws;
use crate::model::items::Table;
use crate::model::learner::Learner;
use crate::model::numeric::Lane;
use crate::model::sample::{HISTORY_ITEMS, ModelUser};

/// One feature: its value and its vector.
pub type Feature = (f64, Vec<f64>);

fn plain(vector: &[Lane]) -> Vec<f64> {
    vector.iter().flat_map(|lane| lane.0).map(f64::from).collect()
}

/// What a user is made of: their own row, the last item, the weighted items of their history.
pub fn context(learner: &Learner, user: &ModelUser) -> Vec<Feature> {
    let mut features = Vec::new();
    if let Some(row) = learner.users.get(user.hash).or(user.row.as_ref()) {
        features.push((1.0, plain(&row.vector)));
    }
    if let Some(row) =
        user.history.first().and_then(|last| learner.items.vector(Table::Last, last.item))
    {
        features.push((1.0, plain(row)));
    }
    let mut weighted = Vec::new();
    for (place, past) in user.history.iter().take(HISTORY_ITEMS).enumerate() {
        let gap = f64::from(learner.shared.gaps.values[past.gap()]);
        let weight = f64::from(learner.config.decay).powf(place as f64) * gap.exp();
        if let Some(row) = learner.items.vector(Table::Item, past.item) {
            weighted.push((weight, plain(row)));
        }
    }
    let total: f64 = weighted.iter().map(|(weight, _)| weight).sum();
    features.extend(weighted.into_iter().map(|(weight, row)| (weight / total.sqrt(), row)));
    features
}

/// The factorization machine's second-order term: every pair of features.
pub fn pairs(features: &[Feature]) -> f64 {
    let mut sum = 0.0;
    for (place, (x, v)) in features.iter().enumerate() {
        for (y, w) in &features[place + 1..] {
            let product: f64 = v.iter().zip(w).map(|(v, w)| v * w).sum();
            sum += x * y * product;
        }
    }
    sum
}

/// Bias and popularity of `item`.
pub fn first_order(learner: &Learner, item: ItemIndex, group: usize) -> f64 {
    let Some(head) = learner.items.head(item) else { return 0.0 };
    let passed = (learner.count.events - learner.count.full(head.touched)) as f64;
    let mut sum = f64::from(head.bias);
    for (place, half_life) in learner.config.half_lives_events.iter().enumerate() {
        let count = f64::from(head.counts[place]) * (-passed / f64::from(*half_life)).exp2();
        sum += f64::from(learner.shared.popularity[group].values[place]) * (0.01 + count).ln();
    }
    sum
}

/// The score: all pairs of user and item together, less those that are the same for every item.
pub fn score(learner: &Learner, item: ItemIndex, user: &ModelUser) -> f64 {
    let mut features = context(learner, user);
    let without = pairs(&features);
    if let Some(row) = learner.items.vector(Table::Item, item) {
        features.push((1.0, plain(row)));
    }
    first_order(learner, item, user.group()) + pairs(&features) - without
}

/// The sampled softmax's log-likelihood that the first of `drawn` is the one chosen.
pub fn likelihood(learner: &Learner, user: &ModelUser, drawn: &[ItemIndex]) -> f64 {
    let chances =
        Draws { seed: 0, recent: &learner.recent, items: &learner.items, pool: &learner.pool };
    let context = context(learner, user);
    let mut vector = vec![0.0; learner.config.dimensions()];
    for (x, v) in &context {
        vector.iter_mut().zip(v).for_each(|(sum, v)| *sum += x * v);
    }
    let logit = |item: &ItemIndex| {
        let row = learner.items.vector(Table::Item, *item).map_or_else(Vec::new, plain);
        let product: f64 = vector.iter().zip(&row).map(|(p, q)| p * q).sum();
        let probability = chances.log_probability(learner.items.frequency(*item));
        first_order(learner, *item, user.group()) + product - f64::from(probability)
    };
    let logits: Vec<f64> = drawn.iter().map(logit).collect();
    let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
    logits[0] - sum.ln()
}
