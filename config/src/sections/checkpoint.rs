//! `[checkpoint]`: when state is saved.

use serde::Deserialize;

/// When state is saved.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Seconds between checkpoints.
    pub every_s: u64,
    /// Bytes of log between checkpoints.
    pub every_bytes: u64,
    /// When an incomplete checkpoint is given up.
    pub abandon_after_s: u64,
}
