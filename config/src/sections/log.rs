//! `[log]`: the log and its commits.

use serde::Deserialize;

/// The log and its commits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How long records are kept.
    pub retention_hours: u64,
    /// How many bytes of log are kept.
    pub retention_bytes: u64,
}
