//! What all features share: the intercept, what two fields count against each other, weights of parts of the score.
//!
//! Not here: features' own weights and vectors (see `table`).

use super::config::ClickConfig;
use super::fields::FIELDS;
use super::sample::DENSE;
use crate::model::shared::Weights;

/// Pairs of fields, a field with itself included.
pub const PAIRS: usize = FIELDS * (FIELDS + 1) / 2;

/// Number of a pair of fields, whichever comes first.
#[must_use]
#[inline]
pub fn pair(a: u8, b: u8) -> usize {
    let (low, high) = (usize::from(a.min(b)), usize::from(a.max(b)));
    high * (high + 1) / 2 + low
}

/// The click's shared parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickShared {
    /// The intercept.
    pub bias: Weights<1>,
    /// By [`pair`].
    pub interactions: Box<Weights<PAIRS>>,
    /// Of the parts of the score.
    pub dense: Weights<DENSE>,
}

impl ClickShared {
    /// As they start.
    #[must_use]
    pub fn new(config: &ClickConfig) -> Self {
        let start = config.rates.start;
        Self {
            bias: Weights::starting(0.0, start),
            interactions: Box::new(Weights::starting(config.start_interaction, start)),
            dense: Weights::starting(0.0, start),
        }
    }
}
