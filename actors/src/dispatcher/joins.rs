//! What became of impressions, declared features and patterns, as metrics.
//!
//! **Invariant:** what a shard says is counted once, live: neither in a recovery nor when a dead shard is resumed.
//!
//! Not here: the joining (engine).

use engine::shard::JoinCounts;
use engine::{Applied, ShardId};

use crate::feature_metrics::tell_features;

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
        tell_features(applied.features.tally, applied.matches.len() as u64);
    }

    /// Tells how much the lists take that wait for what answers them.
    pub(super) fn tell(&self) {
        metrics::gauge!("freshet_served_bytes").set(self.bytes.iter().sum::<usize>() as f64);
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
