//! Weights that all items share: popularity terms, time gaps, the blend.
//!
//! Not here: vectors (see `items`), how the blend uses its weights (see `blend`).

use crate::model::config::{HALF_LIVES, ModelConfig};
use crate::model::sample::{GAPS, GROUPS, NEARS, REPEATS};

/// Terms of the blend that have a number for every item, in the order of [`crate::model::Scores::columns`].
///
/// A term's place among the weights is for ever, because checkpoints hold them: new ones go to the end.
pub const COLUMN_TERMS: [usize; COLUMNS] = [0, 1, 2, 3, 8, 9, 10, 12, 13, 11];
/// How many there are.
pub const COLUMNS: usize = 7 + NEARS;
/// The first of the terms of repeats, one for each class.
pub const FIRST_REPEAT: usize = 4;
/// Terms of the blend.
pub const TERMS: usize = COLUMNS + REPEATS;
/// Terms that are never weighted below 0: all columns but the last, how kindred an item's popularity is.
const NEVER_NEGATIVE: usize = COLUMNS - 1;
/// Terms that start from 1, the others from 0: the factorization machine, popularity, neighbours of the last items and
/// of the visit.
const STARTING_AT_ONE: usize = 4;

/// Weights with a sum of squares each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights<const N: usize> {
    /// The weights.
    pub values: [f32; N],
    /// Sums of squared gradients.
    pub squares: [f32; N],
}

/// What all items share.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Of the popularity terms, by group of users.
    pub popularity: [Weights<HALF_LIVES>; GROUPS],
    /// Logarithms of what a time gap multiplies an item of a history with.
    pub gaps: Weights<GAPS>,
    /// Of the blend, by group of users.
    pub blend: [Weights<TERMS>; GROUPS],
}

impl<const N: usize> Weights<N> {
    /// Weights that start from `value`.
    #[must_use]
    pub fn starting(value: f32, squares: f32) -> Self {
        Self { values: [value; N], squares: [squares; N] }
    }

    /// A step of `AdaGrad` (Duchi et al., 2011) uphill along `gradient`, within `limits`.
    pub fn climb(&mut self, gradient: &[f32; N], rate: f32, limits: [f32; 2]) {
        for ((value, squares), gradient) in
            self.values.iter_mut().zip(&mut self.squares).zip(gradient)
        {
            *squares += gradient * gradient;
            *value = (*value + rate * gradient / squares.sqrt()).clamp(limits[0], limits[1]);
        }
    }
}

impl Shared {
    /// Visits every sum of squares.
    pub fn each_sum(&mut self, visit: impl Fn(&mut f32)) {
        let popularity = self.popularity.iter_mut().flat_map(|weights| &mut weights.squares);
        let blend = self.blend.iter_mut().flat_map(|weights| &mut weights.squares);
        popularity.chain(&mut self.gaps.squares).chain(blend).for_each(visit);
    }

    /// Every weight.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        let popularity = self.popularity.iter().flat_map(|weights| &weights.values);
        let blend = self.blend.iter().flat_map(|weights| &weights.values);
        popularity.chain(&self.gaps.values).chain(blend).copied()
    }

    /// As they start.
    #[must_use]
    pub fn new(config: &ModelConfig) -> Self {
        let start = config.rates.start;
        let mut blend = Weights::starting(0.0, start);
        blend.values[..STARTING_AT_ONE].fill(1.0);
        Self {
            popularity: [Weights::starting(0.0, start); GROUPS],
            gaps: Weights::starting(0.0, start),
            blend: [blend; GROUPS],
        }
    }
}

/// What keeps a term of the blend, by its place, from going below 0.
#[must_use]
pub fn is_never_negative(term: usize) -> bool {
    COLUMN_TERMS[..NEVER_NEGATIVE].contains(&term)
}
