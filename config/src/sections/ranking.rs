//! `[ranking]`: scenarios, what counts as seen in each, and how the sources are mixed.

use serde::Deserialize;

use super::Named;

/// Scenarios and the sizes of answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankingConfig {
    /// Scenario of a request that names none.
    pub default_scenario: String,
    /// Items where the caller does not say how many.
    pub default_limit: usize,
    /// Most items that a caller may ask for.
    pub max_limit: usize,
    /// The scenarios by name.
    pub scenarios: Named<ScenarioConfig>,
}

/// One place in the product with rules of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioConfig {
    /// Largest share of a list from one category.
    pub max_category_share: f32,
    /// What counts as seen.
    pub seen: SeenConfig,
    /// Weights of the sources.
    pub blend: BlendConfig,
}

/// What counts as seen, and for how long.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenConfig {
    /// Roles or names of event types.
    pub events: Vec<String>,
    /// For how long.
    pub days: u32,
    /// Exposures without a reaction that count as seen; 0 is never.
    pub exposures: u32,
    /// Hours within which they must fall.
    pub exposure_hours: u32,
    /// Whether what was seen may come again.
    pub repeat: bool,
}

/// Weights of the sources in the score.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlendConfig {
    /// Neighbours of the user's items.
    pub neighbours: f32,
    /// Visits like this one.
    pub session: f32,
    /// Decayed popularity.
    pub popularity: f32,
    /// What rises right now.
    pub trending: f32,
    /// What is new.
    pub fresh: f32,
    /// The user's liking for the categories.
    pub category: f32,
    /// How much an item of the history counts beside the one after it.
    pub gamma: f32,
}
