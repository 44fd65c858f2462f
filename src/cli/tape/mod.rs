//! The records of a replay, from files or from a node's log.
//!
//! Not here: what is made of them (see [`super::evaluate`], [`super::replay`]).

mod files;
mod log;
mod told;

use engine::{NodeKey, Record};

use super::failure::Failure;
use super::import::Progress;

pub use files::FileTape;
pub(super) use files::{ReadOptionsOf, Reading};
pub use log::{LogTape, open_log};
pub use told::Told;

/// Records in log order.
#[derive(Debug)]
pub enum Tape {
    /// Of files.
    Files(Box<FileTape>),
    /// Of a log.
    Log(Box<LogTape>),
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
