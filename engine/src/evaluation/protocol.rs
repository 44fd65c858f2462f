//! How a stream is judged.

use crate::evaluation::Method;
use crate::evaluation::rivals::Stream;
use crate::ranking::{Repeats, Scenario};

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
    /// Events that are ranked at most; those behind are only learned from.
    pub most_scored: u64,
    /// Milliseconds of event time between publications; 0 publishes after every event.
    pub publish_every_ms: u64,
    /// Milliseconds of event time after which batch models are rebuilt.
    pub rebuild_every_ms: u64,
    /// Every how many scored events a click's effect is probed; 0 for never.
    pub probe_every: u64,
    /// Probes at most.
    pub most_probes: u64,
    /// Seed of the bootstrap's draws and of rivals.
    pub seed: u64,
}

impl Protocol {
    /// What kind of stream it is taken for.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self.scenario.seen.repeats {
            Repeats::Allowed => Stream::Visits,
            Repeats::Never | Repeats::AfterDays(_) => Stream::Once,
        }
    }

    /// Places of an item that are told: all, where all items are ranked.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self.candidates {
            Candidates::Retrieved => self.length(),
            Candidates::All => usize::MAX,
        }
    }

    /// Items asked for.
    #[must_use]
    pub fn length(&self) -> usize {
        self.lengths.last().copied().unwrap_or(0)
    }
}
