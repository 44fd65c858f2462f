//! Weights that all items share: popularity terms, time gaps, the blend.
//!
//! Not here: vectors (see `items`), how the blend uses its weights (see `blend`).

use crate::model::config::{HALF_LIVES, ModelConfig};
use crate::model::sample::{GAPS, GROUPS, NEARS, REPEATS};

/// Terms of the blend that are never negative: the factorization machine, popularity, the sources of neighbours.
pub const PARTS: usize = 2 + NEARS;
/// Terms of the blend: those and the classes of repeats.
pub const TERMS: usize = PARTS + REPEATS;

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
    /// As they start.
    #[must_use]
    pub fn new(config: &ModelConfig) -> Self {
        let start = config.rates.start;
        let mut blend = Weights::starting(1.0, start);
        blend.values[PARTS..].fill(0.0);
        Self {
            popularity: [Weights::starting(0.0, start); GROUPS],
            gaps: Weights::starting(0.0, start),
            blend: [blend; GROUPS],
        }
    }
}
