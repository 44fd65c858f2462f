//! What the log writer hands to the dispatcher: one group of durable records and who waits for them.
//!
//! **Invariant:** a [`Commit`] is only ever made of records that are durable, in log order, and its
//! `last` is the sequence of the last of them.
//!
//! Not here: how records become durable.

use std::ops::Range;

use engine::{Outcome, Record, Sequence};
use tokio::sync::oneshot;

/// One group of records that one sync made durable.
#[derive(Debug)]
pub struct Commit {
    /// Sequence of the last record; the commit's name.
    pub last: Sequence,
    /// The records, in log order.
    pub records: Vec<Record>,
    /// Who waits for which of them.
    pub acks: Vec<PendingAck>,
}

/// Somebody who waits until a range of a commit's records is applied.
#[derive(Debug)]
pub struct PendingAck {
    /// Places in [`Commit::records`]; the ranges of a commit do not overlap.
    pub records: Range<usize>,
    /// Where the answer goes. Whoever has gone away is not waited for.
    pub done: oneshot::Sender<Ack>,
}

/// The records of a [`PendingAck`] are durable and applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// What became of each record of the range, in its order.
    pub outcomes: Vec<RecordOutcome>,
    /// The commit they belong to: whoever has applied this has applied them.
    pub position: Sequence,
}

/// What became of one acknowledged record.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOutcome {
    /// It changed state, or concerns no shard.
    Applied,
    /// It changed state, but some window had closed before it arrived.
    Late,
    /// It was there already and changed nothing.
    Duplicate,
    /// It brought its shard down twice and is skipped from now on.
    SetAside,
}

impl From<Outcome> for RecordOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Applied => Self::Applied,
            Outcome::Late => Self::Late,
            Outcome::Duplicate => Self::Duplicate,
        }
    }
}
