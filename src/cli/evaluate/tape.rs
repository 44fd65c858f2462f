//! The records of a replay, from files or from a node's log.

use engine::{NodeKey, Record};

use super::log_tape::LogTape;
use super::stream::FileTape;
use crate::cli::failure::Failure;
use crate::cli::import::Progress;

/// Records in log order.
#[derive(Debug)]
pub enum Tape {
    /// Of files.
    Files(Box<FileTape>),
    /// Of a log.
    Log(Box<LogTape>),
}

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

impl Tape {
    /// Events that it holds, before the node's rules have refused any.
    pub fn events(&self) -> u64 {
        self.told().events
    }

    /// The key that users are hashed with.
    pub fn key(&self) -> NodeKey {
        match self {
            Self::Files(tape) => tape.key(),
            Self::Log(tape) => tape.key(),
        }
    }

    /// Number of shards.
    pub fn shards(&self) -> u16 {
        match self {
            Self::Files(_) => 1,
            Self::Log(tape) => tape.shards(),
        }
    }

    /// What is said of it; complete once it was played.
    pub fn told(&self) -> Told {
        match self {
            Self::Files(tape) => tape.told().clone(),
            Self::Log(tape) => tape.told().clone(),
        }
    }

    /// Gives `visit` the records of the first `events` events.
    ///
    /// # Errors
    /// [`Failure`] where a record cannot be read.
    pub fn play(
        &mut self,
        events: u64,
        visit: &mut dyn FnMut(Record),
        progress: &Progress,
    ) -> Result<(), Failure> {
        match self {
            Self::Files(tape) => tape.play(events, visit, progress),
            Self::Log(tape) => tape.play(events, visit, progress),
        }
    }
}
