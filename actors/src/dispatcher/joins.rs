//! What became of impressions, declared features and patterns, as metrics.
//!
//! **Invariant:** what a shard says is counted once, live: neither in a recovery nor when a dead shard is resumed.
//!
//! Not here: the joining (engine).

use engine::features::section::Tally;
use engine::shard::JoinCounts;
use engine::{Applied, ShardId};

/// What shards said last of the lists that they keep.
#[derive(Debug, Default)]
pub(super) struct Joins {
    bytes: Vec<usize>,
}

impl Joins {
    /// Takes in what a shard said of a batch.
    pub(super) fn take(&mut self, shard: ShardId, applied: &Applied) {
        let place = usize::from(shard.0);
        self.bytes.resize(self.bytes.len().max(place + 1), 0);
        self.bytes[place] = applied.waiting_bytes;
        measure(&applied.joins);
        measure_features(applied);
    }

    /// Tells how much the lists take that wait for what answers them.
    pub(super) fn tell(&self) {
        metrics::gauge!("freshet_served_bytes").set(self.bytes.iter().sum::<usize>() as f64);
    }
}

fn measure_features(applied: &Applied) {
    let Applied { features, matches, .. } = applied;
    let Tally { updates, late, evicted, refused, unknown } = features.tally;
    let told = [
        ("freshet_feature_updates_total", updates),
        ("freshet_feature_late_total", late),
        ("freshet_feature_instances_evicted_total", evicted),
        ("freshet_feature_events_refused_total", refused),
        ("freshet_feature_blocks_dropped_total", unknown),
        ("freshet_pattern_matches_total", matches.len() as u64),
    ];
    for (name, count) in told.into_iter().filter(|(_, count)| 0 < *count) {
        metrics::counter!(name).increment(count);
    }
}

fn measure(joins: &JoinCounts) {
    for (outcome, count) in joins.named() {
        if 0 < count {
            metrics::counter!("freshet_impressions_total", "outcome" => outcome).increment(count);
        }
    }
    for wait_ms in &joins.waits_ms {
        metrics::histogram!("freshet_click_wait_seconds").record(*wait_ms as f64 / 1e3);
    }
}
