//! `[features]`: what is kept of users, items, categories and rooms.

use serde::Deserialize;

/// One declared feature; what is left out is empty or 0.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    /// Whether it is kept.
    #[serde(default = "super::yes")]
    pub enabled: bool,
    /// Whose it is.
    pub entity: String,
    /// Which events, by type, alias or role.
    pub events: Vec<String>,
    /// Which of those.
    #[serde(default, rename = "where")]
    pub filter: String,
    /// Over what stretch.
    pub window: String,
    /// What is made of them.
    pub aggregate: String,
    /// What of them.
    #[serde(default)]
    pub of: String,
    /// What a rate is divided by.
    #[serde(default)]
    pub per: Vec<String>,
    /// What a rate is smoothed with.
    #[serde(default)]
    pub smoothing: Vec<f64>,
    /// Up to how many different things are told apart.
    #[serde(default)]
    pub most: u32,
    /// How many categories are shown.
    #[serde(default)]
    pub top: u32,
    /// After how long without an event it is expired.
    #[serde(default)]
    pub ttl: String,
    /// How many instances are kept.
    #[serde(default)]
    pub max_instances: u32,
    /// How its values enter ranking.
    #[serde(default)]
    pub rank: String,
}
