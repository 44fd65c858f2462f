//! `[events]`: how events are taken, and the table of their types.

use serde::Deserialize;

use super::Named;

/// How events are taken.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsConfig {
    /// Silence that ends a visit.
    pub visit_gap_s: u64,
    /// How long a sender waits for its events to be applied.
    pub apply_deadline_ms: u64,
    /// How far ahead an event's time may lie.
    pub future_tolerance_ms: u64,
    /// Half-life of types that give none.
    pub default_half_life_hours: f64,
    /// The types by name; a type's place is its number in records.
    pub types: Named<EventTypeConfig>,
}

/// One event type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTypeConfig {
    /// What it says about liking.
    pub role: RoleConfig,
    /// What one event adds to a decayed score.
    pub weight: f32,
    /// Hours after which half of that is left; `None` for the default.
    #[serde(default)]
    pub half_life_hours: Option<f64>,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What an event says about liking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleConfig {
    /// The item was shown.
    Impression,
    /// The item was chosen.
    Positive,
    /// The item was turned down.
    Negative,
    /// Nothing.
    Neutral,
}
