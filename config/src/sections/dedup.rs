//! `[dedup]`: how long event ids are remembered.

use serde::Deserialize;

/// How long event ids are remembered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DedupConfig {
    /// In memory, by receipt.
    pub ram_window_s: u64,
    /// On disk.
    pub retention_days: u64,
}
