//! What the click head may be told: sizes, rates, what is done about position.
//!
//! The defaults are those of the measurements that `make compare` repeats.
//!
//! Not here: reading a configuration file.

use crate::EventTypeId;
use crate::model::numeric::LANE;

/// The most goals beside the click.
pub const GOALS: usize = 8;

/// How the click head learns and what it may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickConfig {
    /// Lanes of 16 numbers in a feature's vector.
    pub lanes: usize,
    /// Steps of `AdaGrad`.
    pub rates: ClickRates,
    /// Deviation of the numbers that a vector starts from.
    pub start_deviation: f32,
    /// What two fields' vectors count against each other at the start.
    pub start_interaction: f32,
    /// No weight leaves `-limit..=limit`.
    pub parameter_limit: f32,
    /// No vector gets longer.
    pub norm_limit: f32,
    /// Features held, in steps of 16; at that bound the one longest unseen leaves for a new one.
    pub max_features: usize,
    /// From which sighting on a feature is learned.
    pub admit_after: u32,
    /// Samples after which a feature without one leaves where room is wanted.
    pub expire_after: u32,
    /// What is done about the place at which an item was shown.
    pub position: PositionPolicy,
    /// The most that an impression counts for having been unlikely at its place; 1 for all alike.
    pub propensity_clip: f32,
    /// The most that a click counts for its place under [`PositionPolicy::Weighted`].
    pub position_clip: f32,
    /// Share of impressions without a click that are sent at all.
    pub negatives_kept: f32,
    /// Clicks before the head may order anything.
    pub ready_clicks: f32,
    /// What is learned beside the click, at most [`GOALS`].
    pub goals: Vec<ClickGoal>,
}

/// Steps of `AdaGrad`, and the sum of squares that every parameter starts with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickRates {
    /// Weights of features.
    pub weights: f32,
    /// Vectors of features.
    pub vectors: f32,
    /// What two fields count against each other.
    pub interactions: f32,
    /// Weights of parts of the score.
    pub dense: f32,
    /// Weights of positions.
    pub position: f32,
    /// All weights of goals: goals are rare, so what each one says counts for more.
    pub goals: f32,
    /// Calibration.
    pub calibration: f32,
    /// What the sums of squares start from.
    pub start: f32,
}

/// What is done about the place at which an item was shown: lower places are looked at less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionPolicy {
    /// Places are estimated by expectation and maximisation (Wang et al., 2018), and what was not looked at is learned
    /// softly.
    #[default]
    Estimated,
    /// Clicks are weighed by the inverse of their places' estimate, clipped and normalised by their mean.
    Weighted,
    /// A place has a weight of its own, left out in serving.
    Logit,
    /// Nothing.
    Ignored,
}

/// Something learned beside the click.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickGoal {
    /// Type of the events that reach it.
    pub event_type: EventTypeId,
    /// What such an event counts.
    pub counts: GoalCounts,
}

/// What an event that reaches a goal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GoalCounts {
    /// One, each.
    Events,
    /// Its value: seconds watched, money spent.
    Values,
}

impl Default for ClickConfig {
    fn default() -> Self {
        Self {
            lanes: 32 / LANE,
            rates: ClickRates::default(),
            start_deviation: 0.15,
            start_interaction: 0.5,
            parameter_limit: 8.0,
            norm_limit: 6.0,
            max_features: 1_000_000,
            admit_after: 1,
            expire_after: 50_000_000,
            position: PositionPolicy::default(),
            propensity_clip: 10.0,
            position_clip: 10.0,
            negatives_kept: 1.0,
            ready_clicks: 200.0,
            goals: Vec::new(),
        }
    }
}

impl Default for ClickRates {
    fn default() -> Self {
        Self {
            weights: 0.2,
            vectors: 0.2,
            interactions: 0.1,
            dense: 0.05,
            position: 0.05,
            goals: 0.3,
            calibration: 0.02,
            start: 0.05,
        }
    }
}
