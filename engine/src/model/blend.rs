//! The blend: what the factorization machine, neighbours and popularity say of an item, as one score.
//!
//! `S = a s + b ln(near / max + e) + d ln(popular / max + e) + r[class of repeat]` with `e = 0.05`. The weights are learned
//! for each group of users, by softmax over the positive and a field of items drawn alike from all known ones;
//! `a`, `b`, `d` start from 1 and stay at 0 or above, the repeats start from 0.
//!
//! Not here: which items are in the field (see `draws`).

use crate::ItemIndex;
use crate::model::numeric::{ln, softmax};
use crate::model::shared::{TERMS, Weights};

/// What is added to a share before its logarithm is taken.
const FLOOR: f32 = 0.05;

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

/// What the terms of an item are made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinions {
    /// Score of the factorization machine.
    pub machine: f32,
    /// Share of the strongest neighbour.
    pub neighbours: f32,
    /// Share of the most popular item.
    pub popularity: f32,
    /// Class of repeats, see [`crate::model::ModelUser::repeat`].
    pub repeat: Option<usize>,
}

impl Opinions {
    /// The terms that the blend's weights multiply.
    #[must_use]
    pub fn terms(&self) -> [f32; TERMS] {
        let mut terms = [0.0; TERMS];
        terms[0] = self.machine;
        terms[1] = ln(self.neighbours + FLOOR);
        terms[2] = ln(self.popularity + FLOOR);
        if let Some(class) = self.repeat {
            terms[3 + class] = 1.0;
        }
        terms
    }
}

/// The blend of `terms`.
#[must_use]
pub fn score(weights: &[f32; TERMS], terms: &[f32; TERMS]) -> f32 {
    weights.iter().zip(terms).map(|(weight, term)| weight * term).sum()
}

/// The gradient of the log-likelihood that the first of `field` is the one chosen; `shares` is room to work in.
#[must_use]
pub fn gradient(
    weights: &[f32; TERMS],
    field: &[[f32; TERMS]],
    shares: &mut Vec<f32>,
) -> [f32; TERMS] {
    shares.clear();
    shares.extend(field.iter().map(|terms| score(weights, terms)));
    softmax(shares);
    let mut gradient = field.first().copied().unwrap_or([0.0; TERMS]);
    for (share, terms) in shares.iter().zip(field) {
        for (gradient, term) in gradient.iter_mut().zip(terms) {
            *gradient -= share * term;
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
