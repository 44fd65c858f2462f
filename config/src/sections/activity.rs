//! `[activity]`: popularity, trends and neighbours of items.

use serde::Deserialize;

/// Popularity, trends and neighbours of items.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityConfig {
    /// Short, middle and long half-life of popularity.
    pub half_lives_events: [u32; 3],
    /// Neighbours kept per item.
    pub neighbours: usize,
    /// Co-visit counters per item.
    pub covisit_counters: usize,
    /// How much popularity counts against a neighbour.
    pub alpha: f32,
    /// Time between publications.
    pub publish_interval_ms: u64,
}
