//! `[retrieval]`: the sources, each on or off, with how many candidates it may name.

use serde::Deserialize;

/// The sources by name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrievalConfig {
    /// Neighbours of the user's last items.
    pub neighbours: SourceConfig,
    /// Neighbours of the items of the visit.
    pub session: SourceConfig,
    /// What is popular.
    pub popular: SourceConfig,
    /// What is rising.
    pub trending: SourceConfig,
    /// What is new.
    pub fresh: SourceConfig,
    /// What is popular or new in some categories.
    pub category: SourceConfig,
    /// The factorization machine.
    pub model: SourceConfig,
    /// Sessions like the present one.
    pub similar_sessions: SourceConfig,
    /// New items by what they are made of.
    pub content: SourceConfig,
    /// Live rooms that are open.
    pub rooms: SourceConfig,
}

/// One source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Whether it is asked.
    pub enabled: bool,
    /// Candidates that it may name.
    pub quota: usize,
}
