//! What is said of where records come from.

/// What is said of where the records come from.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Files or directory.
    pub sources: Vec<String>,
    /// Events that there are.
    pub events: u64,
    /// Items with a document from the start.
    pub items: u64,
    /// Earliest event time in milliseconds.
    pub earliest_ms: Option<i64>,
    /// Latest event time in milliseconds.
    pub latest_ms: Option<i64>,
    /// Rows that are no event, or have no time, or were refused.
    pub refused: u64,
    /// The first of them, with the reason.
    pub first_refused: Vec<String>,
}
