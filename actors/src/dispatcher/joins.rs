//! What became of impressions, as metrics.
//!
//! **Invariant:** what a shard says is counted once, live: neither in a recovery nor when a dead shard is resumed.
//!
//! Not here: the joining (engine).

use engine::shard::JoinCounts;

/// Counts what a shard said of a batch.
pub(super) fn measure(joins: &JoinCounts) {
    for (outcome, count) in joins.named() {
        if 0 < count {
            metrics::counter!("freshet_impressions_total", "outcome" => outcome).increment(count);
        }
    }
    for wait_ms in &joins.waits_ms {
        metrics::histogram!("freshet_click_wait_seconds").record(*wait_ms as f64 / 1e3);
    }
}
