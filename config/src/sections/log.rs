//! `[log]`: the log and its commits.

use serde::Deserialize;

/// The log and its commits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Most records in a commit.
    pub commit_max_records: usize,
    /// Most bytes in a commit.
    pub commit_max_bytes: usize,
    /// Commits durable but not yet applied.
    pub commits_in_flight: usize,
    /// Time between ticks.
    pub tick_ms: u64,
    /// How long records are kept.
    pub retention_hours: u64,
    /// How many bytes of log are kept.
    pub retention_bytes: u64,
}
