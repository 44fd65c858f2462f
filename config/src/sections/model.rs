//! `[model]`: what the node learns of who chooses what.

use serde::Deserialize;

/// How the model learns.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Whether there is one.
    pub enabled: bool,
    /// Numbers in a vector.
    pub dimensions: usize,
    /// What vectors start from; 0 for the data directory's.
    pub seed: u64,
    /// Items that a choice is weighed against.
    pub negatives: usize,
    /// How far a choice moves the vectors.
    pub learning_rate: f32,
    /// How much an item of the history counts against the one after it.
    pub history_decay: f32,
    /// Choices after which a user has a vector.
    pub user_vector_after: u32,
    /// What a choice that is filled in counts.
    pub backfill_weight: f32,
    /// Items that the model holds.
    pub max_items: usize,
    /// Time between publications.
    pub publish_interval_ms: u64,
    /// What is done about a model that gets worse.
    pub guard: GuardConfig,
    /// How impressions are joined with what follows them.
    pub join: JoinConfig,
    /// What is learned of clicks on what was shown.
    pub click: ClickConfig,
}

/// How impressions are joined with what follows them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinConfig {
    /// How long an impression waits for its click.
    pub window_s: u64,
    /// What an impression is.
    pub impressions: ImpressionsConfig,
}

/// What an impression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImpressionsConfig {
    /// An event that reports it and names the list.
    Reported,
    /// Every item of every served list.
    Served,
}

/// How the click head learns.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickConfig {
    /// Numbers in a feature's vector.
    pub dimensions: usize,
    /// How far an impression moves weights and vectors.
    pub learning_rate: f32,
    /// Features held.
    pub max_features: usize,
    /// From which sighting on a feature is learned.
    pub admit_after: u32,
    /// What is done about the place of an impression.
    pub position: PositionConfig,
    /// The most that a click counts for its place.
    pub position_clip: f32,
    /// The most that an impression counts for its propensity.
    pub propensity_clip: f32,
    /// Share of impressions without a click that are sent.
    pub negatives_kept: f32,
    /// Clicks before the head orders anything.
    pub ready_clicks: u32,
}

/// What is done about the place of an impression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionConfig {
    /// Estimated by expectation and maximisation.
    Em,
    /// Clicks weighed by the inverse of that estimate.
    Ips,
    /// A weight for each place.
    Logit,
    /// Nothing.
    None,
}

/// How closely the model is watched.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// Whether anything is done by itself.
    pub enabled: bool,
    /// By how much a loss may be greater.
    pub tolerance: f64,
    /// One choice in so many is compared.
    pub compare_every: u64,
    /// Choices between two copies.
    pub snapshot_samples: u64,
    /// Choices for which a state that was put back rests.
    pub hold_samples: u64,
    /// Whether it forgets how sure it was where the stream changes.
    pub forget_on_drift: bool,
}
