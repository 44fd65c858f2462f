//! What shards are told in benchmarks that are about no setting.
//!
//! Not here: the settings of a node (see its configuration).

use engine::features::FeatureSet;
use engine::shard::{Learning, StayRules};
use engine::user::InfluenceConfig;
use engine::{ApplyConfig, EventTypes, NodeKey};

/// Bounds as a node has them by default, on served lists of ten minutes and 1 MiB.
#[must_use]
pub fn apply_config(types: EventTypes) -> ApplyConfig {
    ApplyConfig {
        key: NodeKey(*b"a key of no node"),
        features: FeatureSet::standard(&types),
        types,
        visit_gap_ms: 30 * 60_000,
        dedup_window_ms: 3_600_000,
        served_budget_bytes: 1 << 20,
        served_retention_ms: 600_000,
        influence: InfluenceConfig { user_events: 300, user_impressions: 36_000 },
        stays: StayRules::default(),
        learning: Some(Learning::default()),
    }
}
