//! What a replay found.

use crate::evaluation::{Figures, Interval, Method, Reaction};

/// What one method came to.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodOutcome {
    /// Which.
    pub method: Method,
    /// Its means.
    pub figures: Figures,
    /// Share of the known items that were in some list.
    pub coverage: f64,
    /// What one click does to its lists.
    pub reaction: Reaction,
    /// The reference's hit rate minus this method's, at the longest k; `None` for the reference itself.
    pub behind: Option<Interval>,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Events taken.
    pub events: u64,
    /// Events ranked.
    pub scored: u64,
    /// Of those: events on items never chosen before, which count as misses.
    pub unknown: u64,
    /// Users with a scored event.
    pub users: usize,
    /// Items known by the end.
    pub items: usize,
    /// The method that the others are compared with.
    pub reference: Method,
    /// By method, in the order asked for.
    pub methods: Vec<MethodOutcome>,
}
