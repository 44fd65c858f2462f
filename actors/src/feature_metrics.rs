//! What became of declared features and patterns, as metrics: those of users as shards say, shared ones as activity does.
//!
//! Not here: when it is told. Live only: neither in a recovery nor when a dead shard is resumed.

use engine::features::section::Tally;

/// Counts what was said of a batch, and patterns that came true in it.
pub(crate) fn tell_features(tally: Tally, matches: u64) {
    let Tally { updates, late, evicted, refused, unknown } = tally;
    let told = [
        ("freshet_feature_updates_total", updates),
        ("freshet_feature_late_total", late),
        ("freshet_feature_instances_evicted_total", evicted),
        ("freshet_feature_events_refused_total", refused),
        ("freshet_feature_blocks_dropped_total", unknown),
        ("freshet_pattern_matches_total", matches),
    ];
    for (name, count) in told.into_iter().filter(|(_, count)| 0 < *count) {
        metrics::counter!(name).increment(count);
    }
}
