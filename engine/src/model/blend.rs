//! The blend: what the factorization machine, neighbours and popularity say of an item, as one score.
//!
//! `S = a s + d ln(popular / max + e) + sum over sources of b ln(near / max + e) + r[class of repeat]` with `e = 0.05`. The
//! weights are learned for each group of users, by softmax over the positive and a field of items drawn alike from all
//! known ones; `a`, `b`, `d` start from 1 and stay at 0 or above, the repeats start from 0.
//!
//! Not here: which items are in the field (see `draws`).

use crate::ItemIndex;
use crate::model::numeric::softmax;
use crate::model::sample::{NEARS, REPEATS};
use crate::model::scores::Scores;
use crate::model::shared::{PARTS, TERMS, Weights};

/// What is added to a share before its logarithm is taken.
pub const BLEND_FLOOR: f32 = 0.05;

/// What is known of items beside the model.
pub trait Sources {
    /// How strongly each source of neighbours is for `item`, as a share of its strongest.
    fn near(&self, item: ItemIndex) -> [f32; NEARS];
}

/// No source but the model.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn near(&self, _: ItemIndex) -> [f32; NEARS] {
        [0.0; NEARS]
    }
}

/// Puts the blend of `scores` into `into`.
pub fn blend(weights: &[f32; TERMS], scores: &Scores, into: &mut Vec<f32>) {
    into.clear();
    into.resize(scores.machine.len(), 0.0);
    for (weight, terms) in weights.iter().zip(scores.parts()) {
        for (sum, term) in into.iter_mut().zip(terms) {
            *sum += weight * term;
        }
    }
    let mut repeats = [0.0; REPEATS + 1];
    repeats[..REPEATS].copy_from_slice(&weights[PARTS..]);
    for (sum, repeat) in into.iter_mut().zip(&scores.repeats) {
        *sum += repeats[*repeat];
    }
}

/// The gradient of the log-likelihood that the first of `field` is the one chosen; `shares` is room to work in.
#[must_use]
pub fn gradient(weights: &[f32; TERMS], field: &Scores, shares: &mut Vec<f32>) -> [f32; TERMS] {
    blend(weights, field, shares);
    softmax(shares);
    for share in shares.iter_mut() {
        *share = -*share;
    }
    if let Some(first) = shares.first_mut() {
        *first += 1.0;
    }
    let along = |terms: &[f32]| terms.iter().zip(&*shares).map(|(term, share)| term * share).sum();
    let mut gradient = [0.0; TERMS];
    for (place, terms) in field.parts().into_iter().enumerate() {
        gradient[place] = along(terms);
    }
    for (repeat, share) in field.repeats.iter().zip(&*shares) {
        if *repeat < REPEATS {
            gradient[PARTS + repeat] += share;
        }
    }
    gradient
}

/// A step of the weights along `gradient`.
pub fn climb(weights: &mut Weights<TERMS>, gradient: &[f32; TERMS], rate: f32) {
    weights.climb(gradient, rate, [-8.0, 8.0]);
    for value in &mut weights.values[..PARTS] {
        *value = value.max(0.0);
    }
}

#[cfg(test)]
mod tests;
