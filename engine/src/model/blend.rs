//! The blend: what the factorization machine, neighbours and popularity say of an item, as one score.
//!
//! `S = a s + sum over half-lives of d_H ln(popular_H / max + e) + sum over sources of b ln(near / max + e) +
//! c like + k kindred + r[class of repeat]` with `e = 0.05`. The weights are learned for each group of users, by softmax over the positive and a
//! field of items drawn alike from all known ones. All but the last two stay at 0 or above.
//!
//! `like` says how like the item is to the user's last ones, by categories and by tags, words and embedding.
//! `kindred` multiplies how popular the user's last items are on average with how popular the item is: some users go by
//! what everybody knows, others by what nobody does.
//!
//! Not here: which items are in the field (see `draws`).

use crate::ItemIndex;
use crate::model::numeric::softmax;
use crate::model::sample::{NEARS, REPEATS};
use crate::model::scores::Scores;
use crate::model::shared::{COLUMN_TERMS, FIRST_REPEAT, TERMS, Weights, is_never_negative};

/// What is added to a share before its logarithm is taken.
pub const BLEND_FLOOR: f32 = 0.05;

/// What is known of items beside the model.
pub trait Sources {
    /// How strongly each source is for `item`, as a share of its strongest.
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
    for (term, column) in COLUMN_TERMS.iter().zip(scores.columns()) {
        let weight = weights[*term];
        if weight != 0.0 {
            for (sum, number) in into.iter_mut().zip(column) {
                *sum += weight * number;
            }
        }
    }
    let mut repeats = [0.0; REPEATS + 1];
    repeats[..REPEATS].copy_from_slice(&weights[FIRST_REPEAT..FIRST_REPEAT + REPEATS]);
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
    for (term, column) in COLUMN_TERMS.iter().zip(field.columns()) {
        gradient[*term] = along(column);
    }
    for (repeat, share) in field.repeats.iter().zip(&*shares) {
        if *repeat < REPEATS {
            gradient[FIRST_REPEAT + repeat] += share;
        }
    }
    gradient
}

/// A step of the weights along `gradient`.
pub fn climb(weights: &mut Weights<TERMS>, gradient: &[f32; TERMS], rate: f32) {
    weights.climb(gradient, rate, [-8.0, 8.0]);
    for (term, value) in weights.values.iter_mut().enumerate() {
        if is_never_negative(term) {
            *value = value.max(0.0);
        }
    }
}

#[cfg(test)]
mod tests;
