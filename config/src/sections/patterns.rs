//! `[patterns]`: sequences of what a user does that set a tag.

use serde::Deserialize;

/// One declared pattern; what is left out is empty.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternConfig {
    /// Whether it is noticed.
    #[serde(default = "super::yes")]
    pub enabled: bool,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// How long they may take.
    pub within: String,
    /// What they have in common.
    #[serde(default)]
    pub same: String,
    /// What must not happen then.
    #[serde(default)]
    pub then_no: String,
    /// For how long.
    #[serde(default, rename = "for")]
    pub absent_for: String,
    /// The tag, where it is not called like the pattern.
    #[serde(default)]
    pub tag: String,
    /// For how long a match sets it.
    pub ttl: String,
    /// How many items, categories or rooms are followed at a time.
    pub max_open: u32,
    /// Whether the click head is told of the tag.
    #[serde(default)]
    pub rank: bool,
}
