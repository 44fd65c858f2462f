//! `[storage]`: where data lies.

use serde::Deserialize;

/// Where data lies.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Directory of log and checkpoints.
    pub data_dir: std::path::PathBuf,
    /// Shards of a new data directory.
    pub shards: u16,
}
