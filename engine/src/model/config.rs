//! What the model may be told: sizes, rates, bounds.
//!
//! The defaults are those of the measurements that `freshet evaluate` repeats.
//!
//! Not here: reading a configuration file.

use crate::model::click::ClickConfig;
use crate::model::numeric::LANE;
use crate::retrieval::SourceSet;

/// Half-lives of popularity, in positive events on any item.
pub const HALF_LIVES: usize = 3;

/// How the model learns and what it may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Lanes of 16 numbers in a vector: 4 lanes are 64 dimensions.
    pub lanes: usize,
    /// By how much an item of the history counts less than the one after it.
    pub decay: f32,
    /// After how many positive events half of an item's popularity is left, shortest first.
    pub half_lives_events: [f32; HALF_LIVES],
    /// Which of the half-lives the blend's popularity source goes by.
    pub source_half_life: usize,
    /// Items drawn against each positive; the first half from the last positives, the rest from all known items.
    pub negatives: usize,
    /// How many of the last positives are drawn from.
    pub recent_positives: usize,
    /// Step of the vectors, biases and popularity weights.
    pub rates: Rates,
    /// Deviation of the numbers that a vector starts from.
    pub start_deviation: f32,
    /// How far an item's vector is pulled towards its first user's.
    pub new_item_pull: f32,
    /// Positive events after which a user gets a vector of their own.
    pub user_row_after: u32,
    /// No parameter leaves `-limit..=limit`.
    pub parameter_limit: f32,
    /// No vector gets longer.
    pub norm_limit: f32,
    /// Items that the blend's weights are learned on, beside the positive.
    pub blend_draws: usize,
    /// Items that uniform negatives are drawn from until others are; 0 for all known ones every time.
    pub uniform_pool: usize,
    /// Known items above which uniform negatives come from such a pool.
    pub uniform_pool_from: usize,
    /// Samples after which others are.
    pub uniform_pool_samples: u64,
    /// Known items up to which a scan scores them all.
    pub scan_items: usize,
    /// Known items up to which it picks candidates with a first pass; above there is no scan.
    pub quantised_items: usize,
    /// Candidates of that first pass.
    pub quantised_candidates: usize,
    /// Known items above which the longest unseen leave.
    pub max_items: usize,
    /// Positive events after which an item without one leaves; never fewer than `recent_positives`.
    pub expire_after_events: u64,
    /// The click head.
    pub click: ClickConfig,
    /// Sources that the blend learns to weigh. Without content, what items are made of moves no row either.
    pub sources: SourceSet,
}

/// Steps of `AdaGrad`, and the sum of squares that every parameter starts with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Item and user vectors.
    pub vectors: f32,
    /// Biases.
    pub bias: f32,
    /// Weights of the popularity terms.
    pub popularity: f32,
    /// Weights of the time gaps.
    pub gaps: f32,
    /// Weights of the blend.
    pub blend: f32,
    /// What the sums of squares start from.
    pub start: f32,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            lanes: 64 / LANE,
            decay: 0.8,
            half_lives_events: [300.0, 3_000.0, 30_000.0],
            source_half_life: 1,
            negatives: 128,
            recent_positives: 20_000,
            rates: Rates::default(),
            start_deviation: 0.1,
            new_item_pull: 0.7,
            user_row_after: 5,
            parameter_limit: 8.0,
            norm_limit: 6.0,
            blend_draws: 400,
            uniform_pool: 512,
            uniform_pool_from: 20_000,
            uniform_pool_samples: 300,
            scan_items: 20_000,
            quantised_items: 1_000_000,
            quantised_candidates: 1_000,
            max_items: 2_000_000,
            expire_after_events: 100_000_000,
            click: ClickConfig::default(),
            sources: SourceSet::ALL,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { vectors: 0.1, bias: 0.1, popularity: 0.1, gaps: 0.05, blend: 0.05, start: 0.02 }
    }
}

impl ModelConfig {
    /// Numbers in a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.lanes * LANE
    }
}
