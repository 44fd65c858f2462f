//! How a stream is judged.

use crate::evaluation::Method;
use crate::ranking::Scenario;

/// Which items a list may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Those that the node retrieves, within its caps.
    Retrieved,
    /// Every known item: one that was chosen at least once.
    All,
}

/// How a stream is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// Lengths of lists within which a hit counts, growing; the last one is the length that is asked for.
    pub lengths: Vec<usize>,
    /// Which items a list may name.
    pub candidates: Candidates,
    /// What counts as seen, and the fixed weights.
    pub scenario: Scenario,
    /// The methods that are compared.
    pub methods: Vec<Method>,
    /// The one that the others are compared with: what the node serves.
    pub reference: Method,
    /// Events at the start that are only learned from.
    pub unscored: u64,
    /// Milliseconds of event time between publications; 0 publishes after every event.
    pub publish_every_ms: u64,
    /// Every how many scored events a click's effect is probed; 0 for never.
    pub probe_every: u64,
    /// Probes at most.
    pub most_probes: u64,
    /// Seed of the bootstrap's draws.
    pub seed: u64,
}

impl Protocol {
    /// Items asked for.
    #[must_use]
    pub fn length(&self) -> usize {
        self.lengths.last().copied().unwrap_or(0)
    }
}
