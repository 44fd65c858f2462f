//! The blend: what the factorization machine, neighbours and popularity say of an item, as one score.
//!
//! `S = a s + b ln(near / max + e) + d ln(popular / max + e) + r[class of repeat]` with `e = 0.05`. The weights are learned
//! for each group of users, by softmax over the positive and a field of items drawn alike from all known ones;
//! `a`, `b`, `d` start from 1 and stay at 0 or above, the repeats start from 0.
//!
//! Not here: which items are in the field (see `draws`).

use crate::ItemIndex;
use crate::model::numeric::softmax;
use crate::model::sample::REPEATS;
use crate::model::scores::Scores;
use crate::model::shared::{TERMS, Weights};

/// What is added to a share before its logarithm is taken.
pub const BLEND_FLOOR: f32 = 0.05;

/// What is known of items beside the model.
pub trait Sources {
    /// How strongly the neighbours of the user's last items are for `item`, as a share of the strongest.
    fn neighbours(&self, item: ItemIndex) -> f32;
}

/// No source but the model.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn neighbours(&self, _: ItemIndex) -> f32 {
        0.0
    }
}

/// Puts the blend of `scores` into `into`.
pub fn blend(weights: &[f32; TERMS], scores: &Scores, into: &mut Vec<f32>) {
    let [machine, near, share, ..] = *weights;
    let mut repeats = [0.0; REPEATS + 1];
    repeats[..REPEATS].copy_from_slice(&weights[3..]);
    let terms = scores.machine.iter().zip(&scores.near).zip(&scores.share).zip(&scores.repeats);
    into.clear();
    into.extend(terms.map(|(((m, n), s), repeat)| {
        machine * m + near * n + share * s + repeats[*repeat]
    }));
}

/// The gradient of the log-likelihood that the first of `field` is the one chosen; `shares` is room to work in.
#[must_use]
pub fn gradient(
    weights: &[f32; TERMS],
    field: &Scores,
    shares: &mut Vec<f32>,
) -> [f32; TERMS] {
    blend(weights, field, shares);
    softmax(shares);
    shares.iter_mut().for_each(|share| *share = -*share);
    if let Some(first) = shares.first_mut() {
        *first += 1.0;
    }
    let along = |terms: &[f32]| terms.iter().zip(&*shares).map(|(term, share)| term * share).sum();
    let mut gradient = [0.0; TERMS];
    gradient[0] = along(&field.machine);
    gradient[1] = along(&field.near);
    gradient[2] = along(&field.share);
    for (repeat, share) in field.repeats.iter().zip(&*shares) {
        if *repeat < REPEATS {
            gradient[3 + repeat] += share;
        }
    }
    gradient
}

/// A step of the weights along `gradient`.
pub fn climb(weights: &mut Weights<TERMS>, gradient: &[f32; TERMS], rate: f32) {
    weights.climb(gradient, rate, [-8.0, 8.0]);
    for value in &mut weights.values[..3] {
        *value = value.max(0.0);
    }
}

#[cfg(test)]
mod tests;
