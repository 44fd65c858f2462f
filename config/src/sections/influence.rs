//! `[influence]`: how much one visitor or one network may move what everybody sees.

use serde::Deserialize;

/// What counts in full in an hour; 0 for no bound.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfluenceConfig {
    /// Events of one user, impressions apart.
    pub user_events: u32,
    /// Impressions of one user.
    pub user_impressions: u32,
    /// Positive events of one network.
    pub network_events: u32,
}
