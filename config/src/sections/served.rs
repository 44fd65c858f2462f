//! `[served]`: served lists that may still be clicked.

use serde::Deserialize;

/// Served lists that may still be clicked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServedConfig {
    /// Memory for them, over all shards.
    pub budget_bytes: usize,
    /// How long they are kept.
    pub retention_s: u64,
}
